using System.Diagnostics;

namespace Farback.Cli.Tests;

/// <summary>The program as a person runs it: a process of its own, with its streams and exit code.</summary>
internal sealed record Outcome(int Code, string Out, string Error);

internal static class Farback
{
    /// <summary>Runs farback with those arguments in a folder; its streams are pipes.</summary>
    public static Outcome Run(string[] arguments, string? folder = null, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "farback.dll"));
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output, error.Result);
    }
}
