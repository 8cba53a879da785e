using System.Globalization;
using System.Text;
using Farback.Training;

namespace Farback.Formats;

/// <summary>The history of a run as CSV: one line a look, the newest last.</summary>
internal static class HistoryFile
{
    /// <summary>Replaces the file by these rows, whole or not at all.</summary>
    public static void Rewrite(string path, IReadOnlyList<HistoryRow> rows)
    {
        if (rows.Count == 0)
            File.Delete(path);
        else
            AtomicFile.Write(path, Encoding.UTF8.GetBytes(Header(rows[0]) + string.Concat(rows.Select(Line))));
    }

    /// <summary>Adds a row in one write: a reader that comes in between sees whole lines.</summary>
    public static void Append(string path, HistoryRow row)
    {
        using FileStream stream = new(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        stream.Write(Encoding.UTF8.GetBytes(stream.Length == 0 ? Header(row) + Line(row) : Line(row)));
    }

    private static string Header(HistoryRow row) =>
        string.Join(',', ["step", "loss", "gradient_norm", "clipped_norm", "rate", .. row.Scores.Select(score => Quoted(score.Name))])
        + "\n";

    private static string Line(HistoryRow row) =>
        string.Join(
            ',',
            new[] { row.Step, row.Loss, row.GradientNorm, row.ClippedNorm, row.Rate }
                .Concat(row.Scores.Select(score => score.Value))
                .Select(number => number.ToString("R", CultureInfo.InvariantCulture))
        ) + "\n";

    private static string Quoted(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
