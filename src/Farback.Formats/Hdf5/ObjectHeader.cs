namespace Farback.Formats.Hdf5;

/// <summary>What an object of the file says about itself: a list of messages, in one block or several.</summary>
/// <remarks>Version 1: no checksum, sizes in multiples of 8. Version 2 ("OHDR", continued in "OCHK"): a checksum closes every block.</remarks>
internal sealed class ObjectHeader
{
    private const int MostBlocks = 256,
        MostMessages = 65_535;

    private readonly Hdf5Bytes _bytes;
    private readonly string _what;
    private readonly Queue<(long Begin, long End)> _blocks = new();
    private readonly List<(long Begin, long End)> _taken = [];
    private readonly List<(MessageKind Kind, Hdf5Reader Body)> _messages = [];

    /// <summary>Reads all blocks.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="address">Where the first block begins.</param>
    /// <param name="what">The object's path, for the sentences.</param>
    public ObjectHeader(Hdf5Bytes bytes, ulong address, string what)
    {
        (_bytes, _what) = (bytes, what);
        Hdf5Reader start = bytes.At(address, $"the header of {what}");
        if (start.Again().U8() == (byte)'O')
            ReadNew(start);
        else
            ReadOld(start);
    }

    /// <summary>The messages of a kind.</summary>
    public IEnumerable<Hdf5Reader> All(MessageKind kind) =>
        _messages.Where(message => message.Kind == kind).Select(message => message.Body.Again());

    /// <summary>The one message of a kind, or null.</summary>
    public Hdf5Reader? One(MessageKind kind) => All(kind).FirstOrDefault();

    private void ReadOld(Hdf5Reader reader)
    {
        reader.Version(1);
        reader.Skip(1);
        int left = reader.U16();
        reader.Skip(4);
        long size = reader.U32();
        reader.Skip(4);
        Take(reader, reader.At, size);
        while (_blocks.TryDequeue(out (long Begin, long End) block))
        {
            var body = new Hdf5Reader(_bytes, block.Begin, block.End, $"the header of {_what}");
            while (left > 0 && body.Left >= 8)
            {
                left--;
                (int kind, int length, int flags) = (body.U16(), body.U16(), body.U8());
                body.Skip(3);
                Add(kind, flags, body.Part(length, Name(kind)));
            }
        }
    }

    private void ReadNew(Hdf5Reader reader)
    {
        long begin = reader.At;
        reader.Mark("OHDR");
        reader.Version(2);
        int flags = reader.U8();
        reader.Skip(((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0));
        ulong size = reader.Number(1 << (flags & 3));
        long first = reader.At;
        Take(reader, first, size > long.MaxValue ? -1 : (long)size);
        CheckSum(begin, first + (long)size);
        while (_blocks.TryDequeue(out (long Begin, long End) block))
        {
            var body = new Hdf5Reader(_bytes, block.Begin, block.End, $"the header of {_what}");
            if (block.Begin != first)
            {
                body.Mark("OCHK");
                body = body.Part(body.Left - 4, body.What);
                CheckSum(block.Begin, block.End - 4);
            }
            int prefix = (flags & 4) != 0 ? 6 : 4;
            while (body.Left >= prefix)
            {
                (int kind, int length, int own) = (body.U8(), body.U16(), body.U8());
                body.Skip(prefix - 4);
                Add(kind, own, body.Part(length, Name(kind)));
            }
        }
    }

    private string Name(int kind) => $"{(Enum.IsDefined((MessageKind)kind) ? $"{(MessageKind)kind}" : $"message {kind}")} of {_what}";

    private void CheckSum(long begin, long end)
    {
        uint found = new Hdf5Reader(_bytes, end, _bytes.Length, $"the checksum of {_what}").U32();
        uint computed = Lookup3.Of(_bytes.Memory((ulong)begin, (ulong)(end - begin), _what).Span);
        if (found != computed)
            throw _bytes.Fault(begin, $"the header of {_what} has the checksum {found:x8}", $"{computed:x8}");
    }

    private void Take(Hdf5Reader at, long begin, long size)
    {
        if (size < 0 || begin < 0 || begin > _bytes.Length || size > _bytes.Length - begin)
            throw at.Fault($"the header of {_what} has a block of {size} bytes from byte {begin}", "a block inside the file");
        if (_taken.Count == MostBlocks)
            throw at.Fault($"the header of {_what} has more than {MostBlocks} blocks", "fewer");
        if (_taken.Any(other => begin < other.End && other.Begin < begin + size))
            throw at.Fault($"the header of {_what} goes on at byte {begin}, where it was already", "blocks that share no bytes");
        _taken.Add((begin, begin + size));
        _blocks.Enqueue((begin, begin + size));
    }

    private void Add(int kind, int flags, Hdf5Reader body)
    {
        var known = (MessageKind)kind;
        if (_messages.Count == MostMessages)
            throw body.Fault($"{_what} has more than {MostMessages} messages", "fewer");
        if (!Enum.IsDefined(known))
        {
            if ((flags & 0x80) != 0)
                throw body.Fault($"{_what} has message {kind}, which a reader has to know", "the messages of HDF5 1.8");
            return;
        }
        if ((flags & 2) != 0)
            throw body.Fault($"{body.What} is shared with other objects", "messages of its own");
        if (known == MessageKind.Continuation)
        {
            (ulong begin, ulong size) = (body.U64(), body.U64());
            Take(body, begin > long.MaxValue ? -1 : (long)begin, size > long.MaxValue ? -1 : (long)size);
        }
        else
            _messages.Add((known, body));
    }
}

/// <summary>The messages that are read; all others are passed over.</summary>
internal enum MessageKind
{
    Dataspace = 0x01,
    LinkInfo = 0x02,
    Datatype = 0x03,
    Link = 0x06,
    ExternalFiles = 0x07,
    Layout = 0x08,
    Filters = 0x0B,
    Attribute = 0x0C,
    Continuation = 0x10,
    SymbolTable = 0x11,
    AttributeInfo = 0x15,
}
