using Farback.Cells;

namespace Farback.Tiles;

/// <summary>The quadratic form of a ghost norm: Σ_b δ_b ∘ (Σ_{b'≤b} L_bb' δ_b'), register by register.</summary>
/// <remarks>
///   L is the lower triangle of u_b·u_b', below the diagonal twice; δ is packed, two registers a lane. Tiles of 8 rows of L: (B + 8)/(B + 1)
///   of the multiplications that the triangle needs. In a class of its own: inside the recurrence, with its ten types, the JIT gives up
///   inlining the rows (measured: 30 instead of 2 ms for T = 100, B = 32, H = 128).
/// </remarks>
internal static unsafe class GhostNorm<V, T>
    where V : struct, INumbers<V>
    where T : unmanaged
{
    /// <summary>Adds the form to a register.</summary>
    public static void Add(T* products, int lanes, T* packed, T* total)
    {
        int b = 0;
        for (; b + 8 <= lanes; b += 8)
            Eight(products, lanes, packed, total, b);
        if (b + 4 <= lanes)
        {
            Four(products, lanes, packed, total, b);
            b += 4;
        }
        for (; b < lanes; b++)
            One(products, lanes, packed, total, b);
    }

    private static void Eight(T* products, int lanes, T* packed, T* total, int b) =>
        Of<
            Twice<
                Twice<
                    Twice<
                        Row<Pair<Sums1<V>, Sums1<V>, V>, Pair<Sums1<V>, Sums1<V>, V>.Weights, V>,
                        Pair<Sums1<V>, Sums1<V>, V>,
                        Pair<Sums1<V>, Sums1<V>, V>.Weights,
                        V
                    >,
                    Pair<Sums1<V>, Sums1<V>, V>,
                    Pair<Sums1<V>, Sums1<V>, V>.Weights,
                    V
                >,
                Pair<Sums1<V>, Sums1<V>, V>,
                Pair<Sums1<V>, Sums1<V>, V>.Weights,
                V
            >,
            Pair<Sums1<V>, Sums1<V>, V>,
            Pair<Sums1<V>, Sums1<V>, V>.Weights
        >(8, products, lanes, packed, total, b);

    private static void Four(T* products, int lanes, T* packed, T* total, int b) =>
        Of<
            Twice<
                Twice<
                    Row<Pair<Sums1<V>, Sums1<V>, V>, Pair<Sums1<V>, Sums1<V>, V>.Weights, V>,
                    Pair<Sums1<V>, Sums1<V>, V>,
                    Pair<Sums1<V>, Sums1<V>, V>.Weights,
                    V
                >,
                Pair<Sums1<V>, Sums1<V>, V>,
                Pair<Sums1<V>, Sums1<V>, V>.Weights,
                V
            >,
            Pair<Sums1<V>, Sums1<V>, V>,
            Pair<Sums1<V>, Sums1<V>, V>.Weights
        >(4, products, lanes, packed, total, b);

    private static void One(T* products, int lanes, T* packed, T* total, int b) =>
        Of<
            Row<Pair<Sums1<V>, Sums1<V>, V>, Pair<Sums1<V>, Sums1<V>, V>.Weights, V>,
            Pair<Sums1<V>, Sums1<V>, V>,
            Pair<Sums1<V>, Sums1<V>, V>.Weights
        >(1, products, lanes, packed, total, b);

    private static void Of<TRows, P, W>(int many, T* products, int lanes, T* packed, T* total, int b)
        where TRows : struct, IRows<TRows, P, W, V>
        where P : struct, ISums<P, W, V>
        where W : struct
    {
        Unsafe.SkipInit(out TRows sums);
        Rows<TRows, P, W>(ref Unsafe.AsRef<V>(products + (long)b * lanes), lanes, ref Unsafe.AsRef<W>(packed), b + many, ref sums);
        Close(ref Unsafe.As<TRows, V>(ref sums), ref Unsafe.Add(ref Unsafe.AsRef<V>(packed), 2 * b), 2 * many, ref Unsafe.AsRef<V>(total));
    }

    // nothing but the accumulators
    [MethodImpl(Compiled)]
    private static void Rows<TRows, P, W>(ref V products, nint stride, ref W packed, nint count, ref TRows sums)
        where TRows : struct, IRows<TRows, P, W, V>
        where P : struct, ISums<P, W, V>
        where W : struct
    {
        TRows rows = default;
        for (nint b = 0; b < count; b++)
        {
            W δ = Unsafe.Add(ref packed, b);
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
