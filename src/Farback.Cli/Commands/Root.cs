using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.ExceptionServices;
using Farback.Cli.Terminal;
using Farback.Training;

namespace Farback.Cli.Commands;

/// <summary>The verbs, and what a failure looks like: one sentence on stderr and an exit code.</summary>
internal static class Root
{
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            _ = Numbers.Widths.Current; // a width this machine lacks is a matter of usage, before anything starts
        }
        catch (PlatformNotSupportedException error)
        {
            return Say(error.Message, ExitCodes.Usage);
        }
        var root = new RootCommand("How far back does your recurrent network learn?");
        foreach ((_, Command[] verbs) in Groups)
        foreach (Command verb in verbs)
            root.Subcommands.Add(verb);
        Option<int> threads = CommonOptions.Threads();
        foreach (Command verb in root.Subcommands.Where(verb => s_computing.Contains(verb.Name)))
            verb.Options.Add(threads);
        if (args is [] or ["--help"] or ["-h"] or ["-?"])
            return Help();
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
            return Say($"{Worst(parsed)} Try: farback {NameOf(parsed)}--help", ExitCodes.Usage);
        if (parsed.CommandResult.Command.Options.Contains(threads))
            Tiles.Team.Most = parsed.GetValue(threads);
        using var stop = new StopSignals();
        try
        {
            return await Invoke(parsed, stop.Token);
        }
        catch (OperationCanceledException)
        {
            return Say("cancelled; nothing was written.", ExitCodes.Cancelled);
        }
        catch (ArgumentException error)
        {
            return Say(error.Message, ExitCodes.Usage);
        }
        catch (Exception error)
            when (error
                    is FormatException
                        or IOException
                        or UnauthorizedAccessException
                        or TrainingDivergedException
                        or NotSupportedException
            )
        {
            return Say(error.Message, ExitCodes.Failed);
        }
    }

    // work on several threads fails with several errors; the first is the one to say
    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancel)
    {
        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
                cancel
            );
        }
        catch (AggregateException errors)
        {
            ExceptionDispatchInfo.Throw(errors.Flatten().InnerExceptions[0]);
            throw;
        }
    }

    // an error that quotes what was typed says more than one that names what is missing
    private static string Worst(ParseResult parsed) =>
        (parsed.Errors.FirstOrDefault(error => error.Message.Contains('\'', StringComparison.Ordinal)) ?? parsed.Errors[0])
            .Message.Replace("expected type 'System.Int32'", "a whole number", StringComparison.Ordinal)
            .Replace("expected type 'System.Int64'", "a whole number", StringComparison.Ordinal)
            .Replace("expected type 'System.Nullable`1[System.Int32]'", "a whole number", StringComparison.Ordinal)
            .Replace("expected type 'System.Double'", "a number", StringComparison.Ordinal);

    // the verbs that run networks, and so take --threads
    private static readonly string[] s_computing = ["demo", "train", "predict", "sample", "map", "check"];

    private static readonly (string Group, Command[] Verbs)[] Groups =
    [
        ("Start here", [DemoCommand.Make(), TasksCommand.Make(), CellsCommand.Make()]),
        ("Your data", [DataCommand.Make()]),
        ("Your network", [TrainCommand.Make(), PredictCommand.Make(), SampleCommand.Make()]),
        (
            "Why",
            [
                DiagnoseCommand.Make(),
                MapCommand.Make(),
                ChainCommand.Make(),
                SpectrumCommand.Make(),
                MemoryCommand.Make(),
                CausalCommand.Make(),
                ClaimsCommand.Make(),
                CheckCommand.Make(),
            ]
        ),
        ("Your machine", [BenchCommand.Make()]),
        (
            "Files",
            [
                OpenCommand.Make(),
                ExportCommand.Make(),
                VerifyCommand.Make(),
                FuzzCommand.Make(),
                CompletionCommand.Make(),
                ProveResumeCommand.Make(),
            ]
        ),
    ];

    // verbs by what a person is after, a line each
    private static int Help()
    {
        Console.WriteLine(
            "How far back does your recurrent network learn?\n\nfarback VERB [options]; farback VERB --help tells more, with an example."
        );
        foreach ((string group, Command[] verbs) in Groups)
        {
            Console.WriteLine($"\n{group}");
            foreach (Command verb in verbs)
                Console.WriteLine($"  {verb.Name, -14} {verb.Description!.Split('\n')[0]}");
        }
        Console.WriteLine("\nThe first thing to run: farback demo");
        return ExitCodes.Done;
    }

    private static string NameOf(ParseResult parsed) =>
        parsed.CommandResult.Command is RootCommand ? "" : $"{parsed.CommandResult.Command.Name} ";

    private static int Say(string sentence, int code)
    {
        Console.Error.WriteLine($"farback: {sentence}");
        return code;
    }
}
