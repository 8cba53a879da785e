using Farback.Adjoints;
using Farback.Cells;
using Farback.Networks;
using Farback.Tiles;

namespace Farback.Gradients;

/// <summary>Makes a map: the ordinary gradient, its projections, then groups of loss times walking back.</summary>
internal sealed class MapMaker<T>
    where T : unmanaged
{
    private readonly Trace<T> _trace;
    private readonly LossField _losses;
    private readonly MapExtent _extent;
    private readonly Model<T> _model;
    private readonly int[] _times;
    private readonly int _window;

    public MapMaker(Trace<T> trace, LossField losses, MapExtent extent)
    {
        (_trace, _losses, _extent, _model) = (trace, losses, extent, trace.Model);
        _times = extent.TimesOf(trace.Times);
        _window = extent.WindowOf(trace.Times);
        if (extent.Truncation is not null && _model.Network.Bidirectional)
            throw new ArgumentException("map: a backward direction has no past to cut; use no truncation with bidirectional networks.");
        long entries = (long)_times.Length * GradientMap.WidthOf(_model.Network, trace.Times, _window);
        if (entries * trace.Lanes > int.MaxValue)
            throw new ArgumentException(
                $"map: {_times.Length} loss times × {_window + 1} lags × {trace.Lanes} lanes are more numbers than fit; choose a window of lags, fewer loss times or fewer lanes."
            );
    }

    public GradientMap Make(IProgress<double>? progress)
    {
        Network network = _model.Network;
        Parameters<T> gradient = Bptt<T>.Gradient(_trace, _losses, _extent.Truncation);
        Seeds<T> seeds = Seeds<T>.Of(_trace, _losses, scaled: true);
        int entries = _times.Length * GradientMap.WidthOf(network, _trace.Times, _window);
        List<MapSeries> series = [new("all", null, null, 0, network.ParameterCount, entries)];
        foreach (Block block in network.Blocks)
        {
            series.Add(new(block.Name, block, null, 0, block.Count, entries));
            string[] gates = [.. Gates(network, block)];
            for (int gate = 0; gate < gates.Length; gate++)
                series.Add(
                    new(
                        $"{block.Name}.{gates[gate]}",
                        block,
                        gates[gate],
                        gate * block.Count / gates.Length,
                        block.Count / gates.Length,
                        entries
                    )
                );
        }
        int sites = network.Layers * network.Directions;
        MapSite[] mapSites =
        [
            .. Enumerable
                .Range(0, sites)
                .Select(site => new MapSite(
                    _model.Sites[site],
                    entries,
                    _trace.Times,
                    _trace.Lanes,
                    _model.Recurrences[site].CellSums + _model.Recurrences[site].GateSums,
                    _extent.Factors
                )),
        ];
        var map = new GradientMap(network, _trace.Batch, _times, _window, _extent.Truncation, _losses, series, mapSites);
        Label(map);

        int perGroup = MapRows.PerGroup(network, _trace.Times, _trace.Lanes, Unsafe.SizeOf<T>()) / _trace.Lanes;
        int[][] groups = [.. _times.OrderDescending().Chunk(perGroup)];
        var reader = new MapReader<T>(map, _trace, seeds, gradient);
        var sweep = new Sweep<T>(_model, _trace.Times, Math.Min(perGroup, _times.Length) * _trace.Lanes);
        int walked = RowPlan.Walked(network, _trace.Times, _window);
        for (int group = 0; group < groups.Length; group++)
        {
            RowPlan plan = RowPlan.OneRowPerLossTime(groups[group], _trace.Times, _trace.Lanes, walked, _extent.Truncation);
            reader.Begin(plan);
            sweep.Walk(_trace, seeds, plan, reader, scaled: true);
            reader.EndGroup();
            progress?.Report((group + 1.0) / groups.Length);
        }
        reader.ReadOut(_times);
        Close(map, gradient, reader);
        return map;
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

    private static void Close(GradientMap map, Parameters<T> gradient, MapReader<T> reader)
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
        if (!map.IsComplete)
            return;
        Parameters<T> sumOfEntries = reader.Sum();
        double residual = 0,
            sumOfNorms = Sum(map.All.Log2Norm);
        for (int i = 0; i < gradient.Values.Length; i++)
            residual += Math.Pow(Real.ToDouble(sumOfEntries.Values[i]) - Real.ToDouble(gradient.Values[i]), 2);
        map.Residual = sumOfNorms > 0 ? Math.Sqrt(residual) / sumOfNorms : Math.Sqrt(residual);
    }

    private static double Sum(double[] log2Norms)
    {
        double sum = 0;
        foreach (double log2 in log2Norms)
            sum += double.Exp2(log2);
        return sum;
    }
}
