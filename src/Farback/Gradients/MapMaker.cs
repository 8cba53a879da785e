using Farback.Adjoints;
using Farback.Networks;
using Farback.Tiles;

namespace Farback.Gradients;

/// <summary>Fills a map: groups of loss times walk back through a run, or through one part of a long run after the other.</summary>
/// <remarks>Each group has nothing to do with the others: threads take them in order, the longest chain first, each with memory of its own.</remarks>
/// <param name="map">The map, laid out and empty.</param>
/// <param name="gradient">The ordinary gradient of the whole sequence, which shares are shares of; null for norms alone.</param>
/// <param name="memory">Fitted to the runs.</param>
internal sealed class MapMaker<T>(GradientMap map, Parameters<T>? gradient, MapMemory<T> memory)
    where T : unmanaged
{
    private GradientReader<T>? _sum = map.IsComplete && gradient is not null ? memory.Bptt?.Reader : null; // its memory serves once more

    /// <summary>The rows of some loss times.</summary>
    /// <param name="trace">The run, or a part of it that holds these times and everything they reach.</param>
    /// <param name="losses">Its losses.</param>
    /// <param name="lossTimes">The loss times, counted in the whole sequence.</param>
    /// <param name="progress">Told the fraction done.</param>
    public void Walk(Trace<T> trace, LossField losses, IReadOnlyList<int> lossTimes, IProgress<double>? progress)
    {
        Model<T> model = trace.Model;
        memory.Fit(trace, map.Truncation);
        Seeds<T> seeds = losses.IsApart
            ? Seeds<T>.OfEach(trace, losses)
            : Seeds<T>.Of(trace, losses, scaled: true, memory.Seeds ?? memory.Bptt?.Seeds);
        memory.Seeds = losses.IsApart ? null : seeds;
        if (map.IsComplete && gradient is not null)
        {
            _sum ??= new(model, trace.Times, trace.Lanes, Plan(trace, seeds, [lossTimes[^1]])); // a complete map has one part
            _sum.Plan = Plan(trace, seeds, [lossTimes[^1]]);
            Array.Clear(memory.Total!.Values);
            _sum.Begin(trace, memory.Total, scaled: true);
        }
        double uses = lossTimes.Sum(t => Math.Min(t, map.Window) + 1.0);
        int threads = model.ThreadsFor(uses / trace.Times, trace.Times, trace.Lanes);
        SiteUses<T>[] sites =
        [
            .. Enumerable.Range(0, model.Sites.Count).Select(site => new SiteUses<T>(map, trace, site, gradient, memory)),
        ];
        foreach (SiteUses<T> site in sites.Where(site => site.IsRead))
            Team.Run(threads, trace.Times, (p, _) => site.Fill(p));
        foreach (MapSite site in map.Sites.Where(site => site.HasFactors))
            Operands(trace, site);
        Walk(trace, seeds, sites, lossTimes, threads, progress);
        _sum?.Finish(trace, seeds);
    }

    private void Walk(
        Trace<T> trace,
        Seeds<T> seeds,
        SiteUses<T>[] sites,
        IReadOnlyList<int> lossTimes,
        int threads,
        IProgress<double>? progress
    )
    {
        int perGroup = MapRows.LossTimes(map.Network, trace.Times, trace.Lanes, Unsafe.SizeOf<T>(), lossTimes.Count);
        int[][] groups = [.. lossTimes.OrderDescending().Chunk(perGroup)];
        var turnstile = new Turnstile(groups.Length);
        var readers = new MapReader<T>?[threads];
        Sweep<T>?[] sweeps = memory.Sweeps(threads, groups[0].Length * trace.Lanes);
        int done = 0;
        Team.Run(
            threads,
            groups.Length,
            (group, thread) =>
            {
                try
                {
                    MapReader<T> reader = readers[thread] ??= new(map, trace, sites, gradient, _sum, turnstile);
                    Sweep<T> sweep = sweeps[thread] ??= new(trace.Model, trace.Times, groups[0].Length * trace.Lanes);
                    RowPlan plan = Plan(trace, seeds, groups[group]);
                    reader.Begin(group, plan);
                    sweep.Walk(trace, seeds, plan, reader, scaled: true);
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
        (readers[0] ?? new(map, trace, sites, gradient, null, turnstile)).ReadOut(seeds, [.. lossTimes.Select(t => t - trace.From)]);
    }

    private RowPlan Plan(Trace<T> trace, Seeds<T> seeds, int[] lossTimes)
    {
        int walked = RowPlan.Walked(map.Network, trace.Times, map.Window);
        return seeds.IsApart
            ? RowPlan.OneRowPerLoss(lossTimes, map.Network, map.Times, trace.Lanes, walked)
            : RowPlan.OneRowPerLossTime(lossTimes, trace.From, map.Times, trace.Lanes, walked, map.Truncation);
    }

    // ‖u‖ of every use, in double
    private static void Operands(Trace<T> trace, MapSite site)
    {
        LayerTrace<T> run = trace.Layers[trace.Model.SiteIndex(site.Site.Layer, site.Site.Direction)];
        for (int p = 0; p < trace.Times; p++)
        for (int lane = 0; lane < trace.Lanes; lane++)
        {
            int k = trace.From + site.Site.WalkStep(p, trace.Times);
            site.OperandNorm(true, false, k, lane) = Euclidean.Norm(run.X(p, lane));
            site.OperandNorm(false, false, k, lane) = Euclidean.Norm(run.Operand(p, lane));
            site.OperandNorm(false, true, k, lane) = Euclidean.Norm(run.H(p, lane));
        }
    }

    /// <summary>What is known once every loss time has walked.</summary>
    public GradientMap Close(Model<T> model)
    {
        MapLayout.Close(map, model, gradient);
        if (_sum is not null)
            map.Residual = MapLayout.Residual(map, gradient!, memory.Total!);
        return map;
    }
}
