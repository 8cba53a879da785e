using System.Text;
using System.Text.Unicode;
using Microsoft.Win32.SafeHandles;

namespace Farback.Formats;

/// <summary>A line of a file, without its end.</summary>
/// <param name="Number">Counted from 1.</param>
/// <param name="Text">The line; CRLF and a byte order mark leave nothing behind.</param>
internal readonly record struct DataLine(int Number, string Text);

/// <summary>Reads a file of examples line by line, strictly UTF-8, in bounded memory.</summary>
internal static class DataLines
{
    /// <summary>The longest line that is read, in bytes.</summary>
    public const int LongestLine = 16 << 20;

    /// <summary>The largest file whose examples are held in memory.</summary>
    public const long LargestFile = 1L << 28;

    private const int Chunk = 1 << 16;

    /// <summary>The lines in order; the last may lack its end.</summary>
    /// <exception cref="MalformedFileException">The file is empty, no UTF-8, has a NUL byte, or a line or the whole is too long.</exception>
    public static IEnumerable<DataLine> Read(string file)
    {
        (SafeFileHandle handle, long offset, long length) = DataBytes.Open(file);
        using (handle)
        {
            if (length > LargestFile)
                throw new MalformedFileException(
                    file,
                    $"the file has {length} bytes",
                    $"at most {LargestFile}: examples are held in memory (plain text is not; --kind text)"
                );
            byte[] bytes = new byte[Chunk];
            int begin = 0,
                end = 0,
                number = 1;
            while (true)
            {
                int stop = bytes.AsSpan(begin, end - begin).IndexOf((byte)'\n');
                if (stop >= 0)
                {
                    yield return Make(file, number++, offset + begin, bytes.AsSpan(begin, stop));
                    begin += stop + 1;
                    continue;
                }
                if (end - begin > LongestLine)
                    throw MalformedFileException.AtLine(
                        file,
                        number,
                        $"the line is longer than {LongestLine} bytes",
                        "one example a line (as plain text it can be read: --kind text)"
                    );
                bytes.AsSpan(begin, end - begin).CopyTo(bytes);
                (offset, begin, end) = (offset + begin, 0, end - begin);
                if (end == bytes.Length)
                    Array.Resize(ref bytes, 2 * bytes.Length);
                int read = RandomAccess.Read(handle, bytes.AsSpan(end), offset + end);
                if (read == 0)
                    break;
                end += read;
            }
            if (end > 0)
                yield return Make(file, number, offset, bytes.AsSpan(0, end));
        }
    }

    private static DataLine Make(string file, int number, long offset, ReadOnlySpan<byte> line)
    {
        if (line is [.., (byte)'\r'])
            line = line[..^1];
        int nul = line.IndexOf((byte)0);
        if (nul >= 0)
            throw DataBytes.Nul(file, number, offset + nul);
        if (!Utf8.IsValid(line))
        {
            int bad = DataBytes.FirstInvalid(line);
            throw DataBytes.Invalid(file, number, offset + bad, line[bad]);
        }
        return new(number, Encoding.UTF8.GetString(line));
    }
}
