namespace Farback.Formats.Tests.Data;

public sealed class DataFileTests : OwnFiles
{
    [Theory]
    [InlineData("a.conllu", "x", DataKind.Treebank)]
    [InlineData("a.ts", "x", DataKind.Ucr)]
    [InlineData("a.CSV", "x", DataKind.Series)]
    [InlineData("a.jsonl", "x", DataKind.Pairs)]
    [InlineData("a.tsv", "paradigm\tgrammatical\tungrammatical\na\tb\tc\n", DataKind.Pairs)]
    [InlineData("a.txt", "{\"sentence_good\": \"a\", \"sentence_bad\": \"b\"}\n", DataKind.Pairs)]
    [InlineData("a.txt", "# x\n1\ta\ta\tDET\t_\t_\t0\troot\t_\t_\n", DataKind.Treebank)]
    [InlineData("a.txt", "@problemName x\n@classLabel true a b\n@data\n1:a\n", DataKind.Ucr)]
    [InlineData("a.txt", "x\ta\ny\tb\nx\tc\ny\td\n", DataKind.Labelled)]
    [InlineData("a.txt", "x\ta\ny\tb\nz\tc\nw\td\n", DataKind.Text)]
    [InlineData("a.txt", "Prose has no tabs.\n", DataKind.Text)]
    public void A_file_is_recognised_by_its_name_or_its_first_lines(string name, string text, DataKind kind) =>
        Assert.Equal(kind, DataFile.Recognise(Text(name, text)));

    [Fact]
    public void What_the_options_say_a_file_is_goes_before_what_it_looks_like()
    {
        string path = Text("table.csv", string.Concat(Enumerable.Repeat("a,1\n", 30)));
        Assert.IsType<SeriesTask>(DataFile.Open(path));
        using TextTask text = Assert.IsType<TextTask>(DataFile.Open(path, new() { Kind = DataKind.Text }));
        Assert.Equal(5, text.Outputs);
    }

    [Fact]
    public void Options_that_cannot_be_met_are_named()
    {
        string path = Text("text.txt", new string('x', 100));
        string Sentence(DataOptions options) => Assert.Throws<ArgumentException>(() => DataFile.Open(path, options)).Message;
        Assert.StartsWith("column: ", Sentence(new() { Column = "x" }), StringComparison.Ordinal);
        Assert.StartsWith("window: ", Sentence(new() { Window = 0 }), StringComparison.Ordinal);
        Assert.StartsWith("validation and test shares: ", Sentence(new() { TestShare = 0.95 }), StringComparison.Ordinal);
        Assert.StartsWith("validation and test shares: ", Sentence(new() { TestShare = double.NaN }), StringComparison.Ordinal);
        Assert.StartsWith("validation and test files: ", Sentence(new() { TestFile = path }), StringComparison.Ordinal);
    }
}
