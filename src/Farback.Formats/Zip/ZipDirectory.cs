using System.Buffers.Binary;
using System.Text;

namespace Farback.Formats.Zip;

/// <summary>What an archive holds, by its central directory, once every claim in it has been checked.</summary>
/// <remarks>
///   End record (its 22 bytes, and a comment, close the file; zip64's where it says so) → one record a file → the local header in front of
///   each file's bytes. Names are relative and stand once, no two files share bytes, and only stored or deflated files without encryption are
///   taken. Source: PKWARE's APPNOTE 6.3, sections 4.3 and 4.4.
/// </remarks>
internal sealed class ZipDirectory
{
    private const uint EndMark = 0x06054b50,
        End64Mark = 0x06064b50,
        Locator64Mark = 0x07064b50,
        RecordMark = 0x02014b50,
        LocalMark = 0x04034b50;
    private const int EndBytes = 22,
        End64Bytes = 56,
        Locator64Bytes = 20,
        RecordBytes = 46,
        LocalBytes = 30,
        LongestComment = ushort.MaxValue,
        MostEntries = 1_000_000;

    private readonly string _file;
    private readonly ByteSource _source;
    private readonly List<ZipEntry> _entries = [];
    private readonly List<(long Begin, long End)> _taken = [];

    private ZipDirectory(string file, ByteSource source) => (_file, _source) = (file, source);

    /// <summary>The files in the order of the directory; folders are left out.</summary>
    public IReadOnlyList<ZipEntry> Entries => _entries;

    /// <summary>The file of that name, or null.</summary>
    public ZipEntry? Find(string name) => _entries.Find(entry => entry.Name == name);

    /// <summary>Reads and checks a directory.</summary>
    /// <exception cref="MalformedFileException">The archive is not what it should be; the sentence names the offset or the entry.</exception>
    public static ZipDirectory Read(string file, ByteSource source, long length)
    {
        var directory = new ZipDirectory(file, source);
        (long begin, long size, long count) = directory.FindEnd(length);
        directory.ReadRecords(begin, size, count);
        directory.CheckOverlap(begin);
        return directory;
    }

    private (long Begin, long Size, long Count) FindEnd(long length)
    {
        byte[] tail = new byte[(int)Math.Min(length, EndBytes + LongestComment)];
        long tailBegin = length - tail.Length;
        _source.Read(tailBegin, tail);
        for (int at = tail.Length - EndBytes; at >= 0; at--)
        {
            ReadOnlySpan<byte> end = tail.AsSpan(at);
            if (U32(end) != EndMark || U16(end[20..]) != tail.Length - at - EndBytes)
                continue;
            long count = U16(end[10..]),
                size = U32(end[12..]),
                begin = U32(end[16..]),
                endAt = tailBegin + at;
            if (U16(end[4..]) is not (0 or ushort.MaxValue) || U16(end[8..]) != U16(end[10..]))
                throw Fault($"the end record at byte {endAt} speaks of several disks", "an archive in one file");
            // some writers add zip64's record although every number fits
            if (count == ushort.MaxValue || size == uint.MaxValue || begin == uint.MaxValue || HasLocator64(endAt))
                (begin, size, count, endAt) = FindEnd64(endAt);
            if (count > MostEntries || size > endAt || begin != endAt - size || count > size / RecordBytes)
                throw Fault(
                    $"the end record puts {count} entries in {size} bytes from byte {begin}",
                    $"a directory that ends at byte {endAt}, where the end record begins"
                );
            return (begin, size, count);
        }
        throw Fault("there is no end record of an archive", "one that closes the file (is it cut off?)");
    }

    private bool HasLocator64(long endAt)
    {
        if (endAt < End64Bytes + Locator64Bytes)
            return false;
        byte[] mark = new byte[4];
        _source.Read(endAt - Locator64Bytes, mark);
        return U32(mark) == Locator64Mark;
    }

    private (long Begin, long Size, long Count, long EndAt) FindEnd64(long endAt)
    {
        byte[] bytes = new byte[End64Bytes];
        long locatorAt = endAt - Locator64Bytes;
        if (locatorAt < End64Bytes)
            throw Fault($"the end record at byte {endAt} asks for a zip64 record", "one in front of it");
        _source.Read(locatorAt, bytes.AsSpan(0, Locator64Bytes));
        ulong at = U64(bytes.AsSpan(8));
        if (U32(bytes) != Locator64Mark || at > (ulong)(locatorAt - End64Bytes))
            throw Fault($"the zip64 locator at byte {locatorAt} is none", "one that points to a zip64 end record");
        _source.Read((long)at, bytes);
        (ulong count, ulong size, ulong begin) = (U64(bytes.AsSpan(32)), U64(bytes.AsSpan(40)), U64(bytes.AsSpan(48)));
        if (U32(bytes) != End64Mark || count > MostEntries || size > at || begin > at)
            throw Fault($"the zip64 end record at byte {at} does not fit the file", "a directory inside it");
        return ((long)begin, (long)size, (long)count, (long)at);
    }

    private void ReadRecords(long begin, long size, long count)
    {
        var reader = new BytesReader(_file, _source, begin, begin + size);
        HashSet<string> names = new(StringComparer.Ordinal);
        for (long index = 0; index < count; index++)
        {
            long at = reader.At;
            byte[] record = reader.Bytes(RecordBytes, "a directory record");
            if (U32(record) != RecordMark)
                throw Fault($"the directory has no record at byte {at}", $"{count} of them");
            ReadOnlySpan<byte> name = reader.Bytes(U16(record.AsSpan(28)), "a name"),
                extra = reader.Bytes(U16(record.AsSpan(30)), "an extra field");
            reader.Skip(U16(record.AsSpan(32)), "a comment");
            Add(record, Name(name, at), extra, at, begin, names);
        }
        if (reader.Left > 0)
            throw Fault($"the directory goes on behind its {count} records at byte {reader.At}", "its end");
    }

    private void Add(byte[] record, string name, ReadOnlySpan<byte> extra, long at, long directory, HashSet<string> names)
    {
        string quoted = MalformedFileException.Quote(name);
        (int flags, int method) = (U16(record.AsSpan(8)), U16(record.AsSpan(10)));
        ulong packed = U32(record.AsSpan(20)),
            length = U32(record.AsSpan(24)),
            local = U32(record.AsSpan(42));
        Widen(extra, ref length, ref packed, ref local, quoted);
        if ((flags & 0x2041) != 0)
            throw Fault($"the entry {quoted} is encrypted", "one that is not");
        if (!names.Add(name))
            throw Fault($"the entry {quoted} stands twice in the directory, again at byte {at}", "each name once");
        string[] parts = name.Split('/', '\\');
        if (name.Length == 0 || parts[0].Length == 0 || parts.Contains("..") || name.Contains(':', StringComparison.Ordinal))
            throw Fault($"the entry {quoted} at byte {at} leaves the archive", "a relative name without ..");
        if (name[^1] == '/' && length == 0)
            return;
        if (method is not (0 or 8))
            throw Fault($"the entry {quoted} is packed by method {method}", "stored (0) or deflated (8)");
        if (method == 0 && packed != length)
            throw Fault($"the stored entry {quoted} has {packed} bytes and says {length}", "as many");
        if (local > (ulong)directory || (ulong)directory - local < LocalBytes)
            throw Fault($"the entry {quoted} begins at byte {local}", $"a header before the directory at byte {directory}");
        byte[] header = new byte[LocalBytes];
        _source.Read((long)local, header);
        if (U32(header) != LocalMark)
            throw Fault($"there is no header of the entry {quoted} at byte {local}", "one, as the directory says");
        long begin = (long)local + LocalBytes + U16(header.AsSpan(26)) + U16(header.AsSpan(28));
        if (begin > directory || packed > (ulong)(directory - begin))
            throw Fault($"the entry {quoted} has {packed} bytes from byte {begin}", $"an end before the directory at byte {directory}");
        byte[] again = new byte[U16(header.AsSpan(26))];
        _source.Read((long)local + LocalBytes, again);
        if (Name(again, (long)local) != name)
            throw Fault($"the entry {quoted} is called otherwise at byte {local}", "one name in both places");
        _taken.Add(((long)local, begin + (long)packed));
        _entries.Add(new(name, begin, (long)packed, checked((long)length), U32(record.AsSpan(16)), method == 0));
    }

    // zip64: eight bytes for each size that is all ones in the record, in this order
    private void Widen(ReadOnlySpan<byte> extra, ref ulong length, ref ulong packed, ref ulong local, string quoted)
    {
        while (extra.Length >= 4)
        {
            (int id, int size) = (U16(extra), U16(extra[2..]));
            if (size > extra.Length - 4)
                throw Fault($"the entry {quoted} has an extra field of {size} bytes", $"at most {extra.Length - 4}");
            ReadOnlySpan<byte> field = extra.Slice(4, size);
            extra = extra[(4 + size)..];
            if (id != 1)
                continue;
            Take(ref field, ref length);
            Take(ref field, ref packed);
            Take(ref field, ref local);
        }
        if (length > long.MaxValue || packed > long.MaxValue)
            throw Fault($"the entry {quoted} says {length} bytes", "what fits into a file");
    }

    private static void Take(ref ReadOnlySpan<byte> field, ref ulong number)
    {
        if (number != uint.MaxValue || field.Length < 8)
            return;
        number = U64(field);
        field = field[8..];
    }

    // archives whose files share bytes inflate to far more than they are
    private void CheckOverlap(long directory)
    {
        _taken.Sort();
        for (int i = 0; i < _taken.Count; i++)
            if ((i + 1 < _taken.Count ? _taken[i + 1].Begin : directory) < _taken[i].End)
                throw Fault($"an entry at byte {_taken[i].Begin} reaches into the next", "entries that share no bytes");
    }

    private string Name(ReadOnlySpan<byte> bytes, long at)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Fault($"the name in the record at byte {at} is not UTF-8", "a name in UTF-8");
        }
    }

    private MalformedFileException Fault(string found, string expected) => new(_file, found, expected);

    private static ushort U16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint U32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static ulong U64(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes);
}
