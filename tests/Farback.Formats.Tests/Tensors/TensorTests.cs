namespace Farback.Formats.Tests.Tensors;

public sealed class TensorTests
{
    [Fact]
    public void Every_half_widens_to_the_value_that_its_bits_spell()
    {
        byte[] bytes = new byte[65_536 * 2];
        for (int bits = 0; bits < 65_536; bits++)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(2 * bits), (ushort)bits);
        }
        double[] halves = Tensor.Of("h", Dtype.F16, [65_536], bytes).ToDoubles();
        float[] halvesAsFloats = Tensor.Of("h", Dtype.F16, [65_536], bytes).ToFloats();
        double[] brains = Tensor.Of("b", Dtype.BF16, [65_536], bytes).ToDoubles();
        float[] brainsAsFloats = Tensor.Of("b", Dtype.BF16, [65_536], bytes).ToFloats();
        for (int bits = 0; bits < 65_536; bits++)
        {
            AssertSame(Spell(bits, exponentBits: 5, fractionBits: 10), halves[bits], halvesAsFloats[bits]);
            AssertSame(Spell(bits, exponentBits: 8, fractionBits: 7), brains[bits], brainsAsFloats[bits]);
        }
        // Hand-worked: the smallest subnormal of each, and the largest half.
        Assert.Equal(Math.ScaleB(1, -24), halves[1]);
        Assert.Equal(65_504, halves[0x7BFF]);
        Assert.Equal(Math.ScaleB(1, -133), brains[1]);
        Assert.Equal(double.NegativeInfinity, brains[0xFF80]);
        Assert.True(double.IsNegative(halves[0x8000]));
    }

    [Fact]
    public void Whole_types_widen_with_their_sign()
    {
        byte[] ones = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F];
        Assert.Equal([-1, 127], Tensor.Of("t", Dtype.I8, [2], ones.AsMemory(6)).ToLongs());
        Assert.Equal([255, 127], Tensor.Of("t", Dtype.U8, [2], ones.AsMemory(6)).ToLongs());
        Assert.Equal([1, 0], Tensor.Of("t", Dtype.Bool, [2], new byte[] { 2, 0 }).ToLongs());
        Assert.Equal([-1], Tensor.Of("t", Dtype.I16, [1], ones.AsMemory(0, 2)).ToLongs());
        Assert.Equal([65_535], Tensor.Of("t", Dtype.U16, [1], ones.AsMemory(0, 2)).ToLongs());
        Assert.Equal([-1], Tensor.Of("t", Dtype.I32, [], ones.AsMemory(0, 4)).ToLongs());
        Assert.Equal([uint.MaxValue], Tensor.Of("t", Dtype.U32, [], ones.AsMemory(0, 4)).ToLongs());
        Assert.Equal([long.MaxValue], Tensor.Of("t", Dtype.I64, [], ones).ToLongs());
        Assert.Equal([long.MaxValue], Tensor.Of("t", Dtype.U64, [], ones).ToLongs());
        Assert.Equal([-1.0, 127.0], Tensor.Of("t", Dtype.I8, [2], ones.AsMemory(6)).ToDoubles());
        Assert.Equal([-1f, 127f], Tensor.Of("t", Dtype.I8, [2], ones.AsMemory(6)).ToFloats());
    }

    [Fact]
    public void A_whole_number_is_exact_or_refused()
    {
        long edge = 1L << 53;
        Assert.Equal([(double)edge, -edge], Tensor.Of("t", [2], [edge, -edge]).ToDoubles());
        string sentence = Assert.Throws<OverflowException>(() => Tensor.Of("t", [2], [0, edge + 1]).ToDoubles()).Message;
        Assert.Contains("tensor \"t\": element 1 (I64)", sentence);
        Assert.Throws<OverflowException>(() => Tensor.Of("t", [1], [long.MaxValue]).ToDoubles());
        Assert.Throws<OverflowException>(() => Tensor.Of("t", [1], [(1L << 24) + 1]).ToFloats());
        Assert.Throws<OverflowException>(() => Tensor.Of("t", Dtype.U64, [1], BitConverter.GetBytes(ulong.MaxValue)).ToLongs());
    }

    [Fact]
    public void A_double_becomes_the_nearest_float()
    {
        double[] values = [1 + Math.ScaleB(1, -25), Math.PI, 1e300, -0.0, double.NaN];
        float[] floats = Tensor.Of("t", [5], values).ToFloats();
        Assert.Equal([1f, MathF.PI, float.PositiveInfinity, -0f, float.NaN], floats);
    }

    [Fact]
    public void Types_that_are_only_listed_and_floats_as_longs_are_refused_by_name()
    {
        foreach (Dtype dtype in Dtype.All.Where(dtype => dtype.Name.StartsWith("F8", StringComparison.Ordinal)))
        {
            Tensor tensor = Tensor.Of("t", dtype, [1], new byte[1]);
            Assert.Contains(dtype.Name, Assert.Throws<InvalidOperationException>(tensor.ToDoubles).Message);
            Assert.Contains(dtype.Name, Assert.Throws<InvalidOperationException>(tensor.ToFloats).Message);
            Assert.Contains(dtype.Name, Assert.Throws<InvalidOperationException>(tensor.ToLongs).Message);
        }
        Assert.Throws<InvalidOperationException>(() => Tensor.Of("t", [1], [1.0]).ToLongs());
    }

    [Fact]
    public void Values_longer_than_a_block_are_read_whole()
    {
        // 65,536 bytes are a block; these are several, with a rest.
        double[] values = [.. Enumerable.Range(0, 100_003).Select(i => (double)i)];
        long[] longs = [.. Enumerable.Range(0, 100_003)];
        Assert.Equal(values, Tensor.Of("t", [100_003], values).ToDoubles());
        Assert.Equal(values, Tensor.Of("t", [100_003], longs).ToDoubles());
        Assert.Equal(longs, Tensor.Of("t", [100_003], longs).ToLongs());
        using MemoryStream copy = new();
        Tensor.Of("t", [100_003], longs).CopyTo(copy);
        Assert.Equal(Tensor.Of("t", [100_003], longs).ToBytes(), copy.ToArray());
    }

    [Fact]
    public void Bytes_that_do_not_fill_the_shape_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Tensor.Of("t", Dtype.F32, [2], new byte[7]));
        Assert.Throws<ArgumentException>(() => Tensor.Of("t", Dtype.F32, [-1], new byte[4]));
        Assert.Throws<ArgumentException>(() => Tensor.Of("t", Dtype.U8, [1L << 32, 1L << 32], Array.Empty<byte>()));
    }

    private static double Spell(int bits, int exponentBits, int fractionBits)
    {
        int bias = (1 << (exponentBits - 1)) - 1;
        int exponent = (bits >> fractionBits) & ((1 << exponentBits) - 1);
        double fraction = Math.ScaleB(bits & ((1 << fractionBits) - 1), -fractionBits);
        double sign = bits >= 0x8000 ? -1 : 1;
        if (exponent == (1 << exponentBits) - 1)
        {
            return fraction == 0 ? sign * double.PositiveInfinity : double.NaN;
        }
        return sign * (exponent == 0 ? Math.ScaleB(fraction, 1 - bias) : Math.ScaleB(1 + fraction, exponent - bias));
    }

    private static void AssertSame(double expected, double wide, float narrow)
    {
        if (double.IsNaN(expected))
        {
            Assert.True(double.IsNaN(wide) && float.IsNaN(narrow));
            return;
        }
        Assert.Equal(BitConverter.DoubleToUInt64Bits(expected), BitConverter.DoubleToUInt64Bits(wide));
        Assert.Equal(BitConverter.DoubleToUInt64Bits(expected), BitConverter.DoubleToUInt64Bits(narrow));
    }
}
