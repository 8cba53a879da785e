using System.Text;
using Farback.Gradients;
using Farback.Reports;
using Farback.Ui.Maps;

namespace Farback.Cli.Terminal;

/// <summary>A map in characters: half blocks in 24-bit colour, or an ASCII ramp where there is none.</summary>
internal static class MapText
{
    private const string Shades = ".:-=+*#%@"; // from the lower end of the scale to the upper

    /// <summary>The map with its words, a line of legend below.</summary>
    public static string Render(MapView view, MapQuantity quantity, bool colour, int highlightRow = -1, int highlightColumn = -1)
    {
        var text = new StringBuilder();
        int label = Math.Min(14, view.Rows.Max(word => word.Length));
        for (int row = 0; row < view.Rows.Count; row++)
        {
            text.Append(Cut(view.Rows[row], label).PadLeft(label)).Append(row == highlightRow ? " ▸" : "  ");
            for (int column = 0; column < view.Columns.Count; column++)
                Cell(text, quantity, row * view.Columns.Count + column, colour);
            text.Append(row == highlightRow ? " ◂" : "").Append('\n');
        }
        text.Append(' ', label + 2);
        for (int column = 0; column < view.Columns.Count; column++)
            text.Append(column == highlightColumn ? "▴ " : "  ");
        text.Append('\n').Append(' ', label + 2);
        string word = highlightColumn >= 0 ? view.Columns[highlightColumn] : "";
        text.Append(' ', Math.Max(0, 2 * highlightColumn)).Append(word).Append('\n');
        text.Append(' ', label + 2).Append(Legend(quantity, colour)).Append('\n');
        return text.ToString();
    }

    private static void Cell(StringBuilder text, MapQuantity quantity, int at, bool colour)
    {
        if (quantity.Classes[at] != CellClass.Value || quantity.Values[at] is not { } value)
        {
            text.Append(Mark(quantity.Classes[at]));
            return;
        }
        if (colour)
        {
            Colour shade = Ramp.At(quantity.Scale, Ramp.Step(quantity.Scale, quantity.Range, value));
            text.Append($"\u001b[48;2;{shade.Red};{shade.Green};{shade.Blue}m  \u001b[0m");
            return;
        }
        double place =
            quantity.Scale == MapScale.Log
                ? (value - quantity.Range.Low) / (quantity.Range.High - quantity.Range.Low)
                : Math.Abs(value) / quantity.Range.High;
        char shadeOf = Shades[Math.Clamp((int)(place * Shades.Length), 0, Shades.Length - 1)];
        text.Append(quantity.Scale == MapScale.Signed && value < 0 ? '-' : ' ').Append(shadeOf);
    }

    private static string Mark(CellClass kind) =>
        kind switch
        {
            CellClass.NoPath => "  ",
            CellClass.ExactZero => " 0",
            CellClass.CutByTruncation => " /",
            CellClass.NotALoss => "  ",
            CellClass.BelowRange => " <",
            CellClass.ZeroBySaturation => " s",
            CellClass.NaN => " ?",
            _ => " ∞",
        };

    private static string Legend(MapQuantity quantity, bool colour)
    {
        if (quantity.Scale == MapScale.Signed)
            return colour ? "blue: against the update · orange: with it" : "one character for the size, - before it: against the update";
        string low = NumberText.PowerOfTen((int)quantity.Range.Low),
            high = quantity.Range.High == 0 ? "all" : NumberText.PowerOfTen((int)quantity.Range.High);
        if (!colour)
            return $"'{Shades[0]}' {low} or less … '{Shades[^1]}' {high}; blank: no path";
        var bar = new StringBuilder($"{low} or less ");
        for (int i = 0; i <= 12; i++)
        {
            Colour shade = Ramp.At(
                MapScale.Log,
                Ramp.Step(MapScale.Log, quantity.Range, quantity.Range.Low + i * (quantity.Range.High - quantity.Range.Low) / 12)
            );
            bar.Append($"\u001b[48;2;{shade.Red};{shade.Green};{shade.Blue}m \u001b[0m");
        }
        return bar.Append($" {high}").ToString();
    }

    private static string Cut(string word, int length) => word.Length <= length ? word : word[..(length - 1)] + "…";
}
