using System.Globalization;
using System.Text;

namespace Farback.Bench;

/// <summary>A table in Markdown, its columns padded so that it reads as plain text too.</summary>
internal static class MarkdownTable
{
    public static string Of(string[] header, IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. header.Select((title, column) => rows.Select(row => row[column].Length).Append(title.Length).Max())];
        var text = new StringBuilder();
        void Line(string[] cells) =>
            text.Append("| ").AppendJoin(" | ", cells.Select((cell, column) => cell.PadRight(widths[column]))).Append(" |\n");
        Line(header);
        text.Append('|').AppendJoin('|', widths.Select(width => new string('-', width + 2))).Append("|\n");
        foreach (string[] row in rows)
            Line(row);
        return text.ToString();
    }

    /// <summary>Three digits, no exponent.</summary>
    public static string Digits(double value) =>
        value.ToString(
            Math.Abs(value) switch
            {
                >= 100 => "0",
                >= 10 => "0.0",
                >= 1 => "0.00",
                _ => "0.000",
            },
            CultureInfo.InvariantCulture
        );

    public static string Percent(double part) => string.Create(CultureInfo.InvariantCulture, $"{100 * part:0.#} %");
}
