using System.Text;

namespace Farback.Formats;

/// <summary>Files that are saved under a model's name and are none: they are named as what they are.</summary>
internal static class Impostor
{
    /// <summary>Refuses a file whose first bytes are those of a Git LFS pointer, a web page, or nothing.</summary>
    /// <param name="file">The file's name, for the sentence.</param>
    /// <param name="start">Its first bytes, as many as there are up to a few hundred.</param>
    /// <param name="expected">What it should have been: an ONNX model.</param>
    /// <exception cref="MalformedFileException">It is one of these.</exception>
    public static void Refuse(string file, ReadOnlySpan<byte> start, string expected)
    {
        if (start.IsEmpty)
            throw new MalformedFileException(file, "the file is empty", expected);
        string text = Encoding
            .Latin1.GetString(start[..Math.Min(start.Length, 512)])
            .TrimStart('\u00ef', '\u00bb', '\u00bf', ' ', '\r', '\n', '\t');
        if (text.StartsWith("version https://git-lfs", StringComparison.Ordinal))
            throw new MalformedFileException(
                file,
                "this is a Git LFS pointer, which stands for the file; git lfs pull fetches it",
                expected
            );
        if (
            text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase)
        )
            throw new MalformedFileException(file, "this is a web page (HTML), saved under the name of a model", expected);
    }
}
