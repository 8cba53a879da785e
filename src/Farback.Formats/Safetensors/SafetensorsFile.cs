using Microsoft.Win32.SafeHandles;

namespace Farback.Formats;

/// <summary>Named tensors in the safetensors format, read without trusting the file.</summary>
/// <remarks>
///   u64 little-endian header length · JSON header · data. Opening reads the header only, checks it wholly, and maps the data; a tensor's
///   bytes are read when it is asked for its values. Nothing is allocated by a number in the file before that number was compared with
///   the bytes that are really there. Every refusal is a <see cref="MalformedFileException"/>.
///   Source: the format's own description, https://github.com/huggingface/safetensors.
/// </remarks>
/// <example>
///   <code>
///   using SafetensorsFile file = SafetensorsFile.Open("model.safetensors");
///   double[] weights = file["lstm.weight_hh_l0"].ToDoubles();
///   </code>
/// </example>
public sealed class SafetensorsFile : IDisposable
{
    private const int FirstBlock = 1 << 16;

    private readonly ByteSource _source;
    private readonly Tensor[] _tensors;
    private readonly Dictionary<string, Tensor> _byName;
    private readonly string _file;

    private SafetensorsFile(string file, SafetensorsHeader header, ByteSource source, long dataBegin)
    {
        _file = file;
        _source = source;
        Metadata = header.Metadata;
        _tensors = new Tensor[header.Entries.Count];
        _byName = new Dictionary<string, Tensor>(_tensors.Length);
        for (int i = 0; i < _tensors.Length; i++)
        {
            SafetensorsHeader.Entry entry = header.Entries[i];
            Tensor tensor = new(entry.Name, entry.Dtype, entry.Shape, entry.Count, source, dataBegin + entry.Begin);
            _byName.Add(entry.Name, _tensors[i] = tensor);
        }
    }

    /// <summary>The tensors in the order of their data.</summary>
    public IReadOnlyList<Tensor> Tensors => _tensors;

    /// <summary>The header's free texts; empty where it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensor of this name.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message lists what there is.</exception>
    public Tensor this[string name] => Find(name) ?? throw Tensor.NotAmong(_file, "tensor", name, _tensors);

    /// <summary>The tensor of this name, or null.</summary>
    public Tensor? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Opens a file: reads its header, maps its data, and keeps it open until disposal.</summary>
    /// <exception cref="MalformedFileException">The file is not safetensors as the format describes it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            long length = RandomAccess.GetLength(handle);
            byte[] prefix = new byte[SafetensorsHeader.PrefixBytes];
            int headerLength = SafetensorsHeader.CheckPrefix(path, prefix.AsSpan(0, Fill(handle, prefix, 0)), length);
            byte[] json = new byte[headerLength];
            int read = Fill(handle, json, prefix.Length);
            if (read < json.Length)
            {
                throw SafetensorsHeader.EndsInHeader(path, headerLength, prefix.Length + read);
            }
            SafetensorsHeader header = SafetensorsHeader.Parse(path, json);
            header.CheckDataLength(headerLength, length);
            return new SafetensorsFile(path, header, new MappedBytes(path, handle, length), prefix.Length + headerLength);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads a file that is in memory; its bytes are not copied and must not change.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="MalformedFileException">The bytes are not safetensors as the format describes it.</exception>
    public static SafetensorsFile Read(ReadOnlyMemory<byte> bytes, string name = "safetensors")
    {
        const int Prefix = SafetensorsHeader.PrefixBytes;
        ReadOnlySpan<byte> span = bytes.Span;
        int headerLength = SafetensorsHeader.CheckPrefix(name, span[..Math.Min(Prefix, span.Length)], span.Length);
        SafetensorsHeader header = SafetensorsHeader.Parse(name, span.Slice(Prefix, headerLength));
        header.CheckDataLength(headerLength, span.Length);
        return new SafetensorsFile(name, header, new MemoryBytes(bytes), Prefix + headerLength);
    }

    /// <summary>Opens bytes, reads every number and looks for a network: what a fuzzer calls.</summary>
    /// <exception cref="MalformedFileException">The bytes are no sound file: the only way in which this may fail.</exception>
    public static void Try(ReadOnlyMemory<byte> bytes)
    {
        SafetensorsFile file = Read(bytes);
        foreach (Tensor tensor in file.Tensors)
            tensor.CopyTo(Stream.Null);
        StateRecogniser.Try(bytes.Length, file.Tensors);
    }

    /// <summary>Reads a stream to its end, which must be the file's end; memory grows with what arrives. Never seeks.</summary>
    /// <param name="stream">The file from its first byte; it stays open.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="MalformedFileException">The stream is not safetensors, or its data is more than one array holds.</exception>
    public static SafetensorsFile Read(Stream stream, string name = "safetensors")
    {
        ArgumentNullException.ThrowIfNull(stream);
        byte[] prefix = Collect(stream, SafetensorsHeader.PrefixBytes);
        int headerLength = SafetensorsHeader.CheckPrefix(name, prefix, fileLength: null);
        byte[] json = Collect(stream, headerLength);
        long begin = prefix.Length + json.Length;
        if (json.Length < headerLength)
        {
            throw SafetensorsHeader.EndsInHeader(name, headerLength, begin);
        }
        SafetensorsHeader header = SafetensorsHeader.Parse(name, json);
        if (header.DataLength > Array.MaxLength)
        {
            throw new MalformedFileException(
                name,
                $"the header asks for {header.DataLength} bytes of data from a stream",
                $"at most {Array.MaxLength} bytes; a larger file is opened by its path"
            );
        }
        byte[] data = Collect(stream, (int)header.DataLength);
        int behind = data.Length == header.DataLength ? stream.ReadAtLeast(new byte[1], 1, throwOnEndOfStream: false) : 0;
        header.CheckDataLength(headerLength, begin + data.Length + behind);
        return new SafetensorsFile(name, header, new MemoryBytes(data), dataBegin: 0);
    }

    /// <summary>Writes a file whole or not at all: beside the target, flushed to the disk, then renamed over it.</summary>
    /// <param name="path">The target; a file that stands there is replaced.</param>
    /// <param name="tensors">In any order: the same tensors give the same bytes.</param>
    /// <param name="metadata">Free texts.</param>
    /// <exception cref="ArgumentException">Two tensors share a name, or a name is not one.</exception>
    public static void Write(string path, IEnumerable<Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(tensors);
        string full = Path.GetFullPath(path);
        // The same folder, because a rename across file systems is a copy.
        string temporary = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetRandomFileName()}.part");
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                SafetensorsWriter.Write(stream, tensors, metadata);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes to a stream, which stays open.</summary>
    /// <param name="stream">Where the bytes go.</param>
    /// <param name="tensors">In any order: the same tensors give the same bytes.</param>
    /// <param name="metadata">Free texts.</param>
    /// <exception cref="ArgumentException">Two tensors share a name, or a name is not one.</exception>
    public static void Write(Stream stream, IEnumerable<Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensors);
        SafetensorsWriter.Write(stream, tensors, metadata);
    }

    /// <summary>Closes the file; its tensors can no longer be read.</summary>
    public void Dispose() => _source.Dispose();

    private static int Fill(SafeFileHandle handle, Span<byte> destination, long offset)
    {
        int done = 0;
        while (done < destination.Length && RandomAccess.Read(handle, destination[done..], offset + done) is > 0 and int n)
        {
            done += n;
        }
        return done;
    }

    // As much of the length as the stream has. A stream's length is a claim, so the array doubles only once it is full.
    private static byte[] Collect(Stream stream, int length)
    {
        byte[] bytes = new byte[Math.Min(length, FirstBlock)];
        int done = 0;
        while (true)
        {
            done += stream.ReadAtLeast(bytes.AsSpan(done), bytes.Length - done, throwOnEndOfStream: false);
            if (done < bytes.Length)
            {
                return bytes[..done];
            }
            if (done == length)
            {
                return bytes;
            }
            Array.Resize(ref bytes, (int)Math.Min(length, 2L * bytes.Length));
        }
    }
}
