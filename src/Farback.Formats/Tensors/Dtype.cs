using static System.Buffers.Binary.BinaryPrimitives;

namespace Farback.Formats;

/// <summary>The type of a stored tensor's elements: its name in a safetensors header, its size, and how one element is read.</summary>
/// <remarks>
///   Elements are little endian. A floating type reads as a double, exactly; a whole type reads as a long, exactly or not at all. The
///   8-bit floating types have a size, so that a file that contains them opens, but no reading rule. Types below a byte (F4, F6) and
///   complex numbers are not in the list: a file that uses them is refused by that name.
/// </remarks>
public sealed class Dtype
{
    private Dtype(string name, int bytes, Func<ReadOnlySpan<byte>, double>? real = null, Func<ReadOnlySpan<byte>, long>? whole = null) =>
        (Name, Bytes, Real, Whole) = (name, bytes, real, whole);

    /// <summary>The name in the header: F32, I64.</summary>
    public string Name { get; }

    /// <summary>Bytes of one element.</summary>
    public int Bytes { get; }

    /// <summary>Reads a floating element; null where the type is not floating or is only listed.</summary>
    internal Func<ReadOnlySpan<byte>, double>? Real { get; }

    /// <summary>Reads a whole element; null where the type is floating. Throws <see cref="OverflowException"/> beyond a long.</summary>
    internal Func<ReadOnlySpan<byte>, long>? Whole { get; }

    /// <summary>One byte; 0 is false, everything else is true and reads as 1.</summary>
    public static Dtype Bool { get; } = new("BOOL", 1, whole: b => b[0] == 0 ? 0 : 1);

    /// <summary>Unsigned, 8 bits.</summary>
    public static Dtype U8 { get; } = new("U8", 1, whole: b => b[0]);

    /// <summary>Signed, 8 bits.</summary>
    public static Dtype I8 { get; } = new("I8", 1, whole: b => (sbyte)b[0]);

    /// <summary>Floating, 8 bits, 5 of them exponent; only listed.</summary>
    public static Dtype F8E5M2 { get; } = new("F8_E5M2", 1);

    /// <summary>Floating, 8 bits, 4 of them exponent; only listed.</summary>
    public static Dtype F8E4M3 { get; } = new("F8_E4M3", 1);

    /// <summary>A power of two, 8 bits of exponent; only listed.</summary>
    public static Dtype F8E8M0 { get; } = new("F8_E8M0", 1);

    /// <summary>As <see cref="F8E4M3"/>, without infinities and without a negative zero; only listed.</summary>
    public static Dtype F8E4M3Fnuz { get; } = new("F8_E4M3FNUZ", 1);

    /// <summary>As <see cref="F8E5M2"/>, without infinities and without a negative zero; only listed.</summary>
    public static Dtype F8E5M2Fnuz { get; } = new("F8_E5M2FNUZ", 1);

    /// <summary>Signed, 16 bits.</summary>
    public static Dtype I16 { get; } = new("I16", 2, whole: b => ReadInt16LittleEndian(b));

    /// <summary>Unsigned, 16 bits.</summary>
    public static Dtype U16 { get; } = new("U16", 2, whole: b => ReadUInt16LittleEndian(b));

    /// <summary>IEEE 754 binary16.</summary>
    public static Dtype F16 { get; } = new("F16", 2, real: b => (double)ReadHalfLittleEndian(b));

    /// <summary>The upper half of an <see cref="F32"/>.</summary>
    public static Dtype BF16 { get; } = new("BF16", 2, real: b => BitConverter.UInt32BitsToSingle((uint)ReadUInt16LittleEndian(b) << 16));

    /// <summary>Signed, 32 bits.</summary>
    public static Dtype I32 { get; } = new("I32", 4, whole: b => ReadInt32LittleEndian(b));

    /// <summary>Unsigned, 32 bits.</summary>
    public static Dtype U32 { get; } = new("U32", 4, whole: b => ReadUInt32LittleEndian(b));

    /// <summary>IEEE 754 binary32.</summary>
    public static Dtype F32 { get; } = new("F32", 4, real: b => ReadSingleLittleEndian(b));

    /// <summary>IEEE 754 binary64.</summary>
    public static Dtype F64 { get; } = new("F64", 8, real: ReadDoubleLittleEndian);

    /// <summary>Signed, 64 bits.</summary>
    public static Dtype I64 { get; } = new("I64", 8, whole: ReadInt64LittleEndian);

    /// <summary>Unsigned, 64 bits.</summary>
    public static Dtype U64 { get; } = new("U64", 8, whole: b => checked((long)ReadUInt64LittleEndian(b)));

    /// <summary>Every type, the narrowest first.</summary>
    public static IReadOnlyList<Dtype> All { get; } =
    [Bool, U8, I8, F8E5M2, F8E4M3, F8E8M0, F8E4M3Fnuz, F8E5M2Fnuz, I16, U16, F16, BF16, I32, U32, F32, F64, I64, U64];

    /// <summary>The type of this name, case and all, or null.</summary>
    public static Dtype? Find(string name) => All.FirstOrDefault(dtype => dtype.Name == name);

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
