using System.Globalization;
using System.IO.Compression;
using System.Text;
using Farback.Formats.Numpy;
using Farback.Formats.Zip;

namespace Farback.Formats;

/// <summary>Arrays as numpy saves them: one in a .npy file, several by name in a .npz archive.</summary>
/// <remarks>
///   Opening reads headers only and checks them; numbers are read when a tensor is asked for them (deflated entries when the file is opened).
///   Big-endian and column-major arrays come out little-endian and row-major. Arrays of Python objects are refused: they would have to be run.
///   Texts, dates, complex numbers are listed (<see cref="Listing"/>) and not read.
/// </remarks>
/// <example>
///   <code>
///   NpzFile.Write("map.npz", [Tensor.Of("share", [2, 2], values)]);
///   using NpzFile file = NpzFile.Open("map.npz");
///   double[] share = file["share"].ToDoubles();
///   </code>
/// </example>
public sealed class NpzFile : IDisposable
{
    private const string Extension = ".npy";

    private readonly string _file;
    private readonly ByteSource _source;
    private readonly List<Tensor> _tensors = [];
    private readonly List<TensorInfo> _listing = [];

    private NpzFile(string file, ByteSource source) => (_file, _source) = (file, source);

    /// <summary>The arrays of numbers, in the file's order; that of a .npy file is called "array".</summary>
    public IReadOnlyList<Tensor> Tensors => _tensors;

    /// <summary>Every array, with those that are not numbers.</summary>
    public IReadOnlyList<TensorInfo> Listing => _listing;

    /// <summary>The array of this name, or null.</summary>
    public Tensor? Find(string name) => _tensors.Find(tensor => tensor.Name == name);

    /// <summary>The array of this name.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message lists what there is.</exception>
    public Tensor this[string name] => Find(name) ?? throw Tensor.NotAmong(_file, "array", name, _tensors);

    /// <summary>Opens a .npy or .npz file and keeps it open until disposal.</summary>
    /// <exception cref="MalformedFileException">The file is neither; the sentence names the offset or the entry.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static NpzFile Open(string path)
    {
        (ByteSource source, long length) = MappedBytes.Open(path, "a numpy array or archive");
        return Read(path, source, length);
    }

    /// <summary>Reads a file that is in memory.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="MalformedFileException">The bytes are neither a .npy nor a .npz file: the only way in which this may fail.</exception>
    public static NpzFile Read(ReadOnlyMemory<byte> bytes, string name = "npz") => Read(name, new MemoryBytes(bytes), bytes.Length);

    /// <summary>Opens bytes, reads every number and looks for a network: what a fuzzer calls.</summary>
    /// <exception cref="MalformedFileException">The bytes are no sound file: the only way in which this may fail.</exception>
    public static void Try(ReadOnlyMemory<byte> bytes)
    {
        NpzFile file = Read(bytes);
        foreach (Tensor tensor in file.Tensors)
            tensor.CopyTo(Stream.Null);
        StateRecogniser.Try(bytes.Length, file.Tensors);
    }

    /// <summary>Writes arrays by name, whole or not at all; stored, not deflated, and the same arrays give the same bytes.</summary>
    /// <exception cref="ArgumentException">Two arrays share a name, or numpy has no type for one (BF16).</exception>
    public static void Write(string path, IEnumerable<Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        Tensor[] all = [.. tensors];
        if (all.Select(tensor => tensor.Name).Distinct(StringComparer.Ordinal).Count() != all.Length)
            throw new ArgumentException("tensors: expected each name once.", nameof(tensors));
        string[] headers = [.. all.Select(Header)];
        AtomicFile.Write(
            path,
            stream =>
            {
                using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
                foreach ((Tensor tensor, string header) in all.Zip(headers))
                {
                    ZipArchiveEntry entry = archive.CreateEntry(tensor.Name + Extension, CompressionLevel.NoCompression);
                    entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
                    using Stream into = entry.Open();
                    WriteArray(into, tensor, header);
                }
            }
        );
    }

    /// <summary>Writes one array as .npy.</summary>
    /// <exception cref="ArgumentException">numpy has no type for it (BF16).</exception>
    public static void WriteArray(string path, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        string header = Header(tensor);
        AtomicFile.Write(path, stream => WriteArray(stream, tensor, header));
    }

    /// <summary>Closes the file; its tensors can no longer be read.</summary>
    public void Dispose() => _source.Dispose();

    private static NpzFile Read(string name, ByteSource source, long length)
    {
        var file = new NpzFile(name, source);
        try
        {
            Span<byte> start = stackalloc byte[(int)Math.Min(length, 8)];
            source.Read(0, start);
            if (NpyHeader.Begins(start))
                file.Add("array", name, source, length);
            else
                foreach (ZipEntry entry in ZipDirectory.Read(name, source, length).Entries)
                {
                    if (!entry.Name.EndsWith(Extension, StringComparison.Ordinal))
                        throw new MalformedFileException(
                            name,
                            $"there is an entry {MalformedFileException.Quote(entry.Name)}",
                            "numpy arrays, whose names end with .npy"
                        );
                    file.Add(
                        entry.Name[..^Extension.Length],
                        $"{name}, {MalformedFileException.Quote(entry.Name)}",
                        entry.Open(name, source),
                        entry.Length
                    );
                }
        }
        catch
        {
            source.Dispose();
            throw;
        }
        return file;
    }

    private void Add(string name, string what, ByteSource source, long length)
    {
        NpyHeader header = NpyHeader.Read(what, source, length);
        _listing.Add(new(name, header.Dtype?.Name ?? header.Descr, header.Shape));
        if (header.Dtype is not { } type)
            return;
        long count = Tensor.Product(header.Shape)!.Value;
        if (count == 0 || !header.IsFortran && (!header.IsBigEndian || type.Bytes == 1))
        {
            _tensors.Add(new(name, type, header.Shape, count, source, header.DataBegin));
            return;
        }
        long[] strides = StridedBytes.RowMajor(header.IsFortran ? [.. header.Shape.Reverse()] : header.Shape);
        if (header.IsFortran)
            Array.Reverse(strides);
        var view = new StridedBytes(source, header.DataBegin, type.Bytes, header.Shape, strides, header.IsBigEndian);
        _tensors.Add(new(name, type, header.Shape, count, view, 0));
    }

    private static void WriteArray(Stream stream, Tensor tensor, string header)
    {
        stream.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, (byte)header.Length, (byte)(header.Length >> 8)]);
        stream.Write(Encoding.Latin1.GetBytes(header));
        tensor.CopyTo(stream);
    }

    // padded so that the numbers begin at a multiple of 64
    private static string Header(Tensor tensor)
    {
        string type =
            tensor.Dtype == Dtype.Bool ? "|b1"
            : tensor.Dtype.Real is null && tensor.Dtype.Whole is null || tensor.Dtype == Dtype.BF16
                ? throw new ArgumentException(
                    $"tensor {MalformedFileException.Quote(tensor.Name)}: numpy has no type for {tensor.Dtype}; widen it to F32.",
                    nameof(tensor)
                )
            : $"{(tensor.Dtype.Bytes == 1 ? '|' : '<')}{char.ToLowerInvariant(tensor.Dtype.Name[0])}{tensor.Dtype.Bytes}";
        string sizes = string.Join(", ", tensor.Shape.Select(size => size.ToString(CultureInfo.InvariantCulture)));
        string text = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({sizes}{(tensor.Shape.Count == 1 ? "," : "")}), }}";
        int whole = (10 + text.Length + 1 + 63) / 64 * 64;
        return text.PadRight(whole - 11) + "\n";
    }
}
