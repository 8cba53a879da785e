using Farback.Adjoints;
using Farback.Cells;
using Farback.Networks;
using Farback.Tiles;

namespace Farback.Gradients;

/// <summary>Makes a map: the ordinary gradient, its projections, then groups of loss times walking back.</summary>
/// <remarks>Each group has nothing to do with the others: threads take them in order, the longest chain first, each with memory of its own.</remarks>
internal sealed class MapMaker<T>
    where T : unmanaged
{
    private const long MostNumbers = 1L << 30; // in one array

    private readonly Trace<T> _trace;
    private readonly LossField _losses;
    private readonly MapExtent _extent;
    private readonly Model<T> _model;
    private readonly int[] _times;
    private readonly int _window,
        _entries,
        _threads;

    public MapMaker(Trace<T> trace, LossField losses, MapExtent extent)
    {
        (_trace, _losses, _extent, _model) = (trace, losses, extent, trace.Model);
        _times = extent.TimesOf(trace.Times);
        _window = extent.WindowOf(trace.Times);
        if (extent.Truncation is not null && _model.Network.Bidirectional)
            throw new ArgumentException("map: a backward direction has no past to cut; use no truncation with bidirectional networks.");
        long entries = GradientMap.EntriesOf(_model.Network, trace.Times, _window, _times);
        long needed = extent.Memory(_model.Network, trace.Times, trace.Lanes, Unsafe.SizeOf<T>());
        if (entries * trace.Lanes > MostNumbers || needed > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
            throw new ArgumentException(
                $"map: {_times.Length} loss times × {_window + 1} lags × {trace.Lanes} lanes are more numbers than fit: about {needed / 1e9:0.0} GB; choose a window of lags, fewer loss times or fewer lanes."
            );
        _entries = (int)entries;
        _threads = _model.ThreadsFor((double)entries / trace.Times, trace.Times, trace.Lanes);
    }

    public GradientMap Make(IProgress<double>? progress)
    {
        GradientMap map = Empty();
        Label(map);
        Bptt<T>? bptt = null;
        Parameters<T>? gradient = null;
        if (map.HasAll)
        {
            gradient = new(_model.Network);
            bptt = new(_model, _extent.Truncation);
            bptt.Run(_trace, _losses, gradient);
        }
        Seeds<T> seeds = Seeds<T>.Of(_trace, _losses, scaled: true, bptt?.Seeds);
        GradientReader<T>? sum = map.IsComplete ? bptt?.Reader : null;
        Parameters<T> total = new(_model.Network);
        if (sum is not null)
        {
            sum.Plan = Plan([_times[^1]]);
            sum.Begin(_trace, total, scaled: true);
        }
        SiteUses<T>[] uses = [.. Enumerable.Range(0, _model.Sites.Count).Select(site => new SiteUses<T>(map, _trace, site, gradient))];
        foreach (SiteUses<T> site in uses.Where(site => site.IsRead))
            Team.Run(_threads, _trace.Times, (p, _) => site.Fill(p));
        Walk(map, uses, gradient, sum, seeds, progress);
        if (gradient is not null)
            Close(map, gradient);
        else
            foreach (MapSeries series in map.Series)
            {
                (series.GradientNorm, series.Cancellation) = (double.NaN, double.NaN);
                Array.Fill(series.Share, double.NaN);
            }
        if (sum is not null)
        {
            sum.Finish(_trace, seeds);
            map.Residual = Residual(map, gradient!, total);
        }
        return map;
    }

    private void Walk(
        GradientMap map,
        IReadOnlyList<SiteUses<T>> uses,
        Parameters<T>? gradient,
        GradientReader<T>? sum,
        Seeds<T> seeds,
        IProgress<double>? progress
    )
    {
        int perGroup = MapRows.LossTimes(_model.Network, _trace.Times, _trace.Lanes, Unsafe.SizeOf<T>(), _times.Length);
        int[][] groups = [.. _times.OrderDescending().Chunk(perGroup)];
        var turnstile = new Turnstile(groups.Length);
        var readers = new MapReader<T>?[_threads];
        var sweeps = new Sweep<T>?[_threads];
        int done = 0;
        Team.Run(
            _threads,
            groups.Length,
            (group, thread) =>
            {
                try
                {
                    MapReader<T> reader = readers[thread] ??= new(map, _trace, uses, gradient, sum, turnstile);
                    Sweep<T> sweep = sweeps[thread] ??= new(_model, _trace.Times, groups[0].Length * _trace.Lanes);
                    RowPlan plan = Plan(groups[group]);
                    reader.Begin(group, plan);
                    sweep.Walk(_trace, seeds, plan, reader, scaled: true);
                    reader.EndGroup();
                    int ended = Interlocked.Increment(ref done);
                    if (thread == 0)
                        progress?.Report((double)ended / groups.Length);
                }
                finally
                {
                    turnstile.End(group);
                }
            }
        );
        progress?.Report(1);
        (readers[0] ?? new(map, _trace, uses, gradient, null, turnstile)).ReadOut(seeds, _times);
    }

    private RowPlan Plan(int[] times) =>
        RowPlan.OneRowPerLossTime(
            times,
            _trace.Times,
            _trace.Lanes,
            RowPlan.Walked(_model.Network, _trace.Times, _window),
            _extent.Truncation
        );

    private GradientMap Empty()
    {
        Network network = _model.Network;
        bool all = _extent.NormsOf is null;
        List<MapSeries> series = all ? [new("all", null, null, 0, network.ParameterCount, _entries)] : [];
        foreach (Block block in network.Blocks.Where(block => all || block.Name == _extent.NormsOf))
        {
            series.Add(new(block.Name, block, null, 0, block.Count, _entries));
            string[] gates = [.. Gates(network, block)];
            for (int gate = 0; gate < gates.Length; gate++)
                series.Add(
                    new(
                        $"{block.Name}.{gates[gate]}",
                        block,
                        gates[gate],
                        gate * block.Count / gates.Length,
                        block.Count / gates.Length,
                        _entries
                    )
                );
        }
        if (!all && series is not [{ Block.Kind: not (BlockKind.Unit or BlockKind.InitialState or BlockKind.Embedding) }, ..])
            throw new ArgumentException(
                $"map: norms alone are made of weights and biases, not of '{_extent.NormsOf}'; the network has {string.Join(", ", network.Blocks.Select(block => block.Name))}."
            );
        MapSite[] sites =
        [
            .. Enumerable
                .Range(0, all ? network.Layers * network.Directions : 0)
                .Select(site => new MapSite(
                    _model.Sites[site],
                    _entries,
                    _trace.Times,
                    _trace.Lanes,
                    _model.Recurrences[site].CellSums + _model.Recurrences[site].GateSums,
                    _extent.Factors
                )),
        ];
        var map = new GradientMap(network, _trace.Batch, _times, _window, _extent.Truncation, _losses, series, sites);
        if (all && _extent.Factors)
            foreach (MapSite site in sites)
                Operands(site);
        return map;
    }

    // ‖u‖ of every use, in double
    private void Operands(MapSite site)
    {
        LayerTrace<T> run = _trace.Layers[_model.SiteIndex(site.Site.Layer, site.Site.Direction)];
        for (int p = 0; p < _trace.Times; p++)
        for (int lane = 0; lane < _trace.Lanes; lane++)
        {
            int k = site.Site.WalkStep(p, _trace.Times);
            site.OperandNorm(true, false, k, lane) = Norm(run.X(p, lane));
            site.OperandNorm(false, false, k, lane) = Norm(run.Operand(p, lane));
            site.OperandNorm(false, true, k, lane) = Norm(run.H(p, lane));
        }
    }

    private static double Norm(ReadOnlySpan<T> numbers)
    {
        double square = 0;
        foreach (T number in numbers)
            square += Real.ToDouble(number) * Real.ToDouble(number);
        return Math.Sqrt(square);
    }

    /// <summary>The parts of a block that are told apart.</summary>
    public static IEnumerable<string> Gates(Network network, Block block) =>
        block.Layer < 0 || block.Layer == network.Layers || block.Kind == BlockKind.InitialState ? []
        : block.Kind == BlockKind.Unit ? network.Cell.UnitParameters
        : network.Cell.Gates.Count > 1 ? network.Cell.Gates.Select(gate => gate.Name)
        : [];

    // what an entry is before anything walks there: no loss, no path, or cut
    private void Label(GradientMap map)
    {
        // a later use of the weights lies beyond the end of every lane that has a loss at t: padding, which no path enters
        int[] end = [.. Enumerable.Range(0, _trace.Times).Select(End)];
        foreach (MapSeries series in map.Series)
        {
            (series.Class[^2], series.Class[^1]) = (CellClass.NoPath, CellClass.NotALoss); // what later uses share
            foreach (int t in _times)
            {
                int firstUse = Math.Max(t - _window, _extent.Truncation?.FirstUse(t, _trace.Times) ?? 0);
                for (int k = 0; k < _trace.Times; k++)
                {
                    int entry = map.Entry(t, k);
                    if (entry < 0)
                        continue;
                    series.Class[entry] =
                        !_losses.AnyAt(t) ? CellClass.NotALoss
                        : !HasPath(series.Block, t, k, end[t]) ? CellClass.NoPath
                        : k < firstUse || k > t + (long)_window ? CellClass.CutByTruncation
                        : CellClass.ExactZero;
                }
            }
        }
    }

    private int End(int t) =>
        Enumerable
            .Range(0, _trace.Lanes)
            .Where(lane => _losses.IsPresent(t, lane))
            .Select(lane => _trace.Batch.Lengths[lane])
            .DefaultIfEmpty(0)
            .Max();

    private bool HasPath(Block? block, int t, int k, int end)
    {
        Network network = _model.Network;
        if (block?.Kind == BlockKind.InitialState) // used once, before its direction's first step
            return k == (block.Direction == 0 ? 0 : _trace.Times - 1);
        if (k >= end)
            return false;
        if (block?.Layer == network.Layers)
            return k == t;
        if (!network.Bidirectional)
            return k <= t;
        if (block is null || block.Layer < network.Layers - 1)
            return true; // below, or through, both directions
        return block.Direction == 1 ? k >= t : k <= t;
    }

    private static void Close(GradientMap map, Parameters<T> gradient)
    {
        double ε = typeof(T) == typeof(float) ? Math.ScaleB(1, -24) : Math.ScaleB(1, -53);
        foreach (MapSeries series in map.Series)
        {
            double square = 0;
            foreach (T value in series.Block is { } block ? gradient[block].Slice(series.First, series.Count) : gradient.Values)
                square += Real.ToDouble(value) * Real.ToDouble(value);
            series.GradientNorm = Math.Sqrt(square);
            // a gradient that is only what rounding left of lanes that cancel is none
            bool isGradient = series.GradientNorm > ε * Sum(series.Log2LaneNorm);
            series.Cancellation = isGradient && map.IsComplete ? Sum(series.Log2Norm) / series.GradientNorm : double.NaN;
            // in a gradient of zero nothing has a share, not even what no walk has reached; a gate's shares are of its whole block
            if ((series.Block is null ? series : map[series.Block.Name]).GradientNorm == 0)
                Array.Fill(series.Share, double.NaN);
        }
        // lanes cancel too, not only entries; of a part of a map what is not there cancels as well: this bounds the loss of digits from below
        double whole = map.All.GradientNorm;
        map.SharesAreReliable = whole > 0 && ε * (Sum(map.All.Log2LaneNorm) / whole) <= GradientMap.UnreliableBeyond;
    }

    private static double Residual(GradientMap map, Parameters<T> gradient, Parameters<T> sumOfEntries)
    {
        double residual = 0,
            sumOfNorms = Sum(map.All.Log2Norm);
        for (int i = 0; i < gradient.Values.Length; i++)
            residual += Math.Pow(Real.ToDouble(sumOfEntries.Values[i]) - Real.ToDouble(gradient.Values[i]), 2);
        return sumOfNorms > 0 ? Math.Sqrt(residual) / sumOfNorms : Math.Sqrt(residual);
    }

    private static double Sum(double[] log2Norms)
    {
        double sum = 0;
        foreach (double log2 in log2Norms)
            if (log2 > double.NegativeInfinity || double.IsNaN(log2))
                sum += double.Exp2(log2);
        return sum;
    }
}
