using System.Globalization;
using System.Text;
using Farback.Formats.Torch;
using Farback.Formats.Zip;

namespace Farback.Formats;

/// <summary>A checkpoint that torch.save wrote: named tensors, read without running anything of it.</summary>
/// <remarks>
///   Both containers are read: the zip archive of PyTorch 1.6 and later, and the legacy stream before; pickle protocols 2 to 5. Tensors may
///   lie anywhere in the nested dictionaries; their names are the keys joined by dots. A tensor is a strided view of a storage and is read
///   when it is asked for; two names may share a storage (<see cref="Findings"/> names tied ones). TorchScript archives, whole modules and
///   every global outside a short list are refused by name. Source: torch/serialization.py and docs/formats.md.
/// </remarks>
/// <example>
///   <code>
///   using TorchFile file = TorchFile.Open("model.pt");
///   double[] weights = file["lstm.weight_hh_l0"].ToDoubles();
///   </code>
/// </example>
public sealed class TorchFile : IDisposable
{
    private const int Deepest = 256,
        MostVisits = 20_000,
        BytesPerVisit = 4;
    private const long AlwaysAllowed = 1 << 20;

    /// <summary>How a legacy file begins: a pickle of 0x1950A86A20F9469CFC6C.</summary>
    internal static readonly byte[] LegacyMagic = [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19];

    // where a training program puts the state dictionary of its network, the likeliest first
    private static readonly string[] s_places =
    [
        "state_dict",
        "model_state_dict",
        "model",
        "net",
        "network",
        "module",
        "weights",
        "ema",
        "params",
    ];

    private readonly string _file;
    private readonly ByteSource _source;
    private readonly long _length;
    private readonly List<Tensor> _tensors = [];
    private readonly Dictionary<string, Tensor> _byName = [];
    private readonly List<Finding> _findings = [];
    private readonly Dictionary<string, (ByteSource Source, long Begin, long Bytes)> _storages = [];
    private readonly List<(string Name, View View)> _views = [];
    private bool _isBigEndian;

    private TorchFile(string file, ByteSource source, long length) => (_file, _source, _length) = (file, source, length);

    /// <summary>The container: PyTorch checkpoint (zip), or (legacy).</summary>
    public string Format { get; private set; } = "";

    /// <summary>Every tensor, in the order of the dictionaries.</summary>
    public IReadOnlyList<Tensor> Tensors => _tensors;

    /// <summary>What a reader should know: tied names, keys that stood twice.</summary>
    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>The prefix, with its dot, of the tensors that are the network's; empty where they are not in a dictionary of their own.</summary>
    public string StatePrefix { get; private set; } = "";

    /// <summary>The tensor of this name, or null.</summary>
    public Tensor? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The tensor of this name.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message lists what there is.</exception>
    public Tensor this[string name] =>
        Find(name)
        ?? throw new KeyNotFoundException(
            $"{_file}: no tensor {MalformedFileException.Quote(name)} among its {_tensors.Count}: {string.Join(", ", _tensors.Take(12).Select(tensor => MalformedFileException.Quote(tensor.Name)))}"
        );

    /// <summary>Opens a checkpoint and keeps it open until disposal.</summary>
    /// <exception cref="MalformedFileException">It is none, or holds what is refused; the sentence names the offset, the entry or the global.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TorchFile Open(string path)
    {
        (ByteSource source, long length) = MappedBytes.Open(path, "a PyTorch checkpoint");
        return Read(path, source, length);
    }

    /// <summary>Reads a checkpoint that is in memory.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="MalformedFileException">The bytes are no checkpoint: the only way in which this may fail.</exception>
    public static TorchFile Read(ReadOnlyMemory<byte> bytes, string name = "checkpoint") =>
        Read(name, new MemoryBytes(bytes), bytes.Length);

    /// <summary>Opens bytes and reads every number: what a fuzzer calls.</summary>
    /// <exception cref="MalformedFileException">The bytes are no sound checkpoint: the only way in which this may fail.</exception>
    public static void Try(ReadOnlyMemory<byte> bytes)
    {
        // names may share a storage: not more than a few times the file is read, however many there are
        long left = 4L * bytes.Length + AlwaysAllowed;
        foreach (Tensor tensor in Read(bytes).Tensors)
            if ((left -= tensor.ByteLength) >= 0)
                tensor.CopyTo(Stream.Null);
    }

    /// <summary>Closes the file; its tensors can no longer be read.</summary>
    public void Dispose() => _source.Dispose();

    private static TorchFile Read(string name, ByteSource source, long length)
    {
        var file = new TorchFile(name, source, length);
        try
        {
            byte[] start = new byte[(int)Math.Min(length, LegacyMagic.Length)];
            source.Read(0, start);
            object? root = start.AsSpan().SequenceEqual(LegacyMagic) ? file.ReadLegacy() : file.ReadZip();
            file.Collect(root);
        }
        catch
        {
            source.Dispose();
            throw;
        }
        return file;
    }

    // ---- the zip archive: <root>/data.pkl, <root>/data/<key>

    private object? ReadZip()
    {
        Format = "PyTorch checkpoint (zip)";
        ZipDirectory zip = ZipDirectory.Read(_file, _source, _length);
        if (zip.Entries.Count == 0)
            throw Fault("the archive is empty", "a PyTorch checkpoint");
        string root = zip.Entries[0].Name.Split('/')[0];
        foreach (ZipEntry entry in zip.Entries)
            if (!entry.Name.StartsWith(root + "/", StringComparison.Ordinal))
                throw Fault(
                    $"the entry {MalformedFileException.Quote(entry.Name)} lies outside of the archive's folder {MalformedFileException.Quote(root)}",
                    "one folder with data.pkl in it"
                );
        if (zip.Find($"{root}/constants.pkl") is not null)
            throw Fault("this is a TorchScript archive, which is a program; save model.state_dict() instead", "a state dictionary");
        if (
            zip.Find($"{root}/archive_format") is not null
            || zip.Entries.Any(entry => entry.Name.StartsWith($"{root}/models/", StringComparison.Ordinal))
        )
            throw Fault("this is an exported program (.pt2); save model.state_dict() instead", "a state dictionary");
        ZipEntry pickle =
            zip.Find($"{root}/data.pkl")
            ?? throw Fault($"there is no {MalformedFileException.Quote($"{root}/data.pkl")}", "a PyTorch checkpoint");
        if (zip.Find($"{root}/byteorder") is { } order)
            _isBigEndian = Text(order) switch
            {
                "little" => false,
                "big" => true,
                var other => throw Fault($"the byte order is {MalformedFileException.Quote(other)}", "little or big"),
            };
        string folder = $"{root}/data/";
        foreach (ZipEntry entry in zip.Entries)
            if (entry.Name.StartsWith(folder, StringComparison.Ordinal))
                _storages[entry.Name[folder.Length..]] = (new Lazily(() => entry.Open(_file, _source)), 0, entry.Length);
        var reader = new BytesReader(_file, pickle.Open(_file, _source), 0, pickle.Length);
        object? value = Unpickle(reader);
        return reader.Left == 0
            ? value
            : throw Fault($"the pickle goes on behind its end at byte {reader.At} of data.pkl", "nothing there");
    }

    private string Text(ZipEntry entry)
    {
        byte[] bytes = new byte[(int)Math.Min(entry.Length, 64)];
        entry.Open(_file, _source).Read(0, bytes);
        return Encoding.Latin1.GetString(bytes).Trim();
    }

    // a deflated storage is inflated when its first tensor is read
    private sealed class Lazily(Func<ByteSource> open) : ByteSource
    {
        private ByteSource? _opened;

        public override void Read(long offset, Span<byte> destination) => (_opened ??= open()).Read(offset, destination);

        public override void Dispose() { }
    }

    // ---- the legacy stream: magic · version · machine · object · keys, then each storage's count and bytes

    private object? ReadLegacy()
    {
        Format = "PyTorch checkpoint (legacy)";
        var reader = new BytesReader(_file, _source, 0, _length);
        Unpickle(reader); // the magic number, seen already
        if (Unpickle(reader) is not 1001L)
            throw Fault("the second pickle is not 1001", "the protocol of a legacy checkpoint");
        if (Unpickle(reader) is not Map machine)
            throw Fault("the third pickle is no dictionary", "a description of the machine");
        if (machine.Pairs.Any(pair => pair.Key is "little_endian" && pair.Value is false))
            _isBigEndian = true;
        object? root = Unpickle(reader);
        if (Unpickle(reader) is not Items { Kind: "list", Values: var keys })
            throw Fault("the fifth pickle is no list", "the keys of the storages");
        Dictionary<string, int> sizes = [];
        Collect(root, view => sizes[view.Storage.Key] = view.Storage.Dtype.Bytes);
        foreach (object? one in keys)
        {
            if (one is not string key || _storages.ContainsKey(key))
                throw Fault("a storage's key is no text, or stands twice", "each key once");
            long at = reader.At;
            ulong count = reader.U64("a storage's count");
            if (!sizes.TryGetValue(key, out int size))
                throw Fault(
                    $"the storage {MalformedFileException.Quote(key)} at byte {at} belongs to no tensor, so its length is unknown",
                    "one that does"
                );
            if (count > (ulong)(reader.Left / size))
                throw Fault(
                    $"the storage {MalformedFileException.Quote(key)} at byte {at} has {count} elements of {size} bytes",
                    $"at most the {reader.Left} bytes that are left"
                );
            _storages[key] = (_source, reader.At, (long)count * size);
            reader.Skip(count * (ulong)size, "a storage");
        }
        return reader.Left == 0 ? root : throw Fault($"there are bytes behind the last storage at byte {reader.At}", "the file's end");
    }

    private object? Unpickle(BytesReader reader)
    {
        object? value = PickleReader.Read(_file, reader, out int duplicates);
        if (duplicates > 0)
            _findings.Add(new(FindingKind.Recognised, $"{duplicates} keys stand twice in a dictionary; the last one counts, as in Python"));
        return value;
    }

    // ---- tensors by name

    private void Collect(object? root)
    {
        Collect(root, null);
        FindState(root);
        if (root is View)
            _views[0] = ("tensor", _views[0].View);
        foreach ((string name, View view) in _views)
        {
            Tensor tensor = Make(name, view);
            if (!_byName.TryAdd(name, tensor))
                throw Fault($"two tensors are called {MalformedFileException.Quote(name)}", "a name each");
            _tensors.Add(tensor);
        }
        foreach (
            IGrouping<string, string> tied in _views
                .Where(one => one.View.Shape.Length > 1)
                .GroupBy(
                    one =>
                        string.Join(
                            '|',
                            one.View.Storage.Key,
                            one.View.Storage.Offset + one.View.Offset,
                            Tensor.Describe(one.View.Shape),
                            string.Join(',', one.View.Strides)
                        ),
                    one => one.Name
                )
        )
            if (tied.Skip(1).Any())
                _findings.Add(
                    new(
                        FindingKind.Recognised,
                        $"{string.Join(" and ", tied.Take(4).Select(MalformedFileException.Quote))} are one tensor (tied weights)"
                    )
                );
    }

    // every tensor with the keys that lead to it; each container once on a way, so that one that holds itself is seen
    private void Collect(object? root, Action<View>? visit)
    {
        HashSet<object> onTheWay = new(ReferenceEqualityComparer.Instance);
        long visits = MostVisits + _length / BytesPerVisit,
            letters = AlwaysAllowed + 4 * _length;
        void Walk(object? value, string name, int depth)
        {
            if (--visits < 0 || (letters -= name.Length) < 0)
                throw Fault(
                    "the same containers are nested in each other again and again",
                    "no more values than a file of this size needs"
                );
            if (value is View view)
            {
                if (visit is null)
                    _views.Add((name, view));
                else
                    visit(view);
                return;
            }
            IEnumerable<(string Key, object? Value)>? inside = value switch
            {
                Map map => map.Pairs.Select(pair => (KeyText(pair.Key), pair.Value)),
                Items items => items.Values.Select((item, i) => (i.ToString(CultureInfo.InvariantCulture), item)),
                _ => null,
            };
            if (inside is null)
                return;
            if (depth > Deepest)
                throw Fault("containers are nested too deeply", $"at most {Deepest} levels");
            if (!onTheWay.Add(value!))
                throw Fault("a container holds itself", "containers that end");
            foreach ((string key, object? item) in inside)
                if (item is View or Map or Items)
                    Walk(item, name.Length == 0 ? key : Join(name, key), depth + 1);
            onTheWay.Remove(value!);
        }
        Walk(root, "", 0);
    }

    private const int LongestName = 4096;

    private string Join(string name, string key) =>
        name.Length + key.Length < LongestName
            ? $"{name}.{key}"
            : throw Fault("a tensor's name is too long", $"at most {LongestName} characters");

    private static string KeyText(object key) =>
        key switch
        {
            string text => text,
            long number => number.ToString(CultureInfo.InvariantCulture),
            _ => $"<{PickleValue.Describe(key)}>",
        };

    private void FindState(object? root)
    {
        if (root is not Map map || map.Pairs.Exists(pair => pair.Value is View))
            return;
        foreach (string place in s_places)
            if (_views.Exists(view => view.Name.StartsWith(place + ".", StringComparison.Ordinal)))
            {
                StatePrefix = place + ".";
                return;
            }
    }

    private Tensor Make(string name, View view)
    {
        string quoted = MalformedFileException.Quote(name);
        if (!_storages.TryGetValue(view.Storage.Key, out var place))
            throw Fault(
                $"the tensor {quoted} lies in the storage {MalformedFileException.Quote(view.Storage.Key)}, and there is none",
                "a record for each storage"
            );
        (Storage storage, int size) = (view.Storage, view.Dtype.Bytes);
        if (
            (Int128)(storage.Offset + storage.Count) * storage.Dtype.Bytes > place.Bytes
            || storage.Offset == 0
                && Format.EndsWith("(zip)", StringComparison.Ordinal)
                && storage.Count * storage.Dtype.Bytes != place.Bytes
        )
            throw Fault(
                $"the storage {MalformedFileException.Quote(storage.Key)} of {quoted} has {place.Bytes} bytes",
                $"{(Int128)storage.Count * storage.Dtype.Bytes}: {storage.Count} elements of {storage.Dtype}"
            );
        long count = Tensor.Product(view.Shape)!.Value;
        if (count * (Int128)size > Math.Max(place.Bytes, AlwaysAllowed))
            throw Fault(
                $"the tensor {quoted} of shape {Tensor.Describe(view.Shape)} repeats the {place.Bytes} bytes of its storage too often",
                "no more bytes than the storage has"
            );
        long begin = place.Begin + storage.Offset * storage.Dtype.Bytes;
        if (count == 0)
            return new(name, view.Dtype, view.Shape, 0, place.Source, begin);
        bool isPlain = IsRowMajor(view) && (!_isBigEndian || size == 1);
        if (isPlain)
            return new(name, view.Dtype, view.Shape, count, place.Source, begin + view.Offset * size);
        var bytes = new StridedBytes(place.Source, begin + view.Offset * size, size, view.Shape, view.Strides, _isBigEndian);
        return new(name, view.Dtype, view.Shape, count, bytes, 0);
    }

    // the stride of an axis of one element means nothing
    private static bool IsRowMajor(View view)
    {
        long[] plain = StridedBytes.RowMajor(view.Shape);
        return plain.Select((stride, axis) => view.Shape[axis] == 1 || stride == view.Strides[axis]).All(same => same);
    }

    private MalformedFileException Fault(string found, string expected) => new(_file, found, expected);
}
