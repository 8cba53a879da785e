using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Farback.Formats;
using Farback.Numbers;
using Farback.Training;

namespace Farback.Cli.Runs;

/// <summary>Kills trainings at random moments, resumes them, and compares what they come to with an undisturbed one.</summary>
/// <param name="folder">An empty folder for the runs.</param>
/// <param name="seed">The seed of the moments.</param>
/// <param name="steps">The steps of a run.</param>
internal sealed class KillTrial(string folder, long seed, int steps)
{
    private const int Purpose = 4000; // a stream of its own

    // small, and with everything that has a state: momenta, dropout, batches, best weights; a checkpoint so often that many kills fall into one
    private static readonly string[] s_training =
    [
        .. "train --task agreement --lag 5 --nouns 4 --adjectives 4 --sentences 256 --test-sentences 64 --cell lstm --hidden 12".Split(' '),
        .. "--layers 2 --dropout 0.2 --embedding 6 --batch 8 --schedule cosine --warmup 20".Split(' '),
        .. "--evaluate-every 20 --checkpoint-every 3 --watch 20 --precision float32".Split(' '),
    ];

    private readonly RandomStream _random = new(seed, Purpose);
    private int _beforeCheckpoint,
        _halfWritten;

    /// <summary>What came of it.</summary>
    /// <param name="Kills">The kills.</param>
    /// <param name="Runs">The runs that were killed and came to their end.</param>
    /// <param name="Steps">The steps of a run.</param>
    /// <param name="BeforeCheckpoint">The kills before a first checkpoint.</param>
    /// <param name="HalfWritten">The kills that left a part of a file.</param>
    /// <param name="Differences">What was not as it should be; empty where nobody could tell.</param>
    internal sealed record Result(int Kills, int Runs, int Steps, int BeforeCheckpoint, int HalfWritten, IReadOnlyList<string> Differences);

    /// <summary>Kills so often, and lets the last run come to its end.</summary>
    public Result Run(int kills, Action<double, string> progress, CancellationToken cancel)
    {
        string undisturbed = Path.Combine(folder, "undisturbed");
        var watch = Stopwatch.StartNew();
        Live(undisturbed, null);
        TimeSpan whole = watch.Elapsed;
        List<string> differences = [];
        int made = 0,
            runs = 0;
        while (made < kills)
        {
            string run = Path.Combine(folder, $"run{++runs}");
            long reached = -1;
            bool ended = false;
            while (!ended)
            {
                cancel.ThrowIfCancellationRequested();
                ended = Live(run, made < kills ? whole * _random.NextDouble() : null);
                if (ended)
                    continue;
                made++;
                long step = Reached(run);
                if (step < reached)
                    differences.Add($"run {runs} had a checkpoint at step {reached} and after kill {made} one at {step}");
                reached = step;
                progress((double)made / kills, $"kill {made}, checkpoint at step {step}");
            }
            differences.AddRange(Compare(undisturbed, run).Select(file => $"run {runs}: {file} differs"));
            Directory.Delete(run, recursive: true);
        }
        return new(made, runs, steps, _beforeCheckpoint, _halfWritten, differences);
    }

    // one life of the process: begins or goes on, until its end or until it is killed; true where it came to its end
    private bool Live(string run, TimeSpan? killAfter)
    {
        ProcessStartInfo start = Itself();
        string[] arguments = File.Exists(RunFolder.DescriptionOf(run))
            ? ["train", "--resume", run]
            : [.. s_training, "--iterations", $"{steps}", "--out", run];
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (killAfter is { } delay && !process.WaitForExit(delay))
        {
            process.Kill(); // SIGKILL
            process.WaitForExit();
            if (process.ExitCode != 0)
                return false;
        }
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new IOException($"farback {string.Join(' ', arguments)} ended with {process.ExitCode}: {error.Result}");
        return true;
    }

    // what a killed process left must be usable as it is
    private long Reached(string run)
    {
        if (!Directory.Exists(run))
        {
            _beforeCheckpoint++;
            return -1;
        }
        if (Directory.EnumerateFiles(run, ".*.part").Any())
            _halfWritten++;
        string file = File.Exists(RunFolder.CheckpointOf(run)) ? RunFolder.CheckpointOf(run) : RunFolder.PreviousOf(run);
        if (File.Exists(file))
            return CheckpointFile.Read<float>(file, File.ReadAllBytes(file)).Step;
        _beforeCheckpoint++;
        return -1;
    }

    private static IEnumerable<string> Compare(string expected, string found) =>
        (
            (Func<string, string>[])
                [
                    RunFolder.CheckpointOf,
                    RunFolder.WeightsOf,
                    RunFolder.BestOf,
                    RunFolder.HistoryOf,
                    RunFolder.WatchOf,
                    RunFolder.DescriptionOf,
                    RunFolder.FinalMapOf,
                ]
        )
            .Where(file => !File.ReadAllBytes(file(expected)).AsSpan().SequenceEqual(File.ReadAllBytes(file(found))))
            .Select(file => Path.GetFileName(file(found)));

    private static ProcessStartInfo Itself()
    {
        string program = Environment.ProcessPath!;
        ProcessStartInfo start = new(program) { RedirectStandardError = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
            start.ArgumentList.Add(Assembly.GetEntryAssembly()!.Location);
        return start;
    }
}
