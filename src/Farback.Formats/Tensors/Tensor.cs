using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Farback.Formats;

/// <summary>A named array of numbers as a file stores it: type, shape, and bytes that are read when they are asked for.</summary>
/// <remarks>
///   Row-major, little endian. A tensor of rank 0 has one element; a tensor with a dimension 0 has none. Every call of a To… method
///   reads again and returns a new array. A tensor of an opened file lives no longer than the file.
/// </remarks>
public sealed class Tensor
{
    // Divisible by every element's size, so that no element is cut in two.
    private const int BlockBytes = 1 << 16;

    private readonly ByteSource _source;
    private readonly long _begin;
    private readonly long[] _shape;

    internal Tensor(string name, Dtype dtype, long[] shape, long count, ByteSource source, long begin) =>
        (Name, Dtype, _shape, Count, _source, _begin) = (name, dtype, shape, count, source, begin);

    /// <summary>The name, any text.</summary>
    public string Name { get; }

    /// <summary>The type of the elements.</summary>
    public Dtype Dtype { get; }

    /// <summary>The sizes, the slowest first; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape => _shape;

    /// <summary>The number of elements: the product of <see cref="Shape"/>.</summary>
    public long Count { get; }

    /// <summary>The number of bytes.</summary>
    public long ByteLength => Count * Dtype.Bytes;

    /// <summary>A tensor of given bytes, which are not copied.</summary>
    /// <exception cref="ArgumentException">The bytes are not as many as shape and type ask for.</exception>
    public static Tensor Of(string name, Dtype dtype, ReadOnlySpan<long> shape, ReadOnlyMemory<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(dtype);
        if (Product(shape) is not { } count || (Int128)count * dtype.Bytes != bytes.Length)
        {
            throw new ArgumentException(
                $"tensor {name}: {bytes.Length} bytes of {dtype} do not fill the shape {Describe(shape)}.",
                nameof(bytes)
            );
        }
        return new Tensor(name, dtype, shape.ToArray(), count, new MemoryBytes(bytes), begin: 0);
    }

    /// <summary>An F64 tensor; the values are copied.</summary>
    public static Tensor Of(string name, ReadOnlySpan<long> shape, ReadOnlySpan<double> values)
    {
        byte[] bytes = new byte[checked(values.Length * sizeof(double))];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(i * sizeof(double)), values[i]);
        }
        return Of(name, Dtype.F64, shape, bytes);
    }

    /// <summary>An F32 tensor; the values are copied.</summary>
    public static Tensor Of(string name, ReadOnlySpan<long> shape, ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[checked(values.Length * sizeof(float))];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        }
        return Of(name, Dtype.F32, shape, bytes);
    }

    /// <summary>An I64 tensor; the values are copied.</summary>
    public static Tensor Of(string name, ReadOnlySpan<long> shape, ReadOnlySpan<long> values)
    {
        byte[] bytes = new byte[checked(values.Length * sizeof(long))];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        }
        return Of(name, Dtype.I64, shape, bytes);
    }

    /// <summary>The values as doubles, exactly; F64 bit for bit.</summary>
    /// <exception cref="InvalidOperationException">The type is only listed (F8), or the tensor does not fit into one array.</exception>
    /// <exception cref="OverflowException">A whole number is beyond what a double holds exactly.</exception>
    public double[] ToDoubles()
    {
        if (Dtype == Dtype.F64 && BitConverter.IsLittleEndian)
        {
            return Copy<double>();
        }
        if (Dtype.Real is { } real)
        {
            return Each(real);
        }
        return Dtype.Whole is { } whole ? Each(bytes => Exact<double>(whole(bytes))) : throw NotRead("doubles");
    }

    /// <summary>The values as floats: F32 bit for bit, F16 and BF16 exactly, F64 rounded to the nearest.</summary>
    /// <exception cref="InvalidOperationException">The type is only listed (F8), or the tensor does not fit into one array.</exception>
    /// <exception cref="OverflowException">A whole number is beyond what a float holds exactly.</exception>
    public float[] ToFloats()
    {
        if (Dtype == Dtype.F32 && BitConverter.IsLittleEndian)
        {
            return Copy<float>();
        }
        if (Dtype.Real is { } real)
        {
            return Each(bytes => (float)real(bytes));
        }
        return Dtype.Whole is { } whole ? Each(bytes => Exact<float>(whole(bytes))) : throw NotRead("floats");
    }

    /// <summary>The values of a whole type as longs, exactly; BOOL as 0 and 1.</summary>
    /// <exception cref="InvalidOperationException">The type is floating, or the tensor does not fit into one array.</exception>
    /// <exception cref="OverflowException">A U64 is beyond a long.</exception>
    public long[] ToLongs() => Dtype.Whole is { } whole ? Each(whole) : throw NotRead("whole numbers");

    /// <summary>The stored bytes.</summary>
    /// <exception cref="InvalidOperationException">The tensor does not fit into one array.</exception>
    public byte[] ToBytes() => Copy<byte>();

    /// <summary>Writes the stored bytes, block by block, so that a tensor of any size needs little memory.</summary>
    public void CopyTo(Stream destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        byte[] block = new byte[Math.Min(ByteLength, BlockBytes)];
        for (long at = 0; at < ByteLength; at += block.Length)
        {
            Span<byte> part = block.AsSpan(0, (int)Math.Min(block.Length, ByteLength - at));
            _source.Read(_begin + at, part);
            destination.Write(part);
        }
    }

    /// <summary>Name, type and shape on one line.</summary>
    public override string ToString() => $"{Name}: {Dtype} {Describe(_shape)}";

    /// <summary>That a file has no tensor of a name, with the first of those that it has.</summary>
    internal static KeyNotFoundException NotAmong(string file, string what, string name, IReadOnlyCollection<Tensor> tensors) =>
        new(
            $"{file}: no {what} {MalformedFileException.Quote(name)} among its {tensors.Count}: "
                + string.Join(", ", tensors.Take(12).Select(tensor => MalformedFileException.Quote(tensor.Name)))
                + (tensors.Count > 12 ? ", …" : "")
        );

    /// <summary>The number of elements of a shape; null where a size is negative or the product is beyond a long.</summary>
    internal static long? Product(ReadOnlySpan<long> shape)
    {
        long product = 1;
        foreach (long size in shape)
        {
            if (size < 0 || (Int128)product * size > long.MaxValue)
            {
                return null;
            }
            product *= size;
        }
        return product;
    }

    /// <summary>A shape in brackets, cut short where it is long.</summary>
    internal static string Describe(ReadOnlySpan<long> shape) =>
        shape.Length > 8 ? $"[{string.Join(", ", shape[..8].ToArray())}, …]" : $"[{string.Join(", ", shape.ToArray())}]";

    private static T Exact<T>(long value)
        where T : System.Numerics.INumber<T>
    {
        T near = T.CreateTruncating(value);
        return Int128.CreateTruncating(near) == value ? near : throw new OverflowException();
    }

    private T[] Each<T>(Func<ReadOnlySpan<byte>, T> read)
    {
        T[] values = new T[ArrayLength(Count)];
        byte[] block = new byte[Math.Min(ByteLength, BlockBytes)];
        int size = Dtype.Bytes;
        int n = 0;
        try
        {
            for (long at = 0; at < ByteLength; at += block.Length)
            {
                Span<byte> part = block.AsSpan(0, (int)Math.Min(block.Length, ByteLength - at));
                _source.Read(_begin + at, part);
                for (int i = 0; i < part.Length; i += size, n++)
                {
                    values[n] = read(part.Slice(i, size));
                }
            }
        }
        catch (OverflowException)
        {
            throw new OverflowException(
                $"tensor {MalformedFileException.Quote(Name)}: element {n} ({Dtype}) has no exact value as {typeof(T).Name}."
            );
        }
        return values;
    }

    private T[] Copy<T>()
        where T : unmanaged
    {
        T[] values = new T[ArrayLength(ByteLength / Marshal.SizeOf<T>())];
        // In blocks: the bytes of the longest array are more than one span counts.
        for (long done = 0; done < values.Length; done += BlockBytes)
        {
            Span<T> block = values.AsSpan((int)done, (int)Math.Min(values.Length - done, BlockBytes));
            _source.Read(_begin + done * Marshal.SizeOf<T>(), MemoryMarshal.AsBytes(block));
        }
        return values;
    }

    // Count · size is the number of bytes that the file really has, so this allocates in proportion to the file.
    private int ArrayLength(long count) =>
        count <= Array.MaxLength
            ? (int)count
            : throw new InvalidOperationException(
                $"tensor {MalformedFileException.Quote(Name)}: {count} elements are more than one array holds ({Array.MaxLength})."
            );

    private InvalidOperationException NotRead(string wanted) =>
        new($"tensor {MalformedFileException.Quote(Name)}: {Dtype} is not read as {wanted}.");
}
