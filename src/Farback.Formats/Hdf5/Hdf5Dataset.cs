namespace Farback.Formats.Hdf5;

/// <summary>An array of the file: type and shape at once, numbers when they are asked for.</summary>
internal sealed class Hdf5Dataset
{
    private const int MostDimensions = 8;

    private readonly Hdf5Bytes _bytes;
    private readonly ObjectHeader _header;
    private readonly Hdf5Type _type;
    private readonly string _what;

    public Hdf5Dataset(Hdf5Bytes bytes, string path, ObjectHeader header, IReadOnlyDictionary<string, Hdf5Attribute> attributes)
    {
        (_bytes, _header, Path, _what) = (bytes, header, path, $"the dataset {MalformedFileException.Quote(path)}");
        _type = Hdf5Type.Read(header.One(MessageKind.Datatype) ?? throw Fault("has no type", "one"));
        Shape = Dataspace.Read(header.One(MessageKind.Dataspace) ?? throw Fault("has no shape", "one"));
        // Keras keeps bfloat16 as bits that an attribute names
        if (_type.IsOpaque && _type.Size == 2 && attributes.TryGetValue("dtype", out Hdf5Attribute? dtype) && dtype.Text() == "bfloat16")
            _type = new(Dtype.BF16.Name, 2, Dtype.BF16);
        if (Shape.Length > MostDimensions)
            throw Fault($"has {Shape.Length} dimensions", $"at most {MostDimensions}");
    }

    /// <summary>The path from the root, without the first slash.</summary>
    public string Path { get; }

    public long[] Shape { get; }

    /// <summary>The type of its elements in safetensors' words, or HDF5's name of what is not read.</summary>
    public string Type => _type.Name;

    /// <summary>Whether it holds numbers of a type that is read.</summary>
    public bool IsNumbers => _type.Number is not null;

    /// <summary>The numbers; contiguous ones are not copied.</summary>
    /// <exception cref="MalformedFileException">They are not where the file says, or are kept in a way that is not read.</exception>
    public Tensor Read()
    {
        if (_type.Number is not { } number)
            throw Fault($"holds {_type.Name}", "numbers, little endian");
        long count = Tensor.Product(Shape)!.Value;
        if ((Int128)count * number.Bytes > Array.MaxLength)
            throw Fault($"has the shape {Tensor.Describe(Shape)}", $"at most {Array.MaxLength} bytes");
        return Tensor.Of(Path, number, Shape, count == 0 ? ReadOnlyMemory<byte>.Empty : Stored(count * number.Bytes));
    }

    private ReadOnlyMemory<byte> Stored(long size)
    {
        if (_header.One(MessageKind.ExternalFiles) is not null)
            throw Fault("keeps its numbers in other files", "all of them in this one");
        Hdf5Reader layout = _header.One(MessageKind.Layout) ?? throw Fault("does not say where its numbers are", "a layout");
        int version = layout.U8();
        if (version is not (3 or 4))
            throw layout.Fault($"{_what} has a layout of version {version}", "3");
        int kind = layout.U8();
        if (kind < 2 && _header.One(MessageKind.Filters) is not null)
            throw layout.Fault($"{_what} has filters and no chunks", "chunks");
        switch (kind)
        {
            case 0:
                int compact = layout.U16();
                if (compact != size)
                    throw layout.Fault($"{_what} holds {compact} bytes", Expected(size));
                long at = layout.At;
                return _bytes.Memory((ulong)at, (ulong)layout.Part(size, _what).Left, _what);
            case 1:
                (ulong address, ulong length) = (layout.U64(), layout.U64());
                if (address == Hdf5Bytes.Undefined)
                    throw layout.Fault($"{_what} was never written", "its numbers");
                if (length != (ulong)size)
                    throw layout.Fault($"{_what} holds {length} bytes", Expected(size));
                return _bytes.Memory(address, length, _what);
            case 2 when version == 3:
                return new Chunks(_bytes, _what, Shape, (int)_type.Size, layout, _header.One(MessageKind.Filters)).Read(size);
            case 2:
                throw layout.Fault($"{_what} indexes its chunks in a way of HDF5 1.10", "a B-tree (h5py's libver earliest or v108)");
            case 3:
                throw layout.Fault($"{_what} is virtual: other files hold it", "all of its numbers in this one");
            default:
                throw layout.Fault($"{_what} has layout class {kind}", "0 to 2");
        }
    }

    private string Expected(long size) => $"{size}: {_type.Name} of shape {Tensor.Describe(Shape)}";

    private MalformedFileException Fault(string found, string expected) => new(_bytes.File, $"{_what} {found}", expected);
}
