using Farback.Formats.Torch;

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
    private const long AlwaysAllowed = 1 << 20;

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
    private readonly List<Tensor> _tensors = [];
    private readonly Dictionary<string, Tensor> _byName = [];
    private readonly List<Finding> _findings = [];

    private TorchFile(string file, ByteSource source) => (_file, _source) = (file, source);

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
    public Tensor this[string name] => Find(name) ?? throw Tensor.NotAmong(_file, "tensor", name, _tensors);

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

    /// <summary>Opens bytes, reads every number and looks for a network: what a fuzzer calls.</summary>
    /// <exception cref="MalformedFileException">The bytes are no sound checkpoint: the only way in which this may fail.</exception>
    public static void Try(ReadOnlyMemory<byte> bytes)
    {
        // names may share a storage: not more than a few times the file is read, however many there are
        long left = 4L * bytes.Length + AlwaysAllowed;
        TorchFile file = Read(bytes);
        foreach (Tensor tensor in file.Tensors)
            if ((left -= tensor.ByteLength) >= 0)
                tensor.CopyTo(Stream.Null);
        StateRecogniser.Try(bytes.Length, file.Tensors, file.StatePrefix);
    }

    /// <summary>Closes the file; its tensors can no longer be read.</summary>
    public void Dispose() => _source.Dispose();

    private static TorchFile Read(string name, ByteSource source, long length)
    {
        var file = new TorchFile(name, source);
        try
        {
            byte[] start = new byte[(int)Math.Min(length, LegacyCheckpoint.Magic.Length)];
            source.Read(0, start);
            file.Collect(
                start.AsSpan().SequenceEqual(LegacyCheckpoint.Magic)
                    ? LegacyCheckpoint.Read(name, source, length)
                    : ZipCheckpoint.Read(name, source, length),
                length
            );
        }
        catch
        {
            source.Dispose();
            throw;
        }
        return file;
    }

    private void Collect(Checkpoint checkpoint, long length)
    {
        Format = checkpoint.Format;
        _findings.AddRange(checkpoint.Findings);
        List<(string Name, View View)> views = NamedViews.Of(_file, length, checkpoint.Root);
        FindState(checkpoint.Root, views);
        if (checkpoint.Root is View only)
            views[0] = ("tensor", only);
        foreach ((string name, View view) in views)
        {
            Tensor tensor = Make(checkpoint, name, view);
            if (!_byName.TryAdd(name, tensor))
                throw Fault($"two tensors are called {MalformedFileException.Quote(name)}", "a name each");
            _tensors.Add(tensor);
        }
        FindTied(views);
    }

    private void FindTied(List<(string Name, View View)> views)
    {
        IEnumerable<IGrouping<string, string>> same = views
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
            );
        foreach (IGrouping<string, string> tied in same.Where(names => names.Skip(1).Any()))
            _findings.Add(
                new(
                    FindingKind.Recognised,
                    $"{string.Join(" and ", tied.Take(4).Select(MalformedFileException.Quote))} are one tensor (tied weights)"
                )
            );
    }

    private void FindState(object? root, List<(string Name, View View)> views)
    {
        if (root is not Map map || map.Pairs.Exists(pair => pair.Value is View))
            return;
        foreach (string place in s_places)
            if (views.Exists(view => view.Name.StartsWith(place + ".", StringComparison.Ordinal)))
            {
                StatePrefix = place + ".";
                return;
            }
    }

    private Tensor Make(Checkpoint checkpoint, string name, View view)
    {
        string quoted = MalformedFileException.Quote(name);
        if (!checkpoint.Storages.TryGetValue(view.Storage.Key, out var place))
            throw Fault(
                $"the tensor {quoted} lies in the storage {MalformedFileException.Quote(view.Storage.Key)}, and there is none",
                "a record for each storage"
            );
        (Storage storage, int size) = (view.Storage, view.Dtype.Bytes);
        if (
            (Int128)(storage.Offset + storage.Count) * storage.Dtype.Bytes > place.Bytes
            || storage.Offset == 0 && checkpoint.IsExact && storage.Count * storage.Dtype.Bytes != place.Bytes
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
        bool isPlain = IsRowMajor(view) && (!checkpoint.IsBigEndian || size == 1);
        if (isPlain)
            return new(name, view.Dtype, view.Shape, count, place.Source, begin + view.Offset * size);
        var bytes = new StridedBytes(place.Source, begin + view.Offset * size, size, view.Shape, view.Strides, checkpoint.IsBigEndian);
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
