using Farback.Adjoints;
using Farback.Networks;

namespace Farback.Gradients;

/// <summary>Fills a map: groups of loss times walk back through a run, or through one part of a long run after the other.</summary>
/// <param name="map">The map, laid out and empty.</param>
/// <param name="gradient">The ordinary gradient of the whole sequence, which shares are shares of.</param>
internal sealed class MapMaker<T>(GradientMap map, Parameters<T> gradient)
    where T : unmanaged
{
    private MapReader<T>? _reader;
    private Seeds<T>? _seeds;
    private Sweep<T>? _sweep;
    private (Model<T>, int Times, int Rows) _shape;

    /// <summary>The rows of some loss times.</summary>
    /// <param name="trace">The run, or a part of it that holds these times and everything they reach.</param>
    /// <param name="losses">Its losses.</param>
    /// <param name="lossTimes">The loss times, counted in the whole sequence.</param>
    /// <param name="progress">Told the fraction done.</param>
    public void Walk(Trace<T> trace, LossField losses, IReadOnlyList<int> lossTimes, IProgress<double>? progress)
    {
        Network network = trace.Model.Network;
        int lanes = trace.Lanes,
            perGroup = MapRows.PerGroup(network, trace.Times, lanes, Unsafe.SizeOf<T>()) / lanes,
            rows = Math.Min(perGroup, lossTimes.Count) * lanes,
            walked = RowPlan.Walked(network, trace.Times, map.Window);
        if (_sweep is null || _shape.Rows < rows || (_shape.Item1, _shape.Times) != (trace.Model, trace.Times))
            (_sweep, _shape) = (new(trace.Model, trace.Times, rows), (trace.Model, trace.Times, rows));
        _seeds = Seeds<T>.Of(trace, losses, scaled: true, _seeds);
        _reader = new MapReader<T>(map, trace, _seeds, gradient);
        int[][] groups = [.. lossTimes.OrderDescending().Chunk(perGroup)];
        for (int group = 0; group < groups.Length; group++)
        {
            RowPlan plan = RowPlan.OneRowPerLossTime(groups[group], trace.From, map.Times, lanes, walked, map.Truncation);
            _reader.Begin(plan);
            _sweep.Walk(trace, _seeds, plan, _reader, scaled: true);
            _reader.EndGroup();
            progress?.Report((group + 1.0) / groups.Length);
        }
        _reader.ReadOut([.. lossTimes.Select(t => t - trace.From)]);
    }

    /// <summary>What is known once every loss time has walked.</summary>
    public GradientMap Close()
    {
        MapLayout.Close(map, gradient, _reader);
        return map;
    }
}
