using System.Diagnostics;

namespace Farback.Cli.Tests;

/// <summary>The program as a person runs it: a process of its own, with its streams and exit code.</summary>
internal sealed record Outcome(int Code, string Out, string Error);

internal static class Farback
{
    /// <summary>Runs farback with those arguments in a folder, one of its own where none is named; its streams are pipes.</summary>
    public static Outcome Run(string[] arguments, string? folder = null, params (string Name, string Value)[] environment)
    {
        if (folder is not null)
            return RunIn(arguments, folder, environment);
        string own = Directory.CreateTempSubdirectory("farback").FullName;
        try
        {
            return RunIn(arguments, own, environment);
        }
        finally
        {
            Directory.Delete(own, recursive: true);
        }
    }

    /// <summary>Starts it and lets it run.</summary>
    public static Process Start(string[] arguments, string folder, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "farback.dll"));
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static Outcome RunIn(string[] arguments, string folder, (string Name, string Value)[] environment)
    {
        using Process process = Start(arguments, folder, environment);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output, error.Result);
    }
}
