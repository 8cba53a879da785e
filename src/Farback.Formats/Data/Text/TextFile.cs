using Microsoft.Win32.SafeHandles;

namespace Farback.Formats;

/// <summary>A text of any size whose tokens can be read from any position: it stays on the disk.</summary>
/// <remarks>One pass finds every <see cref="Stride"/>-th token's offset, eight bytes each; a read goes there and skips the rest.</remarks>
internal sealed class TextFile : IDisposable
{
    private const int Stride = 1024;

    private readonly SafeFileHandle _handle;
    private readonly List<long> _offsets = [];

    /// <summary>Reads the text through once; every fault of its bytes is found here.</summary>
    public TextFile(string path, TextUnit unit)
    {
        (Path, Unit) = (path, unit);
        (_handle, Start, Length) = DataBytes.Open(path);
        try
        {
            TextCursor cursor = new(path, _handle, unit, 1 << 16);
            cursor.Seek(Start);
            long offset = Start;
            for (; cursor.Next(out _); Count++)
            {
                if (Count % Stride == 0)
                    _offsets.Add(offset);
                offset = cursor.Offset;
            }
            Lines = cursor.Line;
        }
        catch
        {
            _handle.Dispose();
            throw;
        }
    }

    public string Path { get; }

    public TextUnit Unit { get; }

    /// <summary>Where the text begins: after a byte order mark.</summary>
    public long Start { get; }

    /// <summary>Bytes, the byte order mark included.</summary>
    public long Length { get; }

    /// <summary>How many tokens there are.</summary>
    public long Count { get; }

    /// <summary>How many lines there are, the last one without an end included.</summary>
    public long Lines { get; }

    /// <summary>Stands before the token at a position.</summary>
    public TextCursor At(long position, int buffer = 1 << 14)
    {
        if (RandomAccess.GetLength(_handle) != Length)
            throw new MalformedFileException(
                Path,
                $"the file has changed its size from {Length} bytes to {RandomAccess.GetLength(_handle)} while it was open",
                "a file that stays as it is"
            );
        TextCursor cursor = new(Path, _handle, Unit, buffer);
        cursor.Seek(_offsets[(int)(position / Stride)]);
        for (long skip = position % Stride; skip > 0; skip--)
            cursor.Next(out _);
        return cursor;
    }

    /// <summary>The numbers of consecutive tokens.</summary>
    public int[] Read(long position, int count, Vocabulary vocabulary)
    {
        int[] numbers = new int[count];
        TextCursor cursor = At(position, 1 << 12);
        for (int place = 0; place < count; place++)
        {
            if (!cursor.Next(out ReadOnlySpan<char> token))
                throw new ArgumentOutOfRangeException(
                    nameof(position),
                    $"the text ends {count - place} tokens before the end of the part."
                );
            numbers[place] = vocabulary.Of(token);
        }
        return numbers;
    }

    public void Dispose() => _handle.Dispose();
}
