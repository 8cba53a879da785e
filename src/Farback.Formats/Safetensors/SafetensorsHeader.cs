using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Farback.Formats;

/// <summary>What a safetensors header says, once every claim in it has been checked.</summary>
/// <remarks>
///   The header is an object {name: {"dtype": …, "shape": […], "data_offsets": [begin, end]}} with an optional "__metadata__" of text
///   to text. Offsets count from the header's end, and the tensors tile the data: sorted by offset, each begins where the one before it
///   ends. Stricter than the format asks: a key that it does not define is refused, since nobody knows what it would change.
///   Time O(n log n) in the header's length; memory a small multiple of it.
/// </remarks>
internal sealed class SafetensorsHeader
{
    /// <summary>The format's own cap on a header, in bytes.</summary>
    public const int LongestHeader = 100_000_000;

    /// <summary>The bytes in front of the header: its length.</summary>
    public const int PrefixBytes = 8;

    /// <summary>The key that is not a tensor.</summary>
    public const string MetadataKey = "__metadata__";

    // The header's object, a tensor's object, its shape, and one more, so that what stands too deep is refused by its name.
    private const int Depth = 4;

    private readonly string _file;
    private readonly List<Entry> _entries = [];
    private readonly Dictionary<string, string> _metadata = [];

    private SafetensorsHeader(string file) => _file = file;

    /// <summary>One tensor's line.</summary>
    public readonly record struct Entry(string Name, Dtype Dtype, long[] Shape, long Count, long Begin, long End);

    /// <summary>The tensors in the order of their data.</summary>
    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>The free texts.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>How many bytes of data the tensors fill.</summary>
    public long DataLength { get; private set; }

    /// <summary>Checks the first eight bytes.</summary>
    /// <param name="file">What to call the file.</param>
    /// <param name="prefix">The file's first bytes: eight, or fewer where it ends before.</param>
    /// <param name="fileLength">The file's length; null where it is not known yet.</param>
    /// <returns>The header's length: at least 2, at most <see cref="LongestHeader"/>, and within the file.</returns>
    public static int CheckPrefix(string file, ReadOnlySpan<byte> prefix, long? fileLength)
    {
        if (prefix.Length < PrefixBytes)
        {
            throw new MalformedFileException(
                file,
                prefix.IsEmpty ? "the file is empty" : $"the file ends at byte {prefix.Length}",
                $"the header's length in the first {PrefixBytes} bytes"
            );
        }
        ulong length = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length is < 2 or > LongestHeader)
        {
            throw new MalformedFileException(
                file,
                $"the header's length at byte 0 is {length}",
                $"2 to {LongestHeader} bytes (is this a safetensors file?)"
            );
        }
        if (fileLength is { } end && (long)length > end - PrefixBytes)
        {
            throw EndsInHeader(file, (int)length, end);
        }
        return (int)length;
    }

    /// <summary>The refusal of a file that stops inside its header.</summary>
    public static MalformedFileException EndsInHeader(string file, int headerLength, long fileLength) =>
        new(
            file,
            $"the file ends at byte {fileLength}, inside the header",
            $"a header of {headerLength} bytes up to byte {PrefixBytes + headerLength}"
        );

    /// <summary>Reads and checks a header.</summary>
    /// <param name="file">What to call the file.</param>
    /// <param name="json">The header's bytes.</param>
    public static SafetensorsHeader Parse(string file, ReadOnlySpan<byte> json)
    {
        SafetensorsHeader header = new(file);
        if (!Utf8.IsValid(json))
        {
            throw new MalformedFileException(file, $"the header is not UTF-8 at byte {PrefixBytes + FirstInvalid(json)}", "JSON in UTF-8");
        }
        if (json[0] != '{')
        {
            throw new MalformedFileException(
                file,
                $"the header begins with 0x{json[0]:X2} at byte {PrefixBytes}",
                "'{' (is this a safetensors file?)"
            );
        }
        try
        {
            header.ReadRoot(json);
        }
        catch (JsonException mistake)
        {
            throw new MalformedFileException(
                file,
                $"the header stops being JSON at byte {PrefixBytes + Position(json, mistake)}",
                "strict JSON"
            );
        }
        header.CheckTiling();
        return header;
    }

    /// <summary>Compares what the tensors fill with what the file has.</summary>
    /// <param name="headerLength">The header's length.</param>
    /// <param name="fileLength">The file's length, or how much of a stream was seen.</param>
    public void CheckDataLength(int headerLength, long fileLength)
    {
        long begin = PrefixBytes + headerLength;
        if (fileLength - begin != DataLength)
        {
            throw new MalformedFileException(
                _file,
                fileLength - begin < DataLength
                    ? $"the data ends at byte {fileLength}, too early"
                    : $"there are bytes behind the last tensor, up to byte {fileLength} or beyond",
                $"{DataLength} bytes of data from byte {begin}, as the header says"
            );
        }
    }

    private void ReadRoot(ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = Depth });
        HashSet<string> names = [];
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = Text(ref reader, "a name");
            if (!names.Add(name))
            {
                throw Refuse(ref reader, $"the name {Quote(name)} stands twice", "each name once");
            }
            reader.Read();
            if (name == MetadataKey)
            {
                ReadMetadata(ref reader);
            }
            else
            {
                ReadTensor(ref reader, name);
            }
        }
        // Refuses everything but white space behind the closing brace.
        reader.Read();
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Refuse(ref reader, $"{MetadataKey} is {Kind(reader.TokenType)}", "an object of text to text");
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = Text(ref reader, "a key in", MetadataKey);
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                throw Refuse(ref reader, $"{MetadataKey} {Quote(key)} is {Kind(reader.TokenType)}", "a text");
            }
            if (!_metadata.TryAdd(key, Text(ref reader, MetadataKey, key)))
            {
                throw Refuse(ref reader, $"{MetadataKey} has the key {Quote(key)} twice", "each key once");
            }
        }
    }

    private void ReadTensor(ref Utf8JsonReader reader, string name)
    {
        long at = PrefixBytes + reader.TokenStartIndex;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Refuse(ref reader, $"tensor {Quote(name)} is {Kind(reader.TokenType)}", "an object");
        }
        Dtype? dtype = null;
        long[]? shape = null;
        long[]? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = Text(ref reader, "a key in tensor", name);
            bool twice = key switch
            {
                "dtype" => dtype is not null,
                "shape" => shape is not null,
                "data_offsets" => offsets is not null,
                _ => throw Refuse(
                    ref reader,
                    $"tensor {Quote(name)} has the key {Quote(key)}",
                    "dtype, shape and data_offsets, and nothing else"
                ),
            };
            if (twice)
            {
                throw Refuse(ref reader, $"tensor {Quote(name)} has {key} twice", "each key once");
            }
            reader.Read();
            switch (key)
            {
                case "dtype":
                    dtype = ReadDtype(ref reader, name);
                    break;
                case "shape":
                    shape = ReadSizes(ref reader, name, key);
                    break;
                default:
                    offsets = ReadSizes(ref reader, name, key);
                    break;
            }
        }
        if (dtype is null || shape is null || offsets is null)
        {
            string missing =
                dtype is null ? "dtype"
                : shape is null ? "shape"
                : "data_offsets";
            throw new MalformedFileException(_file, $"tensor {Quote(name)} at byte {at} has no {missing}", "dtype, shape and data_offsets");
        }
        Add(name, dtype, shape, offsets);
    }

    private Dtype ReadDtype(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw Refuse(ref reader, $"tensor {Quote(name)} has {Kind(reader.TokenType)} as dtype", "a text");
        }
        string text = Text(ref reader, "the dtype of tensor", name);
        return Dtype.Find(text)
            ?? throw Refuse(ref reader, $"tensor {Quote(name)} has the dtype {Quote(text)}", $"one of {string.Join(", ", Dtype.All)}");
    }

    // The list grows with what has been read; no count in the file is believed.
    private long[] ReadSizes(ref Utf8JsonReader reader, string name, string key)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Refuse(ref reader, $"tensor {Quote(name)} has {Kind(reader.TokenType)} as {key}", "an array");
        }
        List<long> sizes = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            // Digits only: 1.0, 1e3 and -0 are whole numbers too, but not to every reader.
            if (
                reader.TokenType != JsonTokenType.Number
                || !long.TryParse(reader.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out long size)
            )
            {
                string found =
                    reader.TokenType == JsonTokenType.Number
                        ? Shortened(Encoding.UTF8.GetString(reader.ValueSpan[..Math.Min(reader.ValueSpan.Length, 41)]))
                        : Kind(reader.TokenType);
                throw Refuse(
                    ref reader,
                    $"tensor {Quote(name)} has {found} in {key}",
                    $"a whole number from 0 to {long.MaxValue} in plain digits"
                );
            }
            sizes.Add(size);
        }
        return [.. sizes];
    }

    private void Add(string name, Dtype dtype, long[] shape, long[] offsets)
    {
        if (offsets is not [long begin, long end] || begin > end)
        {
            throw new MalformedFileException(
                _file,
                $"tensor {Quote(name)} has the data_offsets {Tensor.Describe(offsets)}",
                "two, [begin, end], with begin not after end"
            );
        }
        if (Tensor.Product(shape) is not { } count || (Int128)count * dtype.Bytes > long.MaxValue)
        {
            throw new MalformedFileException(
                _file,
                $"tensor {Quote(name)} of {dtype} has the shape {Tensor.Describe(shape)}",
                $"at most {long.MaxValue} bytes"
            );
        }
        if (count * dtype.Bytes != end - begin)
        {
            throw new MalformedFileException(
                _file,
                $"tensor {Quote(name)} has {end - begin} bytes between the offsets {begin} and {end}",
                $"{count * dtype.Bytes} bytes for {dtype} {Tensor.Describe(shape)}"
            );
        }
        _entries.Add(new Entry(name, dtype, shape, count, begin, end));
    }

    private void CheckTiling()
    {
        _entries.Sort(
            (a, b) =>
                a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin)
                : a.End != b.End ? a.End.CompareTo(b.End)
                : string.CompareOrdinal(a.Name, b.Name)
        );
        long end = 0;
        string? before = null;
        foreach (Entry entry in _entries)
        {
            if (entry.Begin != end)
            {
                throw new MalformedFileException(
                    _file,
                    entry.Begin > end
                        ? $"a hole lies before tensor {Quote(entry.Name)}, which begins at data offset {entry.Begin}"
                        : $"tensor {Quote(entry.Name)} overlaps another and begins at data offset {entry.Begin}",
                    $"{end}, where {(before is null ? "the data starts" : $"tensor {Quote(before)} ends")}"
                );
            }
            end = entry.End;
            before = entry.Name;
        }
        DataLength = end;
    }

    private string Text(ref Utf8JsonReader reader, string what, string? where = null)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // The bytes are UTF-8, so this is an escape like \ud800 on its own.
            throw Refuse(
                ref reader,
                $"{what}{(where is null ? "" : " " + Quote(where))} has half a surrogate pair",
                "text that Unicode can hold"
            );
        }
    }

    private MalformedFileException Refuse(ref Utf8JsonReader reader, string found, string expected) =>
        new(_file, $"{found} at byte {PrefixBytes + reader.TokenStartIndex}", expected);

    private static string Quote(string text) => MalformedFileException.Quote(text);

    private static string Shortened(string digits) => digits.Length > 40 ? digits[..40] + "…" : digits;

    private static string Kind(JsonTokenType token) =>
        token switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "an array",
            JsonTokenType.String => "a text",
            JsonTokenType.Number => "a number",
            JsonTokenType.Null => "null",
            _ => "a truth value",
        };

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out int used) == System.Buffers.OperationStatus.Done)
        {
            at += used;
        }
        return at;
    }

    // The exception counts lines and bytes within the line; a message wants one offset.
    private static long Position(ReadOnlySpan<byte> json, JsonException mistake)
    {
        int start = 0;
        for (long line = mistake.LineNumber ?? 0; line > 0; line--)
        {
            start += json[start..].IndexOf((byte)'\n') + 1;
        }
        return start + (mistake.BytePositionInLine ?? 0);
    }
}
