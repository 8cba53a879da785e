namespace Farback.Formats.Hdf5;

/// <summary>The names in a group and where their objects are: by a B-tree of symbol tables, or by messages.</summary>
internal sealed class GroupLinks
{
    private const int LongestName = 1024,
        HighestLevel = 16,
        MostNodes = 100_000;

    private readonly Hdf5Bytes _bytes;
    private readonly string _what;
    private readonly List<(string Name, ulong Address)> _links = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private int _nodes;

    private GroupLinks(Hdf5Bytes bytes, string what) => (_bytes, _what) = (bytes, what);

    /// <summary>The links of a group, or null where the object is none.</summary>
    public static IReadOnlyList<(string Name, ulong Address)>? Read(Hdf5Bytes bytes, ObjectHeader header, string what)
    {
        var links = new GroupLinks(bytes, what);
        if (header.One(MessageKind.SymbolTable) is { } table)
        {
            (ulong tree, ulong heap) = (table.U64(), table.U64());
            links.ReadTree(tree, links.Heap(heap), null);
            return links._links;
        }
        Hdf5Reader? info = header.One(MessageKind.LinkInfo);
        if (info is null && header.One(MessageKind.Link) is null)
            return null;
        if (info is not null)
        {
            info.Version(0);
            info.Skip((info.U8() & 1) != 0 ? 8 : 0);
            if (info.U64() is not Hdf5Bytes.Undefined)
                throw info.Fault(
                    $"{what} keeps its links in a fractal heap",
                    "links in symbol tables or messages (h5py's libver earliest)"
                );
        }
        foreach (Hdf5Reader link in header.All(MessageKind.Link))
            links.ReadLink(link);
        return links._links;
    }

    private void Add(Hdf5Reader at, string name, ulong address)
    {
        if (name.Length == 0 || name.Contains('/', StringComparison.Ordinal))
            throw at.Fault($"{_what} has a link called {MalformedFileException.Quote(name)}", "a name without slashes");
        if (!_names.Add(name))
            throw at.Fault($"{_what} has the link {MalformedFileException.Quote(name)} twice", "each name once");
        _links.Add((name, address));
    }

    private Hdf5Reader Heap(ulong address)
    {
        Hdf5Reader heap = _bytes.At(address, $"the names of {_what}");
        heap.Mark("HEAP");
        heap.Version(0);
        heap.Skip(3);
        ulong size = heap.U64();
        heap.Skip(8);
        Hdf5Reader segment = _bytes.At(heap.U64(), heap.What);
        return size <= (ulong)segment.Left
            ? segment.Part((long)size, segment.What)
            : throw heap.Fault($"{heap.What} take {size} bytes", $"at most the {segment.Left} that are left");
    }

    // a node's level is one below its parent's, so that no path leads back
    private void ReadTree(ulong address, Hdf5Reader heap, int? expected)
    {
        Hdf5Reader node = Node(address, "TREE");
        long at = node.At;
        (int type, int level, int count) = (node.U8(), node.U8(), node.U16());
        if (type != 0)
            throw node.Fault(at, $"{node.What} is of type {type}", "0, a tree of links");
        if (level > HighestLevel || (expected is { } below && level != below))
            throw node.Fault(at, $"{node.What} is on level {level}", expected is null ? $"at most {HighestLevel}" : $"{expected}");
        node.Skip(24); // siblings, first key
        for (int i = 0; i < count; i++)
        {
            ulong child = node.U64();
            node.Skip(8);
            if (level > 0)
                ReadTree(child, heap, level - 1);
            else
                ReadTable(child, heap);
        }
    }

    private void ReadTable(ulong address, Hdf5Reader heap)
    {
        Hdf5Reader table = Node(address, "SNOD");
        table.Version(1);
        table.Skip(1);
        int count = table.U16();
        for (int i = 0; i < count; i++)
        {
            (ulong name, ulong target, uint cache) = (table.U64(), table.U64(), table.U32());
            table.Skip(20);
            if (name >= (ulong)heap.Left)
                throw table.Fault($"a name of {_what} begins at byte {name} of its heap", $"a place inside its {heap.Left} bytes");
            Hdf5Reader names = heap.Again();
            names.Skip((long)name);
            string text = names.Text(LongestName);
            if (cache > 1)
                throw table.Fault($"{_what} has the soft link {MalformedFileException.Quote(text)}", "hard links");
            Add(table, text, target);
        }
    }

    private void ReadLink(Hdf5Reader link)
    {
        link.Version(1);
        int flags = link.U8(),
            type = (flags & 8) != 0 ? link.U8() : 0;
        link.Skip(((flags & 4) != 0 ? 8 : 0) + ((flags & 16) != 0 ? 1 : 0));
        ulong length = link.Number(1 << (flags & 3));
        if (length > LongestName)
            throw link.Fault($"{link.What} has a name of {length} bytes", $"at most {LongestName}");
        long at = link.At;
        string name = link.Utf8(link.Span((long)length), at);
        if (type != 0)
            throw link.Fault(
                $"{_what} has the {(type == 1 ? "soft" : "external")} link {MalformedFileException.Quote(name)}",
                "hard links"
            );
        Add(link, name, link.U64());
    }

    private Hdf5Reader Node(ulong address, string mark)
    {
        if (++_nodes > MostNodes)
            throw new MalformedFileException(_bytes.File, $"{_what} has more than {MostNodes} nodes of links", "fewer");
        Hdf5Reader node = _bytes.At(address, $"a node of the links of {_what}");
        node.Mark(mark);
        return node;
    }
}
