namespace Farback.Formats.Tests.Course;

/// <summary>A file of the course exercise is read as numpy wrote it; anything else gets one sentence.</summary>
public sealed class CourseFileTests
{
    private const string Whole = """
        {"function": "rnn_cell_backward",
         "inputs": {"xt": {"shape": [1, 2], "data": [0.5, -1e-3]}},
         "student": {"dba": {"shape": [1, 1], "data": [NaN]}, "dxt": {"shape": [1, 2], "data": [-Infinity, Infinity]}}}
        """;

    [Fact]
    public void Numbers_come_in_row_major_order_and_pythons_nan_is_read()
    {
        CourseFile file = CourseFile.Parse("mine.json", Whole);
        Assert.Equal("rnn_cell_backward", file.Function.Name);
        Assert.Equal([0.5, -1e-3], file.Inputs["xt"].Data);
        Assert.Equal([1, 2], file.Inputs["xt"].Shape);
        Assert.Equal([double.NaN], file.Student["dba"].Data);
        Assert.Equal([double.NegativeInfinity, double.PositiveInfinity], file.Student["dxt"].Data);
    }

    public static TheoryData<string, string> Wrong() =>
        new()
        {
            { "", "line 1 is no JSON" },
            { "{\"function\": ", "is no JSON" },
            { "[1, 2]", "there is no \"function\"" },
            { "{\"function\": 3}", "there is no \"function\"" },
            { "{\"function\": \"gru_forward\"}", "function \"gru_forward\"; expected one of rnn_cell_forward" },
            { "{\"function\": \"rnn_forward\"}", "there is no \"inputs\"" },
            { "{\"function\": \"rnn_forward\", \"inputs\": {}}", "there is no \"student\"" },
            { "{\"function\": \"rnn_forward\", \"inputs\": {\"x\": [1]}, \"student\": {}}", "\"x\" is no array" },
            { Array("[2, 2]", "[1, 2, 3]"), "\"x\" has 3 numbers" },
            { Array("[]", "[1]"), "\"x\" has 1 numbers" },
            { Array("[2147483647, 2147483647, 2147483647]", "[1]"), "\"x\" has 1 numbers" },
            { Array("[-1, -1]", "[1]"), "one to 3 whole numbers" },
            { Array("[1, 1, 1, 1]", "[1]"), "one to 3 whole numbers" },
            { Array("[1.5]", "[1]"), "one to 3 whole numbers" },
            { Array("[1, 2]", "[[1, 2], [3, 4]]"), "numbers in one flat list" },
            { Array("[1]", "[\"a\"]"), "numbers in one flat list" },
            { Array("[1]", "[null]"), "numbers in one flat list" },
            {
                "{\"function\": \"rnn_forward\", \"inputs\": {\"x\": {\"shape\": [1], \"data\": [1]}, \"x\": {\"shape\": [1], \"data\": [1]}}}",
                "stands there twice"
            },
            { new string('[', 100_000), "is no JSON" },
        };

    private static string Array(string shape, string data) =>
        $"{{\"function\": \"rnn_forward\", \"inputs\": {{\"x\": {{\"shape\": {shape}, \"data\": {data}}}}}, \"student\": {{}}}}";

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_is_no_such_file_is_refused_in_one_sentence(string text, string says)
    {
        string message = Assert.Throws<MalformedFileException>(() => CourseFile.Parse("mine.json", text)).Message;
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.Contains("mine.json", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.InRange(message.Length, 10, 400);
    }
}
