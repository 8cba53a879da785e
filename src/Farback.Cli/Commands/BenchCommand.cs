using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Farback.Cells;
using Farback.Cli.Measuring;
using Farback.Cli.Terminal;
using Farback.Numbers;

namespace Farback.Cli.Commands;

/// <summary>farback bench: how fast this machine trains and maps, against what it could do at most.</summary>
internal static class BenchCommand
{
    private static readonly Cell[] Cells = [AllCells.Elman, AllCells.Lstm, AllCells.Gru];
    private static readonly Shape[] Steps = [new(20, 1, 16, 16), new(50, 16, 32, 32), new(100, 32, 64, 128)],
        Maps = [new(20, 1, 16, 16), new(50, 16, 32, 32)];

    private const string Reading =
        "Percent of the peak is the useful arithmetic done in a second against the most that the processor can do in registers, measured just before:"
        + " above 80 little is left to gain; small networks stay below, because each step waits for the one before.";

    public static Command Make()
    {
        Option<int> threads = CommonOptions.Count("--threads", "Threads of one training step or map.", 1);
        Option<double> seconds = CommonOptions.Positive("--seconds", "About how long all of it may take.", 20);
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "bench",
            "Measures this machine: training steps and maps a second, and how near they are to its peak.\n"
                + "Three cells, one layer, float, from a toy to 128 units; T steps, B lanes, I inputs, H units.\n\n"
                + "Example: farback bench\nExample: farback bench --json --seconds 5"
        )
        {
            threads,
            seconds,
            json,
        };
        command.SetAction((parsed, cancel) => Task.FromResult(Run(parsed, threads, seconds, json, cancel)));
        return command;
    }

    private static int Run(ParseResult parsed, Option<int> threads, Option<double> seconds, Option<bool> json, CancellationToken cancel)
    {
        int many = parsed.GetValue(threads);
        if (many > Workload.MostThreads)
            throw new ArgumentException($"--threads: expected at most {Workload.MostThreads}, got {many}.");
        Machine machine = Machine.This();
        double peak = Peak.Of(Widths.Current, isDouble: false, many);
        List<Row> rows = Measure(many, parsed.GetValue(seconds), cancel);
        if (parsed.GetValue(json))
        {
            var result = new
            {
                machine,
                threads = many,
                peakGflops = peak,
                rows = rows.Select(row => new
                {
                    row.What,
                    row.Cell,
                    steps = row.T,
                    lanes = row.B,
                    inputs = row.I,
                    units = row.H,
                    milliseconds = row.MedMs,
                    perSecond = 1e3 / row.MedMs,
                    row.Gflops,
                    row.PeakGflops,
                    row.OfPeak,
                    repeats = row.Reps,
                }),
                reading = Reading,
            };
            Console.WriteLine(JsonSerializer.Serialize(result, JsonText.Options));
            return ExitCodes.Done;
        }
        Console.WriteLine(machine);
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"peak of {many} {(many == 1 ? "thread" : "threads")}: {peak:0} GFLOP/s in float\n")
        );
        foreach (Row row in rows)
            Console.WriteLine(Line(row));
        Console.WriteLine($"\n{Reading}");
        return ExitCodes.Done;
    }

    private static List<Row> Measure(int threads, double seconds, CancellationToken cancel)
    {
        Workload[] all =
        [
            .. Steps.SelectMany(shape => Cells.Select(cell => Workload.Step(cell, shape, threads))),
            .. Maps.SelectMany(shape => Cells.Select(cell => Workload.Map(cell, shape, threads))),
        ];
        using var progress = new ProgressLine();
        List<Row> rows = [];
        foreach (Workload one in all)
        {
            progress.Report((double)rows.Count / all.Length, $"{one.What} {one.Cell.Name} {one.Shape}");
            rows.Add(one.Measure(0.7 * seconds / all.Length, cancel)); // the rest goes into warming up and the peak
        }
        return rows;
    }

    private static string Line(Row row)
    {
        double each = 1e3 / row.MedMs;
        string rate = each.ToString(each >= 100 ? "N0" : "0.0", CultureInfo.InvariantCulture);
        string shape = $"T={row.T} B={row.B} I={row.I} H={row.H}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{row.Cell, -6} {shape, -24} {rate, 8} {$"{row.What}s/s", -8} {100 * row.OfPeak, 4:0.#} % of the peak"
        );
    }
}
