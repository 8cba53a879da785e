using System.Text;
using Farback.Reports;

namespace Farback.Cli.Terminal;

/// <summary>The report on a terminal: question, answer, maps, cards, the sum.</summary>
internal static class TerminalReport
{
    /// <summary>All of it as text.</summary>
    public static string Render(Report report, bool colour)
    {
        var text = new StringBuilder();
        text.Append('\n').Append(Bold(report.Question, colour)).Append("\n\n").Append(Wrap(report.Answer, 96)).Append("\n\n");
        foreach (NetworkReport network in report.Networks)
        {
            SentenceView shown = network.Sentences[network.ShownFirst];
            text.Append(Bold(network.Name, colour)).Append("  ").Append(shown.After.Quantities[0].Meaning).Append("\n\n");
            text.Append(MapText.Render(shown.After, shown.After.Quantities[0], colour, shown.Verb, shown.Cue)).Append('\n');
            foreach (Card card in network.Cards)
                text.Append($"  {card.Title, -28} {Bold(card.Value.PadRight(24), colour)} {card.Sentence}\n");
            text.Append('\n');
        }
        if (report.Scope is { } scope)
            text.Append(Wrap(scope, 96)).Append("\n\n");
        if (report.Sum is { } sum)
            Add(text, sum, colour);
        return text.ToString();
    }

    private static void Add(StringBuilder text, SumTable sum, bool colour)
    {
        int decimals = SumText.Decimals(sum),
            n = sum.Words.Count;
        text.Append(Bold("Sum, not multiply", colour)).Append($"  {sum.Weight}.\n\n");
        text.Append(' ', 16);
        for (int k = 0; k < n; k++)
            text.Append($"{$"dw{k + 1} {sum.Words[k]}", 14}");
        text.Append($"{"sum", 14}\n");
        for (int t = 0; t < n; t++)
        {
            text.Append($"  {$"dL{t + 1}/dw {sum.Words[t]}", -14}");
            for (int k = 0; k < n; k++)
                text.Append($"{(sum.Entries[t * n + k] is { } g ? SumText.Entry(g, decimals) : "·"), 14}");
            text.Append($"{SumText.Entry(sum.RowTotals[t], decimals), 14}\n");
        }
        text.Append($"  {"sum", -14}");
        foreach (double total in sum.ColumnTotals)
            text.Append($"{SumText.Entry(total, decimals), 14}");
        text.Append($"{SumText.Entry(sum.Total, decimals), 14}\n\n");
        text.Append($"  ordinary gradient {SumText.Entry(sum.OrdinaryGradient, decimals)}   {SumText.Update(sum)}\n  {sum.Line}\n");
    }

    private static string Bold(string text, bool colour) => colour ? $"\u001b[1m{text}\u001b[0m" : text;

    private static string Wrap(string text, int width)
    {
        var wrapped = new StringBuilder();
        int column = 0;
        foreach (string word in text.Split(' '))
        {
            if (column > 0 && column + 1 + word.Length > width)
            {
                wrapped.Append('\n');
                column = 0;
            }
            else if (column > 0)
            {
                wrapped.Append(' ');
                column++;
            }
            wrapped.Append(word);
            column += word.Length;
        }
        return wrapped.ToString();
    }
}
