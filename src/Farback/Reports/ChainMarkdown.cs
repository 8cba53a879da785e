using System.Text;
using Farback.Diagnosis;

namespace Farback.Reports;

/// <summary>A chain as Markdown: a row a factor, then the sentences.</summary>
internal static class ChainMarkdown
{
    public static void Add(StringBuilder text, ChainView view)
    {
        MarkdownReport.Line(text, "### One entry, as a chain");
        MarkdownReport.Line(text, $"{MarkdownReport.Plain(view.Network)}. {MarkdownReport.Plain(ChainText.Title(view))}.");
        MarkdownReport.Row(text, ["factor", "", "value", "product so far", "apart"]);
        MarkdownReport.Rule(text, 5);
        foreach (ChainFactor factor in ChainText.Bars(view))
            MarkdownReport.Row(
                text,
                [
                    ChainText.Name(view, factor),
                    ChainText.Formula(factor),
                    NumberText.Size(factor.Log10),
                    NumberText.Size(factor.Log10SoFar),
                    ChainText.Apart(view, factor),
                ]
            );
        text.Append('\n');
        foreach (string sentence in new[] { ChainText.Agreement(view), ChainText.Jacobians(view) }.Where(one => one.Length > 0))
            MarkdownReport.Line(text, MarkdownReport.Plain(sentence));
        MarkdownReport.Line(text, $"**Are dw1, dw2, … summed or multiplied?** {MarkdownReport.Plain(ChainText.Answer(view))}");
        MarkdownReport.Line(
            text,
            $"**The four-step formula.** Passed round: {MarkdownReport.Plain(ChainText.ForumWritten)}. Right: {MarkdownReport.Plain(ChainText.ForumRight)}. {MarkdownReport.Plain(ChainText.Forum(view))} {MarkdownReport.Plain(ChainText.Shapes(view))}"
        );
    }
}
