using Farback.Cells;

namespace Farback.Tiles;

/// <summary>The quadratic form of a ghost norm: Σ_b δ_b ∘ (Σ_{b'≤b} L_bb' δ_b'), register by register.</summary>
/// <remarks>
///   L is the lower triangle of u_b·u_b', below the diagonal twice; δ is packed, two registers a lane. A tile holds some rows of L, so that
///   with eight of them (B + 8)/(B + 1) of the multiplications are made that the triangle needs. In a class of its own: inside the
///   recurrence, with its ten types, the JIT gives up inlining the rows (measured: the map of T = 100, B = 32, H = 128 in 100 instead of 44 ms).
/// </remarks>
internal unsafe ref struct GhostNorm<V, T> : ITileUser<Sums2<V>, Sums2<V>, V>
    where V : struct, INumbers<V>
    where T : unmanaged
{
    private T* _products,
        _packed,
        _total;
    private int _lanes;

    /// <summary>Adds the form to a register.</summary>
    public static void Add(T* products, int lanes, T* packed, T* total)
    {
        var form = new GhostNorm<V, T>
        {
            _products = products,
            _packed = packed,
            _total = total,
            _lanes = lanes,
        };
        Tiling<Sums2<V>, Sums2<V>, V>.Of(lanes, ref form);
    }

    public readonly void Use<TRows>(int first, int many)
        where TRows : struct, IRows<TRows, Sums2<V>, Sums2<V>, V>
    {
        Unsafe.SkipInit(out TRows sums);
        Rows(ref Unsafe.AsRef<V>(_products + (long)first * _lanes), _lanes, ref Unsafe.AsRef<Sums2<V>>(_packed), first + many, ref sums);
        Close(
            ref Unsafe.As<TRows, V>(ref sums),
            ref Unsafe.AsRef<V>(_packed + 2L * first * V.Lanes),
            2 * many,
            ref Unsafe.AsRef<V>(_total)
        );
    }

    // nothing but the accumulators
    [MethodImpl(Compiled)]
    private static void Rows<TRows>(ref V products, nint stride, ref Sums2<V> packed, nint count, ref TRows sums)
        where TRows : struct, IRows<TRows, Sums2<V>, Sums2<V>, V>
    {
        TRows rows = default;
        for (nint b = 0; b < count; b++)
        {
            Sums2<V> δ = Unsafe.Add(ref packed, b);
            rows.AddState(ref products, b, stride, δ);
        }
        sums = rows;
    }

    // each row with its own δ
    [MethodImpl(Compiled)]
    private static void Close(ref V sums, ref V δ, int count, ref V total)
    {
        V even = total,
            odd = default;
        for (int i = 0; i < count; i += 2)
        {
            even = V.MultiplyAdd(Unsafe.Add(ref sums, i), Unsafe.Add(ref δ, i), even);
            odd = V.MultiplyAdd(Unsafe.Add(ref sums, i + 1), Unsafe.Add(ref δ, i + 1), odd);
        }
        total = even + odd;
    }
}
