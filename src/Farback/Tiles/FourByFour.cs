namespace Farback.Tiles;

/// <summary>Products of four vectors with one.</summary>
internal struct Four<V>
    where V : struct, INumbers<V>
{
    public V A,
        B,
        C,
        D;

    [MethodImpl(Inline)]
    public void Add(V x, V a, V b, V c, V d)
    {
        A = V.MultiplyAdd(x, a, A);
        B = V.MultiplyAdd(x, b, B);
        C = V.MultiplyAdd(x, c, C);
        D = V.MultiplyAdd(x, d, D);
    }

    /// <summary>total + Σ of the products, each times the number at its place.</summary>
    [MethodImpl(Inline)]
    public readonly V Weigh(ref V weights, nint first, V total)
    {
        total = V.MultiplyAdd(A, V.Spread(ref weights, first), total);
        V odd = B * V.Spread(ref weights, first + 1);
        total = V.MultiplyAdd(C, V.Spread(ref weights, first + 2), total);
        return V.MultiplyAdd(D, V.Spread(ref weights, first + 3), odd) + total;
    }
}

/// <summary>Inner products of four vectors with four others, register by register: their lanes are still to be added up.</summary>
/// <remarks>Sixteen accumulators, of which the JIT makes registers because each has a name.</remarks>
internal struct FourByFour<V>
    where V : struct, INumbers<V>
{
    public Four<V> A,
        B,
        C,
        D;

    /// <summary>Adds the products of one register of each vector; vectors lie <paramref name="stride"/> bytes apart.</summary>
    [MethodImpl(Inline)]
    public void Add(ref V rows, ref V columns, nint stride)
    {
        V a = columns,
            b = Unsafe.AddByteOffset(ref columns, stride),
            c = Unsafe.AddByteOffset(ref columns, 2 * stride),
            d = Unsafe.AddByteOffset(ref columns, 3 * stride);
        A.Add(rows, a, b, c, d);
        B.Add(Unsafe.AddByteOffset(ref rows, stride), a, b, c, d);
        C.Add(Unsafe.AddByteOffset(ref rows, 2 * stride), a, b, c, d);
        D.Add(Unsafe.AddByteOffset(ref rows, 3 * stride), a, b, c, d);
    }

    /// <summary>total + Σ of all products, each times the number at its place in a square of sixteen.</summary>
    [MethodImpl(Inline)]
    public readonly V Weigh(ref V weights, V total)
    {
        V even = A.Weigh(ref weights, 0, total),
            odd = B.Weigh(ref weights, 4, default);
        even = C.Weigh(ref weights, 8, even);
        odd = D.Weigh(ref weights, 12, odd);
        return even + odd;
    }

    /// <summary>The same of the products of a vector with itself, where both fours are the same.</summary>
    [MethodImpl(Inline)]
    public readonly V WeighOwn(ref V weights, V total)
    {
        total = V.MultiplyAdd(A.A, V.Spread(ref weights, 0), total);
        total = V.MultiplyAdd(B.B, V.Spread(ref weights, 5), total);
        total = V.MultiplyAdd(C.C, V.Spread(ref weights, 10), total);
        return V.MultiplyAdd(D.D, V.Spread(ref weights, 15), total);
    }
}
