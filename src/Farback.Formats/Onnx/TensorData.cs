using System.Buffers.Binary;
using System.Globalization;
using Farback.Formats.Onnx.Wire;
using Google.Protobuf;

namespace Farback.Formats.Onnx;

/// <summary>A stored tensor: checked when the file is opened, read when its numbers are asked for.</summary>
internal sealed class TensorData
{
    private readonly string _file;
    private readonly TensorProto _proto;
    private readonly (string Path, long Offset)? _outside;

    /// <summary>Checks type, shape and the one field that holds the numbers.</summary>
    /// <param name="file">The file, for the sentences.</param>
    /// <param name="folder">Where external data may lie; null where it may not.</param>
    /// <param name="proto">The tensor.</param>
    /// <param name="what">What it is called: initializer "W".</param>
    /// <exception cref="MalformedFileException">It is none that can be read.</exception>
    public TensorData(string file, string? folder, TensorProto proto, string what)
    {
        (_file, _proto, What) = (file, proto, what);
        Type = TypeOf(proto.DataType) ?? throw Fault($"has data type {proto.DataType}{NameOf(proto.DataType)}", "numbers or truths");
        if (proto.Dims.Count > 16)
            throw Fault($"has {proto.Dims.Count} dimensions", "at most 16");
        long[] dims = [.. proto.Dims];
        if (Tensor.Product(dims) is not { } count || (Int128)count * Type.Bytes > Array.MaxLength || dims.Any(size => size > int.MaxValue))
            throw Fault($"has the shape {Tensor.Describe(dims)}", "sizes from 0 up, whose product one array holds");
        (Shape, Count) = ([.. dims.Select(size => (int)size)], (int)count);
        long bytes = count * Type.Bytes;
        string[] filled =
        [
            .. new (string Name, bool Is)[]
            {
                ("raw_data", proto.HasRawData && proto.RawData.Length > 0),
                ("float_data", proto.FloatData.Count > 0),
                ("int32_data", proto.Int32Data.Count > 0),
                ("string_data", proto.StringData.Count > 0),
                ("int64_data", proto.Int64Data.Count > 0),
                ("double_data", proto.DoubleData.Count > 0),
                ("uint64_data", proto.Uint64Data.Count > 0),
                ("external_data", proto.DataLocation == 1),
            }
                .Where(field => field.Is)
                .Select(field => field.Name),
        ];
        if (filled.Length > 1)
            throw Fault($"fills {string.Join(" and ", filled)}", "one of them");
        if (filled.Length == 0 && count > 0)
            throw Fault("holds no numbers", $"{count} for the shape {Tensor.Describe(dims)}");
        if (filled.Length == 0)
            return;
        if (filled[0] == "external_data")
            _outside = Outside(folder, bytes);
        else if (filled[0] == "raw_data" && proto.RawData.Length != bytes)
            throw Fault($"has {proto.RawData.Length} bytes of raw_data", $"{bytes}: {Type} of shape {Tensor.Describe(dims)}");
        else if (filled[0] != "raw_data" && filled[0] != FieldOf(Type))
            throw Fault($"keeps {Type} in {filled[0]}", $"raw_data or {FieldOf(Type)}");
        else if (filled[0] != "raw_data" && Listed() != count)
            throw Fault($"has {Listed()} numbers in {filled[0]}", $"{count} for the shape {Tensor.Describe(dims)}");
    }

    public string What { get; }
    public string Name => _proto.Name;
    public Dtype Type { get; }
    public int[] Shape { get; }
    public int Count { get; }

    /// <summary>The numbers; every call reads them again.</summary>
    public Value Value => Read();

    /// <summary>The name of the type that ONNX numbers so, or null where there are no numbers of it here.</summary>
    public static Dtype? TypeOf(int number) =>
        number switch
        {
            1 => Dtype.F32,
            2 => Dtype.U8,
            3 => Dtype.I8,
            4 => Dtype.U16,
            5 => Dtype.I16,
            6 => Dtype.I32,
            7 => Dtype.I64,
            9 => Dtype.Bool,
            10 => Dtype.F16,
            11 => Dtype.F64,
            12 => Dtype.U32,
            13 => Dtype.U64,
            16 => Dtype.BF16,
            _ => null,
        };

    /// <summary>ONNX' number of a type.</summary>
    public static int NumberOf(Dtype type) => Enumerable.Range(1, 16).First(number => TypeOf(number) == type);

    public static string NameOf(int number) =>
        number switch
        {
            8 => " (text)",
            14 or 15 => " (complex)",
            >= 17 and <= 20 => " (float8)",
            21 or 22 => " (int4)",
            23 => " (float4)",
            _ => "",
        };

    private static string FieldOf(Dtype type) =>
        type == Dtype.F32 ? "float_data"
        : type == Dtype.F64 ? "double_data"
        : type == Dtype.I64 ? "int64_data"
        : type == Dtype.U32 || type == Dtype.U64 ? "uint64_data"
        : "int32_data";

    private int Listed() =>
        _proto.FloatData.Count + _proto.DoubleData.Count + _proto.Int32Data.Count + _proto.Int64Data.Count + _proto.Uint64Data.Count;

    private Value Read()
    {
        if (_outside is { } place)
            return Decode(ReadOutside(place));
        if (Count == 0 || _proto.RawData.Length > 0)
            return Decode(_proto.RawData.Memory);
        if (Type == Dtype.F32)
            return Value.Of(Type, Shape, [.. _proto.FloatData.Select(number => (double)number)]);
        if (Type == Dtype.F64)
            return Value.Of(Type, Shape, [.. _proto.DoubleData]);
        if (Type == Dtype.I64)
            return Value.Of(Type, Shape, [.. _proto.Int64Data]);
        if (Type == Dtype.U32 || Type == Dtype.U64)
            return Value.Of(Type, Shape, [.. _proto.Uint64Data.Select(number => (long)Math.Min(number, long.MaxValue))]);
        if (Type.Real is { } real) // bit patterns
            return Value.Of(Type, Shape, [.. _proto.Int32Data.Select(bits => real(Low(bits)))]);
        return Value.Of(Type, Shape, [.. _proto.Int32Data.Select(number => Type == Dtype.Bool && number != 0 ? 1L : number)]);
    }

    private static byte[] Low(int bits)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bits);
        return bytes[..2];
    }

    private Value Decode(ReadOnlyMemory<byte> bytes)
    {
        Tensor tensor = Tensor.Of(Name, Type, [.. Shape.Select(size => (long)size)], bytes);
        try
        {
            return Type.Real is null ? Value.Of(Type, Shape, tensor.ToLongs()) : Value.Of(Type, Shape, tensor.ToDoubles());
        }
        catch (OverflowException)
        {
            throw Fault("holds a number beyond 2⁶³ − 1", "whole numbers that 64 bits with a sign hold");
        }
    }

    // external data: only in the model's own folder, by name, and inside the file it names
    private (string Path, long Offset) Outside(string? folder, long bytes)
    {
        Dictionary<string, string> entries = [];
        foreach (StringStringEntryProto entry in _proto.ExternalData)
            if (!entries.TryAdd(entry.Key, entry.Value))
                throw Fault($"names {MalformedFileException.Quote(entry.Key)} twice in its external data", "once");
        if (!entries.TryGetValue("location", out string? location) || location.Length == 0)
            throw Fault("has external data without a location", "the name of a file beside the model");
        if (folder is null)
            throw Fault("keeps its numbers in another file", "a model that is opened from a folder");
        string quoted = MalformedFileException.Quote(location);
        if (Path.IsPathRooted(location) || location.Contains(':', StringComparison.Ordinal))
            throw Fault($"keeps its numbers in {quoted}, which is absolute", "a file in the model's own folder");
        string[] parts = location.Split('/', '\\');
        if (parts.Contains("..") || location.Contains('\0', StringComparison.Ordinal))
            throw Fault($"keeps its numbers in {quoted}, which leaves the model's folder", "a file inside it");
        string path = folder;
        foreach (string part in parts)
        {
            path = Path.Combine(path, part);
            if (new FileInfo(path).LinkTarget is not null)
                throw Fault($"keeps its numbers in {quoted}, which is a link", "a file");
        }
        long offset = Number(entries, "offset", 0),
            length = Number(entries, "length", bytes);
        if (length != bytes)
            throw Fault($"has {length} bytes of external data", $"{bytes}: {Type} of shape {Value.Describe(Shape)}");
        if (!File.Exists(path))
            throw Fault($"keeps its numbers in {quoted}, and there is no such file", "a file beside the model");
        long whole = new FileInfo(path).Length;
        return offset <= whole - bytes
            ? (path, offset)
            : throw Fault($"wants bytes {offset} to {offset + (Int128)bytes} of {quoted}, which has {whole}", "bytes inside it");
    }

    private long Number(Dictionary<string, string> entries, string key, long otherwise) =>
        !entries.TryGetValue(key, out string? text) ? otherwise
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number
        : throw Fault($"has the {key} {MalformedFileException.Quote(text)} in its external data", "a whole number from 0 up");

    private byte[] ReadOutside((string Path, long Offset) place)
    {
        var bytes = new byte[Count * Type.Bytes];
        using FileStream stream = File.OpenRead(place.Path);
        stream.Position = place.Offset;
        try
        {
            stream.ReadExactly(bytes);
        }
        catch (EndOfStreamException)
        {
            throw Fault("lost bytes of its external data while it was read", "a file that stays as it is");
        }
        return bytes;
    }

    private MalformedFileException Fault(string found, string expected) => new(_file, $"{What} {found}", expected);

    /// <summary>A tensor of numbers in a float type, to be written.</summary>
    public static TensorProto Write(string name, Dtype type, long[] shape, ReadOnlySpan<double> numbers)
    {
        var raw = new byte[numbers.Length * type.Bytes];
        for (int i = 0; i < numbers.Length; i++)
            if (type == Dtype.F64)
                BinaryPrimitives.WriteDoubleLittleEndian(raw.AsSpan(8 * i), numbers[i]);
            else
                BinaryPrimitives.WriteSingleLittleEndian(raw.AsSpan(4 * i), (float)numbers[i]);
        return Write(name, type, shape, raw);
    }

    /// <summary>A list of whole numbers, to be written.</summary>
    public static TensorProto Write(string name, long[] numbers)
    {
        var raw = new byte[8 * numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(raw.AsSpan(8 * i), numbers[i]);
        return Write(name, Dtype.I64, [numbers.Length], raw);
    }

    private static TensorProto Write(string name, Dtype type, long[] shape, byte[] raw)
    {
        TensorProto tensor = new()
        {
            Name = name,
            DataType = NumberOf(type),
            RawData = UnsafeByteOperations.UnsafeWrap(raw),
        };
        tensor.Dims.AddRange(shape);
        return tensor;
    }
}
