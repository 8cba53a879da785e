namespace Farback.Formats.Hdf5;

/// <summary>An HDF5 file, read only: what Keras and h5py write by default, and the plainer part of the newer format.</summary>
/// <remarks>
///   Superblocks 0 to 3; object headers 1 and 2; groups as symbol tables or link messages; compact, contiguous and chunked arrays with
///   deflate, shuffle and fletcher32; attributes. All else is refused by name. The whole tree is walked when the file is opened.
///   Source: HDF5 File Format Specification, version 3.0.
/// </remarks>
internal sealed class Hdf5File
{
    private const int Deepest = 32;

    private static readonly byte[] Signature = [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0D, 0x0A, 0x1A, 0x0A];

    private readonly Hdf5Bytes _bytes;
    private readonly Dictionary<ulong, string> _visited = [];
    private readonly List<Hdf5Dataset> _datasets = [];
    private long _text;

    private Hdf5File(Hdf5Bytes bytes)
    {
        _bytes = bytes;
        Root = Walk(RootAddress(), "", 0, [])!;
    }

    /// <summary>The group that holds all others.</summary>
    public Hdf5Group Root { get; }

    /// <summary>Every dataset, in the order of the walk.</summary>
    public IReadOnlyList<Hdf5Dataset> Datasets => _datasets;

    /// <summary>Whether a file begins as one.</summary>
    public static bool Is(ReadOnlySpan<byte> start) => start.StartsWith(Signature);

    /// <summary>Reads and checks the tree of a whole file.</summary>
    /// <exception cref="MalformedFileException">It is none, or not of the kind that is read; the sentence names the offset or the object.</exception>
    public static Hdf5File Read(string file, ReadOnlyMemory<byte> bytes) => new(new(file, bytes));

    private ulong RootAddress()
    {
        Hdf5Reader reader = _bytes.At(0, "the superblock");
        if (!reader.Span(Math.Min(8, reader.Left)).SequenceEqual(Signature))
            throw reader.Fault(0, "it does not begin as an HDF5 file does (a user block, perhaps)", "89 48 44 46 0D 0A 1A 0A");
        int version = reader.Version(0, 1, 2, 3);
        if (version < 2)
            reader.Skip(4);
        (int offsets, int lengths) = (reader.U8(), reader.U8());
        if ((offsets, lengths) != (8, 8))
            throw reader.Fault($"addresses have {offsets} bytes and lengths {lengths}", "8 of each");
        reader.Skip(
            version switch
            {
                0 => 9,
                1 => 13,
                _ => 1,
            }
        );
        ulong begin = reader.U64();
        if (begin != 0)
            throw reader.Fault($"the file has a user block of {begin} bytes", "none");
        reader.Skip(8);
        ulong end = reader.U64();
        if (version < 2)
        {
            reader.Skip(16); // driver block, name of the root
            ulong root = reader.U64();
            _bytes.EndsAt(end);
            return root;
        }
        ulong address = reader.U64();
        long at = reader.At;
        uint stated = reader.U32(),
            found = Lookup3.Of(_bytes.Memory(0, (ulong)at, "the superblock").Span);
        if (stated != found)
            throw reader.Fault(at, $"the superblock has the checksum {stated:x8}", $"{found:x8}");
        _bytes.EndsAt(end);
        return address;
    }

    // null where the object is neither a group nor a dataset
    private Hdf5Group? Walk(ulong address, string path, int depth, HashSet<ulong> above)
    {
        string what = path.Length == 0 ? "the root" : MalformedFileException.Quote(path);
        if (above.Contains(address))
            throw new MalformedFileException(
                _bytes.File,
                $"{what} leads back to {Where(address)} at byte {address}",
                "groups without a cycle"
            );
        _text += path.Length;
        if (_text > (1 << 20) + 2 * _bytes.Length)
            throw new MalformedFileException(_bytes.File, $"the names up to {what} are longer than the file", "shorter ones");
        if (depth > Deepest)
            throw new MalformedFileException(_bytes.File, $"{what} lies more than {Deepest} groups deep", "fewer");
        var header = new ObjectHeader(_bytes, address, what);
        Dictionary<string, Hdf5Attribute> attributes = Attributes(header, what);
        if (header.One(MessageKind.Layout) is not null)
        {
            // a dataset may have several names
            _datasets.Add(new(_bytes, path, header, attributes));
            return new(path, attributes, [], _datasets[^1]);
        }
        if (GroupLinks.Read(_bytes, header, what) is not { } links)
            return depth > 0 ? null : throw new MalformedFileException(_bytes.File, "the root is no group", "one");
        if (!_visited.TryAdd(address, what))
            throw new MalformedFileException(_bytes.File, $"{what} is the same group as {Where(address)}", "each group under one name");
        above.Add(address);
        List<(string, Hdf5Group)> children = [];
        foreach ((string name, ulong target) in links)
            if (Walk(target, path.Length == 0 ? name : $"{path}/{name}", depth + 1, above) is { } child)
                children.Add((name, child));
        above.Remove(address);
        return new(path, attributes, children, null);
    }

    private string Where(ulong address) => _visited.GetValueOrDefault(address, "an object");

    private Dictionary<string, Hdf5Attribute> Attributes(ObjectHeader header, string what)
    {
        if (header.One(MessageKind.AttributeInfo) is { } info)
        {
            info.Version(0);
            info.Skip((info.U8() & 1) != 0 ? 2 : 0);
            if (info.U64() is not Hdf5Bytes.Undefined)
                throw info.Fault($"{what} keeps its attributes in a fractal heap", "attributes beside it (h5py's libver earliest)");
        }
        Dictionary<string, Hdf5Attribute> attributes = new(StringComparer.Ordinal);
        foreach (Hdf5Reader message in header.All(MessageKind.Attribute))
        {
            var attribute = new Hdf5Attribute(_bytes, message);
            if (!attributes.TryAdd(attribute.Name, attribute))
                throw message.Fault($"{what} has the attribute {MalformedFileException.Quote(attribute.Name)} twice", "once");
        }
        return attributes;
    }
}

/// <summary>A group with its attributes and what it holds; or a dataset, in the same place.</summary>
internal sealed class Hdf5Group(
    string path,
    IReadOnlyDictionary<string, Hdf5Attribute> attributes,
    IReadOnlyList<(string Name, Hdf5Group Child)> children,
    Hdf5Dataset? dataset
)
{
    /// <summary>The path from the root; empty for the root.</summary>
    public string Path => path;

    /// <summary>The children in the order of the file.</summary>
    public IReadOnlyList<(string Name, Hdf5Group Child)> Children => children;

    /// <summary>The array, where this is one.</summary>
    public Hdf5Dataset? Dataset => dataset;

    /// <summary>The attribute of that name, or null.</summary>
    public Hdf5Attribute? Attribute(string name) => attributes.GetValueOrDefault(name);

    /// <summary>What lies at a path of names below, or null.</summary>
    public Hdf5Group? Find(string below)
    {
        Hdf5Group? at = this;
        foreach (string name in below.Split('/', StringSplitOptions.RemoveEmptyEntries))
            at = at?.Children.FirstOrDefault(child => child.Name == name).Child;
        return at;
    }

    /// <summary>Every dataset below, in the order of the file.</summary>
    public IEnumerable<Hdf5Dataset> All() => dataset is not null ? [dataset] : children.SelectMany(child => child.Child.All());
}
