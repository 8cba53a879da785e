namespace Farback.Formats.Hdf5;

/// <summary>A small named array beside an object.</summary>
internal sealed class Hdf5Attribute
{
    private const int LongestName = 1024;

    private readonly Hdf5Bytes _bytes;
    private readonly Hdf5Type _type;
    private readonly long[] _shape;
    private readonly Hdf5Reader _data;

    public Hdf5Attribute(Hdf5Bytes bytes, Hdf5Reader reader)
    {
        _bytes = bytes;
        int version = reader.Version(1, 2, 3),
            flags = reader.U8();
        if (version > 1 && (flags & 3) != 0)
            throw reader.Fault($"{reader.What} has a shared type", "a type of its own");
        int name = reader.U16(),
            type = reader.U16(),
            space = reader.U16();
        if (version == 3)
            reader.Skip(1); // character set
        int Padded(int size) => version == 1 ? (size + 7) & ~7 : size;
        Name = reader.Part(Padded(name), "an attribute's name").Text(LongestName);
        string what = $"the attribute {MalformedFileException.Quote(Name)}";
        _type = Hdf5Type.Read(reader.Part(Padded(type), what));
        _shape = Dataspace.Read(reader.Part(Padded(space), what));
        _data = reader.Part(reader.Left, what);
    }

    public string Name { get; }

    /// <summary>Its texts; a number of elements 0 is an empty list, whatever the type.</summary>
    public IReadOnlyList<string> Texts()
    {
        long count = Tensor.Product(_shape)!.Value;
        if (count == 0)
            return [];
        if (!_type.IsText && !_type.IsLongText)
            throw _data.Fault($"{_data.What} holds {_type.Name}", "text");
        if (count > _data.Left / _type.Size)
            throw _data.Fault($"{_data.What} has {count} texts of {_type.Size} bytes", $"the {_data.Left} bytes that it has");
        Hdf5Reader data = _data.Again();
        var texts = new List<string>();
        for (long i = 0; i < count; i++)
            texts.Add(_type.IsText ? Fixed(data) : GlobalHeap.Text(_bytes, data));
        return texts;
    }

    /// <summary>Its one text.</summary>
    public string Text() => Texts() is [string one] ? one : throw _data.Fault($"{_data.What} is a list", "one text");

    private string Fixed(Hdf5Reader data)
    {
        long at = data.At;
        ReadOnlySpan<byte> text = data.Span(_type.Size);
        int end = text.IndexOf((byte)0);
        return data.Utf8(end < 0 ? text : text[..end], at).TrimEnd(' ');
    }
}
