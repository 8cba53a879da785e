using Farback.Sequences;

namespace Farback.Networks;

/// <summary>A run of which only the states between segments are kept; the trace of any part is made again when it is asked for.</summary>
/// <remarks>
///   s_{t+1} = F(s_t, x_t; θ) is deterministic: from the state at a segment's start the same step gives the same trace, bit for bit, dropout
///   included, whose random numbers are drawn again from where they were. With segments of √T steps memory grows as √T where a trace grows as T,
///   for one run forward more. Every segment has the same length; the last may reach beyond the end, into padding.
///   Source: Griewank &amp; Walther 2000 (the trade); Chen et al. 2016 (√T); Gruslys et al. 2016 (through time).
///   Layers must all run forwards: a backward direction would need its states from the other end, and hand its adjoints the other way.
///   Memory is kept from run to run; a run takes some hundred bytes a segment where dropout is drawn, else nothing after the first.
///   Derivation: docs/derivations/segments.md
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
public sealed class SegmentedRun<T>
    where T : unmanaged
{
    private readonly List<States<T>> _starts = []; // of segments 1, 2, …; the first starts as the run does
    private readonly List<ulong[]> _drawn = []; // dropout's random stream at the start of each segment
    private readonly RandomStream _again = new(0);
    private States<T>? _initial,
        _final,
        _within;
    private Trace<T>? _trace,
        _part;
    private int _at = -1; // the segment that _trace is of
    private int _version;

    /// <param name="model">The model.</param>
    /// <param name="length">Steps of a segment.</param>
    /// <exception cref="ArgumentException">The network is bidirectional, or the length is not positive.</exception>
    public SegmentedRun(Model<T> model, int length)
    {
        ArgumentNullException.ThrowIfNull(model);
        Recomputation.Check(model.Network);
        if (length < 1)
            throw new ArgumentException($"segments: expected a length of 1 step or more, got {length}.");
        (Model, Length) = (model, length);
    }

    /// <summary>The model.</summary>
    public Model<T> Model { get; }

    /// <summary>Steps of a segment.</summary>
    public int Length { get; }

    /// <summary>The batch that was run over.</summary>
    public Batch Batch { get; private set; } = null!;

    /// <summary>How many segments it has.</summary>
    public int Count => (Batch.Times - 1) / Length + 1;

    /// <summary>The states that the run ended in: each lane's own last valid step.</summary>
    public States<T> FinalStates(States<T>? reuse = null)
    {
        States<T> states = reuse?.Lanes == Batch.Lanes ? reuse : new(Model.Network, Batch.Lanes);
        states.CopyFrom(_final!);
        return states;
    }

    /// <summary>Runs over a batch.</summary>
    /// <param name="batch">The sequences.</param>
    /// <param name="ran">Is shown each segment's trace, in order; it is overwritten by the next.</param>
    /// <param name="dropout">Random numbers for dropout in training; null for evaluation.</param>
    /// <param name="initial">The states to start from; null for the network's own.</param>
    /// <param name="cancel">Asked before every segment.</param>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    internal void Run(
        Batch batch,
        Action<Trace<T>>? ran = null,
        RandomStream? dropout = null,
        States<T>? initial = null,
        CancellationToken cancel = default
    )
    {
        (Batch, _version, _at) = (batch, Model.Version, -1);
        _initial = Copy(initial, _initial);
        _drawn.Clear();
        bool drops = dropout is not null && Model.Network is { Dropout: > 0, Layers: > 1 };
        for (int segment = 0; segment < Count; segment++)
        {
            cancel.ThrowIfCancellationRequested();
            if (drops)
                _drawn.Add(dropout!.Save());
            _trace = Model.ForwardSegment(batch, segment * Length, Length, _trace, dropout, StartOf(segment));
            ran?.Invoke(_trace);
            if (segment == _starts.Count)
                _starts.Add(new(Model.Network, batch.Lanes));
            _starts[segment] = _trace.FinalStates(_starts[segment]);
        }
        (_at, _final) = (Count - 1, _starts[Count - 1]);
    }

    /// <summary>The trace of a segment, made again; overwritten by the next call.</summary>
    internal Trace<T> Recompute(int segment)
    {
        CheckCurrent();
        if (segment == _at)
            return _trace!;
        if (_drawn.Count > 0)
            _again.Restore(_drawn[segment]);
        _trace = Model.ForwardSegment(Batch, segment * Length, Length, _trace, _drawn.Count > 0 ? _again : null, StartOf(segment));
        _at = segment;
        return _trace;
    }

    /// <summary>The trace of any times, made again without dropout; overwritten by the next call of this method only.</summary>
    /// <param name="from">Its first time.</param>
    /// <param name="times">Its steps, which may reach beyond the end.</param>
    internal Trace<T> Part(int from, int times)
    {
        CheckCurrent();
        int segment = from / Length,
            before = from - segment * Length;
        States<T>? start = StartOf(segment);
        if (before > 0)
        {
            Trace<T> whole = Recompute(segment);
            start = _within = _within?.Lanes == Batch.Lanes ? _within : new(Model.Network, Batch.Lanes);
            for (int site = 0; site < Model.Network.Layers; site++)
                start.CopyFrom(whole.Layers[site], site, before);
        }
        return _part = Model.ForwardSegment(Batch, from, times, _part, null, start);
    }

    private States<T>? StartOf(int segment) => segment == 0 ? _initial : _starts[segment - 1];

    private States<T>? Copy(States<T>? states, States<T>? reuse)
    {
        if (states is null)
            return null;
        States<T> copy = reuse?.Lanes == states.Lanes ? reuse : new(Model.Network, states.Lanes);
        copy.CopyFrom(states);
        return copy;
    }

    private void CheckCurrent()
    {
        if (_version != Model.Version)
            throw new InvalidOperationException("segments: the model's parameters have changed since this run; run forward again first.");
    }
}
