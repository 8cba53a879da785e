using Farback.Adjoints;
using Farback.Cells;
using Farback.Networks;
using Farback.Tiles;

namespace Farback.Gradients;

/// <summary>Reads norms, shares and factors of every weight use while loss times walk back, and adds everything up for the residual.</summary>
internal sealed class MapReader<T> : Reader<T>
    where T : unmanaged
{
    private readonly GradientMap _map;
    private readonly Trace<T> _trace;
    private readonly Model<T> _model;
    private readonly Seeds<T> _seeds;
    private readonly GradientReader<T>? _sum;
    private readonly Parameters<T> _total;
    private readonly UseReader<T>[] _uses;
    private readonly WordReader<T>? _words;
    private readonly int _lanes;
    private RowPlan _plan = null!;

    public MapReader(GradientMap map, Trace<T> trace, Seeds<T> seeds, Parameters<T> gradient)
    {
        (_map, _trace, _model, _seeds, _lanes) = (map, trace, trace.Model, seeds, trace.Lanes);
        _uses = [.. Enumerable.Range(0, _model.Sites.Count).Select(site => new UseReader<T>(map, trace, site, gradient))];
        _words = _model.Network.Words > 0 ? new(map, trace, gradient) : null;
        _total = new(_model.Network);
        if (!map.IsComplete)
            return;
        _sum = new(_model, trace.Times, trace.Lanes, RowPlan.OneRowPerLossTime([0], trace.Times, trace.Lanes, 0));
        _sum.Begin(trace, _total, scaled: true);
    }

    public override bool WantsInput => _words is not null;

    public void Begin(RowPlan plan)
    {
        _plan = plan;
        if (_sum is not null)
            _sum.Plan = plan;
        if (_words is not null)
            _words.Plan = plan;
    }

    public void EndGroup() => _words?.Flush();

    public override void Adjoint(in Position<T> at)
    {
        MapSite site = _map.Sites[at.SiteIndex];
        LayerTrace<T> run = _trace.Layers[at.SiteIndex];
        for (int row = at.First; row < at.Last; row++)
        {
            int entry = _map.EntryInWindow(_trace.From + _plan.LastLoss[row], _trace.From + at.Time),
                lane = _plan.Lane[row];
            if (entry >= 0 && !run.IsPadding(at.Step, lane))
                site.Log2Adjoint[entry * _lanes + lane] = Math.Log2(at.Rows.SquaredNorm[row]) / 2 + at.Rows.Exponent[row];
        }
    }

    public override void Delta(in Position<T> at)
    {
        _sum?.Delta(at);
        for (int row = at.First; row < at.Last; row += _lanes)
            _uses[at.SiteIndex]
                .Read(
                    _plan.LastLoss[row],
                    at.Time,
                    at.Step,
                    at.Deltas,
                    at.Slot + row,
                    at.Rows.Exponent.AsSpan(row, _lanes),
                    at.Rows.SquaredNorm.AsSpan(row, _lanes)
                );
    }

    public override void Carried(in Position<T> at)
    {
        _sum?.Carried(at);
        if (at.Step != 0 || !_trace.StartedAnew || at.Site.InitialState is null)
            return;
        for (int row = at.First; row < at.Last; row += _lanes)
            _uses[at.SiteIndex].ReadInitial(_plan.LastLoss[row], at.Time, at.Rows, row);
    }

    public override void Input(int time, int row, ReadOnlySpan<T> adjoint, int exponent)
    {
        _sum?.Input(time, row, adjoint, exponent);
        _words?.Read(time, row, adjoint, exponent);
    }

    /// <summary>The read-out's weights are used at k = t only: their deltas are the seeds' own. Times are the trace's own.</summary>
    public void ReadOut(int[] times)
    {
        if (_seeds.ReadOutDeltas is null)
            return;
        Span<double> ones = stackalloc double[Math.Min(_lanes, 1024)];
        double[]? heap = _lanes > 1024 ? new double[_lanes] : null;
        Span<double> squares = heap ?? ones;
        squares.Fill(1);
        foreach (int t in times)
            _uses[_model.ReadOut]
                .Read(t, t, t, _seeds.ReadOutDeltas, (long)t * _lanes, _seeds.Exponent.AsSpan(t * _lanes, _lanes), squares);
    }

    /// <summary>ΣΣG.</summary>
    public Parameters<T> Sum()
    {
        _sum!.Finish(_trace, _seeds);
        return _total;
    }
}
