using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Farback.Cli.Fuzzing;
using Farback.Cli.Terminal;

namespace Farback.Cli.Commands;

/// <summary>farback fuzz: changed files for every reader.</summary>
internal static class FuzzCommand
{
    private const int MostThreads = 1024;

    public static Command Make()
    {
        Option<int> inputs = CommonOptions.Count("--inputs", "How many changed files, shared out among the readers.", 10_000),
            threads = CommonOptions.Count("--threads", "Threads; they change the time and none of the inputs.", Environment.ProcessorCount);
        Option<long> seed = CommonOptions.Seed("The seed of the changes.");
        Option<string> folder = new("--out")
        {
            Description = "The folder in which inputs that break a reader are kept.",
            DefaultValueFactory = _ => ".",
        };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "fuzz",
            "Changes sound files of every format and reads them: each must open or be refused in a sentence.\n"
                + "Archives are changed as they are, and also inside, with their checksums made right again.\n"
                + "Any other end, 256 MiB or 30 s for one input is a failure; its input is kept.\n\n"
                + "Example: farback fuzz\nExample: farback fuzz --inputs 10000000 --seed 7"
        )
        {
            inputs,
            seed,
            threads,
            folder,
            json,
        };
        command.SetAction(
            (parsed, cancel) =>
            {
                string place = parsed.GetValue(folder)!;
                if (!Directory.Exists(place))
                    throw new ArgumentException($"--out: there is no folder {place}; make it first.");
                int many = Math.Min(parsed.GetValue(threads), MostThreads);
                FuzzTrial.Result result;
                using (var line = new ProgressLine())
                    result = new FuzzTrial(parsed.GetValue(seed), place).Run(parsed.GetValue(inputs), many, line.Report, cancel);
                if (parsed.GetValue(json))
                    Console.WriteLine(JsonSerializer.Serialize(result, JsonText.Options));
                else
                    Print(result);
                return Task.FromResult(
                    result.Failures.Count > 0 ? ExitCodes.Failed
                    : cancel.IsCancellationRequested ? ExitCodes.Cancelled
                    : ExitCodes.Done
                );
            }
        );
        return command;
    }

    private static void Print(FuzzTrial.Result result)
    {
        Say($"{result.Inputs:N0} inputs from seed {result.Seed} in {result.Seconds:0} s: {result.Failures.Count} failures.\n");
        Say($"{"reader", -16} {"inputs", 11} {"accepted", 11} {"refused", 11} {"most KiB", 9} {"a byte", 7} {"slowest ms", 11}");
        foreach (FuzzTrial.Row row in result.Rows)
            Say(
                $"{row.Reader, -16} {row.Inputs, 11:N0} {row.Accepted, 11:N0} {row.Refused, 11:N0} {row.MostAllocated / 1024, 9:N0} {row.MostAllocatedPerByte, 7:0.0} {row.SlowestMilliseconds, 11:0.0}"
            );
        Say($"\nMost KiB: all that one input made the reader allocate; a byte: the same without 64 KiB, for each byte of the input.");
        foreach (FuzzTrial.Failure failure in result.Failures.Take(20))
            Say($"\n{failure.Reader}, seed {failure.Seed}, input {failure.Input} ({failure.File}):\n{failure.What}");
    }

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
