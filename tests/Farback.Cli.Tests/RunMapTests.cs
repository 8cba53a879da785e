using System.Text.Json;

namespace Farback.Cli.Tests;

/// <summary>From a task of any kind to a trained run, and from the run to how far back it looks.</summary>
public sealed class RunMapTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("farback").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, string> Tasks() =>
        new()
        {
            { "--task adding --length 10", "The task needs 9 steps." },
            { "--task temporal-order --shortest 12 --longest 20", "The task needs" },
            { "--task latch --length 12", "The task needs" },
            { "--task copy --delay 3 --copied 2", "The task needs 5 steps." },
            { "--task agreement --lag 7", "The task needs 7 steps." },
        };

    [Theory]
    [MemberData(nameof(Tasks))]
    public void A_trained_run_says_how_far_back_it_looks(string task, string says)
    {
        Outcome run = Farback.Run(
            ["train", .. task.Split(' '), "--cell", "gru", "--hidden", "8", "--iterations", "20", "--out", "run"],
            _folder
        );
        Assert.True(run.Code == 0, run.Error);
        Outcome map = Farback.Run(["map", "--run", "run"], _folder);
        Assert.True(map.Code == 0, map.Error);
        Assert.Contains(says, map.Out, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(Farback.Run(["map", "--run", "run", "--json"], _folder).Out);
        Assert.InRange(json.RootElement.GetProperty("residual").GetDouble(), 0, 1e-13);
    }

    [Fact]
    public void A_file_of_ones_own_is_learned_and_recognised_again()
    {
        File.WriteAllText(
            Path.Combine(_folder, "toss.tsv"),
            string.Concat(Enumerable.Range(0, 60).Select(i => $"{(i % 2 == 0 ? "up" : "down")}\t{(i % 2 == 0 ? "ab" : "cd")}{i}\n"))
        );
        Outcome run = Farback.Run(
            ["train", "--data", "toss.tsv", "--cell", "gru", "--hidden", "8", "--iterations", "20", "--out", "run"],
            _folder
        );
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(0, Farback.Run(["map", "--run", "run"], _folder).Code);
        File.AppendAllText(Path.Combine(_folder, "toss.tsv"), "up\tabz\n");
        Outcome changed = Farback.Run(["map", "--run", "run"], _folder);
        Assert.Equal(2, changed.Code);
        Assert.Contains("is not the file the run was begun with", changed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--task adding --length 10", "The task needs 9 steps.")]
    [InlineData("--task temporal-order --shortest 12 --longest 16 --train 5", "The task needs")]
    [InlineData("--data two.tsv --train 3", "left of the error")]
    public void A_map_of_any_task_needs_no_run(string arguments, string says)
    {
        File.WriteAllText(
            Path.Combine(_folder, "two.tsv"),
            string.Concat(Enumerable.Range(0, 60).Select(i => $"{(i % 2 == 0 ? "up" : "down")}\t{(i % 2 == 0 ? "ab" : "cd")}{i}\n"))
        );
        Outcome map = Farback.Run(["map", .. arguments.Split(' '), "--cell", "gru", "--hidden", "8"], _folder);
        Assert.True(map.Code == 0, map.Error);
        Assert.Contains(says, map.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_knob_of_another_task_is_refused()
    {
        Outcome run = Farback.Run(["train", "--task", "adding", "--lag", "7"], _folder);
        Assert.Equal(2, run.Code);
        Assert.Contains("--lag is no knob of the task adding", run.Error, StringComparison.Ordinal);
    }
}
