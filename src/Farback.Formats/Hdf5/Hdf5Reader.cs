using System.Buffers.Binary;
using System.Text;

namespace Farback.Formats.Hdf5;

/// <summary>Reads a stretch of an HDF5 file from front to back; numbers are little endian.</summary>
internal sealed class Hdf5Reader(Hdf5Bytes bytes, long begin, long end, string what)
{
    /// <summary>Where the next byte lies in the file.</summary>
    public long At { get; private set; } = begin;

    public long Left => end - At;

    public string What => what;

    public byte U8() => Span(1)[0];

    public ushort U16() => BinaryPrimitives.ReadUInt16LittleEndian(Span(2));

    public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Span(4));

    public ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Span(8));

    /// <summary>A number of 1, 2, 4 or 8 bytes.</summary>
    public ulong Number(int width) =>
        width switch
        {
            1 => U8(),
            2 => U16(),
            4 => U32(),
            _ => U64(),
        };

    public ReadOnlySpan<byte> Span(long count)
    {
        ReadOnlySpan<byte> span = bytes.Memory((ulong)At, (ulong)Need(count), what).Span;
        At += count;
        return span;
    }

    public void Skip(long count) => At += Need(count);

    /// <summary>The next bytes as a stretch of their own.</summary>
    public Hdf5Reader Part(long count, string name)
    {
        var part = new Hdf5Reader(bytes, At, At + Need(count), name);
        At += count;
        return part;
    }

    /// <summary>The same stretch again, from where this reader stands.</summary>
    public Hdf5Reader Again() => new(bytes, At, end, what);

    /// <summary>Expects four letters.</summary>
    public void Mark(string letters)
    {
        long at = At;
        if (!Span(4).SequenceEqual(Encoding.ASCII.GetBytes(letters)))
            throw Fault(at, $"{what} does not begin with {letters}", letters);
    }

    /// <summary>Expects a version.</summary>
    public int Version(params ReadOnlySpan<int> known)
    {
        int version = U8();
        return known.Contains(version)
            ? version
            : throw Fault(At - 1, $"{what} has version {version}", $"{string.Join(" or ", known.ToArray())}");
    }

    /// <summary>A text that a zero ends, or the stretch.</summary>
    public string Text(long most)
    {
        long at = At;
        Hdf5Reader look = Again();
        long count = 0;
        for (; count < Left && look.U8() != 0; count++)
            if (count == most)
                throw Fault(at, $"{what} has more than {most} bytes of text", "a shorter one");
        return Utf8(Span(count), at);
    }

    /// <summary>Bytes as UTF-8.</summary>
    public string Utf8(ReadOnlySpan<byte> text, long at)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(text);
        }
        catch (DecoderFallbackException)
        {
            throw Fault(at, $"{what} is not UTF-8", "text");
        }
    }

    public MalformedFileException Fault(string found, string expected) => Fault(At, found, expected);

    public MalformedFileException Fault(long at, string found, string expected) => bytes.Fault(at, found, expected);

    private long Need(long count) =>
        count >= 0 && count <= Left ? count : throw Fault($"{what} wants {count} bytes more", $"at most the {Left} that it has");
}
