namespace Farback.Formats.Hdf5;

/// <summary>The type of the elements of an array: a number, a text, or a name of what is not read.</summary>
/// <param name="Name">In safetensors' words: F32; text; or HDF5's own, which is not read.</param>
/// <param name="Size">Bytes of an element.</param>
/// <param name="Number">The type of a number that is read, or null.</param>
/// <param name="IsText">Whether it is a text of fixed length.</param>
/// <param name="IsLongText">Whether it is a text that lies in a global heap.</param>
internal sealed record Hdf5Type(string Name, uint Size, Dtype? Number = null, bool IsText = false, bool IsLongText = false)
{
    // order and padding, sign place; bit offset, precision, exponent place and size, mantissa place and size, bias
    private static readonly (Dtype Type, byte[] Flags, byte[] Properties)[] Reals =
    [
        (Dtype.F16, [0x20, 15, 0], [0, 0, 16, 0, 10, 5, 0, 10, 15, 0, 0, 0]),
        (Dtype.BF16, [0x20, 15, 0], [0, 0, 16, 0, 7, 8, 0, 7, 127, 0, 0, 0]),
        (Dtype.F32, [0x20, 31, 0], [0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0]),
        (Dtype.F64, [0x20, 63, 0], [0, 0, 64, 0, 52, 11, 0, 52, 0xFF, 3, 0, 0]),
    ];

    /// <summary>Whether elements are bits whose meaning an attribute says (bfloat16).</summary>
    public bool IsOpaque => Name == "opaque";

    public static Hdf5Type Read(Hdf5Reader reader)
    {
        int kind = reader.U8();
        byte[] flags = reader.Span(3).ToArray();
        uint size = reader.U32();
        if (kind >> 4 is < 1 or > 4)
            throw reader.Fault($"{reader.What} has a type of version {kind >> 4}", "1 to 3");
        if (size == 0)
            throw reader.Fault($"{reader.What} has elements of 0 bytes", "at least one");
        bool bigEndian = (flags[0] & 1) != 0;
        switch (kind & 15)
        {
            case 0:
                bool whole = reader.U16() == 0 && reader.U16() == 8 * size;
                Dtype? integer = ((flags[0] & 8) != 0, size) switch
                {
                    (true, 1) => Dtype.I8,
                    (true, 2) => Dtype.I16,
                    (true, 4) => Dtype.I32,
                    (true, 8) => Dtype.I64,
                    (false, 1) => Dtype.U8,
                    (false, 2) => Dtype.U16,
                    (false, 4) => Dtype.U32,
                    (false, 8) => Dtype.U64,
                    _ => null,
                };
                return whole && !bigEndian && integer is not null
                    ? new(integer.Name, size, integer)
                    : new(bigEndian ? "big-endian integer" : "integer", size);
            case 1:
                byte[] properties = reader.Span(12).ToArray();
                foreach ((Dtype type, byte[] own, byte[] numbers) in Reals)
                    if (type.Bytes == size && own.SequenceEqual(flags) && numbers.SequenceEqual(properties))
                        return new(type.Name, size, type);
                return new(bigEndian ? "big-endian float" : "float", size);
            case 3:
                return new("text", size, IsText: true);
            case 5:
                return new("opaque", size);
            case 8:
                return size == 1 ? new("BOOL", size, Dtype.Bool) : new("enumeration", size);
            case 9 when (flags[0] & 15) == 1 && size == 16:
                return new("text", size, IsLongText: true);
            case int other:
                return new(
                    other switch
                    {
                        2 => "time",
                        4 => "bit field",
                        6 => "compound",
                        7 => "reference",
                        9 => "list of varying length",
                        10 => "array",
                        _ => $"type class {other}",
                    },
                    size
                );
        }
    }
}
