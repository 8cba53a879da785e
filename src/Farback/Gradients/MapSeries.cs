using Farback.Networks;
using Farback.Tiles;

namespace Farback.Gradients;

/// <summary>One quantity of the map over (loss time, use time): a block of weights, one gate of it, or all blocks together.</summary>
public sealed class MapSeries
{
    internal MapSeries(string name, Block? block, string? gate, int first, int count, int entries, int lanes)
    {
        (Name, Block, Gate, First, Count) = (name, block, gate, first, count);
        Log2Norm = LargePages.Array<double>(entries);
        Log2LaneNorm = lanes == 1 ? Log2Norm : LargePages.Array<double>(entries);
        Share = LargePages.Array<double>(entries);
        Class = new CellClass[entries];
        _read = block?.Kind is null or BlockKind.Unit or BlockKind.InitialState or BlockKind.Embedding ? new bool[entries] : null;
    }

    // nothing has arrived; the first who writes to new memory waits for its pages, so threads do this for some series each
    internal void Clear()
    {
        Array.Fill(Log2Norm, double.NegativeInfinity);
        if (Log2LaneNorm != Log2Norm)
            Array.Fill(Log2LaneNorm, double.NegativeInfinity);
        Array.Clear(Share);
    }

    private readonly bool[]? _read; // whether any part of an entry has been added; null where an entry has one part

    /// <summary>The block's name, with its gate after a dot: weight_hh_l0.f; or "all".</summary>
    public string Name { get; }

    /// <summary>The block; null for all blocks together.</summary>
    public Block? Block { get; }

    /// <summary>The gate's letter; null for the whole block.</summary>
    public string? Gate { get; }

    /// <summary>Where in the block its numbers begin: a gate's rows are contiguous.</summary>
    public int First { get; }

    /// <summary>How many numbers of the block it is about.</summary>
    public int Count { get; }

    /// <summary>log₂‖G[t,k]‖, a double whatever the precision of the run; −∞ where the entry is zero.</summary>
    public double[] Log2Norm { get; }

    /// <summary>log₂ of the root of Σ_b‖G_b[t,k]‖²: the lanes' own norms, which averaging over the batch hides; <see cref="Log2Norm"/> itself where there is one lane.</summary>
    public double[] Log2LaneNorm { get; }

    /// <summary>Coherence over the batch, ‖mean_b G_b‖²/mean_b‖G_b‖²: 1 where all sequences pull alike, 1/B where they are strangers.</summary>
    public double Coherence(int entry, int lanes) => double.Exp2(2 * (Log2Norm[entry] - Log2LaneNorm[entry])) / lanes;

    /// <summary>
    ///   The signed share ⟨G[t,k], g⟩/‖g‖², g = dJ/d(block): a block's shares make 1 together, its gates' make the block's; for "all"
    ///   g is the whole gradient. NaN where g = 0.
    /// </summary>
    public double[] Share { get; }

    /// <summary>What kind of number each entry is.</summary>
    public CellClass[] Class { get; }

    /// <summary>‖g‖ of the block (or gate, or everything).</summary>
    public double GradientNorm { get; internal set; }

    /// <summary>κ = ΣΣ‖G‖ / ‖ΣΣG‖ ≥ 1: how much the entries cancel; NaN where the gradient is zero, and for a part of a map.</summary>
    public double Cancellation { get; internal set; }

    // adds parts; the share comes divided by what it is a share of
    internal void Add(int entry, in Tally parts, int power, double share) =>
        Add(entry, Math.Log2(parts.Square) / 2 + power, Math.Log2(parts.LaneSquare) / 2 + power, share, parts.Zero);

    // the same with the logarithms of both norms
    internal void Add(int entry, double log2Norm, double log2LaneNorm, double share, CellClass zero)
    {
        if (_read is not null && _read[entry])
        {
            log2Norm = Join(Log2Norm[entry], log2Norm);
            log2LaneNorm = Join(Log2LaneNorm[entry], log2LaneNorm);
            share += Share[entry];
            if (Class[entry] is CellClass.ExactZero or CellClass.BelowRange or CellClass.ZeroBySaturation)
                zero = Tally.BothZero(Class[entry], zero);
        }
        (Log2Norm[entry], Log2LaneNorm[entry], Share[entry]) = (log2Norm, log2LaneNorm, share);
        _read?[entry] = true;
        if (log2Norm > double.NegativeInfinity)
            Class[entry] = double.IsPositiveInfinity(log2Norm) ? CellClass.Infinite : CellClass.Value;
        else if (double.IsNaN(log2Norm))
            Class[entry] = CellClass.NaN;
        else if (Class[entry] is CellClass.ExactZero or CellClass.BelowRange or CellClass.ZeroBySaturation)
            Class[entry] = zero;
    }

    // log₂ √(2^(2 log) + 2^(2 other)), in whichever scale is the larger
    private static double Join(double log, double other)
    {
        if (double.IsNegativeInfinity(other))
            return log;
        if (double.IsNegativeInfinity(log))
            return other;
        double high = Math.Max(log, other);
        return double.IsFinite(high) ? high + Math.Log2(double.Exp2(2 * (log - high)) + double.Exp2(2 * (other - high))) / 2 : high;
    }
}

/// <summary>‖λ[t,k]‖ at one layer and direction, lane by lane, with the factors of its weight uses.</summary>
public sealed class MapSite
{
    private readonly double[][] _deltas;
    private readonly double[] _operandX,
        _operandH,
        _operand;
    private readonly int _lanes;

    internal MapSite(Site site, int entries, int times, int lanes, int sums, bool factors)
    {
        (Site, _lanes) = (site, lanes);
        Log2Adjoint = LargePages.Array<double>(entries * lanes);
        _deltas = factors ? [.. Enumerable.Range(0, sums).Select(_ => LargePages.Array<double>(entries * lanes))] : [];
        _operandX = new double[times * lanes];
        _operandH = new double[times * lanes];
        _operand = new double[times * lanes];
    }

    // nothing has arrived
    internal void Clear()
    {
        Array.Fill(Log2Adjoint, double.NaN);
        foreach (double[] deltas in _deltas)
            Array.Fill(deltas, double.NegativeInfinity);
    }

    /// <summary>The layer and direction.</summary>
    public Site Site { get; }

    /// <summary>log₂‖λ[t,k]‖ of every lane, [entry][lane]: the total adjoint; NaN where no path leads, −∞ where it is zero.</summary>
    public double[] Log2Adjoint { get; }

    /// <summary>log₂‖λ‖ of an entry and lane.</summary>
    public double AdjointAt(int entry, int lane) => Log2Adjoint[entry * _lanes + lane];

    internal double[] Deltas(int sum) => _deltas[sum];

    internal bool HasFactors => _deltas.Length > 0;

    /// <summary>log₂‖δ‖ of one sum of an entry and lane; only where factors were asked for.</summary>
    internal double DeltaAt(int sum, int entry, int lane) => _deltas[sum][entry * _lanes + lane];

    /// <summary>‖operand‖ of a weight use.</summary>
    internal ref double OperandNorm(bool byInput, bool beforeProduct, int k, int lane) =>
        ref (
            byInput ? _operandX
            : beforeProduct ? _operandH
            : _operand
        )[k * _lanes + lane];
}

/// <summary>The four factors of one lane's entry, log₂: their sum is log₂‖G_b[t,k]‖ of one product. Kept apart, because a zero is not always vanishing.</summary>
/// <remarks>After a factor that is exactly zero (−∞) nothing is left to be multiplied: a ratio to zero is 0, a factor of 1.</remarks>
/// <param name="Seed">log₂‖λ[t,t]‖: small when the prediction is confident.</param>
/// <param name="Transport">log₂ ‖λ[t,k]‖/‖λ[t,t]‖: what vanishes or explodes with the lag.</param>
/// <param name="Local">log₂ ‖δ‖/‖λ[t,k]‖: how far the unit's slope lets it through.</param>
/// <param name="Operand">log₂‖u‖: what the weight was multiplied by; −∞ at a zero initial state.</param>
public sealed record Factors(double Seed, double Transport, double Local, double Operand)
{
    /// <summary>log₂‖G_b[t,k]‖.</summary>
    public double Log2Norm => Seed + Transport + Local + Operand;
}
