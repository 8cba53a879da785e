using Farback.Adjoints;
using Farback.Cells;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Gradients;

/// <summary>The gradient resolved in time: for every loss time t and every use k of the shared weights, G[t,k]'s norm and signed share of the update.</summary>
/// <remarks>
///   G[t,k] = Σ_b w_{t,b} ∂L_{t,b}/∂θ^(k) with its own copy θ^(k) of the weights for every use. Norms come from ghost norms,
///   ‖Σ_b δ_b u_bᵀ‖² = Σ_{b,b'} (δ_b·δ_b')(u_b·u_b'): the matrices are never formed. Use time is the input position at which the weights
///   were used; lag = t − k keeps its sign. Norms do not add; shares do. Cost: T/2 backward passes of arithmetic and B²/2 inner products
///   an entry. Derivation: docs/derivations/map.md
/// </remarks>
public sealed class GradientMap
{
    private readonly int[] _rowOf; // loss time → row, or −1
    private readonly int[] _rowStart; // where a row's entries begin
    private readonly bool[] _anyLoss;
    private readonly Dictionary<string, MapSeries> _byName;

    internal GradientMap(
        Network network,
        Batch batch,
        int[] lossTimes,
        int window,
        Truncation? truncation,
        Reduction reduction,
        double weight,
        IReadOnlyList<MapSeries> series,
        IReadOnlyList<MapSite> sites
    )
    {
        (Network, Batch, LossTimes, Window, Truncation) = (network, batch, lossTimes, window, truncation);
        (Reduction, Weight, Series, Sites) = (reduction, weight, series, sites);
        Width = WidthOf(network, Times, window);
        _rowOf = new int[Times];
        Array.Fill(_rowOf, -1);
        _rowStart = new int[lossTimes.Length + 1];
        for (int row = 0; row < lossTimes.Length; row++)
        {
            _rowOf[lossTimes[row]] = row;
            _rowStart[row + 1] = _rowStart[row] + LengthOf(network, Times, window, lossTimes[row]);
        }
        _anyLoss = [.. Enumerable.Range(0, Times).Select(t => EndAt(t) > 0)];
        _byName = series.ToDictionary(one => one.Name);
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>T.</summary>
    public int Times => Batch.Times;

    /// <summary>B.</summary>
    public int Lanes => Batch.Lanes;

    /// <summary>The sequences: where each ends, and where it has a loss.</summary>
    internal Batch Batch { get; }

    /// <summary>The loss times that have a row, in order.</summary>
    public IReadOnlyList<int> LossTimes { get; }

    /// <summary>The largest lag that was walked.</summary>
    public int Window { get; }

    /// <summary>The truncation, where there is one.</summary>
    public Truncation? Truncation { get; }

    /// <summary>Whether J is a sum or a mean: it changes every norm.</summary>
    public Reduction Reduction { get; }

    /// <summary>w, the weight of every place with a loss, which G carries.</summary>
    public double Weight { get; }

    /// <summary>True when every loss time and every lag is there (within the truncation): then the map sums to the gradient.</summary>
    public bool IsComplete => LossTimes.Count == Times && Window == Times - 1;

    /// <summary>What the map is of, in a few words: full; or which window and sample.</summary>
    public string Label =>
        IsComplete
            ? Truncation is null
                ? "full map"
                : $"full map of truncated backpropagation (window {Truncation.Window}, stride {Truncation.Stride})"
            : $"{LossTimes.Count} of {Times} loss times, lags up to {Window}; each row exact";

    /// <summary>Every quantity: "all", then each block, then each gate of it.</summary>
    public IReadOnlyList<MapSeries> Series { get; }

    /// <summary>Adjoint norms of every layer and direction.</summary>
    public IReadOnlyList<MapSite> Sites { get; }

    /// <summary>All blocks together: the norm and share of ∂J_t/∂θ^(k), the whole parameter vector.</summary>
    /// <exception cref="InvalidOperationException">The map was made with <see cref="MapExtent.NormsOf"/>: it knows one block only.</exception>
    public MapSeries All =>
        HasAll
            ? Series[0]
            : throw new InvalidOperationException($"the map was made of {Series[0].Name} only; leave MapExtent.NormsOf out.");

    /// <summary>Whether it is of all blocks.</summary>
    internal bool HasAll => Series[0].Block is null;

    /// <summary>The quantity of that name, or null.</summary>
    internal MapSeries? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The quantity of that name.</summary>
    public MapSeries this[string name] =>
        _byName.TryGetValue(name, out MapSeries? series)
            ? series
            : throw new ArgumentException($"the map has no '{name}'; it has {string.Join(", ", _byName.Keys)}.");

    /// <summary>‖ΣΣG − ∇‖/ΣΣ‖G‖: the map against the gradient of an ordinary (or the same truncated) backward pass; null for a part of a map.</summary>
    public double? Residual { get; internal set; }

    /// <summary>κ of all blocks together; NaN for a part of a map.</summary>
    public double Cancellation => All.Cancellation;

    /// <summary>Shares are unreliable when rounding times cancellation passes this.</summary>
    public const double UnreliableBeyond = 1e-3;

    /// <summary>Whether the shares can be trusted: εκ ≤ <see cref="UnreliableBeyond"/>, and the gradient is not zero.</summary>
    public bool SharesAreReliable { get; internal set; }

    internal int Width { get; }

    internal static int WidthOf(Network network, int times, int window) =>
        Math.Min(times, network.Bidirectional ? 2 * window + 1 : window + 1);

    /// <summary>How many entries a map has. In one direction no loss reaches a later use: all of those share two entries at the end, one for times without a loss.</summary>
    internal static long EntriesOf(Network network, int times, int window, int[] lossTimes) =>
        lossTimes.Sum(t => (long)LengthOf(network, times, window, t)) + 2;

    private static int LengthOf(Network network, int times, int window, int t) =>
        network.Bidirectional ? WidthOf(network, times, window) : Math.Min(t, window) + 1;

    /// <summary>The place of (t, k) in a series' arrays; −1 where the map has no such entry (an unsampled loss time, a lag outside the window).</summary>
    public int Entry(int t, int k)
    {
        if ((uint)t >= (uint)Times || (uint)k >= (uint)Times)
            return -1;
        int row = _rowOf[t],
            column = k - FirstColumn(t);
        return row < 0 || column < 0 || column >= Width ? -1
            : k > t && !Network.Bidirectional ? _rowStart[^1] + (_anyLoss[t] ? 0 : 1)
            : _rowStart[row] + column;
    }

    /// <summary>The place of (t, k) where its lag lies in the window; −1 elsewhere. Rows may walk further than is read.</summary>
    internal int EntryInWindow(int t, int k) => Math.Abs(t - k) <= Window ? Entry(t, k) : -1;

    /// <summary>The use times that a row has entries for.</summary>
    internal (int First, int End) Columns(int t) => (FirstColumn(t), FirstColumn(t) + Width);

    /// <summary>The end of the longest lane that has a loss at t; 0 where none has. A later use lies in padding, which no path enters.</summary>
    internal int EndAt(int t)
    {
        int end = 0;
        for (int lane = 0; lane < Batch.Lanes; lane++)
            if (Batch.HasLoss(t, lane))
                end = Math.Max(end, Batch.Lengths[lane]);
        return end;
    }

    private int FirstColumn(int t) => Width == Times ? 0 : Math.Max(0, Math.Min(t - Window, Times - Width));

    /// <summary>The four factors of one lane's use of one gate's weights, for a map made with <see cref="MapExtent.Factors"/>.</summary>
    public Factors FactorsOf(int site, Gate gate, bool byInput, int t, int k, int lane)
    {
        MapSite at = Sites[site];
        if (!at.HasFactors)
            throw new InvalidOperationException("factors: the map was made without them; ask for MapExtent.Factors.");
        int entry = Entry(t, k),
            diagonal = Entry(t, t);
        int sum =
            (gate.BeforeProduct ? at.Site.Cell.Gates.Where(g => !g.BeforeProduct).Max(g => Math.Max(g.InputSum, g.StateSum)) + 1 : 0)
            + (byInput ? gate.InputSum : gate.StateSum);
        double seed = at.AdjointAt(diagonal, lane),
            adjoint = at.AdjointAt(entry, lane);
        // log₂ a/b; of nothing nothing is a part
        static double Ratio(double a, double b) => double.IsNegativeInfinity(b) ? 0 : a - b;
        return new(
            seed,
            Ratio(adjoint, seed),
            Ratio(at.DeltaAt(sum, entry, lane), adjoint),
            Math.Log2(at.OperandNorm(byInput, gate.BeforeProduct, k, lane))
        );
    }

    /// <summary>The map of a run.</summary>
    /// <param name="trace">The run.</param>
    /// <param name="losses">Its losses.</param>
    /// <param name="extent">Which part; null for the default.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="memory">What the map before took; null for fresh memory.</param>
    public static GradientMap Of<T>(
        Trace<T> trace,
        LossField losses,
        MapExtent? extent = null,
        IProgress<double>? progress = null,
        MapMemory<T>? memory = null
    )
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(trace);
        extent ??= new();
        GradientMap map = MapLayout.New(trace.Model, trace.Batch, extent, losses.Reduction, losses.Weight, losses.IsApart);
        memory ??= new();
        memory.Fit(trace, map.Truncation);
        var maker = new MapMaker<T>(map, map.HasAll ? memory.GradientOf(trace, losses) : null, memory);
        maker.Walk(trace, losses, map.LossTimes, progress);
        return maker.Close(trace.Model);
    }

    /// <summary>S(ℓ) = Σ_t s[t,t−ℓ] of all blocks: where the update comes from, by lag; the shares of a full map make 1.</summary>
    public IReadOnlyList<LagShare> SharesByLag() => [.. Sums((t, k) => t - k).Select(pair => new LagShare(pair.Key, pair.Value))];

    /// <summary>Row sums Σ_k s[t,k]: the share of dL_t/dθ, by loss time.</summary>
    public IReadOnlyDictionary<int, double> SharesByLoss() => Sums((t, _) => t);

    /// <summary>Column sums Σ_t s[t,k]: the share of dJ/dθ^(k), by use time.</summary>
    public IReadOnlyDictionary<int, double> SharesByUse() => Sums((_, k) => k);

    private SortedDictionary<int, double> Sums(Func<int, int, int> by)
    {
        var sums = new SortedDictionary<int, double>();
        foreach (int t in LossTimes)
        {
            (int first, int end) = Columns(t);
            for (int k = first; k < end; k++)
            {
                int entry = Entry(t, k);
                if (entry >= 0 && All.Class[entry] is not (CellClass.NoPath or CellClass.NotALoss or CellClass.CutByTruncation))
                    sums[by(t, k)] = sums.GetValueOrDefault(by(t, k)) + All.Share[entry];
            }
        }
        return sums;
    }
}
