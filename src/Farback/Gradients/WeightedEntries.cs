using Farback.Adjoints;
using Farback.Networks;

namespace Farback.Gradients;

/// <summary>Σ w(t,k) G[t,k] over the entries of the map within a window of lags, as a dense gradient.</summary>
/// <remarks>One row of the sweep per loss time and lane, in groups that fit. Keeps its memory: after the first call of a shape little is allocated.</remarks>
internal sealed class WeightedEntries<T>
    where T : unmanaged
{
    private const int MostRows = 1024;

    private readonly Model<T> _model;
    private readonly int _window;
    private readonly Func<int, int, double> _weight;
    private Seeds<T>? _seeds;
    private Sweep<T>? _sweep;
    private RowPlan[] _plans = [];
    private GradientReader<T>? _reader;
    private (int Times, int Lanes) _shape;

    /// <param name="model">The model.</param>
    /// <param name="window">The largest |t − k| that is walked; entries beyond count nothing.</param>
    /// <param name="weight">w(t, k); the read-out, used at k = t, is asked as (t, t).</param>
    public WeightedEntries(Model<T> model, int window, Func<int, int, double> weight) =>
        (_model, _window, _weight) = (model, window, (t, k) => Math.Abs(t - k) <= window ? weight(t, k) : 0);

    /// <summary>The sum over a run, overwritten into <paramref name="gradient"/>.</summary>
    public void Run(Trace<T> trace, LossField losses, Parameters<T> gradient)
    {
        _seeds = Seeds<T>.Of(trace, losses, scaled: true, _seeds);
        if (_shape != (trace.Times, trace.Lanes))
            Fit(trace.Times, trace.Lanes);
        Array.Clear(gradient.Values);
        _reader!.Begin(trace, gradient, scaled: true);
        foreach (RowPlan plan in _plans)
        {
            _reader.Plan = plan;
            _sweep!.Walk(trace, _seeds, plan, _reader, scaled: true);
        }
        _reader.Finish(trace, _seeds);
    }

    private void Fit(int times, int lanes)
    {
        _shape = (times, lanes);
        int walked = RowPlan.Walked(_model.Network, times, _window);
        _plans =
        [
            .. Enumerable
                .Range(0, times)
                .OrderDescending()
                .Chunk(Math.Max(1, MostRows / lanes))
                .Select(group => RowPlan.OneRowPerLossTime(group, times, lanes, walked)),
        ];
        _sweep = new(_model, times, _plans[0].Count);
        _reader = new(_model, times, lanes, _plans[0]) { Weight = _weight };
    }
}
