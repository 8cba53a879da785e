using System.Globalization;
using System.Text;

namespace Farback.Formats;

/// <summary>A file that is not what its format promises; the message is one sentence that says what was found and what was expected.</summary>
/// <remarks>A file that cannot be reached at all stays an <see cref="IOException"/>: nothing is known about its contents.</remarks>
public sealed class MalformedFileException : FormatException
{
    // A name comes from the file: a hostile one must neither flood nor forge the message.
    private const int LongestQuote = 80;

    /// <summary>Makes the sentence "file: found; expected …."</summary>
    /// <param name="file">The file's path, or what the caller calls the data.</param>
    /// <param name="found">What was found, with the tensor's name or the offset in the file.</param>
    /// <param name="expected">What the format asks for instead.</param>
    public MalformedFileException(string file, string found, string expected)
        : base($"{file}: {found}; expected {expected}.") => File = file;

    /// <summary>The file's path, or what the caller calls the data.</summary>
    public string File { get; }

    /// <summary>Makes the sentence "file: line 12: found; expected …."</summary>
    internal static MalformedFileException AtLine(string file, long line, string found, string expected) =>
        new(file, $"line {line}: {found}", expected);

    /// <summary>A text out of a file in quotation marks: shortened, with everything that is not a visible character escaped.</summary>
    internal static string Quote(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (Rune rune in text.EnumerateRunes().Take(LongestQuote))
        {
            bool visible =
                Rune.GetUnicodeCategory(rune)
                is not (
                    UnicodeCategory.Control
                    or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator
                    or UnicodeCategory.OtherNotAssigned
                );
            quoted.Append(visible ? rune.ToString() : $"\\u{{{rune.Value:X}}}");
        }
        return quoted.Append(text.Length > LongestQuote ? "…\"" : "\"").ToString();
    }
}
