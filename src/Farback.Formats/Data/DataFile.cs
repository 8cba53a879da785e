using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Farback.Formats;

/// <summary>Opens a file of data as something to learn.</summary>
public static class DataFile
{
    private const int LinesLooked = 100;
    private const int Looked = 1 << 16;

    /// <summary>Recognises what a file or folder is, unless the options say it, and reads it.</summary>
    /// <returns>The task, with a description of the file; a text's task holds the file open until it is disposed.</returns>
    /// <exception cref="MalformedFileException">The file is not what its kind asks for.</exception>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    public static FileTask Open(string path, DataOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new();
        DataKind kind = options.Kind ?? Recognise(path);
        if (options.Column is not null && kind != DataKind.Series)
            throw new ArgumentException(
                $"column: {path} is read as {kind}, which has no columns to choose from; expected a table of numbers."
            );
        return kind switch
        {
            DataKind.Text => new TextTask(path, options),
            DataKind.Treebank => TreebankTask.Open(path, options),
            DataKind.Pairs => PairsTask.Open(path, options),
            DataKind.Labelled => LabelledTask.Open(path, options),
            DataKind.Series => new SeriesTask(path, options),
            _ => UcrTask.Open(path, options),
        };
    }

    /// <summary>What a file or folder is, by its name's ending and, where that says little, by its first lines.</summary>
    /// <remarks>
    ///   A folder is labelled sequences; .conllu a treebank; .ts the UCR format; .csv a series; .jsonl pairs. Otherwise the first
    ///   100 lines decide: a header with grammatical and ungrammatical, or BLiMP's JSON, makes pairs; ten columns with
    ///   numbers first a treebank; exactly one tab in nine lines of ten, and labels that repeat, labelled sequences; all else is text.
    /// </remarks>
    public static DataKind Recognise(string path)
    {
        if (Directory.Exists(path))
            return DataKind.Labelled;
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: there is no such file or folder; expected one to read.", path);
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".conllu" => DataKind.Treebank,
            ".ts" => DataKind.Ucr,
            ".csv" => DataKind.Series,
            ".jsonl" => DataKind.Pairs,
            _ => ByContents(path),
        };
    }

    private static DataKind ByContents(string path)
    {
        string[] lines = FirstLines(path);
        if (lines.Length == 0)
            return DataKind.Text;
        if (PairReader.Recognises(lines[0]))
            return DataKind.Pairs;
        if (
            lines.FirstOrDefault(line => !line.StartsWith('#')) is { } word
            && word.Split('\t') is { Length: 10 } columns
            && columns[0] is "1" or "1-2"
        )
            return DataKind.Treebank;
        if (
            lines.Any(line => line.StartsWith("@data", StringComparison.OrdinalIgnoreCase))
            && lines.Any(line => line.StartsWith("@classLabel", StringComparison.OrdinalIgnoreCase))
        )
            return DataKind.Ucr;
        // one line in ten may be faulty: then it is named rather than read as prose
        string[] tabbed = [.. lines.Where(line => line.Count(letter => letter == '\t') == 1)];
        if (10 * tabbed.Length >= 9 * lines.Length)
        {
            int labels = tabbed
                .Select(line => line[..line.IndexOf('\t', StringComparison.Ordinal)])
                .Distinct(StringComparer.Ordinal)
                .Count();
            if (2 * labels <= tabbed.Length || Path.GetExtension(path).Equals(".tsv", StringComparison.OrdinalIgnoreCase))
                return DataKind.Labelled;
        }
        return DataKind.Text;
    }

    // decoded leniently: what is wrong with the bytes is said by the reader that follows
    private static string[] FirstLines(string path)
    {
        (SafeFileHandle handle, long start, long length) = DataBytes.Open(path);
        using (handle)
        {
            byte[] bytes = new byte[Math.Min(length - start, Looked)];
            int read = RandomAccess.Read(handle, bytes, start);
            string[] lines = Encoding.UTF8.GetString(bytes, 0, read).Split('\n');
            // the last one may be cut off
            if (start + read < length && lines.Length > 1)
                lines = lines[..^1];
            return [.. lines.Select(line => line.TrimEnd('\r')).Where(line => !string.IsNullOrWhiteSpace(line)).Take(LinesLooked)];
        }
    }
}
