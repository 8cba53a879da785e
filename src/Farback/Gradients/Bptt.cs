using Farback.Adjoints;
using Farback.Networks;
using Farback.Tiles;

namespace Farback.Gradients;

/// <summary>Backpropagation through time: ∇J, by the one sweep with one row per lane.</summary>
/// <remarks>dJ/dθ = Σ_t Σ_{k≤t} G[t,k]. Source: Werbos 1990. Keeps its memory: after the first call of a shape nothing is allocated.</remarks>
public sealed class Bptt<T>
    where T : unmanaged
{
    private readonly Model<T> _model;
    private readonly Truncation? _truncation;
    private Seeds<T>? _seeds;
    private Sweep<T>? _sweep;
    private RowPlan? _plan;
    private GradientReader<T>? _reader;
    private (int Times, int Lanes) _shape;

    /// <summary>For a model; truncated where a truncation is given.</summary>
    /// <exception cref="ArgumentException">A truncation with a window shorter than its stride, or on a bidirectional network.</exception>
    public Bptt(Model<T> model, Truncation? truncation = null)
    {
        Check(model.Network, truncation);
        (_model, _truncation) = (model, truncation);
    }

    internal static void Check(Network network, Truncation? truncation)
    {
        if (truncation is not null && (truncation.Stride < 1 || truncation.Window < truncation.Stride))
            throw new ArgumentException(
                $"truncation: expected a stride of at least 1 and a window no shorter, got window {truncation.Window} and stride {truncation.Stride}."
            );
        if (truncation is not null && network.Bidirectional)
            throw new ArgumentException(
                "truncation: a backward direction has no past to cut; use whole sequences with bidirectional networks."
            );
    }

    /// <summary>∇J of a run; the simple way, with fresh memory.</summary>
    public static Parameters<T> Gradient(Trace<T> trace, LossField losses, Truncation? truncation = null)
    {
        ArgumentNullException.ThrowIfNull(trace);
        var gradient = new Parameters<T>(trace.Model.Network);
        new Bptt<T>(trace.Model, truncation).Run(trace, losses, gradient);
        return gradient;
    }

    /// <summary>∇J of a run, overwritten into <paramref name="gradient"/>.</summary>
    public void Run(Trace<T> trace, LossField losses, Parameters<T> gradient)
    {
        _seeds = Seeds<T>.Of(trace, losses, scaled: false, _seeds);
        Run(trace, _seeds, gradient);
    }

    /// <summary>The memory of δ, for another sum of the same shape; null before the first run.</summary>
    internal GradientReader<T>? Reader => _reader;

    /// <summary>The seeds of the last run, whose memory may be overwritten.</summary>
    internal Seeds<T>? Seeds => _seeds;

    /// <summary>∇J from given seeds, overwritten into <paramref name="gradient"/>.</summary>
    public void Run(Trace<T> trace, Seeds<T> seeds, Parameters<T> gradient)
    {
        if (_shape != (trace.Times, trace.Lanes))
        {
            _shape = (trace.Times, trace.Lanes);
            _plan = _truncation is null
                ? RowPlan.OneRowPerLane(trace.Times, trace.Lanes)
                : RowPlan.Chunks(trace.Times, trace.Lanes, _truncation);
            _sweep = new(_model, trace.Times, _plan.Count);
            _reader = new(_model, trace.Times, trace.Lanes, _plan);
        }
        Array.Clear(gradient.Values);
        _reader!.Plan = _plan!; // a map may have used it
        _reader.Begin(trace, gradient, seeds.IsScaled);
        _sweep!.Walk(trace, seeds, _plan!, _reader, seeds.IsScaled);
        _reader.Finish(trace, seeds);
    }
}

/// <summary>Keeps δ and makes dense gradients of it, Σ δuᵀ: of a stretch of steps while it is near, or, where several rows meet, of the whole sequence.</summary>
internal sealed class GradientReader<T> : Reader<T>
    where T : unmanaged
{
    private readonly Model<T> _model;
    private readonly Deltas<T>?[] _stretches, // one row per lane
        _sequences; // several rows of a lane, or powers of two, are added there
    private readonly int _times,
        _lanes;
    private Trace<T> _trace = null!;
    private Parameters<T> _gradient = null!;
    private readonly Action<int, int> _part;
    private Deltas<T> _deltas = null!;
    private Deltas<T>? _readOutDeltas;
    private bool _direct;
    private int _site,
        _parts,
        _from,
        _to;

    public GradientReader(Model<T> model, int times, int lanes, RowPlan plan)
    {
        (_model, Plan, _times, _lanes) = (model, plan, times, lanes);
        _part = (part, _) => AddPart(part);
        _stretches = new Deltas<T>?[model.Network.Layers * model.Network.Directions];
        _sequences = new Deltas<T>?[_stretches.Length];
    }

    /// <summary>The rows that walk; a map goes through several plans.</summary>
    public RowPlan Plan { get; set; }

    public override bool WantsInput => _model.Network.Words > 0;

    public override Deltas<T>? Store(int site) => _direct ? _stretches[site] : null;

    public override bool OnlyGathers => _direct;

    public override int Stretch(int site) => _direct ? _model.Recurrences[site].StretchOf(_times, _lanes) : int.MaxValue;

    public void Begin(Trace<T> trace, Parameters<T> gradient, bool scaled)
    {
        (_trace, _gradient) = (trace, gradient);
        _direct = Plan.IsOneRowPerLane && !scaled;
        for (int site = 0; site < _stretches.Length; site++)
            if (_direct)
                _stretches[site] ??= _model.Recurrences[site].NewDeltas((long)Stretch(site) * _lanes);
            else if (_sequences[site] is { } sequence)
                sequence.Clear();
            else
                _sequences[site] = _model.Recurrences[site].NewDeltas((long)_times * _lanes);
    }

    /// <summary>How much each entry (t, k) counts; null for 1 everywhere. It needs rows of one loss time each.</summary>
    public Func<int, int, double>? Weight { get; init; }

    private double WeightOf(int row, int k) => Weight is null ? 1 : Weight(Plan.LossTime[row], k);

    public override void Delta(in Position<T> at)
    {
        if (_direct)
            return;
        Recurrence<T> recurrence = _model.Recurrences[at.SiteIndex];
        Deltas<T> store = _sequences[at.SiteIndex]!;
        long slot = (long)at.Step * _lanes;
        if (Weight is null)
        {
            recurrence.AddDeltas(store, slot, at.Deltas, at.Slot, at.Rows, at.First, at.Last);
            return;
        }
        for (int row = at.First; row < at.Last; row++)
            if (WeightOf(row, at.Time) is var weight and not 0)
                recurrence.AddDeltas(store, slot + Plan.Lane[row], at.Deltas, at.Slot + row, Math.ScaleB(weight, at.Rows.Exponent[row]));
    }

    // one row per lane: what a row adds to is its lane's
    public override bool RowsMeet => !Plan.IsOneRowPerLane;

    // a learned initial state is one vector for all lanes
    public override void Start(in Position<T> at)
    {
        if (_trace.StartedAnew && at.Site.InitialState is { } block)
            for (int row = at.First; row < at.Last; row++)
                if (WeightOf(row, at.Time) is var weight and not 0)
                    AddInitial(at.Rows, row, weight, _gradient[block]);
    }

    private static void AddInitial(Adjoints<T> rows, int row, double weight, Span<T> gradient)
    {
        double factor = Math.ScaleB(weight, rows.Exponent[row]);
        for (int part = 0; part < rows.Parts; part++)
        for (int unit = 0; unit < rows.Units; unit++)
        {
            ref T to = ref gradient[part * rows.Units + unit];
            to = Real.From<T>(Real.ToDouble(to) + factor * Real.ToDouble(rows.At(row, part, unit)));
        }
    }

    public override void Input(int time, int row, ReadOnlySpan<T> adjoint, int exponent)
    {
        if (WeightOf(row, time) is var weight and not 0)
            AddWord(time, Plan.Lane[row], adjoint, exponent, weight);
    }

    /// <summary>Adds to the vector of the word that a lane read.</summary>
    public void AddWord(int time, int lane, ReadOnlySpan<T> adjoint, int exponent, double weight = 1)
    {
        if (!_trace.IsValid(time, lane))
            return;
        int word = _trace.Batch.Ids![_trace.Place(time, lane)];
        double factor = Math.ScaleB(weight, exponent);
        Span<T> gradient = _gradient.Values.AsSpan(_model.Network.Blocks[0].Offset + word * adjoint.Length, adjoint.Length);
        if (factor == 1)
            Real.Add(adjoint, gradient);
        else
            for (int i = 0; i < adjoint.Length; i++)
                gradient[i] = Real.From<T>(Real.ToDouble(gradient[i]) + factor * Real.ToDouble(adjoint[i]));
    }

    public override void Gather(int site, int from, int to)
    {
        if (_direct)
            AddGradient(site, _stretches[site]!, from, to);
    }

    public void Finish(Trace<T> trace, Seeds<T> seeds)
    {
        for (int site = 0; site < _sequences.Length && !_direct; site++)
            AddGradient(site, _sequences[site]!, 0, trace.Times);
        if (seeds.ReadOutDeltas is null)
            return;
        Recurrence<T> readOut = _model.Recurrences[_model.ReadOut];
        Deltas<T> deltas = seeds.ReadOutDeltas;
        if (seeds.IsScaled)
        {
            deltas = _readOutDeltas ??= readOut.NewDeltas(seeds.Exponent.Length);
            deltas.Clear();
            for (int place = 0; place < seeds.Exponent.Length; place++)
                if ((Weight?.Invoke(place / _lanes, place / _lanes) ?? 1) is var weight and not 0)
                    readOut.AddDeltas(deltas, place, seeds.ReadOutDeltas, place, Math.ScaleB(weight, seeds.Exponent[place]));
        }
        AddGradient(_model.ReadOut, deltas, 0, trace.Times);
    }

    // units have nothing to do with each other: threads take some each, and nobody's sum depends on how many
    private void AddGradient(int site, Deltas<T> deltas, int from, int to)
    {
        (_site, _deltas, _from, _to) = (site, deltas, from, to);
        int panels = _model.Recurrences[site].UnitPanels;
        int threads = _model.ThreadsFor(1.0 * _model.Sites[site].Weights / _model.Weights, to - from, _lanes);
        _parts = Math.Min(threads, panels);
        Team.Run(threads, _parts, _part);
    }

    private void AddPart(int part)
    {
        int panels = _model.Recurrences[_site].UnitPanels;
        _model
            .Recurrences[_site]
            .AddGradient(
                _trace.Layers[_site],
                _deltas,
                0,
                _from,
                _to,
                _gradient.Layer(_model.Sites[_site]),
                panels * part / _parts,
                panels * (part + 1) / _parts
            );
    }
}
