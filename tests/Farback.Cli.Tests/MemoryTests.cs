using System.Text.Json;

namespace Farback.Cli.Tests;

/// <summary>What of the past a network retains, of a run as well as of a network trained on the way.</summary>
public sealed class MemoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("farback").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_run_is_asked_and_the_markdown_is_kept()
    {
        Outcome run = Farback.Run(
            [
                "train",
                "--task",
                "latch",
                "--length",
                "8",
                "--cell",
                "gru",
                "--hidden",
                "8",
                "--iterations",
                "60",
                "--rate",
                "0.02",
                "--out",
                "run",
            ],
            _folder
        );
        Assert.True(run.Code == 0, run.Error);
        string[] ask = ["memory", "--run", "run", "--refit", "10", "--sequences", "64"];
        Outcome memory = Farback.Run([.. ask, "--out", "memory.md"], _folder);
        Assert.True(memory.Code == 0, memory.Error);
        Assert.Contains("## Does it use what happened ℓ steps ago?", memory.Out, StringComparison.Ordinal);
        Assert.Contains("its answers", memory.Error, StringComparison.Ordinal);
        Assert.Equal(memory.Out.TrimEnd(), File.ReadAllText(Path.Combine(_folder, "memory.md")).TrimEnd());
        using JsonDocument json = JsonDocument.Parse(Farback.Run([.. ask, "--json"], _folder).Out);
        Assert.Equal(5, json.RootElement.GetProperty("neededLag").GetInt32());
        Assert.NotEqual("", json.RootElement.GetProperty("verdict").GetProperty("outcome").GetString());
    }

    [Fact]
    public void A_causal_test_says_what_it_came_to_and_refuses_a_lag_below_nothing()
    {
        string[] test =
        [
            "causal",
            "--task",
            "latch",
            "--length",
            "8",
            "--cell",
            "gru",
            "--hidden",
            "8",
            "--iterations",
            "10",
            "--seeds",
            "1",
        ];
        Outcome causal = Farback.Run([.. test, "--cut", "2", "0"], _folder);
        Assert.True(causal.Code == 0, causal.Error);
        foreach (string row in new[] { "whole gradient", "lags from 3 removed", "lags from 1 removed", "lags from 1 × 10" })
            Assert.Contains(row, causal.Out, StringComparison.Ordinal);
        Outcome refused = Farback.Run([.. test, "--cut", "-1"], _folder);
        Assert.Equal(2, refused.Code);
        Assert.Contains("--cut", refused.Error, StringComparison.Ordinal);
    }
}
