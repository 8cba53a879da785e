using System.Text.Json;

namespace Farback.Cli.Tests;

/// <summary>farback check --course: 0 where a student's numbers are right, 1 with the first wrong entry.</summary>
public sealed class CourseTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("farback").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // one unit, one input, one sequence: a_next = tanh(0.5·1 + 0.25·(−0.5)), dtanh = (1 − a²)·2
    private Outcome Check(double dWaa, params string[] more)
    {
        File.WriteAllText(
            Path.Combine(_folder, "mine.json"),
            FormattableString.Invariant(
                $$$$"""
                {"function": "rnn_cell_backward",
                 "inputs": {"xt": {"shape": [1, 1], "data": [1]}, "a_prev": {"shape": [1, 1], "data": [-0.5]},
                            "Wax": {"shape": [1, 1], "data": [0.5]}, "Waa": {"shape": [1, 1], "data": [0.25]},
                            "ba": {"shape": [1, 1], "data": [0]}, "da_next": {"shape": [1, 1], "data": [2]}},
                 "student": {"dWaa": {"shape": [1, 1], "data": [{{{{dWaa:R}}}}]}}}
                """
            )
        );
        return Farback.Run(["check", "--course", "mine.json", .. more], _folder);
    }

    private static readonly double Slope = 1 - Math.Pow(Math.Tanh(0.375), 2);

    [Fact]
    public void Right_numbers_agree()
    {
        Outcome check = Check(2 * Slope * -0.5);
        Assert.True(check.Code == 0, check.Out + check.Error);
        Assert.Contains("dWaa agree with the library", check.Out, StringComparison.Ordinal);
        Assert.Contains("Not given, so not checked: dxt", check.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_numbers_are_named_and_the_mistake_is_guessed()
    {
        Outcome check = Check(2 * -0.5);
        Assert.Equal(1, check.Code);
        Assert.Contains("dWaa[0, 0]: expected -0.87", check.Out, StringComparison.Ordinal);
        Assert.Contains("The tanh slope is missing", check.Out, StringComparison.Ordinal);
        JsonElement json = JsonDocument.Parse(Check(2 * -0.5, "--json").Out).RootElement;
        Assert.Equal("NoTanhSlope", json.GetProperty("mistake").GetString());
        Assert.Equal(-1, json.GetProperty("first").GetProperty("got").GetDouble());
        Assert.False(json.GetProperty("agrees").GetBoolean());
    }

    [Fact]
    public void What_is_no_such_file_gets_one_sentence()
    {
        Assert.Equal(1, Farback.Run(["check", "--course", "none.json"], _folder).Code);
        File.WriteAllText(Path.Combine(_folder, "bad.json"), "{");
        Outcome bad = Farback.Run(["check", "--course", "bad.json"], _folder);
        Assert.Equal(1, bad.Code);
        Assert.Empty(bad.Out);
        Assert.Contains("bad.json: line 1 is no JSON; expected", bad.Error, StringComparison.Ordinal);
        Outcome both = Farback.Run(["check", "--course", "bad.json", "--cell", "lstm"], _folder);
        Assert.Equal(2, both.Code);
        Assert.Contains("--course: --cell is about the library's cells", both.Error, StringComparison.Ordinal);
    }
}
