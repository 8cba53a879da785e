using System.Text.Json;

namespace Farback.Cli.Tests;

/// <summary>The verdict on a command line: of a run, of a network trained on the way, of a model file; what a build server is told.</summary>
public sealed class DiagnoseTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("farback").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static readonly string[] Latch = ["--task", "latch", "--length", "40", "--cell", "elman", "--hidden", "8"];

    [Fact]
    public void A_run_is_judged_at_its_initial_weights_and_over_training()
    {
        Outcome run = Farback.Run(
            [
                "train",
                .. Latch,
                "--iterations",
                "20",
                "--evaluate-every",
                "10",
                "--checkpoint-every",
                "10",
                "--out",
                "run",
                "--save",
                "model.safetensors",
            ],
            _folder
        );
        Assert.True(run.Code == 0, run.Error);
        Outcome diagnosis = Farback.Run(["diagnose", "--run", "run", "--out", "verdict.md", "--fail-on", "vanishing,exploding"], _folder);
        Assert.True(diagnosis.Code == 3, diagnosis.Error);
        Assert.StartsWith("# Vanishing: ", diagnosis.Out, StringComparison.Ordinal);
        Assert.Contains("| initial weights ", diagnosis.Out, StringComparison.Ordinal);
        Assert.Contains("## Looks during training", diagnosis.Out, StringComparison.Ordinal);
        Assert.Contains("farback train … --cell lstm --initial chrono=42", diagnosis.Out, StringComparison.Ordinal);
        Assert.Equal(diagnosis.Out, File.ReadAllText(Path.Combine(_folder, "verdict.md")));

        string[] opened = ["diagnose", "--model", "model.safetensors", "--task", "latch", "--length", "40"];
        Outcome model = Farback.Run([.. opened, "--needed-lag", "1", "--fail-on", "vanishing", "--json"], _folder);
        Assert.True(model.Code == 0, model.Error);
        using JsonDocument json = JsonDocument.Parse(model.Out);
        JsonElement evidence = json
            .RootElement.GetProperty("study")
            .GetProperty("stages")[0]
            .GetProperty("diagnosis")
            .GetProperty("evidence");
        Assert.Equal(1, evidence.GetProperty("neededLag").GetInt32());
        Assert.Equal("Given", evidence.GetProperty("source").GetString());
        Outcome cut = Farback.Run([.. opened, "--truncate", "5", "--fail-on", "cut-by-truncation"], _folder);
        Assert.True(cut.Code == 3, cut.Out + cut.Error);
    }

    [Fact]
    public void The_initial_weights_alone_are_judged_without_training()
    {
        Outcome start = Farback.Run(["diagnose", .. Latch, "--initial", "orthogonal=2", "--train", "0", "--needed-lag", "1"], _folder);
        Assert.True(start.Code == 0, start.Error);
        Assert.Contains("initial weights", start.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("Over training", start.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void What_makes_no_sense_is_refused_in_a_sentence()
    {
        Assert.Contains(
            "there is no 'ill'",
            Farback.Run(["diagnose", .. Latch, "--fail-on", "ill"], _folder).Error,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "--needed-lag: expected 0 or more",
            Farback.Run(["diagnose", .. Latch, "--needed-lag", "-1"], _folder).Error,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "--model: there is no run folder and no file",
            Farback.Run(["diagnose", "--model", "none", "--task", "latch"], _folder).Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_confusion_table_of_other_seeds_is_printed_as_markdown()
    {
        Outcome table = Farback.Run(["diagnose", "--confusion", "1", "--seed", "42"], _folder);
        Assert.True(table.Code == 0, table.Error);
        Assert.Contains("| identity below 1 | vanishing | 1 of 1 |", table.Out, StringComparison.Ordinal);
    }
}
