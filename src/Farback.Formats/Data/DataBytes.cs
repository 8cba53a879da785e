using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Farback.Formats;

/// <summary>The door through which every file of data is read: what is no UTF-8 is named here, once.</summary>
internal static class DataBytes
{
    /// <summary>Opens a file, refuses UTF-16 and UTF-32 by their byte order marks, and skips that of UTF-8.</summary>
    /// <returns>The handle, the offset of the first byte of text, and the length of the file.</returns>
    public static (SafeFileHandle Handle, long Start, long Length) Open(string file)
    {
        SafeFileHandle handle = File.OpenHandle(file);
        try
        {
            long length = RandomAccess.GetLength(handle);
            Span<byte> mark = stackalloc byte[4];
            int read = RandomAccess.Read(handle, mark, 0);
            long start = mark[..read].StartsWith("\uFEFF"u8) ? 3 : 0;
            if (WideName(mark[..read]) is { } wide)
                throw new MalformedFileException(
                    file,
                    $"the text is {wide}, by its byte order mark",
                    $"UTF-8: convert it with iconv -f {wide[..6]} -t UTF-8"
                );
            if (length - start <= 0)
                throw new MalformedFileException(file, "the file is empty", "data");
            return (handle, start, length);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The sentence for the first byte of a text that is no UTF-8.</summary>
    public static MalformedFileException Invalid(string file, long line, long offset, byte found) =>
        MalformedFileException.AtLine(
            file,
            line,
            $"byte 0x{found:X2} at offset {offset} is no UTF-8",
            "UTF-8 text: convert it, for example with iconv -f ISO-8859-1 -t UTF-8"
        );

    /// <summary>The sentence for a NUL byte.</summary>
    public static MalformedFileException Nul(string file, long line, long offset) =>
        MalformedFileException.AtLine(
            file,
            line,
            $"a NUL byte at offset {offset}",
            "text, where NUL bytes do not occur (is the file binary, or UTF-16 without a byte order mark?)"
        );

    /// <summary>Where the first invalid sequence of these bytes begins, or −1.</summary>
    public static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (at < bytes.Length)
        {
            if (Rune.DecodeFromUtf8(bytes[at..], out _, out int used) != System.Buffers.OperationStatus.Done)
                return at;
            at += used;
        }
        return -1;
    }

    // the order matters: the mark of UTF-32 little endian begins with that of UTF-16
    private static string? WideName(ReadOnlySpan<byte> mark) =>
        mark.SequenceEqual((ReadOnlySpan<byte>)[0xFF, 0xFE, 0, 0]) ? "UTF-32 (little endian)"
        : mark.SequenceEqual((ReadOnlySpan<byte>)[0, 0, 0xFE, 0xFF]) ? "UTF-32 (big endian)"
        : mark.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) ? "UTF-16 (little endian)"
        : mark.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) ? "UTF-16 (big endian)"
        : null;
}
