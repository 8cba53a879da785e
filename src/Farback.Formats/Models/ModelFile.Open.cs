using System.Text;
using Farback.Cells;
using Farback.Formats.Hdf5;
using Farback.Formats.Numpy;
using Farback.Formats.Torch;
using Farback.Formats.Zip;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Formats;

/// <content>Opening a file of any format that is known.</content>
public sealed partial class ModelFile
{
    private const string Expected = "a model: safetensors, PyTorch, numpy, ONNX, Keras or Caffe";
    private const int StartBytes = 512,
        MostShapeBytes = 4096;

    // other programs' files, by how they begin: named as what they are
    private static readonly (string Start, int At, string What)[] s_others =
    [
        ("PYTORCH1", 0, "a preview archive of PyTorch; save model.state_dict() with a released version"),
        ("ustar", 257, "a tar archive; unpack it, or save again with a PyTorch after 0.1"),
        ("\u001f\u008b", 0, "a gzip file; unpack it first"),
        ("7z\u00bc\u00af", 0, "a 7z archive; unpack it first"),
        ("Rar!", 0, "a rar archive; unpack it first"),
        ("BZh", 0, "a bzip2 file; unpack it first"),
        ("\u00fd7zXZ", 0, "an xz file; unpack it first"),
        ("GGUF", 0, "a GGUF model, a format of transformers"),
        ("TFL3", 4, "a TensorFlow Lite model; export it as ONNX"),
        ("%PDF", 0, "a PDF document"),
        ("\u0089PNG", 0, "a picture (PNG)"),
        ("\u00ff\u00d8\u00ff", 0, "a picture (JPEG)"),
        ("\u007fELF", 0, "a program (ELF)"),
        ("MZ", 0, "a program (Windows)"),
        ("#!", 0, "a script"),
    ];

    /// <summary>Opens a model of any format that is known, by its first bytes; only Caffe's are known by their names.</summary>
    /// <param name="path">A file that farback, PyTorch, numpy, Keras, Caffe or an ONNX exporter wrote, or safetensors from anywhere.</param>
    /// <param name="options">What decides where the file does not say; null for nothing.</param>
    /// <returns>Its tensors, what was found, and the network where there is one.</returns>
    /// <exception cref="MalformedFileException">It is no sound file of a format that is known; one that is known by name is named.</exception>
    /// <exception cref="NotSupportedException">Its network is one that cannot be opened here; the part is named.</exception>
    /// <exception cref="ArgumentException">An option names what is not there.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static OpenedModel Open(string path, OpenOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        options ??= new();
        byte[] start = Start(path);
        Impostor.Refuse(path, start, Expected);
        // a description is a text, and a protobuf message has no first bytes of its own
        if (Path.GetExtension(path).ToUpperInvariant() is ".PROTOTXT" or ".CAFFEMODEL")
            return CaffeFile.Open(path, new() { Prototxt = options.Prototxt });
        if (IsSafetensors(start))
            return OpenSafetensors(path, options);
        if (start.AsSpan().StartsWith("PK"u8))
            return OpenZip(path, options);
        if (Hdf5File.Is(start))
            return KerasFile.Open(path, OfKeras(options));
        if (NpyHeader.Begins(start))
            return OpenNumpy(path, options);
        if (start.AsSpan().StartsWith(LegacyCheckpoint.Magic))
            return OpenTorch(path, options);
        string text = Encoding.Latin1.GetString(start);
        foreach ((string begins, int at, string what) in s_others)
            if (text.Length >= at + begins.Length && string.CompareOrdinal(text, at, begins, 0, begins.Length) == 0)
                throw new MalformedFileException(path, $"this is {what}", Expected);
        if (start is [0x80, >= 2 and <= 5, ..])
            throw new MalformedFileException(path, "this is a bare pickle, not one that torch.save wrote", Expected);
        if (start[0] == 0x08 || path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
            return OnnxFile.Open(path);
        if (path.EndsWith(".h5", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".keras", StringComparison.OrdinalIgnoreCase))
            return KerasFile.Open(path, OfKeras(options)); // likewise
        if (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            return OpenSafetensors(path, options); // which says what is wrong with it
        throw new MalformedFileException(
            path,
            $"the file begins with the bytes {Convert.ToHexString(start.AsSpan(0, Math.Min(8, start.Length)))}",
            Expected
        );
    }

    /// <summary>A model file of what was opened, to be used as one of farback's own.</summary>
    /// <exception cref="ArgumentException">No network was recognised in it; the sentence says what decides.</exception>
    public static ModelFile Of(OpenedModel opened)
    {
        ArgumentNullException.ThrowIfNull(opened);
        if (opened.Parameters is not { } parameters)
        {
            Finding? why =
                opened.Findings.FirstOrDefault(finding => finding.Kind is FindingKind.Undecided or FindingKind.Outside)
                ?? (opened.Findings is [.., var last] ? last : null);
            string say = why is null ? "" : $": {why.Sentence}{(why.Option is null ? "" : $"; {why.Option} decides")}";
            throw new ArgumentException($"{opened.Name}: no network was recognised{say}.");
        }
        return new(opened.Name, parameters, opened.InputWords, opened.OutputWords, opened.Answer) { Mask = opened.Mask };
    }

    // a header's length, which fits into four bytes, and then the header
    private static bool IsSafetensors(byte[] start) => start is [_, _, _, _, 0, 0, 0, 0, (byte)'{', ..];

    private static byte[] Start(string path)
    {
        using FileStream stream = File.OpenRead(path);
        byte[] start = new byte[(int)Math.Min(StartBytes, stream.Length)];
        stream.ReadExactly(start);
        return start;
    }

    private static OpenedModel OpenZip(string path, OpenOptions options)
    {
        ZipDirectory zip;
        (ByteSource source, long length) = MappedBytes.Open(path, Expected);
        using (source)
            zip = ZipDirectory.Read(path, source, length);
        if (
            zip.Entries.Any(entry =>
                entry.Name.EndsWith("/data.pkl", StringComparison.Ordinal)
                || entry.Name.EndsWith("/archive_format", StringComparison.Ordinal)
            )
        )
            return OpenTorch(path, options);
        if (zip.Find("config.json") is not null)
            return KerasFile.Open(path, OfKeras(options));
        return zip.Entries.Any(entry => entry.Name.EndsWith(".npy", StringComparison.Ordinal))
            ? OpenNumpy(path, options)
            : throw new MalformedFileException(
                path,
                $"this is a zip archive of {zip.Entries.Count} files{(zip.Entries.Count > 0 ? $", such as {MalformedFileException.Quote(zip.Entries[0].Name)}" : "")}",
                Expected
            );
    }

    private static KerasOptions OfKeras(OpenOptions options) =>
        new()
        {
            Activation = options.Activation is { } activation ? KerasName(activation) : null,
            RecurrentActivation = options.RecurrentActivation,
            ResetAfter = options.ResetBefore is { } before ? !before : null,
        };

    private static string KerasName(Activation activation) =>
        activation == Activation.Identity ? "linear"
        : activation == Activation.Tanh || activation == Activation.Sigmoid || activation == Activation.Relu ? activation.Name
        : throw new ArgumentException($"--activation: a Keras file of weights takes tanh, sigmoid, relu or identity, got '{activation}'.");

    private static OpenedModel OpenTorch(string path, OpenOptions options)
    {
        using TorchFile file = TorchFile.Open(path);
        return Recognise(path, file.Format, file.Tensors, null, file.StatePrefix, file.Findings, options);
    }

    private static OpenedModel OpenNumpy(string path, OpenOptions options)
    {
        using NpzFile file = NpzFile.Open(path);
        if (file.Find(NetworkExport.NetworkKey) is { } shape && shape.Dtype == Dtype.U8 && shape.Count < MostShapeBytes)
            return OfShape(
                path,
                "numpy arrays (npz), by farback",
                Encoding.UTF8.GetString(shape.ToBytes()),
                [.. file.Tensors.Where(tensor => tensor != shape)],
                block => block.Name
            );
        string format = file.Listing is [{ Name: "array" }] ? "numpy array" : "numpy arrays (npz)";
        return Recognise(path, format, file.Tensors, file.Listing, "", [], options);
    }

    private static OpenedModel OpenSafetensors(string path, OpenOptions options)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        ModelText text = new(path, file.Metadata);
        if (text.IsModel)
            return OfOwn(Load(path), file);
        if (WeightsFile.IsOne(file))
            return OfOwn(new(path, WeightsFile.Read(path), [], [], Answer.OneClass), file);
        if (file.Metadata.TryGetValue(NetworkExport.TorchKey, out string? shape))
            return OfShape(path, "safetensors with PyTorch's names, by farback", shape, file.Tensors, NetworkExport.TorchName);
        string by = file.Metadata.GetValueOrDefault("format") is { Length: > 0 and < 40 } said
            ? $", {MalformedFileException.Quote(said)}"
            : "";
        return Recognise(path, $"safetensors{by}", file.Tensors, null, "", [], options);
    }

    private static OpenedModel OfOwn(ModelFile model, SafetensorsFile file) =>
        new()
        {
            Name = model.Name,
            Format = "safetensors, by farback",
            Parameters = model.Parameters,
            InputWords = model.InputWords,
            OutputWords = model.OutputWords,
            Answer = model.Answer,
            IsDouble = file.Tensors.Any(tensor => tensor.Dtype == Dtype.F64),
            Findings = [new(FindingKind.Recognised, ModelText.Describe(model.Network))],
            Tensors = Listing(file.Tensors),
        };

    // an export of farback's own: the network is described beside its weights
    private static OpenedModel OfShape(string path, string format, string shape, IReadOnlyList<Tensor> tensors, Func<Block, string> nameOf)
    {
        ModelText text = new(
            path,
            new Dictionary<string, string>
            {
                ["format"] = ModelText.Format,
                ["version"] = ModelText.Version,
                ["network"] = shape,
            }
        );
        return new()
        {
            Name = path,
            Format = format,
            Parameters = Weights(path, tensors, text.ReadNetwork(null), nameOf),
            IsDouble = tensors.Any(tensor => tensor.Dtype == Dtype.F64),
            Findings = [new(FindingKind.Recognised, ModelText.Describe(text.ReadNetwork(null)))],
            Tensors = Listing(tensors),
        };
    }

    private static OpenedModel Recognise(
        string path,
        string format,
        IReadOnlyList<Tensor> tensors,
        IReadOnlyList<TensorInfo>? listing,
        string prefix,
        IReadOnlyList<Finding> already,
        OpenOptions options
    )
    {
        List<Finding> findings = [.. already];
        Tensor[] own = [.. tensors.Where(tensor => !BatchFile.IsPart(tensor.Name))];
        (Parameters<double>? parameters, bool isDouble) = StateRecogniser.Find(
            path,
            new FileInfo(path).Length,
            own,
            prefix,
            options,
            findings
        );
        return new()
        {
            Name = path,
            Format = format,
            Parameters = parameters,
            IsDouble = isDouble,
            Findings = findings,
            Tensors = listing ?? Listing(tensors),
        };
    }

    private static TensorInfo[] Listing(IEnumerable<Tensor> tensors) =>
        [.. tensors.Select(tensor => new TensorInfo(tensor.Name, tensor.Dtype.Name, tensor.Shape))];
}
