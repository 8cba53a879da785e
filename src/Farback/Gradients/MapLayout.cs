using Farback.Adjoints;
using Farback.Networks;
using Farback.Sequences;
using Farback.Tiles;

namespace Farback.Gradients;

/// <summary>The two ends of making a map: empty, with what each entry is before anything walks there; and closed, with the sums over all entries.</summary>
internal static class MapLayout
{
    private const long MostNumbers = 1L << 30; // in one array

    /// <summary>An empty map of a batch.</summary>
    /// <exception cref="ArgumentException">A window, loss times or a truncation that there cannot be, or more numbers than fit.</exception>
    public static GradientMap New<T>(Model<T> model, Batch batch, MapExtent extent, Reduction reduction, double weight, bool apart = false)
        where T : unmanaged
    {
        Network network = model.Network;
        extent.Check(batch.Times);
        Bptt<T>.Check(network, extent.Truncation);
        if (apart && extent.Truncation is not null)
            throw new ArgumentException("map: losses that read several steps each belong to no one chunk; use no truncation with them.");
        int[] times = extent.TimesOf(batch.Times);
        int window = extent.WindowOf(batch.Times);
        long entries = GradientMap.EntriesOf(network, batch.Times, window, times);
        long needed = extent.Memory(network, batch.Times, batch.Lanes, Unsafe.SizeOf<T>());
        if (entries * batch.Lanes > MostNumbers || needed > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
            throw new ArgumentException(
                $"map: {times.Length} loss times × {window + 1} lags × {batch.Lanes} lanes are more numbers than fit: about {needed / 1e9:0.0} GB; choose a window of lags, fewer loss times or fewer lanes."
            );
        bool all = extent.NormsOf is null;
        List<MapSeries> series = Series(network, extent.NormsOf, (int)entries, batch.Lanes);
        MapSite[] sites =
        [
            .. Enumerable
                .Range(0, all ? network.Layers * network.Directions : 0)
                .Select(site => new MapSite(
                    model.Sites[site],
                    (int)entries,
                    batch.Times,
                    batch.Lanes,
                    model.Recurrences[site].CellSums + model.Recurrences[site].GateSums,
                    extent.Factors
                )),
        ];
        int threads = Threads(model, entries * series.Count);
        Team.Run(threads, series.Count, (i, _) => series[i].Clear());
        Team.Run(threads, sites.Length, (i, _) => sites[i].Clear());
        var map = new GradientMap(network, batch, times, window, extent.Truncation, reduction, weight, series, sites);
        Label(map, apart);
        return map;
    }

    // that go through so many numbers, each a series after the other
    private static int Threads<T>(Model<T> model, long numbers)
        where T : unmanaged => numbers < 100_000 ? 1 : model.Threads ?? Team.Most;

    private static List<MapSeries> Series(Network network, string? normsOf, int entries, int lanes)
    {
        List<MapSeries> series = normsOf is null ? [new("all", null, null, 0, network.ParameterCount, entries, lanes)] : [];
        foreach (Block block in network.Blocks.Where(block => normsOf is null || block.Name == normsOf))
        {
            series.Add(new(block.Name, block, null, 0, block.Count, entries, lanes));
            string[] gates = [.. Gates(network, block)];
            int size = block.Count / Math.Max(1, gates.Length);
            for (int gate = 0; gate < gates.Length; gate++)
                series.Add(new($"{block.Name}.{gates[gate]}", block, gates[gate], gate * size, size, entries, lanes));
        }
        if (
            normsOf is not null
            && series is not [{ Block.Kind: not (BlockKind.Unit or BlockKind.InitialState or BlockKind.Embedding) }, ..]
        )
            throw new ArgumentException(
                $"map: norms alone are made of weights and biases, not of '{normsOf}'; the network has {string.Join(", ", network.Blocks.Select(block => block.Name))}."
            );
        return series;
    }

    /// <summary>The parts of a block that are told apart.</summary>
    public static IEnumerable<string> Gates(Network network, Block block) =>
        block.Layer < 0 || block.Layer == network.Layers || block.Kind == BlockKind.InitialState ? []
        : block.Kind == BlockKind.Unit ? network.Cell.UnitParameters
        : network.Cell.Gates.Count > 1 ? network.Cell.Gates.Select(gate => gate.Name)
        : [];

    // what an entry is before anything walks there: no loss, no path, or cut
    private static void Label(GradientMap map, bool apart)
    {
        foreach (MapSeries series in map.Series)
            (series.Class[^2], series.Class[^1]) = (CellClass.NoPath, CellClass.NotALoss); // what later uses share
        foreach (int t in map.LossTimes)
        {
            int beyond = map.EndAt(t),
                firstUse = Math.Max(t - map.Window, map.Truncation?.FirstUse(t, map.Times) ?? 0);
            (int first, int end) = map.Columns(t);
            int count = (map.Network.Bidirectional ? end : t + 1) - first;
            MapSeries? before = null;
            foreach (MapSeries series in map.Series)
            {
                Span<CellClass> row = series.Class.AsSpan(map.Entry(t, first), count);
                if (before is not null && AreAlike(before.Block, series.Block))
                    before.Class.AsSpan(map.Entry(t, first), count).CopyTo(row);
                else
                    for (int k = first; k < first + count; k++)
                        row[k - first] =
                            beyond == 0 ? CellClass.NotALoss
                            : !HasPath(map, series.Block, t, k, beyond, apart) ? CellClass.NoPath
                            : k < firstUse || k > t + (long)map.Window ? CellClass.CutByTruncation
                            : CellClass.ExactZero;
                before = series;
            }
        }
    }

    // whether the same paths lead to both
    private static bool AreAlike(Block? one, Block? other) =>
        one is null || other is null
            ? one == other
            : (one.Layer, one.Direction) == (other.Layer, other.Direction)
                && one.Kind == BlockKind.InitialState == (other.Kind == BlockKind.InitialState);

    private static bool HasPath(GradientMap map, Block? block, int t, int k, int end, bool apart)
    {
        Network network = map.Network;
        if (block?.Kind == BlockKind.InitialState) // used once, before its direction's first step
            return k == (block.Direction == 0 ? 0 : map.Times - 1);
        if (k >= end)
            return false;
        if (block?.Layer == network.Layers)
            return k == t;
        if (!network.Bidirectional)
            return k <= t;
        if (apart || block is null || block.Layer < network.Layers - 1)
            return true; // below, or through, both directions; or from any step that a loss reads
        return block.Direction == 1 ? k >= t : k <= t;
    }

    /// <summary>Norms of the gradient, cancellation and what shares are worth; of a map of norms alone none of them is known.</summary>
    public static void Close<T>(GradientMap map, Model<T> model, Parameters<T>? gradient)
        where T : unmanaged
    {
        if (gradient is null)
        {
            foreach (MapSeries series in map.Series)
            {
                (series.GradientNorm, series.Cancellation) = (double.NaN, double.NaN);
                Array.Fill(series.Share, double.NaN);
            }
            return;
        }
        double ε = typeof(T) == typeof(float) ? Math.ScaleB(1, -24) : Math.ScaleB(1, -53);
        double[] laneNorms = new double[map.Series.Count]; // summed
        Team.Run(
            Threads(model, (long)map.All.Share.Length * map.Series.Count),
            map.Series.Count,
            (i, _) =>
            {
                MapSeries series = map.Series[i];
                // 0 where shares of it, which divide by its square, are none
                series.GradientNorm = Math.Sqrt(
                    Euclidean.Square<T>(series.Block is { } block ? gradient[block].Slice(series.First, series.Count) : gradient.Values)
                );
                laneNorms[i] = PowersOfTwo.Sum(series.Log2LaneNorm);
                // a gradient that is only what rounding left of lanes that cancel is none
                bool isGradient = series.GradientNorm > ε * laneNorms[i];
                series.Cancellation = isGradient && map.IsComplete ? PowersOfTwo.Sum(series.Log2Norm) / series.GradientNorm : double.NaN;
            }
        );
        // in a gradient of zero nothing has a share, not even what no walk has reached; a gate's shares are of its whole block
        foreach (MapSeries series in map.Series)
            if ((series.Block is null ? series : map[series.Block.Name]).GradientNorm == 0)
                Array.Fill(series.Share, double.NaN);
        // lanes cancel too, not only entries; of a part of a map what is not there cancels as well: this bounds the loss of digits from below
        double whole = map.All.GradientNorm;
        map.SharesAreReliable = whole > 0 && ε * (laneNorms[0] / whole) <= GradientMap.UnreliableBeyond;
    }

    /// <summary>‖ΣΣG − ∇‖/ΣΣ‖G‖.</summary>
    public static double Residual<T>(GradientMap map, Parameters<T> gradient, Parameters<T> sumOfEntries)
        where T : unmanaged
    {
        double residual = 0,
            sumOfNorms = PowersOfTwo.Sum(map.All.Log2Norm);
        for (int i = 0; i < gradient.Values.Length; i++)
        {
            double difference = Real.ToDouble(sumOfEntries.Values[i]) - Real.ToDouble(gradient.Values[i]);
            residual += difference * difference;
        }
        return sumOfNorms > 0 ? Math.Sqrt(residual) / sumOfNorms : Math.Sqrt(residual);
    }
}
