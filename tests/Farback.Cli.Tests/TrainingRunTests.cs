using System.Diagnostics;
using System.Text.Json;
using Farback.Formats;

namespace Farback.Cli.Tests;

/// <summary>A training that is stopped, politely or not, goes on as if it had not been.</summary>
public sealed class TrainingRunTests : IDisposable
{
    private const int Interrupted = 75;
    private const int Cancelled = 130;

    private const string Small =
        "train --task agreement --lag 5 --nouns 4 --adjectives 4 --sentences 64 --test-sentences 32 --cell elman --hidden 4 --embedding 3 --batch 4";

    // minutes, if nobody stops it
    private const string Long = $"{Small} --iterations 1000000 --evaluate-every 20 --out run";

    private readonly string _folder = Directory.CreateTempSubdirectory("farback").FullName;

    private string Run => Path.Combine(_folder, "run");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Outcome Farback(string arguments) => Tests.Farback.Run(arguments.Split(' '), _folder);

    [Fact]
    public void Five_kills_at_random_moments_leave_no_trace_in_any_file()
    {
        Outcome proof = Farback("prove-resume --kills 5 --steps 90 --json");
        Assert.True(proof.Code == 0, proof.Out + proof.Error);
        using JsonDocument document = JsonDocument.Parse(proof.Out);
        Assert.True(document.RootElement.GetProperty("kills").GetInt32() >= 5);
        Assert.Equal(0, document.RootElement.GetProperty("differences").GetArrayLength());
    }

    [Fact]
    public void A_run_is_a_folder_that_says_what_it_is_and_what_it_came_to()
    {
        Outcome trained = Farback($"{Small} --iterations 20 --evaluate-every 10 --precision float32 --seed 7");
        Assert.True(trained.Code == 0, trained.Error);
        Assert.Contains("verb accuracy", trained.Out, StringComparison.Ordinal);
        string run = Path.Combine(_folder, "runs", "agreement-elman-7");
        RunDescription description = RunFolder.Read(run);
        Assert.Equal(RunState.Finished, description.State);
        Assert.Equal("float32", description.Precision);
        Assert.Equal(20, description.Result!.Steps);
        Assert.Equal("F32", SafetensorsFile.Open(RunFolder.BestOf(run)).Tensors[0].Dtype.Name);
        Assert.Equal(3, File.ReadLines(RunFolder.HistoryOf(run)).Count());
        Assert.True(File.Exists(RunFolder.FinalMapOf(run)));
        Assert.NotEmpty(EventFile.Read(RunFolder.EventsOf(run)));
        Assert.Contains("step 20", trained.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', trained.Error); // a pipe gets plain lines

        Outcome again = Farback($"{Small} --iterations 20 --seed 7");
        Assert.Equal(1, again.Code);
        Assert.Contains("holds a finished run; start anew with --force", again.Error, StringComparison.Ordinal);
        Assert.Equal(0, Farback($"{Small} --iterations 5 --seed 7 --force").Code);
        Assert.Equal(5, RunFolder.Read(run).Result!.Steps);
        Assert.Equal(0, Farback($"train --resume {run}").Code); // nothing left to do is no failure
    }

    [Fact]
    public void Watching_changes_no_file_but_its_own_and_says_how_far_the_error_gets()
    {
        Outcome watched = Farback($"{Small} --iterations 20 --evaluate-every 10 --watch 8 --out run --json"),
            alone = Farback($"{Small} --iterations 20 --evaluate-every 10 --watch off --out alone");
        Assert.True(watched.Code == 0, watched.Error);
        Assert.True(alone.Code == 0, alone.Error);
        foreach (
            Func<string, string> file in (Func<string, string>[])
                [RunFolder.CheckpointOf, RunFolder.WeightsOf, RunFolder.BestOf, RunFolder.HistoryOf, RunFolder.FinalMapOf]
        )
            Assert.Equal(File.ReadAllBytes(file(Path.Combine(_folder, "alone"))), File.ReadAllBytes(file(Run)));
        Assert.False(File.Exists(RunFolder.WatchOf(Path.Combine(_folder, "alone"))));
        Assert.DoesNotContain("of the error gets", alone.Error, StringComparison.Ordinal);
        Assert.Matches("step 8: a tenth of the error gets .* back.*, the task needs 5; ", watched.Error);

        using JsonDocument document = JsonDocument.Parse(watched.Out);
        Assert.Equal(
            [0, 8, 16, 20],
            document.RootElement.GetProperty("watched").EnumerateArray().Select(row => row.GetProperty("step").GetInt64())
        );
        Assert.InRange(document.RootElement.GetProperty("watching").GetProperty("share").GetDouble(), 1e-9, 1);
        Assert.Contains(EventFile.Read(RunFolder.EventsOf(Run)), scalar => scalar is { Tag: "gradient/horizon 0.1", Step: 16 });
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public void A_polite_signal_saves_and_ends_with_75_and_the_run_goes_on(string signal)
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("there are no signals");
        (int code, string error) = Stopped(Tests.Farback.Start(Long.Split(' '), _folder), signal);
        Assert.True(code == Interrupted, $"{code}: {error}");
        Assert.Contains("is saved; go on with: farback train --resume run", error, StringComparison.Ordinal);
        Assert.Equal(RunState.Interrupted, RunFolder.Read(Run).State);
        long first = Saved();

        (code, error) = Stopped(Tests.Farback.Start(["train", "--resume", "run"], _folder), signal);
        Assert.True(code == Interrupted, $"{code}: {error}");
        Assert.Contains($"goes on at step {first}.", error, StringComparison.Ordinal);
        Assert.True(Saved() > first);
    }

    [Fact]
    public void A_second_signal_does_not_wait()
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("there are no signals");
        // one step takes long, and the first signal is answered after it; a second one may still come just when the step is over
        List<int> codes = [];
        for (int attempt = 0; attempt < 3 && !codes.Contains(Cancelled); attempt++)
        {
            string slow =
                $"train --lag 105 --hidden 500 --batch 200 --sentences 256 --test-sentences 32 --evaluate-every 1 --out run{attempt}";
            using Process process = Tests.Farback.Start(slow.Split(' '), _folder);
            UntilTheFirstStep(process);
            Send("TERM", process);
            while (process.StandardError.ReadLine() is { } line && !line.Contains("stopping", StringComparison.Ordinal)) { }
            Send("INT", process);
            process.WaitForExit();
            codes.Add(process.ExitCode);
        }
        Assert.Contains(Cancelled, codes);
    }

    [Fact]
    public void A_full_disk_is_one_sentence_and_what_was_saved_can_be_read()
    {
        // a disk of 400 KB, where this machine lets one be mounted
        Directory.CreateDirectory(Run);
        string dll = Path.Combine(AppContext.BaseDirectory, "farback.dll");
        string script =
            $"mount -t tmpfs -o size=400k tmpfs run || exit 99; dotnet {dll} {Long} --checkpoint-every 20; code=$?; cp -r run kept; exit $code";
        using Process process = Process.Start(
            new ProcessStartInfo("unshare", ["-rm", "sh", "-c", script]) { RedirectStandardError = true, WorkingDirectory = _folder }
        )!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (!Directory.Exists(Path.Combine(_folder, "kept")))
            Assert.Skip("no disk can be mounted here");
        Assert.True(process.ExitCode == 1, error);
        string last = error.TrimEnd().Split('\n')[^1];
        Assert.Matches("could not be written at step .*No space left.* Everything up to step [0-9]+ is saved", last);
        string kept = RunFolder.CheckpointOf(Path.Combine(_folder, "kept"));
        Assert.Contains(
            $"up to step {CheckpointFile.Read<double>("checkpoint", File.ReadAllBytes(kept)).Step} ",
            last,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_training_that_diverges_says_where_and_what_to_try_and_keeps_its_checkpoint()
    {
        Outcome run = Farback($"{Small} --optimiser sgd --rate 1e308 --clip none --checkpoint-every 1 --out run");
        Assert.Equal(1, run.Code);
        Assert.Contains("training diverged at step", run.Error, StringComparison.Ordinal);
        Assert.Contains("Try a rate below", run.Error, StringComparison.Ordinal);
        Assert.Contains("diverged", RunFolder.Read(Run).Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--resume nowhere", 1, "there is no run in it")]
    [InlineData("--resume nowhere --rate 1", 2, "--rate: --resume takes everything")]
    [InlineData("--precision float16", 2, "--precision: expected float64 or float32, got float16")]
    [InlineData("--truncate 3,x", 2, "--truncate: expected WINDOW or WINDOW,STRIDE")]
    [InlineData("--truncate 3 --bidirectional", 2, "truncation")]
    [InlineData("--optimiser magic", 2, "optimiser: expected sgd")]
    [InlineData("--watch often", 2, "watch: expected auto, auto=PERCENT of the time, off, or the steps")]
    [InlineData("--schedule magic", 2, "schedule: expected constant")]
    [InlineData("--clip 0", 2, "--clip: expected a positive number or none")]
    [InlineData("--dropout 2", 2, "dropout is a probability below 1")]
    [InlineData("--patience 2 --patience 3", 2, "--patience")]
    [InlineData("--seeds 2 --layers 2", 2, "--layers: several --seeds are compared without it")]
    [InlineData("--data missing.txt", 1, "missing.txt")]
    public void What_makes_no_sense_is_refused_and_leaves_nothing(string arguments, int code, string says)
    {
        Outcome run = Farback($"train {arguments}");
        Assert.True(run.Code == code, run.Error);
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Several_seeds_are_compared_in_a_table()
    {
        Outcome run = Farback($"{Small} --iterations 10 --seeds 2");
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("of 2 trainings; guessing gets 50 %", run.Out, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    private long Saved() => CheckpointFile.Read<double>("checkpoint", File.ReadAllBytes(RunFolder.CheckpointOf(Run))).Step;

    // lets it say that it trains, then sends the signal
    private static (int Code, string Error) Stopped(Process process, string signal)
    {
        using (process)
        {
            List<string> lines = UntilTheFirstStep(process);
            Send(signal, process);
            lines.Add(process.StandardError.ReadToEnd());
            process.WaitForExit();
            return (process.ExitCode, string.Join('\n', lines));
        }
    }

    // what it said until it has made a step, or ended
    private static List<string> UntilTheFirstStep(Process process)
    {
        List<string> lines = [];
        while (process.StandardError.ReadLine() is { } line)
        {
            lines.Add(line);
            if (line.Contains(" %  step ", StringComparison.Ordinal))
                break;
        }
        return lines;
    }

    private static void Send(string signal, Process to)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{to.Id}"]);
        kill.WaitForExit();
    }
}
