using System.Text.Json;

namespace Farback.Cli.Tests;

/// <summary>Every verb keeps its promises: help with an example, JSON alone on stdout, results there and progress elsewhere.</summary>
public sealed class VerbTests
{
    public static TheoryData<string> Verbs() =>
        [
            "demo",
            "train",
            "map",
            "chain",
            "spectrum",
            "diagnose",
            "data",
            "tasks",
            "cells",
            "memory",
            "causal",
            "claims",
            "check",
            "verify",
            "fuzz",
            "prove-resume",
            "predict",
            "sample",
            "completion",
            "bench",
            "open",
            "export",
        ];

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Help_has_an_example_and_names_json(string verb)
    {
        Outcome help = Farback.Run([verb, "--help"]);
        Assert.Equal(0, help.Code);
        Assert.Contains($"Example: farback {verb}", help.Out, StringComparison.Ordinal);
        Assert.Contains("--json", help.Out, StringComparison.Ordinal);
        Assert.Empty(help.Error);
    }

    [Fact]
    public void Without_a_verb_help_says_where_to_start()
    {
        Outcome help = Farback.Run([]);
        Assert.Equal(0, help.Code);
        Assert.Contains("Start here", help.Out, StringComparison.Ordinal);
        Assert.Contains("farback demo", help.Out, StringComparison.Ordinal);
    }

    public static TheoryData<string> Json() =>
        [
            "tasks",
            "cells",
            "check --cell elman",
            "map --cell gru --lag 5",
            "map --cell lstm --lag 5 --block weight_hh_l0.f --share",
            "train --cell elman --lag 1 --iterations 20",
            "memory --cell lstm --lag 5 --hidden 8 --train 20 --refit 5 --sequences 32",
            "causal --cell gru --lag 5 --hidden 8 --iterations 10 --seeds 1",
            "bench --seconds 0.1",
            "fuzz --inputs 200",
        ];

    [Theory]
    [MemberData(nameof(Json))]
    public void Json_is_alone_on_stdout(string arguments)
    {
        Outcome run = Farback.Run([.. arguments.Split(' '), "--json"]);
        Assert.True(run.Code == 0, run.Error);
        using JsonDocument document = JsonDocument.Parse(run.Out);
        Assert.NotEqual(JsonValueKind.Undefined, document.RootElement.ValueKind);
    }

    [Fact]
    public void A_map_says_what_arrives_the_horizon_and_the_residual_without_colour()
    {
        Outcome map = Farback.Run(["map", "--cell", "elman", "--lag", "11"]);
        Assert.True(map.Code == 0, map.Error);
        Assert.DoesNotContain("\u001b", map.Out, StringComparison.Ordinal);
        Assert.Contains("Of the error at “was”", map.Out, StringComparison.Ordinal);
        Assert.Contains("the verb needs 11", map.Out, StringComparison.Ordinal);
        Assert.Contains("Residual", map.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void The_machines_speed_is_a_line_for_every_cell_size_and_kind_of_work_with_every_number()
    {
        Outcome bench = Farback.Run(["bench", "--seconds", "0.1", "--json"]);
        Assert.True(bench.Code == 0, bench.Error);
        using JsonDocument document = JsonDocument.Parse(bench.Out);
        JsonElement root = document.RootElement;
        Assert.NotEmpty(root.GetProperty("machine").GetProperty("processor").GetString()!);
        Assert.True(root.GetProperty("peakGflops").GetDouble() > 0);
        Assert.Contains("peak", root.GetProperty("reading").GetString(), StringComparison.Ordinal);
        JsonElement[] rows = [.. root.GetProperty("rows").EnumerateArray()];
        Assert.Equal(["elman", "gru", "lstm"], rows.Select(row => row.GetProperty("cell").GetString()).Distinct().Order());
        Assert.Equal(["map", "step"], rows.Select(row => row.GetProperty("what").GetString()).Distinct().Order());
        string[] sizes = ["steps", "lanes", "inputs", "units", "repeats"],
            measures = ["milliseconds", "perSecond", "gflops", "peakGflops", "ofPeak"];
        foreach (JsonElement row in rows)
        {
            Assert.All(sizes, name => Assert.True(row.GetProperty(name).GetInt32() > 0, $"{name} of {row}"));
            Assert.All(measures, name => Assert.True(row.GetProperty(name).GetDouble() > 0, $"{name} of {row}"));
        }
        Outcome many = Farback.Run(["bench", "--threads", "100000"]);
        Assert.Equal(2, many.Code);
        Assert.Contains("--threads: expected at most", many.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_is_grouped_by_what_a_person_is_after()
    {
        string[] lines = Farback.Run(["--help"]).Out.Split('\n');
        Assert.Equal(
            ["Start here", "Your data", "Your network", "Why", "Files"],
            lines.Where(line => line is "Start here" or "Your data" or "Your network" or "Why" or "Files")
        );
    }

    [Fact]
    public void A_shell_completes_verbs_and_options()
    {
        Outcome verbs = Farback.Run(["[suggest:10]", "farback tr"]);
        Assert.Contains("train", verbs.Out, StringComparison.Ordinal);
        Outcome options = Farback.Run(["[suggest:18]", "farback map --bloc"]);
        Assert.Contains("--block", options.Out, StringComparison.Ordinal);
        foreach (string shell in new[] { "bash", "zsh", "fish", "pwsh" })
            Assert.Contains("[suggest:", Farback.Run(["completion", shell]).Out, StringComparison.Ordinal);
        Assert.Equal(2, Farback.Run(["completion", "csh"]).Code);
    }

    [Fact]
    public void A_trained_network_predicts_and_a_language_model_speaks()
    {
        string folder = Directory.CreateTempSubdirectory("farback").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "ab.txt"), string.Concat(Enumerable.Repeat("abcabc\n", 400)));
            Outcome run = Farback.Run(
                [
                    "train",
                    "--data",
                    "ab.txt",
                    "--cell",
                    "gru",
                    "--hidden",
                    "8",
                    "--iterations",
                    "150",
                    "--window",
                    "20",
                    "--out",
                    "run",
                    "--save",
                    "m.safetensors",
                ],
                folder
            );
            Assert.True(run.Code == 0, run.Error);
            foreach (string model in new[] { "run", "m.safetensors" })
            {
                Outcome said = Farback.Run(
                    ["sample", "--model", model, "--prompt", "abcabc\n", "--length", "7", "--temperature", "0.01"],
                    folder
                );
                Assert.Equal("abcabc\nabcabc\n\n", said.Out.ReplaceLineEndings("\n"));
                Outcome next = Farback.Run(["predict", "--model", model, "--text", "ab", "--json"], folder);
                using JsonDocument steps = JsonDocument.Parse(next.Out);
                Assert.Equal("c", steps.RootElement[0][1].GetProperty("output").GetString());
                Assert.InRange(steps.RootElement[0][1].GetProperty("probability").GetDouble(), 0.5, 1);
            }
            Outcome absent = Farback.Run(["predict", "--model", "nothing"], folder);
            Assert.Equal(2, absent.Code);
            Assert.Contains("there is no run folder and no file nothing", absent.Error, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Training_writes_weights_that_are_named_as_pytorch_names_them()
    {
        string folder = Directory.CreateTempSubdirectory("farback").FullName;
        try
        {
            Outcome run = Farback.Run(["train", "--cell", "gru", "--lag", "1", "--iterations", "10", "--save", "w.safetensors"], folder);
            Assert.True(run.Code == 0, run.Error);
            using var file = Formats.SafetensorsFile.Open(Path.Combine(folder, "w.safetensors"));
            Assert.Equal([96, 32], file["weight_hh_l0"].Shape);
            Assert.Equal([Path.Combine(folder, "w.safetensors")], Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Checking_a_cell_prints_every_law_with_its_number()
    {
        Outcome check = Farback.Run(["check", "--cell", "lstm-peephole"]);
        Assert.True(check.Code == 0, check.Out + check.Error);
        Assert.Contains("Every law holds.", check.Out, StringComparison.Ordinal);
        Assert.InRange(check.Out.Split('\n').Count(line => line.TrimStart().StartsWith("holds", StringComparison.Ordinal)), 5, 100);
    }

    [Fact]
    public void The_demonstration_answers_the_question_and_writes_the_report()
    {
        string folder = Directory.CreateTempSubdirectory("farback").FullName;
        try
        {
            Outcome demo = Farback.Run(["demo", "--seeds", "1"], folder);
            Assert.True(demo.Code == 0, demo.Error);
            Assert.Contains("Can “was” still teach “cat”?", demo.Out, StringComparison.Ordinal);
            Assert.Contains("Sum, not multiply", demo.Out, StringComparison.Ordinal);
            Assert.Contains("resolving the gradient in time", demo.Error, StringComparison.Ordinal);
            string page = File.ReadAllText(Path.Combine(folder, "farback-report.html"));
            Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.OrdinalIgnoreCase);
            Assert.Equal([Path.Combine(folder, "farback-report.html")], Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
