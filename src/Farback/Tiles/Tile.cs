using Farback.Cells;

namespace Farback.Tiles;

/// <summary>Some rows times one packed panel, in registers: the three products of a recurrent network.</summary>
/// <remarks>
///   Each method holds nothing but its accumulators; equations run on what it leaves in <c>sums</c>. A call left in the method that
///   holds the accumulators would spill them in the loop (measured: 276 → 68 GFLOP/s), hence products and equations are apart.
/// </remarks>
[SkipLocalsInit]
internal static class Tile<V>
    where V : struct, INumbers<V>
{
    /// <summary>sums = b + x W_x + u W_h. Packed weights are an array of <typeparamref name="TWeights"/>, one per k.</summary>
    [MethodImpl(Compiled)]
    public static void Forward<TRows, TPanel, TWeights>(
        ref TPanel bias,
        ref V x,
        nint inputs,
        nint xStride,
        ref TWeights inputWeights,
        ref V u,
        nint units,
        nint uStride,
        ref TWeights stateWeights,
        ref TRows sums
    )
        where TRows : struct, IRows<TRows, TPanel, TWeights, V>
        where TPanel : struct, ISums<TPanel, TWeights, V>
        where TWeights : struct
    {
        TRows rows = default;
        rows.Start(bias);
        for (nint k = 0; k < inputs; k++)
        {
            TWeights w = Unsafe.Add(ref inputWeights, k);
            rows.AddInput(ref x, k, xStride, w);
        }
        for (nint k = 0; k < units; k++)
        {
            TWeights w = Unsafe.Add(ref stateWeights, k);
            rows.AddState(ref u, k, uStride, w);
        }
        sums = rows;
    }

    /// <summary>sums = δ W: δ lies in blocks of <paramref name="gates"/> registers, <paramref name="blockStride"/> numbers apart.</summary>
    /// <param name="δ">The first row.</param>
    /// <param name="blocks">Blocks of units without padding.</param>
    /// <param name="left">Units of the block after them.</param>
    /// <param name="gates">Registers of a block that count.</param>
    /// <param name="rowStride">Numbers from one row to the next.</param>
    /// <param name="blockStride">Numbers from one block to the next.</param>
    /// <param name="weights">One for each number of δ, in the order in which it lies.</param>
    /// <param name="sums">Receives the product.</param>
    [MethodImpl(Compiled)]
    public static void Product<TRows, TPanel, TWeights>(
        ref V δ,
        nint blocks,
        nint left,
        nint gates,
        nint rowStride,
        nint blockStride,
        ref TWeights weights,
        ref TRows sums
    )
        where TRows : struct, IRows<TRows, TPanel, TWeights, V>
        where TPanel : struct, ISums<TPanel, TWeights, V>
        where TWeights : struct
    {
        TRows rows = default;
        nint origin = 0;
        (nint runs, nint run, nint step, nint next) = (blocks, gates * V.Lanes, blockStride, gates * V.Lanes);
        for (int part = 0; part < 2; part++)
        {
            for (; runs > 0; runs--)
            {
                for (nint k = 0; k < run; k++)
                {
                    TWeights w = Unsafe.Add(ref weights, k);
                    rows.AddState(ref δ, origin + k, rowStride, w);
                }
                weights = ref Unsafe.Add(ref weights, next);
                origin += step;
            }
            (runs, run, step, next) = (left > 0 ? gates : 0, left, V.Lanes, V.Lanes); // of the last block what is no padding
        }
        sums = rows;
    }

    /// <summary>sums = Σ_n δ_n u_nᵀ: numbers of δ, rows of them <paramref name="fields"/> numbers apart, times packed u.</summary>
    [MethodImpl(Compiled)]
    public static void Outer<TRows, TColumns>(ref V δ, nint count, nint fields, ref TColumns u, ref TRows sums)
        where TRows : struct, IRows<TRows, TColumns, TColumns, V>
        where TColumns : struct, ISums<TColumns, TColumns, V>
    {
        TRows rows = default;
        nint at = 0;
        for (nint n = 0; n < count; n++)
        {
            TColumns w = Unsafe.Add(ref u, n);
            rows.AddState(ref δ, at, 1, w);
            at += fields;
        }
        sums = rows;
    }
}
