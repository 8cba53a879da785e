using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Farback.Formats.Hdf5;

namespace Farback.Formats.Tests.Hdf5;

/// <summary>Something to write: a group, or with numbers a dataset.</summary>
internal sealed class Made(string name)
{
    public string Name => name;
    public List<Made> Children { get; } = [];
    public List<(string Name, object Value)> Attributes { get; } = [];
    public byte[]? Data { get; private set; }
    public long[] Shape { get; private set; } = [];
    public byte[] Type { get; private set; } = [];

    /// <summary>The sizes of the chunks; null for a contiguous dataset.</summary>
    public long[]? Chunks { get; init; }
    public bool IsCompact { get; init; }
    public bool IsNeverWritten { get; init; }

    /// <summary>1 deflate, 2 shuffle, 3 fletcher32, in the order of writing.</summary>
    public int[] Filters { get; init; } = [];

    public Made With(params Made[] children)
    {
        Children.AddRange(children);
        return this;
    }

    public Made Has(string attribute, object value)
    {
        Attributes.Add((attribute, value));
        return this;
    }

    public Made Floats(long[] shape, params double[] numbers) =>
        Raw(shape, Hdf5Writer.Float32, [.. numbers.SelectMany(number => BitConverter.GetBytes((float)number))]);

    public Made Doubles(long[] shape, params double[] numbers) =>
        Raw(shape, Hdf5Writer.Float64, [.. numbers.SelectMany(BitConverter.GetBytes)]);

    public Made Raw(long[] shape, byte[] type, byte[] data)
    {
        (Shape, Type, Data) = (shape, type, data);
        return this;
    }
}

/// <summary>Writes HDF5 files for tests: as HDF5 has always written them, or in the format of 1.8.</summary>
internal sealed class Hdf5Writer
{
    public static readonly byte[] Float32 = Convert.FromHexString("11201F000400000000002000170800177F000000");
    public static readonly byte[] Float64 = Convert.FromHexString("11203F000800000000004000340B0034FF030000");

    private readonly bool _new;
    private readonly List<byte> _file = [];

    private Hdf5Writer(bool isNew) => _new = isNew;

    /// <summary>Where each object's header went, by its path.</summary>
    public Dictionary<string, long> Places { get; } = [];

    public static byte[] Write(Made root, bool isNew = false) => Write(root, isNew, out _);

    public static byte[] Write(Made root, bool isNew, out Dictionary<string, long> places)
    {
        var writer = new Hdf5Writer(isNew);
        writer._file.AddRange(new byte[isNew ? 48 : 96]);
        long header = writer.Object(root, "");
        byte[] bytes = [.. writer._file];
        byte[] start = isNew
            ? [.. Signature, 2, 8, 8, 0, .. U64(0), .. U64(-1), .. U64(bytes.Length), .. U64(header)]
            :
            [
                .. Signature,
                0,
                0,
                0,
                0,
                0,
                8,
                8,
                0,
                4,
                0,
                16,
                0,
                0,
                0,
                0,
                0,
                .. U64(0),
                .. U64(-1),
                .. U64(bytes.Length),
                .. U64(-1),
                .. U64(0),
                .. U64(header),
            ];
        start.CopyTo(bytes, 0);
        if (isNew)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(44), Lookup3.Of(bytes.AsSpan(0, 44)));
        places = writer.Places;
        return bytes;
    }

    private static byte[] Signature => [0x89, .. "HDF\r\n"u8, 0x1A, 0x0A];

    private static byte[] U16(long value) => BitConverter.GetBytes((ushort)value);

    private static byte[] U32(long value) => BitConverter.GetBytes((uint)value);

    private static byte[] U64(long value) => BitConverter.GetBytes(value);

    private static byte[] Padded(byte[] bytes, int to = 8) => [.. bytes, .. new byte[(to - bytes.Length % to) % to]];

    private long Put(byte[] bytes)
    {
        while (_file.Count % 8 != 0)
            _file.Add(0);
        long at = _file.Count;
        _file.AddRange(bytes);
        return at;
    }

    private long Object(Made made, string path)
    {
        List<(int Kind, byte[] Body)> messages = [];
        if (made.Data is not null)
            Dataset(made, messages);
        else
        {
            (string Name, long Address)[] links =
            [
                .. made.Children.Select(child => (child.Name, Object(child, path.Length == 0 ? child.Name : $"{path}/{child.Name}"))),
            ];
            if (_new)
            {
                messages.Add((0x02, [0, 0, .. U64(-1), .. U64(-1)]));
                foreach ((string name, long address) in links)
                    messages.Add((0x06, [1, 0, (byte)Encoding.UTF8.GetByteCount(name), .. Encoding.UTF8.GetBytes(name), .. U64(address)]));
            }
            else
                messages.Add((0x11, Table(links)));
        }
        foreach ((string name, object value) in made.Attributes)
            messages.Add((0x0C, Attribute(name, value)));
        long header = _new ? NewHeader(messages) : OldHeader(messages);
        return Places[path] = header;
    }

    private byte[] Table((string Name, long Address)[] links)
    {
        List<byte> names = [.. new byte[8]];
        List<byte> table = [.. "SNOD"u8, 1, 0, .. U16(links.Length)];
        foreach ((string name, long address) in links.OrderBy(link => link.Name, StringComparer.Ordinal))
        {
            table.AddRange([.. U64(names.Count), .. U64(address), .. new byte[24]]);
            names.AddRange(Padded([.. Encoding.UTF8.GetBytes(name), 0]));
        }
        long segment = Put([.. names]);
        long heap = Put([.. "HEAP"u8, 0, 0, 0, 0, .. U64(names.Count), .. U64(-1), .. U64(segment)]);
        long node = Put([.. table]);
        long tree = Put([.. "TREE"u8, 0, 0, .. U16(1), .. U64(-1), .. U64(-1), .. U64(0), .. U64(node), .. U64(8)]);
        return [.. U64(tree), .. U64(heap)];
    }

    private void Dataset(Made made, List<(int, byte[])> messages)
    {
        messages.Add((0x01, Space(made.Shape)));
        messages.Add((0x03, made.Type));
        if (made.Chunks is { } chunks)
        {
            if (made.Filters.Length > 0)
                messages.Add((0x0B, FilterMessage(made)));
            messages.Add(
                (0x08, [3, 2, (byte)(chunks.Length + 1), .. U64(Chunked(made, chunks)), .. chunks.SelectMany(U32), .. U32(ElementOf(made))])
            );
        }
        else if (made.IsCompact)
            messages.Add((0x08, [3, 0, .. U16(made.Data!.Length), .. made.Data]));
        else
            messages.Add((0x08, [3, 1, .. U64(made.IsNeverWritten ? -1 : Put(made.Data!)), .. U64(made.Data!.Length)]));
    }

    private static int ElementOf(Made made) => BitConverter.ToInt32(made.Type, 4);

    private byte[] FilterMessage(Made made)
    {
        int element = ElementOf(made);
        List<byte> message = _new ? [2, (byte)made.Filters.Length] : [1, (byte)made.Filters.Length, 0, 0, 0, 0, 0, 0];
        foreach (int filter in made.Filters)
        {
            byte[] numbers = filter switch
            {
                1 => U32(6),
                2 => U32(element),
                _ => [],
            };
            message.AddRange(
                _new
                    ? [.. U16(filter), 0, 0, .. U16(numbers.Length / 4), .. numbers]
                    : [.. U16(filter), 0, 0, 0, 0, .. U16(numbers.Length / 4), .. numbers, .. new byte[numbers.Length % 8]]
            );
        }
        return [.. message];
    }

    private long Chunked(Made made, long[] chunks)
    {
        int element = ElementOf(made),
            rank = chunks.Length;
        List<byte> node = [];
        int count = 0;
        long[] at = new long[rank];
        while (true)
        {
            byte[] stored = Packed(made, Cut(made, chunks, at, element), element);
            node.AddRange([.. U32(stored.Length), .. U32(0), .. at.SelectMany(U64), .. U64(0), .. U64(Put(stored))]);
            count++;
            int axis = rank - 1;
            for (; axis >= 0 && (at[axis] += chunks[axis]) >= made.Shape[axis]; axis--)
                at[axis] = 0;
            if (axis < 0)
                break;
        }
        node.AddRange([.. U32(0), .. U32(0), .. made.Shape.SelectMany(U64), .. U64(0)]);
        long leaf = Put([.. "TREE"u8, 1, 0, .. U16(count), .. U64(-1), .. U64(-1), .. node]);
        // one level more, to be walked
        byte[] key = [.. U32(0), .. U32(0), .. new byte[8 * (rank + 1)]];
        return Put([.. "TREE"u8, 1, 1, .. U16(1), .. U64(-1), .. U64(-1), .. key, .. U64(leaf), .. key]);
    }

    private static byte[] Cut(Made made, long[] chunks, long[] at, int element)
    {
        var chunk = new byte[chunks.Aggregate((long)element, (product, size) => product * size)];
        long[] place = new long[chunks.Length];
        for (long i = 0; i < chunk.Length / element; i++)
        {
            long rest = i,
                from = 0,
                stride = 1;
            bool inside = true;
            for (int axis = chunks.Length - 1; axis >= 0; axis--)
            {
                place[axis] = at[axis] + rest % chunks[axis];
                rest /= chunks[axis];
                inside &= place[axis] < made.Shape[axis];
                from += place[axis] * stride;
                stride *= made.Shape[axis];
            }
            if (inside)
                Array.Copy(made.Data!, from * element, chunk, i * element, element);
        }
        return chunk;
    }

    private static byte[] Packed(Made made, byte[] chunk, int element)
    {
        foreach (int filter in made.Filters)
            chunk = filter switch
            {
                1 => Deflated(chunk),
                2 =>
                [
                    .. Enumerable
                        .Range(0, element)
                        .SelectMany(part => Enumerable.Range(0, chunk.Length / element).Select(i => chunk[i * element + part])),
                ],
                _ => [.. chunk, .. Sum(chunk)],
            };
        return chunk;
    }

    private static byte[] Deflated(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var deflater = new ZLibStream(packed, CompressionLevel.Optimal))
            deflater.Write(bytes);
        return packed.ToArray();
    }

    // Fletcher's checksum, written down once more: modulo 65535, where 65535 stands for 0 but for an empty sum
    private static byte[] Sum(byte[] bytes)
    {
        ulong one = 0,
            two = 0;
        foreach (byte[] pair in bytes.Chunk(2))
        {
            one += (ulong)(pair[0] * 256 + (pair.Length > 1 ? pair[1] : 0));
            two += one;
        }
        static ulong Left(ulong sum) => sum == 0 ? 0 : (sum - 1) % 65535 + 1;
        return U32((long)(Left(two) * 65536 + Left(one)));
    }

    private byte[] Space(long[] shape) =>
        _new
            ? [2, (byte)shape.Length, 0, (byte)(shape.Length == 0 ? 0 : 1), .. shape.SelectMany(U64)]
            : [1, (byte)shape.Length, 0, 0, 0, 0, 0, 0, .. shape.SelectMany(U64)];

    private byte[] Attribute(string name, object value)
    {
        (byte[] type, long[] shape, byte[] data) = value switch
        {
            string text => (LongText, Array.Empty<long>(), Long(text)),
            string[] { Length: 0 } => (Float64, [0L], []),
            string[] texts when _new => (LongText, [texts.Length], [.. texts.SelectMany(Long)]),
            string[] texts => (FixedText(texts), [texts.Length], [.. texts.SelectMany(text => Fixed(text, Width(texts)))]),
            _ => throw new NotSupportedException(),
        };
        byte[] space = Space(shape),
            title = [.. Encoding.UTF8.GetBytes(name), 0];
        byte[] sizes = [.. U16(title.Length), .. U16(type.Length), .. U16(space.Length)];
        return _new
            ? [3, 0, .. sizes, 0, .. title, .. type, .. space, .. data]
            : [1, 0, .. sizes, .. Padded(title), .. Padded(type), .. Padded(space), .. data];
    }

    private static byte[] LongText => [0x19, 1, 0, 0, 16, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0];

    private static int Width(string[] texts) => texts.Max(Encoding.UTF8.GetByteCount) + 1;

    private static byte[] FixedText(string[] texts) => [0x13, 1, 0, 0, .. U32(Width(texts))];

    private static byte[] Fixed(string text, int width)
    {
        var bytes = new byte[width];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }

    private byte[] Long(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text),
            padded = Padded(bytes);
        long heap = Put([
            .. "GCOL"u8,
            1,
            0,
            0,
            0,
            .. U64(16 + 16 + padded.Length + 16),
            .. U16(1),
            .. U16(1),
            0,
            0,
            0,
            0,
            .. U64(bytes.Length),
            .. padded,
            .. new byte[16],
        ]);
        return [.. U32(bytes.Length), .. U64(heap), .. U32(1)];
    }

    private long OldHeader(List<(int Kind, byte[] Body)> messages)
    {
        List<byte> body = [];
        foreach ((int kind, byte[] content) in messages)
        {
            byte[] padded = Padded(content);
            body.AddRange([.. U16(kind), .. U16(padded.Length), 0, 0, 0, 0, .. padded]);
        }
        return Put([1, 0, .. U16(messages.Count), .. U32(1), .. U32(body.Count), 0, 0, 0, 0, .. body]);
    }

    // the last message stands in a block of its own, so that headers go on
    private long NewHeader(List<(int Kind, byte[] Body)> messages)
    {
        static byte[] Message((int Kind, byte[] Body) message) => [(byte)message.Kind, .. U16(message.Body.Length), 0, .. message.Body];
        byte[] rest = [.. "OCHK"u8, .. messages.TakeLast(1).SelectMany(Message)];
        rest = [.. rest, .. U32(Lookup3.Of(rest))];
        long continued = Put(rest);
        byte[] body = [.. messages.SkipLast(1).SelectMany(Message), .. Message((0x10, [.. U64(continued), .. U64(rest.Length)]))];
        byte[] header = [.. "OHDR"u8, 2, 2, .. U32(body.Length), .. body];
        return Put([.. header, .. U32(Lookup3.Of(header))]);
    }
}
