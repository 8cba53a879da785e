using Farback.Adjoints;
using Farback.Networks;
using Farback.Tiles;

namespace Farback.Gradients;

/// <summary>Reads norms, shares and factors of every weight use while loss times walk back, and adds everything up for the residual.</summary>
/// <remarks>One of each thread: it writes to the entries of its own loss times, and to the common sum in the order of the groups.</remarks>
internal sealed class MapReader<T> : Reader<T>
    where T : unmanaged
{
    private readonly GradientMap _map;
    private readonly Trace<T> _trace;
    private readonly GradientReader<T>? _sum;
    private readonly Turnstile _turnstile;
    private readonly UseReader<T>?[] _uses;
    private readonly WordReader<T>? _words;
    private readonly int _lanes;
    private readonly double[] _logarithms;
    private RowPlan _plan = null!;
    private int _group;

    public MapReader(
        GradientMap map,
        Trace<T> trace,
        IReadOnlyList<SiteUses<T>> uses,
        Parameters<T>? gradient,
        GradientReader<T>? sum,
        Turnstile turnstile
    )
    {
        (_map, _trace, _sum, _turnstile, _lanes) = (map, trace, sum, turnstile, trace.Lanes);
        _logarithms = new double[_lanes];
        _uses = [.. uses.Select((site, index) => site.IsRead ? new UseReader<T>(map, site, index) : null)];
        _words = gradient is not null && trace.Model.Network.Words > 0 ? new(map, trace, gradient) : null;
    }

    public override bool WantsInput => _words is not null;

    public void Begin(int group, RowPlan plan)
    {
        (_group, _plan) = (group, plan);
        if (_words is not null)
            _words.Plan = plan;
    }

    public void EndGroup() => _words?.Flush();

    public override void Adjoint(in Position<T> at)
    {
        if (!_map.HasAll)
            return;
        double[] norms = _map.Sites[at.SiteIndex].Log2Adjoint;
        LayerTrace<T> run = _trace.Layers[at.SiteIndex];
        for (int first = at.First; first < at.Last; first += _lanes)
        {
            int entry = _map.EntryInWindow(_trace.From + _plan.LossTime[first], _trace.From + at.Time);
            if (entry < 0)
                continue;
            PowersOfTwo.Log2(at.Rows.SquaredNorm.AsSpan(first, _lanes), _logarithms);
            for (int lane = 0; lane < _lanes; lane++)
                if (!(run.AnyPadding && run.IsPadding(at.Step, lane)))
                    norms[entry * _lanes + lane] = _logarithms[lane] / 2 + at.Rows.Exponent[first + lane];
        }
    }

    public override void Delta(in Position<T> at)
    {
        if (_sum is not null)
        {
            Network network = _trace.Model.Network;
            int before = (network.Layers - 1 - at.Site.Layer) * network.Directions + at.Site.Direction; // sites walked before this one
            long place = (before + 1L) * _trace.Times - at.Step; // further on with every step
            _turnstile.Wait(_group, place);
            _sum.Delta(at);
            _turnstile.Pass(_group, place);
        }
        if (_uses[at.SiteIndex] is not { } uses)
            return;
        for (int row = at.First; row < at.Last; row += _lanes)
            uses.Read(
                _plan.LossTime[row],
                at.Time,
                at.Step,
                at.Deltas,
                at.Slot + row,
                at.Rows.Exponent.AsSpan(row, _lanes),
                at.Rows.SquaredNorm.AsSpan(row, _lanes)
            );
    }

    public override void Start(in Position<T> at)
    {
        if (at.Site.InitialState is null || !_map.HasAll || !_trace.StartedAnew)
            return;
        if (_sum is not null)
        {
            _turnstile.WaitForEnd(_group);
            _sum.Start(at);
        }
        for (int row = at.First; row < at.Last; row += _lanes)
            _uses[at.SiteIndex]!.ReadInitial(_plan.LossTime[row], at.Time, at.Rows, row);
    }

    public override void Input(int time, int row, ReadOnlySpan<T> adjoint, int exponent)
    {
        if (_sum is not null)
        {
            _turnstile.WaitForEnd(_group);
            _sum.AddWord(time, _plan.Lane[row], adjoint, exponent);
        }
        _words?.Read(time, row, adjoint, exponent);
    }

    /// <summary>The read-out's weights are used at k = t only: their deltas are the seeds' own. Times are the trace's own.</summary>
    public void ReadOut(Seeds<T> seeds, IReadOnlyList<int> times)
    {
        if (seeds.ReadOutDeltas is null || _uses[^1] is not { } uses)
            return;
        double[] squares = new double[_lanes];
        Array.Fill(squares, 1);
        foreach (int t in times)
            uses.Read(t, t, t, seeds.ReadOutDeltas, (long)t * _lanes, seeds.Exponent.AsSpan(t * _lanes, _lanes), squares);
    }
}
