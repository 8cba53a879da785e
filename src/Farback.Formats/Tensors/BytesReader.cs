using System.Buffers.Binary;

namespace Farback.Formats;

/// <summary>Reads a stretch of bytes from front to back through a small window; every refusal names the offset.</summary>
internal sealed class BytesReader(string file, ByteSource source, long begin, long end)
{
    private const int Window = 1 << 16;

    private readonly byte[] _window = new byte[(int)Math.Min(Window, Math.Max(0, end - begin))];
    private long _windowBegin = begin,
        _windowEnd = begin;

    /// <summary>Where the next byte lies in the source.</summary>
    public long At { get; private set; } = begin;

    /// <summary>How many bytes are left.</summary>
    public long Left => end - At;

    /// <summary>The next byte.</summary>
    public byte Byte(string what) => Span(1, what)[0];

    /// <summary>Two bytes, little endian.</summary>
    public ushort U16(string what) => BinaryPrimitives.ReadUInt16LittleEndian(Span(2, what));

    /// <summary>Four bytes, little endian.</summary>
    public uint U32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Span(4, what));

    /// <summary>Eight bytes, little endian.</summary>
    public ulong U64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Span(8, what));

    /// <summary>Bytes in an array of their own; nothing is allocated before the file was seen to have them.</summary>
    public byte[] Bytes(ulong count, string what)
    {
        Need(count, what);
        byte[] bytes = new byte[count];
        source.Read(At, bytes);
        At += bytes.Length;
        return bytes;
    }

    /// <summary>The next few bytes, valid until the next read.</summary>
    public ReadOnlySpan<byte> Span(int count, string what)
    {
        Need((ulong)count, what);
        if (At < _windowBegin || At + count > _windowEnd)
        {
            (_windowBegin, _windowEnd) = (At, Math.Min(end, At + _window.Length));
            source.Read(At, _window.AsSpan(0, (int)(_windowEnd - At)));
        }
        ReadOnlySpan<byte> span = _window.AsSpan((int)(At - _windowBegin), count);
        At += count;
        return span;
    }

    /// <summary>Goes past bytes.</summary>
    public void Skip(ulong count, string what)
    {
        Need(count, what);
        At += (long)count;
    }

    private void Need(ulong count, string what)
    {
        if (count > (ulong)Left)
            throw new MalformedFileException(file, $"{what} at byte {At} wants {count} bytes", $"at most the {Left} that are left");
    }
}
