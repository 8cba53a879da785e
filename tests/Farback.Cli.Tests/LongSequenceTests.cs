using System.Text.Json;
using Farback.Formats;

namespace Farback.Cli.Tests;

/// <summary>Sequences that are run in segments, from the command line.</summary>
public sealed class LongSequenceTests : IDisposable
{
    private const string Adding = "--task adding --length 1200 --held 2 --cell elman --hidden 4";

    private readonly string _folder = Directory.CreateTempSubdirectory("farback").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Outcome Farback(string arguments) => Tests.Farback.Run(arguments.Split(' '), _folder);

    [Fact]
    public void A_run_in_segments_says_so_keeps_the_choice_and_comes_to_what_the_whole_comes_to()
    {
        const string Train = $"train {Adding} --batch 2 --iterations 3 --evaluate-every 3";
        Outcome segments = Farback($"{Train} --recompute 100 --out segments");
        Assert.True(segments.Code == 0, segments.Error);
        Assert.Contains("Run in segments of 100 steps; peak memory ", segments.Error, StringComparison.Ordinal);
        Outcome whole = Farback($"{Train} --out whole");
        Assert.DoesNotContain("segments", whole.Error, StringComparison.Ordinal);

        RunDescription one = RunFolder.Read(Path.Combine(_folder, "segments")),
            other = RunFolder.Read(Path.Combine(_folder, "whole"));
        Assert.Equal(("100", "auto"), (one.Training.Recompute, other.Training.Recompute));
        Assert.Equal(other.Result!.Test[0].Value, one.Result!.Test[0].Value, 1e-9);
    }

    [Fact]
    public void The_map_of_a_long_sequence_is_of_the_steps_and_lags_that_were_asked_for()
    {
        Outcome map = Farback($"map {Adding} --window 20 --loss-times 600,1200 --json");
        Assert.True(map.Code == 0, map.Error);
        using JsonDocument document = JsonDocument.Parse(map.Out);
        JsonElement root = document.RootElement;
        Assert.Equal("2 of 1200 loss times, lags up to 20; each row exact", root.GetProperty("label").GetString());
        Assert.Equal(["600", "1200"], root.GetProperty("rows").EnumerateArray().Select(row => row.GetString()!));
        Assert.Equal(21, root.GetProperty("columns").GetArrayLength());
        Assert.Equal(2 * 21, root.GetProperty("quantity").GetProperty("values").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("residual").ValueKind);
    }

    [Theory]
    [InlineData("train --recompute some", "expected auto, none or the steps of a segment")]
    [InlineData("train --task adding --bidirectional --recompute 5", "use one direction")]
    [InlineData("map --task adding --loss-times 0", "--loss-times: expected steps from 1 up")]
    [InlineData("map --task adding --loss-times 900", "none of them lies in the sequence, which has 50 steps")]
    [InlineData("map --task adding --window -1", "--window: expected 0 steps or more")]
    [InlineData("map --window 3", "--window: a sentence of the agreement task is mapped whole")]
    public void What_makes_no_sense_is_refused_in_one_sentence(string arguments, string says)
    {
        Outcome refused = Farback(arguments);
        Assert.NotEqual(0, refused.Code);
        Assert.Empty(refused.Out);
        Assert.Contains(says, refused.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }
}
