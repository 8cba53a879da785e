using System.Runtime.InteropServices;
using Farback.Adjoints;
using Farback.Gradients;
using Farback.Networks;

namespace Farback.Diagnosis;

/// <summary>One entry G[t,k] of the map as a product: what multiplies over the lag, number by number, and the same entry by two other ways.</summary>
/// <remarks>
///   ‖G[t,k]‖ = ‖w ∂L_t/∂y‖ · ‖λ[t,t]‖/‖w ∂L_t/∂y‖ · ∏_{i=t…k+1} ‖λ[t,i−1]‖/‖λ[t,i]‖ · ‖δ‖/‖λ[t,k]‖ · ‖u‖
///   Norms of Jacobians do not multiply to the norm of their product; these ratios of adjoint norms telescope, so that their product is
///   exact for one sequence. For a cell whose only path back is λ₋ = (λ⊙φ′)W_h each ratio is (‖λφ′‖/‖λ‖)·(‖δW_h‖/‖δ‖), slopes times
///   weights; a gated cell has other paths, and what its adjoint holds on each part of the state is given instead.
///   Two independent values stand beside it: the map's ghost norm, and the derivative by the use's own copy of the weights in dual numbers
///   along G/‖G‖. Cost: one sweep of one row, one row of the map, two runs in dual numbers.
/// </remarks>
public sealed record EntryChain
{
    /// <summary>How far product, map and dual numbers may differ, relative to the entry.</summary>
    /// <remarks>Each of at most some hundred Jacobians is good to ε·√(H + I), as in the law of the map's entries.</remarks>
    public const double Tolerance = 1e-10;

    /// <summary>log₁₀ of the smallest entry that dual numbers are asked for: below it their tangents, which have no powers of two of their own, leave a double's range.</summary>
    public const double LeastLog10OfDuals = -290;

    // squares of the joint state times the lag beyond which singular values of the steps are not worth their wait
    private const double DearestJacobians = 1 << 20;

    /// <summary>t, from 0.</summary>
    public required int Loss { get; init; }

    /// <summary>k, from 0.</summary>
    public required int Use { get; init; }

    /// <summary>The block, with its gate after a dot: weight_hh_l0.f.</summary>
    public required string Series { get; init; }

    /// <summary>What kind of number the entry is: a value, or a zero and why.</summary>
    public required CellClass Class { get; init; }

    /// <summary>The names of the state's parts: h, or h and c.</summary>
    public required IReadOnlyList<string> StateParts { get; init; }

    /// <summary>The factors in the order of the way back; they end where one is exactly 0.</summary>
    public required IReadOnlyList<ChainFactor> Factors { get; init; }

    /// <summary>Whether each step back is slopes times weights and nothing else.</summary>
    public required bool IsSplitExact { get; init; }

    /// <summary>log₁₀ of the factors' product.</summary>
    public required double Log10Product { get; init; }

    /// <summary>log₁₀‖G[t,k]‖ of the map.</summary>
    public required double Log10Map { get; init; }

    /// <summary>log₁₀‖G[t,k]‖ by dual numbers on untied copies; null where it is below <see cref="LeastLog10OfDuals"/>.</summary>
    public required double? Log10Dual { get; init; }

    /// <summary>log₁₀ σ_max(J_t … J_{k+1}), the most that the whole way could keep; null where it was not computed.</summary>
    public required double? Log10JacobianOfProduct { get; init; }

    /// <summary>The number of the block with the largest entry.</summary>
    public required ChainWeight Weight { get; init; }

    /// <summary>The lag, t − k.</summary>
    public int Lag => Loss - Use;

    /// <summary>log₁₀ of the product of the steps back alone: the transport ‖λ[t,k]‖/‖λ[t,t]‖.</summary>
    public double Log10Transport => Factors.Where(factor => factor.Part == ChainPart.Transport).Sum(factor => factor.Log10);

    /// <summary>log₁₀ ∏σ_max(J_i), the product of the steps' own norms; null where they were not computed.</summary>
    public double? Log10JacobianProduct =>
        Log10JacobianOfProduct is null
            ? null
            : Factors.Where(factor => factor.Part == ChainPart.Transport).Sum(factor => factor.Log10Jacobian);

    /// <summary>The larger of the departures from the product, relative; 0 where all are exactly 0.</summary>
    public double Departure => Math.Max(Between(Log10Product, Log10Map), Between(Log10Product, Log10Dual ?? Log10Product));

    /// <summary>Whether product, map and dual numbers, where they reach, agree.</summary>
    public bool Agrees => Departure <= Tolerance;

    /// <summary>The transports in at most so many bars: neighbouring steps are multiplied together where there are more.</summary>
    public IReadOnlyList<ChainFactor> Bars(int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        ChainFactor[] steps = [.. Factors.Where(factor => factor.Part == ChainPart.Transport)];
        int together = (steps.Length + most - 1) / most;
        if (together <= 1)
            return Factors;
        IEnumerable<ChainFactor> merged = steps.Chunk(together).Select(Merge);
        return
        [
            .. Factors.TakeWhile(factor => factor.Part < ChainPart.Transport),
            .. merged,
            .. Factors.Where(factor => factor.Part > ChainPart.Transport),
        ];
    }

    private static ChainFactor Merge(ChainFactor[] steps) =>
        steps[^1] with
        {
            From = steps[0].From,
            Log10 = steps.Sum(step => step.Log10),
            Log10Slope = steps.Sum(step => step.Log10Slope),
            Log10Weight = steps.Sum(step => step.Log10Weight),
            Log10Jacobian = null,
        };

    private static double Between(double a, double b) => a == b ? 0 : Math.Abs(Math.Pow(10, b - a) - 1);

    /// <summary>The chain of one entry of a run of one sequence.</summary>
    /// <param name="trace">The run; one lane, since only there the product is exact: lanes add before their norm is taken.</param>
    /// <param name="losses">Its losses.</param>
    /// <param name="loss">t, from 0.</param>
    /// <param name="use">k, from 0.</param>
    /// <param name="series">A block, or a gate of it after a dot.</param>
    /// <exception cref="ArgumentException">More than one lane, no such step or block, no loss at t, or no path from there to k.</exception>
    public static EntryChain Of(Trace<double> trace, LossField losses, int loss, int use, string series = "weight_hh_l0")
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(losses);
        if (trace.Lanes != 1)
            throw new ArgumentException($"chain: expected a run of one sequence, got {trace.Lanes}; take one with Batch.Lane.");
        if ((uint)loss >= (uint)trace.Times || (uint)use >= (uint)trace.Times)
            throw new ArgumentException(
                $"chain: the sequence has {trace.Times} steps; expected two of them, got step {loss + 1} for the loss and step {use + 1} for the use."
            );
        GradientMap map = GradientMap.Of(trace, losses, new MapExtent { LossTimes = [loss], Window = trace.Times });
        MapSeries chosen = map[series];
        if (chosen.Block is null)
            throw new ArgumentException(
                "chain: expected one block of weights, such as weight_hh_l0, or a gate of it; only there is the entry a product."
            );
        int entry = map.Entry(loss, use);
        CellClass kind = chosen.Class[entry];
        if (kind == CellClass.NotALoss)
            throw new ArgumentException(
                $"chain: there is no loss at step {loss + 1}; there is one at {string.Join(", ", Enumerable.Range(0, trace.Times).Where(losses.AnyAt).Take(12).Select(t => t + 1))}."
            );
        if (kind == CellClass.NoPath)
            throw new ArgumentException($"chain: no path leads from the loss at step {loss + 1} back to {series} at step {use + 1}.");
        double log2 = chosen.Log2Norm[entry],
            log10 = log2 * Math.Log10(2);
        int power = double.IsFinite(log2) ? (int)Math.Floor(log2) : 0; // G/2^power has a norm of order one
        double[] written = Written(trace, losses, chosen, loss, use, power);
        UntiedCopies copies = UntiedCopies.Of(trace, losses);
        double norm = Euclidean.Norm<double>(written);
        double[] direction =
        [
            .. written.Select(
                (number, i) =>
                    norm > 0 ? number / norm
                    : i >= chosen.First && i < chosen.First + chosen.Count ? 1.0
                    : 0
            ),
        ];
        int largest = Largest(written);
        List<ChainFactor> factors =
            chosen.Block.Layer == trace.Model.Network.Layers
                ? ReadOutFactors(trace, losses, chosen.Block, loss)
                : StateFactors(trace, losses, chosen, loss, use);
        bool jacobians = factors.Any(factor => factor.Log10Jacobian is not null);
        return new()
        {
            Loss = loss,
            Use = use,
            Series = series,
            Class = kind,
            StateParts = trace.Model.Network.Cell.State,
            Factors = factors,
            IsSplitExact = factors.Any(factor => factor.Log10Slope is not null),
            Log10Product = factors[^1].Log10SoFar,
            Log10Map = log10,
            Log10Dual =
                double.IsFinite(log10) && log10 < LeastLog10OfDuals
                    ? null
                    : Math.Log10(Math.Abs(copies.Along(chosen.Block, use, direction)[loss])),
            Log10JacobianOfProduct = jacobians ? Log10Norm(StateJacobian.Between(trace, 0, loss, use)) : null,
            Weight = new(
                chosen.Block.Name,
                largest / chosen.Block.Columns,
                largest % chosen.Block.Columns,
                Math.ScaleB(written[largest], power),
                copies.Of(chosen.Block, use, largest)[loss]
            ),
        };
    }

    // the whole block, zero outside the chosen gate, by 2^power
    private static double[] Written(Trace<double> trace, LossField losses, MapSeries series, int loss, int use, int power)
    {
        Block block = series.Block!;
        var written = new double[block.Count];
        int[] indexes = [.. Enumerable.Range(series.First, series.Count)];
        Walk(
            trace,
            losses,
            [loss],
            plan => new EntryReader(
                trace,
                plan,
                block,
                indexes,
                (_, k, i, value) => written[indexes[i]] += k == use ? value : 0,
                use,
                power
            )
        );
        return written;
    }

    /// <summary>Lets loss times of one sequence walk back under a reader of entries.</summary>
    internal static void Walk(Trace<double> trace, LossField losses, int[] lossTimes, Func<RowPlan, EntryReader> make)
    {
        Seeds<double> seeds = Seeds<double>.Of(trace, losses, scaled: true);
        RowPlan plan = RowPlan.OneRowPerLossTime(lossTimes, trace.Times, 1, trace.Times);
        EntryReader reader = make(plan);
        new Sweep<double>(trace.Model, trace.Times, plan.Count).Walk(trace, seeds, plan, reader, scaled: true);
        reader.ReadOut(seeds);
    }

    private static List<ChainFactor> StateFactors(Trace<double> trace, LossField losses, MapSeries series, int loss, int use)
    {
        Network network = trace.Model.Network;
        int index = trace.Model.SiteIndex(Math.Max(0, series.Block!.Layer), series.Block.Direction);
        var reader = new ChainReader(trace, index, series, use);
        RowPlan plan = RowPlan.OneRowPerLossTime([loss], trace.Times, 1, trace.Times);
        new Sweep<double>(trace.Model, trace.Times, 1).Walk(
            trace,
            Seeds<double>.Of(trace, losses, scaled: true),
            plan,
            reader,
            scaled: true
        );

        var factors = new List<ChainFactor> { Error(losses, loss) };
        void Add(ChainPart part, int from, int to, double log2, ChainFactor? rest = null)
        {
            if (double.IsNegativeInfinity(factors[^1].Log10SoFar))
                return; // nothing is left to be multiplied
            double log10 = log2 * Math.Log10(2);
            factors.Add((rest ?? new(part, from, to, 0, 0)) with { Log10 = log10, Log10SoFar = factors[^1].Log10SoFar + log10 });
        }
        double[]? Parts(int k) => reader.Parts[k]?.Select(log2 => log2 * Math.Log10(2)).ToArray();

        Add(
            ChainPart.ReadOut,
            loss,
            loss,
            reader.Adjoints[loss] - factors[0].Log10 / Math.Log10(2),
            new(ChainPart.ReadOut, loss, loss, 0, 0, Log10StateParts: Parts(loss))
        );
        bool split = network.Cell.LargestSlope is not null && series.Block.Layer == network.Layers - 1;
        int coordinates = network.Cell.State.Count * network.Hidden,
            way = Math.Sign(use - loss);
        bool jacobians =
            network.Layers == 1 && !network.Bidirectional && (double)coordinates * coordinates * (loss - use) <= DearestJacobians;
        for (int k = loss; k != use; k += way)
        {
            double here = reader.Adjoints[k],
                next = reader.Adjoints[k + way];
            Add(
                ChainPart.Transport,
                k,
                k + way,
                next - here,
                new(
                    ChainPart.Transport,
                    k,
                    k + way,
                    0,
                    0,
                    split ? (reader.Deltas[k] - here) * Math.Log10(2) : null,
                    split ? (next - reader.Deltas[k]) * Math.Log10(2) : null,
                    Parts(k + way),
                    jacobians ? Log10Norm(StateJacobian.Between(trace, 0, k, k - 1)) : null
                )
            );
        }
        Add(ChainPart.Local, use, use, reader.Touch - reader.Adjoints[use]);
        if (reader.Operand is { } operand)
            Add(ChainPart.Operand, use, use, operand);
        return factors;
    }

    // W_y and b_y are used at the loss itself: G = (w ∂L/∂y) hᵀ
    private static List<ChainFactor> ReadOutFactors(Trace<double> trace, LossField losses, Block block, int loss)
    {
        ChainFactor error = Error(losses, loss);
        if (block.Kind == BlockKind.ReadOutBias)
            return [error];
        double log10 = Math.Log10(Euclidean.Norm<double>(trace.Layers[trace.Model.ReadOut].X(loss, 0)));
        return [error, new(ChainPart.Operand, loss, loss, log10, error.Log10SoFar + log10)];
    }

    private static ChainFactor Error(LossField losses, int loss)
    {
        double log10 = Math.Log10(Euclidean.Norm<double>(losses.Gradient(loss, 0)));
        return new(ChainPart.Error, loss, loss, log10, log10);
    }

    private static double Log10Norm(double[,] matrix) =>
        Math.Log10(SpectralNorm.Of(MemoryMarshal.CreateSpan(ref matrix[0, 0], matrix.Length), matrix.GetLength(0), matrix.GetLength(1)));

    private static int Largest(double[] numbers)
    {
        int largest = 0;
        for (int i = 1; i < numbers.Length; i++)
            if (Math.Abs(numbers[i]) > Math.Abs(numbers[largest]))
                largest = i;
        return largest;
    }
}

/// <summary>One number of the block, with its own signed entry of the map and the same by dual numbers.</summary>
/// <param name="Block">The block.</param>
/// <param name="Row">Its row, from 0: the unit (gate after gate) that it feeds.</param>
/// <param name="Column">Its column, from 0: the unit or input that it reads.</param>
/// <param name="Value">G[t,k] of this number.</param>
/// <param name="Dual">∂(wL_t)/∂w^(k) by dual numbers.</param>
public sealed record ChainWeight(string Block, int Row, int Column, double Value, double Dual);
