using Farback.Sequences;
using Farback.Tiles;

namespace Farback.Networks;

/// <summary>What one run of a network left behind: everything the way back needs. A sweep only reads it.</summary>
public sealed class Trace<T>
    where T : unmanaged
{
    private readonly T[][] _masks; // dropout factors on the inputs of a layer, [time][lane][input]; empty where nothing is dropped
    private readonly T[] _row;
    private readonly Action<int, int> _part;
    private readonly Meeting _abreast;
    private int _version,
        _parts;

    internal Trace(Model<T> model, int times, int lanes)
    {
        (Model, Times, Lanes) = (model, times, lanes);
        Layers = [.. model.Recurrences.Select(recurrence => recurrence.NewTrace(times, lanes))];
        _masks = new T[model.Network.Layers][];
        Array.Fill(_masks, []);
        _row = new T[model.Sites.Max(site => Math.Max(site.Inputs, site.Units))];
        _part = (part, _) => Walk(RowRange.Of(lanes, part, _parts));
        _abreast = new(WalkAbreast);
    }

    /// <summary>The model that ran.</summary>
    public Model<T> Model { get; }

    /// <summary>T.</summary>
    public int Times { get; }

    /// <summary>B.</summary>
    public int Lanes { get; }

    /// <summary>The batch it ran over, or over a segment of.</summary>
    public Batch Batch { get; private set; } = null!;

    /// <summary>The batch's time at which its own time 0 lies: 0, but for a segment of a long run.</summary>
    internal int From { get; private set; }

    /// <summary>Whether it started in the network's own initial states, and not in given ones, through which no gradient flows back.</summary>
    internal bool StartedAnew { get; private set; }

    /// <summary>Where its (time, lane) lies among the batch's places.</summary>
    internal int Place(int time, int lane) => (From + time) * Lanes + lane;

    /// <summary>True where the lane has an input at its time.</summary>
    internal bool IsValid(int time, int lane) => Batch.IsValid(From + time, lane);

    /// <summary>The run of each of the model's sites.</summary>
    public IReadOnlyList<LayerTrace<T>> Layers { get; }

    /// <summary>True while the model's parameters are those of the run.</summary>
    public bool IsCurrent => _version == Model.Version;

    internal bool Fits(Model<T> model, int times, int lanes) => ReferenceEquals(model, Model) && (times, lanes) == (Times, Lanes);

    /// <summary>The factors that dropout put on a layer's inputs at a place; empty where there was none.</summary>
    internal ReadOnlySpan<T> Mask(int layer, int time, int lane)
    {
        if (layer >= _masks.Length || _masks[layer].Length == 0)
            return [];
        int inputs = Model.Network.InputsOf(layer);
        return _masks[layer].AsSpan((time * Lanes + lane) * inputs, inputs);
    }

    /// <summary>What a layer hands up at a time: all directions side by side; zero in padding.</summary>
    public void Output(int layer, int time, int lane, Span<T> target)
    {
        Network network = Model.Network;
        if (!IsValid(time, lane))
        {
            target.Clear();
            return;
        }
        int at = 0;
        for (int direction = 0; direction < network.Directions; direction++)
        {
            int site = Model.SiteIndex(layer, direction);
            int p = Model.Sites[site].WalkStep(time, Times) + 1;
            Layers[site].H(p, lane).CopyTo(target.Slice(at, network.Hidden));
            at += network.Hidden;
            for (int part = 1; part < network.Cell.OutputParts; part++)
            for (int unit = 0; unit < network.Hidden; unit++)
                target[at++] = Layers[site].State(p, lane, part, unit);
        }
    }

    /// <summary>The read-out at a time and lane: logits where the loss is a cross entropy. What it holds in padding means nothing.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The network has no read-out, or the run no such time or lane.</exception>
    public ReadOnlySpan<T> ReadOut(int time, int lane) =>
        Model.ReadOut >= 0 && (uint)time < (uint)Times
            ? Layers[Model.ReadOut].H(time + 1, lane)
            : throw new ArgumentOutOfRangeException(
                nameof(time),
                time,
                Model.ReadOut < 0 ? "the network has no read-out; use Output." : $"the run has times 0 to {Times - 1}."
            );

    /// <summary>The states that the run ended in: each lane's own last valid step.</summary>
    /// <param name="reuse">States of the same network whose memory may be overwritten; used where the lanes are as many.</param>
    public States<T> FinalStates(States<T>? reuse = null)
    {
        States<T> states = reuse?.Lanes == Lanes ? reuse : new(Model.Network, Lanes);
        for (int site = 0; site < Model.Network.Layers * Model.Network.Directions; site++)
            states.CopyFrom(Layers[site], site);
        return states;
    }

    internal void Run(Batch batch, RandomStream? dropout, States<T>? initial, int from = 0)
    {
        Begin(batch);
        (From, StartedAnew) = (from, initial is null);
        DrawMasks(dropout);
        for (int site = 0; site < Layers.Count; site++)
            Begin(site, initial);
        if (Model.Abreast(Times, Lanes) is > 1 and int abreast)
        {
            _abreast.Run(abreast);
            return;
        }
        int threads = Model.ThreadsFor(1, Times, Lanes);
        _parts = RowRange.Parts(Lanes, threads);
        Team.Run(threads, _parts, _part);
    }

    // lanes have nothing to do with each other: some walk all steps of all layers
    private void Walk(RowRange lanes)
    {
        for (int site = 0; site < Layers.Count; site++)
        {
            Feed(Model.Sites[site].Layer, site, lanes, 0, Times);
            Model.Recurrences[site].Forward(Layers[site], 0, Times, lanes.First, lanes.Last);
        }
    }

    // too few lanes for all threads: each walks all of them with some of the units, and feeds them for some of the time
    private void WalkAbreast(int thread)
    {
        for (int site = 0; site < Layers.Count; site++)
        {
            int threads = _abreast.Threads; // the caller may be alone by now
            Feed(Model.Sites[site].Layer, site, new(0, Lanes), Times * thread / threads, Times * (thread + 1) / threads);
            _abreast.Pass(thread);
            Recurrence<T> recurrence = Model.Recurrences[site];
            recurrence.Forward(Layers[site], 0, Times, 0, Lanes, new(recurrence.UnitPanels, _abreast, thread));
            _abreast.Pass(thread);
        }
    }

    /// <summary>Takes a batch in, if it is one for this network.</summary>
    internal void Begin(Batch batch)
    {
        Batch = batch;
        _version = Model.Version;
        Network network = Model.Network;
        if (network.Words > 0 && batch.Ids is null)
            throw new ArgumentException("batch: the network reads words, the batch holds vectors.");
        if (batch.Ids is null && batch.Inputs != network.Inputs)
            throw new ArgumentException(
                $"batch: the network reads vectors of {network.Inputs} numbers, the batch holds vectors of {batch.Inputs}."
            );
    }

    /// <summary>Sets a site up to walk: lengths, initial state, inputs. The sites below it have walked.</summary>
    internal void Ready(int site, States<T>? initial)
    {
        Begin(site, initial);
        Feed(Model.Sites[site].Layer, site, new(0, Lanes), 0, Times);
    }

    private void Begin(int site, States<T>? initial)
    {
        Site at = Model.Sites[site];
        SetLengths(Layers[site], reverse: at.Direction == 1);
        if (!at.IsReadOut)
            Start(site, initial);
    }

    /// <summary>Takes over the factors of dropout that another run of the network drew.</summary>
    internal void UseMasks<TOther>(Trace<TOther> other)
        where TOther : unmanaged
    {
        for (int layer = 0; layer < _masks.Length; layer++)
            _masks[layer] = [.. other._masks[layer].Select(factor => Real.From<T>(Real.ToDouble(factor)))];
    }

    private void SetLengths(LayerTrace<T> trace, bool reverse)
    {
        trace.AnyPadding = false;
        for (int lane = 0; lane < Lanes; lane++)
        {
            int length = Math.Clamp(Batch.Lengths[lane] - From, 0, Times);
            trace.First[lane] = reverse ? Times - length : 0;
            trace.End[lane] = reverse ? Times : length;
            trace.AnyPadding |= length < Times;
        }
    }

    private void Start(int site, States<T>? initial)
    {
        LayerTrace<T> trace = Layers[site];
        if (initial is not null)
        {
            initial.CopyTo(trace, site);
            return;
        }
        Block? learned = Model.Sites[site].InitialState;
        Span<T> row = _row.AsSpan(0, trace.Units);
        for (int part = 0; part < trace.StateParts; part++)
        {
            if (learned is null)
                row.Clear();
            else
                Model.Parameters[learned].Slice(part * trace.Units, trace.Units).CopyTo(row);
            for (int lane = 0; lane < Lanes; lane++)
                trace.SetInitial(lane, part, row);
        }
    }

    private void Feed(int layer, int site, RowRange lanes, int from, int to)
    {
        LayerTrace<T> trace = Layers[site];
        for (int time = from; time < to; time++)
        {
            int p = Model.Sites[site].WalkStep(time, Times);
            for (int lane = lanes.First; lane < lanes.Last; lane++)
            {
                Span<T> x = trace.X(p, lane);
                if (!IsValid(time, lane))
                    x.Clear();
                else if (layer == 0)
                    FeedInput(time, lane, x);
                else
                    Output(layer - 1, time, lane, x);
                ReadOnlySpan<T> mask = Mask(layer, time, lane);
                for (int i = 0; i < mask.Length; i++)
                    x[i] = Real.Times(x[i], Real.ToDouble(mask[i]));
            }
        }
    }

    private void FeedInput(int time, int lane, Span<T> x)
    {
        int place = Place(time, lane);
        if (Batch.Ids is { } ids)
        {
            FeedWord(ids[place], From + time, lane, x);
            return;
        }
        Real.From(Batch.Values.AsSpan(place * Batch.Inputs, Batch.Inputs), x);
    }

    // a word is its vector, or, where the network has no embedding, a one at its own place
    private void FeedWord(int word, int time, int lane, Span<T> x)
    {
        Network network = Model.Network;
        int known = network.Words > 0 ? network.Words : network.Inputs;
        if ((uint)word >= (uint)known)
            throw new ArgumentException($"batch: word {word} at step {time} of lane {lane}; the network knows words 0 to {known - 1}.");
        if (network.Words > 0)
        {
            Model.Parameters.Values.AsSpan(network.Blocks[0].Offset + word * network.Embedding, network.Embedding).CopyTo(x);
            return;
        }
        x.Clear();
        x[word] = Real.From<T>(1);
    }

    // inverted dropout: kept inputs grow by 1/(1 − p), so that evaluation needs no factor. Drawn in the order of time,
    // so that a sequence that is run in segments draws what it draws as a whole
    private void DrawMasks(RandomStream? dropout)
    {
        Network network = Model.Network;
        bool drops = dropout is not null && network.Dropout > 0;
        int size = Lanes * network.LayerOutputs;
        for (int layer = 1; layer < network.Layers; layer++)
            if (!drops)
                _masks[layer] = [];
            else if (_masks[layer].Length != Times * size)
                _masks[layer] = new T[Times * size];
        if (!drops)
            return;
        T kept = Real.From<T>(1 / (1 - network.Dropout));
        for (int time = 0; time < Math.Min(Times, Batch.Times - From); time++)
        for (int layer = 1; layer < network.Layers; layer++)
            foreach (ref T factor in _masks[layer].AsSpan(time * size, size))
                factor = dropout!.NextDouble() < network.Dropout ? default : kept;
    }
}
