namespace Farback.Tiles;

/// <summary>Ghost norms: ‖Σ_b δ_b u_bᵀ‖² = Σ_{b,c} (δ_b·δ_c)(u_b·u_c), the products of δ made once for all operands u.</summary>
/// <remarks>
///   δ is packed, [lane][register], lanes filled up to fours with zeros. A tile holds the products of four lanes with four others and weighs
///   them while they are in registers, so that they are never added up one by one. Only tiles on and below the diagonal are made;
///   those below stand for two, which the operands' products hold.
/// </remarks>
internal static unsafe class GhostNorm<V, T>
    where V : struct, INumbers<V>
    where T : unmanaged
{
    /// <summary>Adds the forms to registers: both operands', then both operands' lanes alone, then ‖δ_b‖² of the lanes.</summary>
    /// <param name="packed">δ.</param>
    /// <param name="lanes">B.</param>
    /// <param name="blocks">Registers a lane.</param>
    /// <param name="input">The products of one operand, in squares; null for none.</param>
    /// <param name="state">Those of the other; null for none.</param>
    /// <param name="totals">Five registers.</param>
    public static void Add(T* packed, int lanes, int blocks, T* input, T* state, T* totals)
    {
        long four = 4L * blocks * V.Lanes;
        T* row = packed;
        for (int first = 0; first < lanes; first += 4, row += four)
        {
            T* column = packed;
            for (int other = 0; other <= first; other += 4, column += four)
            {
                Tile(row, column, blocks, input, state, totals, isOwn: other == first);
                input += input == null ? 0 : LaneSquares.Size;
                state += state == null ? 0 : LaneSquares.Size;
            }
        }
    }

    // nothing but the accumulators
    [MethodImpl(Compiled)]
    private static void Tile(T* rows, T* columns, nint blocks, T* input, T* state, T* totals, bool isOwn)
    {
        FourByFour<V> products = default;
        for (nint block = 0; block < blocks; block++)
            products.Add(
                ref Unsafe.Add(ref Unsafe.AsRef<V>(rows), block),
                ref Unsafe.Add(ref Unsafe.AsRef<V>(columns), block),
                blocks * Unsafe.SizeOf<V>()
            );
        ref V total = ref Unsafe.AsRef<V>(totals);
        if (input != null)
            total = products.Weigh(ref Unsafe.AsRef<V>(input), total);
        if (state != null)
            Unsafe.Add(ref total, 1) = products.Weigh(ref Unsafe.AsRef<V>(state), Unsafe.Add(ref total, 1));
        if (!isOwn)
            return;
        if (input != null)
            Unsafe.Add(ref total, 2) = products.WeighOwn(ref Unsafe.AsRef<V>(input), Unsafe.Add(ref total, 2));
        if (state != null)
            Unsafe.Add(ref total, 3) = products.WeighOwn(ref Unsafe.AsRef<V>(state), Unsafe.Add(ref total, 3));
        Unsafe.Add(ref total, 4) += products.A.A + products.B.B + (products.C.C + products.D.D);
    }
}

/// <summary>How products u_b·u_c of all lanes lie: squares of four lanes by four, row of squares after row, up to the diagonal.</summary>
internal static class LaneSquares
{
    /// <summary>Numbers of a square.</summary>
    public const int Size = 16;

    /// <summary>Lanes filled up to fours.</summary>
    public static int Padded(int lanes) => (lanes + 3) & ~3;

    /// <summary>Numbers of all squares.</summary>
    public static int Count(int lanes) => Padded(lanes) / 4 * (Padded(lanes) / 4 + 1) / 2 * Size;

    /// <summary>The place of u_b·u_b.</summary>
    public static int Own(int lane) => ((lane / 4 + 1) * (lane / 4 + 2) / 2 - 1) * Size + lane % 4 * 5;
}
