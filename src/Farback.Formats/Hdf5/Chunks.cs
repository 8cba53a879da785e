using System.IO.Compression;

namespace Farback.Formats.Hdf5;

/// <summary>An array in pieces of one size, which a B-tree finds and filters pack.</summary>
/// <remarks>Pieces at the edge are stored whole. Filters are undone in reverse order: fletcher32, deflate, shuffle.</remarks>
internal sealed class Chunks
{
    private const int HighestLevel = 16,
        MostFilters = 32;
    private const long LargestChunk = 64 << 20,
        MostRatio = 1000;

    private readonly Hdf5Bytes _bytes;
    private readonly string _what;
    private readonly long[] _shape;
    private readonly int _element;
    private readonly ulong _tree;
    private readonly long[] _chunk;
    private readonly int _chunkBytes;
    private readonly List<(int Id, uint[] Numbers)> _filters = [];
    private readonly List<(ulong Address, uint Size, uint Passed, long[] At)> _found = [];
    private readonly HashSet<ulong> _nodes = [];

    public Chunks(Hdf5Bytes bytes, string what, long[] shape, int element, Hdf5Reader layout, Hdf5Reader? filters)
    {
        (_bytes, _what, _shape, _element) = (bytes, what, shape, element);
        int rank = layout.U8() - 1;
        if (rank != shape.Length)
            throw layout.Fault($"{what} has chunks of {rank} dimensions", $"{shape.Length}");
        _tree = layout.U64();
        _chunk = new long[rank];
        Int128 size = element;
        for (int axis = 0; axis < rank; axis++)
            if ((size *= _chunk[axis] = layout.U32()) is var now && (now <= 0 || now > LargestChunk))
                throw layout.Fault($"{what} has chunks of {size} bytes", $"1 to {LargestChunk}");
        if (layout.U32() is var stated && stated != element)
            throw layout.Fault($"{what} has chunks of elements of {stated} bytes", $"{element}");
        _chunkBytes = (int)size;
        if (filters is not null)
            ReadFilters(filters);
    }

    /// <summary>All pieces, put together.</summary>
    public ReadOnlyMemory<byte> Read(long size)
    {
        if (_tree == Hdf5Bytes.Undefined)
            throw new MalformedFileException(_bytes.File, $"{_what} was never written", "its numbers");
        ReadTree(_tree, null);
        long expected = 1;
        for (int axis = 0; axis < _shape.Length; axis++)
            expected = checked(expected * ((_shape[axis] + _chunk[axis] - 1) / _chunk[axis]));
        if (_found.Count != expected)
            throw new MalformedFileException(_bytes.File, $"{_what} has {_found.Count} chunks", $"{expected}, all of them written");
        long stored = _found.Sum(chunk => (long)chunk.Size),
            declared = Math.Max(size, expected * _chunkBytes);
        if (declared / MostRatio > Math.Min(stored, _bytes.Length))
            throw new MalformedFileException(
                _bytes.File,
                $"{_what} says that {stored} bytes unpack to {declared}",
                $"at most {MostRatio} times as many"
            );
        var all = new byte[size];
        var seen = new HashSet<long>();
        foreach ((ulong address, uint count, uint passed, long[] at) in _found)
        {
            if (!seen.Add(Place(at)))
                throw _bytes.Fault((long)address, $"{_what} has the chunk at {Tensor.Describe(at)} twice", "once");
            Put(Unpack(_bytes.Memory(address, count, $"a chunk of {_what}").Span, passed, (long)address), at, all);
        }
        return all;
    }

    private void ReadFilters(Hdf5Reader reader)
    {
        int version = reader.Version(1, 2),
            count = reader.U8();
        if (count > MostFilters)
            throw reader.Fault($"{_what} has {count} filters", $"at most {MostFilters}");
        reader.Skip(version == 1 ? 6 : 0);
        for (int i = 0; i < count; i++)
        {
            int id = reader.U16(),
                name = version == 1 || id >= 256 ? reader.U16() : 0;
            reader.Skip(2);
            int numbers = reader.U16();
            reader.Skip(version == 1 ? (name + 7) & ~7 : name);
            var own = new uint[Math.Min(numbers, (int)(reader.Left / 4))];
            for (int j = 0; j < own.Length; j++)
                own[j] = reader.U32();
            if (version == 1 && numbers % 2 == 1)
                reader.Skip(4);
            if (id is < 1 or > 3)
                throw reader.Fault(
                    $"{_what} is packed by {(id == 4 ? "szip" : id == 5 ? "nbit" : id == 6 ? "scaleoffset" : $"filter {id}")}",
                    "deflate, shuffle or fletcher32"
                );
            _filters.Add((id, own));
        }
    }

    private void ReadTree(ulong address, int? expected)
    {
        Hdf5Reader node = _bytes.At(address, $"a node of the chunks of {_what}");
        long at = node.At;
        if (!_nodes.Add(address))
            throw node.Fault(at, $"{node.What} is reached twice", "a tree");
        node.Mark("TREE");
        (int type, int level, int count) = (node.U8(), node.U8(), node.U16());
        if (type != 1)
            throw node.Fault(at, $"{node.What} is of type {type}", "1, a tree of chunks");
        if (level > HighestLevel || (expected is { } below && level != below))
            throw node.Fault(at, $"{node.What} is on level {level}", expected is null ? $"at most {HighestLevel}" : $"{expected}");
        node.Skip(16);
        for (int i = 0; i < count; i++)
        {
            (uint size, uint passed) = (node.U32(), node.U32());
            var place = new long[_shape.Length];
            for (int axis = 0; axis < place.Length; axis++)
            {
                ulong offset = node.U64();
                if (level == 0 && (offset >= (ulong)_shape[axis] || offset % (ulong)_chunk[axis] != 0))
                    throw node.Fault(
                        $"a chunk of {_what} begins at {offset} on axis {axis}",
                        $"multiples of {_chunk[axis]} below {_shape[axis]}"
                    );
                place[axis] = (long)Math.Min(offset, long.MaxValue);
            }
            node.Skip(8);
            ulong child = node.U64();
            if (level > 0)
                ReadTree(child, level - 1);
            else
                _found.Add((child, size, passed, place));
        }
    }

    private byte[] Unpack(ReadOnlySpan<byte> stored, uint passed, long at)
    {
        byte[] bytes = stored.ToArray();
        for (int i = _filters.Count - 1; i >= 0; i--)
            if ((passed >> i & 1) == 0)
                bytes = _filters[i].Id switch
                {
                    1 => Inflate(bytes, at),
                    2 => Unshuffle(bytes),
                    _ => Checked(bytes, at),
                };
        return bytes.Length == _chunkBytes
            ? bytes
            : throw _bytes.Fault(at, $"a chunk of {_what} unpacks to {bytes.Length} bytes", $"{_chunkBytes}");
    }

    private byte[] Inflate(byte[] packed, long at)
    {
        // fletcher32 may have been put on before: four bytes more than the chunk
        var bytes = new byte[_chunkBytes + 4];
        int done;
        try
        {
            using var inflater = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress);
            done = inflater.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (done == bytes.Length && inflater.ReadByte() >= 0)
                throw _bytes.Fault(at, $"a chunk of {_what} inflates to more than {_chunkBytes} bytes", "exactly as many");
        }
        catch (InvalidDataException)
        {
            throw _bytes.Fault(at, $"a chunk of {_what} cannot be inflated", "deflated bytes");
        }
        return bytes[..done];
    }

    // all first bytes, then all second bytes, …; what is left over stands at the end
    private byte[] Unshuffle(byte[] shuffled)
    {
        int count = shuffled.Length / _element;
        var bytes = new byte[shuffled.Length];
        for (int part = 0; part < _element; part++)
        for (int i = 0; i < count; i++)
            bytes[i * _element + part] = shuffled[part * count + i];
        shuffled.AsSpan(count * _element).CopyTo(bytes.AsSpan(count * _element));
        return bytes;
    }

    private byte[] Checked(byte[] bytes, long at)
    {
        if (bytes.Length < 4)
            throw _bytes.Fault(at, $"a chunk of {_what} has {bytes.Length} bytes", "a checksum of 4 at its end");
        Span<byte> end = bytes.AsSpan(bytes.Length - 4);
        uint stated = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(end),
            found = Fletcher32(bytes.AsSpan(0, bytes.Length - 4)),
            // HDF5 before 1.6.3 wrote the bytes of each half the other way round
            turned = (found & 0x00FF00FF) << 8 | found >> 8 & 0x00FF00FF;
        return stated == found || stated == turned
            ? bytes[..^4]
            : throw _bytes.Fault(at, $"a chunk of {_what} has the checksum {stated:x8}", $"{found:x8}");
    }

    // Fletcher's checksum as HDF5 has it: sums of big-endian pairs of bytes whose carry is added again, so that only nothing sums to 0
    private static uint Fletcher32(ReadOnlySpan<byte> bytes)
    {
        uint one = 0,
            two = 0;
        for (int i = 0; i < bytes.Length; i += 2)
        {
            one = Folded(one + (uint)(bytes[i] << 8 | (i + 1 < bytes.Length ? bytes[i + 1] : 0)));
            two = Folded(two + one);
        }
        return two << 16 | one;
    }

    private static uint Folded(uint sum) => (sum & 0xFFFF) + (sum >> 16);

    private long Place(long[] at)
    {
        long place = 0;
        for (int axis = 0; axis < at.Length; axis++)
            place = place * ((_shape[axis] + _chunk[axis] - 1) / _chunk[axis]) + at[axis] / _chunk[axis];
        return place;
    }

    // row by row along the last axis; what lies outside of the array is left behind
    private void Put(byte[] chunk, long[] at, byte[] all)
    {
        int rank = _shape.Length;
        if (rank == 0)
        {
            chunk.AsSpan(0, all.Length).CopyTo(all);
            return;
        }
        long width = Math.Min(_chunk[^1], _shape[^1] - at[^1]) * _element;
        long rows = _chunkBytes / (_chunk[^1] * _element);
        var place = new long[rank];
        for (long row = 0; row < rows; row++)
        {
            long to = 0;
            bool inside = true;
            for (int axis = 0; axis < rank; axis++)
            {
                long position = at[axis] + place[axis];
                inside &= position < _shape[axis];
                to = to * _shape[axis] + position;
            }
            if (inside)
                chunk.AsSpan((int)(row * _chunk[^1] * _element), (int)width).CopyTo(all.AsSpan((int)(to * _element)));
            for (int axis = rank - 2; axis >= 0 && ++place[axis] == _chunk[axis]; axis--)
                place[axis] = 0;
        }
    }
}
