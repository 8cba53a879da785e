using System.Text.RegularExpressions;
using Farback.Reports;

namespace Farback.Ui.Tests;

public sealed class MarkdownReportTests
{
    private static readonly Report Sample = SampleReport.Make();

    [Fact]
    public void Markdown_says_question_answer_and_every_card()
    {
        var text = MarkdownReport.Render(Sample);
        Assert.StartsWith($"# {Sample.Question}\n\n**{Sample.Answer}**\n", text, StringComparison.Ordinal);
        Assert.All(
            Sample.Networks.SelectMany(n => n.Cards),
            card => Assert.Contains($"**{card.Title}: {card.Value}.** {card.Sentence}", text, StringComparison.Ordinal)
        );
        Assert.Contains(SumText.Update(Sample.Sum!), text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_row_of_a_table_has_as_many_cells_as_its_head()
    {
        var blocks = MarkdownReport.Render(Sample).Split("\n\n").Where(b => b.StartsWith('|'));
        Assert.All(blocks, block => Assert.Single(block.TrimEnd().Split('\n').Select(line => Regex.Count(line, @"(?<!\\)\|")).Distinct()));
    }

    [Fact]
    public void Hostile_labels_cannot_leave_their_cell_or_become_html()
    {
        var sum = Sample.Sum! with { Words = ["a|b", "<script>", "*x*\n# y", "`z`"] };
        var text = MarkdownReport.Render(Sample with { Sum = sum, Question = "<b>\n# no" });
        Assert.DoesNotContain("<script>", text, StringComparison.Ordinal);
        Assert.Contains(@"a\|b", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\n# y", text, StringComparison.Ordinal);
        Assert.StartsWith("# &lt;b> # no\n", text, StringComparison.Ordinal);
    }
}
