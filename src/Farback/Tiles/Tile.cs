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
    /// <summary>sums = b + x W_x + u W_h; b is one for all rows, or a row's own, a stride apart. Packed weights are an array of <typeparamref name="TWeights"/>, one per k; panels follow each other.</summary>
    [MethodImpl(Compiled)]
    public static void Forward<TPanels, TRows, TPanel, TWeights>(
        ref TPanel bias,
        nint biasStride,
        ref V x,
        nint inputs,
        nint xStride,
        ref TWeights inputWeights,
        ref V u,
        nint units,
        nint uStride,
        ref TWeights stateWeights,
        ref TPanels sums
    )
        where TPanels : struct, IPanels<TPanels, TRows, TPanel, TWeights, V>
        where TRows : struct, IRows<TRows, TPanel, TWeights, V>
        where TPanel : struct, ISums<TPanel, TWeights, V>
        where TWeights : struct
    {
        TPanels panels = default;
        panels.Start(ref bias, biasStride);
        for (nint k = 0; k < inputs; k++)
            panels.AddInput(ref x, k, xStride, ref Unsafe.Add(ref inputWeights, k), inputs);
        for (nint k = 0; k < units; k++)
            panels.AddState(ref u, k, uStride, ref Unsafe.Add(ref stateWeights, k), units);
        sums = panels;
    }

    /// <summary>sums = δ W: δ lies in blocks of <paramref name="gates"/> registers, <paramref name="blockStride"/> numbers apart.</summary>
    /// <param name="δ">The first row.</param>
    /// <param name="blocks">Blocks of units without padding.</param>
    /// <param name="left">Units of the block after them.</param>
    /// <param name="gates">Registers of a block that count.</param>
    /// <param name="rowStride">Numbers from one row to the next.</param>
    /// <param name="blockStride">Numbers from one block to the next.</param>
    /// <param name="weights">One for each number of δ, in the order in which it lies.</param>
    /// <param name="apart">Weights from one panel to the next.</param>
    /// <param name="sums">Receives the product.</param>
    [MethodImpl(Compiled)]
    public static void Product<TPanels, TRows, TPanel, TWeights>(
        ref V δ,
        nint blocks,
        nint left,
        nint gates,
        nint rowStride,
        nint blockStride,
        ref TWeights weights,
        nint apart,
        ref TPanels sums
    )
        where TPanels : struct, IPanels<TPanels, TRows, TPanel, TWeights, V>
        where TRows : struct, IRows<TRows, TPanel, TWeights, V>
        where TPanel : struct, ISums<TPanel, TWeights, V>
        where TWeights : struct
    {
        TPanels panels = default;
        nint origin = 0;
        (nint runs, nint run, nint step, nint next) = (blocks, gates * V.Lanes, blockStride, gates * V.Lanes);
        for (int part = 0; part < 2; part++)
        {
            for (; runs > 0; runs--)
            {
                for (nint k = 0; k < run; k++)
                    panels.AddState(ref δ, origin + k, rowStride, ref Unsafe.Add(ref weights, k), apart);
                weights = ref Unsafe.Add(ref weights, next);
                origin += step;
            }
            (runs, run, step, next) = (left > 0 ? gates : 0, left, V.Lanes, V.Lanes); // of the last block what is no padding
        }
        sums = panels;
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
