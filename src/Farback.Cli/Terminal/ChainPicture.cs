using System.Text;
using Farback.Diagnosis;
using Farback.Reports;

namespace Farback.Cli.Terminal;

/// <summary>A chain on a terminal: a line a factor, with the bar of the product so far; then the sums, then the formula.</summary>
internal static class ChainPicture
{
    private const int Longest = 32; // characters of a bar
    private const int MostSums = 60; // steps whose sums are listed

    /// <summary>All of it as text.</summary>
    public static string Render(ChainView view, bool colour)
    {
        var text = new StringBuilder();
        text.Append($"{view.Network}\n{Bold(ChainText.Title(view), colour)}\n\n");
        (double low, double high) = ChainText.Scale(view);
        string[] names = [.. ChainText.Bars(view).Select(factor => ChainText.Name(view, factor))];
        int width = names.Max(name => name.Length);
        text.Append(
            $"  {"", -2}{"".PadRight(width)} {"factor", 10} {"so far", 10}  {NumberText.PowerOfTen((int)low)} … {NumberText.PowerOfTen((int)high)}\n"
        );
        foreach ((ChainFactor factor, string name) in ChainText.Bars(view).Zip(names))
        {
            string bar = new(colour ? '█' : '#', (int)Math.Round(ChainText.Bar(view, factor) * Longest));
            text.Append(
                $"  {(factor == view.Chain.Factors[0] ? "" : "×"), -2}{name.PadRight(width)} {NumberText.Size(factor.Log10), 10} {NumberText.Size(factor.Log10SoFar), 10}  {bar.PadRight(Longest)} {ChainText.Apart(view, factor)}".TrimEnd()
            );
            text.Append('\n');
        }
        text.Append($"\n{ChainText.Agreement(view)}\n");
        if (ChainText.Jacobians(view) is { Length: > 0 } jacobians)
            text.Append($"{jacobians}\n");
        text.Append($"\n{Bold("Are dw1, dw2, … summed or multiplied?", colour)}\n{ChainText.Answer(view)}\n{ChainText.Weight(view)}\n\n");
        Sums(text, view);
        text.Append(
            $"\n{Bold("The four-step formula", colour)}\n  passed round  {ChainText.ForumWritten}\n  right         {ChainText.ForumRight}\n{ChainText.Forum(view)}\n{ChainText.Shapes(view)}\n"
        );
        return text.ToString();
    }

    private static void Sums(StringBuilder text, ChainView view)
    {
        if (view.Words.Count > MostSums)
        {
            text.Append($"The sums of {NumberText.Whole(view.Words.Count)} steps are in --json.\n");
            return;
        }
        int width = Math.Min(14, view.Words.Max(word => word.Length));
        text.Append($"  {"", 4} {"".PadRight(width)} {"dL/dw here", 12} {"so far", 12} {"dw here", 12} {"so far", 12}\n");
        for (int i = 0; i < view.Words.Count; i++)
        {
            string word = view.Words[i].Length <= width ? view.Words[i] : view.Words[i][..(width - 1)] + "…";
            text.Append(
                $"  {i + 1, 4} {word.PadRight(width)} {NumberText.Signed(view.Sums.Rows[i]), 12} {NumberText.Signed(view.Sums.RowsSoFar[i]), 12} {NumberText.Signed(view.Sums.Columns[i]), 12} {NumberText.Signed(view.Sums.ColumnsSoFar[i]), 12}\n"
            );
        }
    }

    private static string Bold(string text, bool colour) => colour ? $"\u001b[1m{text}\u001b[0m" : text;
}
