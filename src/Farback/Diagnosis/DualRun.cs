using Farback.Networks;
using Farback.Tiles;

namespace Farback.Diagnosis;

/// <summary>A direction to differentiate along: a tangent on any of the things that a run starts from.</summary>
internal sealed class Direction
{
    /// <summary>On the parameters; empty for none.</summary>
    public double[] Parameters { get; init; } = [];

    /// <summary>The one input position whose copy of the parameters carries the tangent; null for all, which are then tied.</summary>
    public int? Use { get; init; }

    /// <summary>On the network's input vectors (after the embedding), [time][lane][input]; empty for none.</summary>
    public double[] Inputs { get; init; } = [];

    /// <summary>On the initial states; null for none.</summary>
    public States<double>? Initial { get; init; }
}

/// <summary>A run repeated in dual numbers: the same weights, inputs, initial states and dropout, and a tangent beside each number.</summary>
/// <remarks>It goes forwards only and shares no line with the way back. Source: Griewank &amp; Walther 2008, ch. 3.</remarks>
internal sealed class DualRun
{
    private readonly Model<Dual> _model;
    private readonly Trace<Dual> _trace;
    private readonly Parameters<Dual> _weights;
    private readonly States<double> _initial;
    private readonly Sequences.Batch _batch;

    public static DualRun Of<T>(Trace<T> trace)
        where T : unmanaged
    {
        Network network = trace.Model.Network;
        var initial = new States<double>(network, trace.Lanes);
        for (int site = 0; site < network.Layers * network.Directions; site++)
        for (int lane = 0; lane < trace.Lanes; lane++)
        for (int part = 0; part < network.Cell.State.Count; part++)
        for (int unit = 0; unit < network.Hidden; unit++)
            initial[site, part, lane][unit] = Real.ToDouble(trace.Layers[site].State(0, lane, part, unit));
        var run = new DualRun(network, trace.Model.Parameters.To<Dual>(), initial, trace.Batch);
        run._trace.UseMasks(trace);
        return run;
    }

    private DualRun(Network network, Parameters<Dual> parameters, States<double> initial, Sequences.Batch batch)
    {
        _weights = new(network);
        parameters.Values.CopyTo(_weights.Values, 0);
        (_model, _initial, _batch) = (new(network, parameters), initial, batch);
        _trace = new(_model, batch.Times, batch.Lanes);
    }

    /// <summary>The run, with the tangents of the last <see cref="Along"/> on every state.</summary>
    public Trace<Dual> Trace => _trace;

    /// <summary>Runs with a tangent.</summary>
    public void Along(Direction direction)
    {
        Network network = _model.Network;
        _trace.Begin(_batch);
        States<Dual> initial = Start(direction);
        for (int index = 0; index < _model.Sites.Count; index++)
        {
            Site site = _model.Sites[index];
            _trace.Ready(index, initial);
            if (site.Layer == 0 && !site.IsReadOut)
                PutOnInputs(index, direction);
            Walk(index, direction);
        }
    }

    private void Walk(int index, Direction direction)
    {
        Site site = _model.Sites[index];
        Recurrence<Dual> recurrence = _model.Recurrences[index];
        int first = direction.Use is { } use ? site.WalkStep(use, _trace.Times) : 0,
            last = direction.Use is null ? _trace.Times : first + 1;
        recurrence.Forward(_trace.Layers[index], 0, first);
        PutOnWeights(direction.Parameters);
        recurrence.Pack(_model.Parameters.Layer(site));
        recurrence.Forward(_trace.Layers[index], first, last);
        PutOnWeights([]);
        recurrence.Pack(_model.Parameters.Layer(site));
        recurrence.Forward(_trace.Layers[index], last, _trace.Times);
    }

    private void PutOnWeights(double[] tangent)
    {
        Dual[] values = _model.Parameters.Values;
        for (int i = 0; i < values.Length; i++)
            values[i] = new(_weights.Values[i].Value, tangent.Length == 0 ? 0 : tangent[i]);
    }

    // a learned initial state is used once, before the first walk step
    private States<Dual> Start(Direction direction)
    {
        Network network = _model.Network;
        var states = new States<Dual>(network, _trace.Lanes);
        for (int index = 0; index < network.Layers * network.Directions; index++)
        {
            Site site = _model.Sites[index];
            bool learned =
                site.InitialState is not null
                && direction.Parameters.Length > 0
                && (direction.Use is not { } use || site.WalkStep(use, _trace.Times) == 0);
            for (int lane = 0; lane < _trace.Lanes; lane++)
            for (int part = 0; part < network.Cell.State.Count; part++)
            for (int unit = 0; unit < network.Hidden; unit++)
            {
                double tangent = direction.Initial?[index, part, lane][unit] ?? 0;
                if (learned)
                    tangent += direction.Parameters[site.InitialState!.Offset + part * network.Hidden + unit];
                states[index, part, lane][unit] = new(_initial[index, part, lane][unit], tangent);
            }
        }
        return states;
    }

    // the inputs' own tangents, and those of the words' vectors, which all directions of the first layer share
    private void PutOnInputs(int index, Direction direction)
    {
        int size = _model.Sites[index].Inputs;
        bool words = _model.Network.Words > 0 && direction.Parameters.Length > 0;
        for (int time = 0; time < _trace.Times; time++)
        for (int lane = 0; lane < _trace.Lanes; lane++)
        {
            if (!_batch.IsValid(time, lane))
                continue;
            int place = time * _trace.Lanes + lane;
            Span<Dual> x = _trace.Layers[index].X(_model.Sites[index].WalkStep(time, _trace.Times), lane);
            for (int i = 0; i < size; i++)
            {
                double tangent = direction.Inputs.Length > 0 ? direction.Inputs[place * size + i] : 0;
                if (words && (direction.Use ?? time) == time)
                    tangent += direction.Parameters[_model.Network.Blocks[0].Offset + _batch.Ids![place] * size + i];
                x[i] = new(x[i].Value, tangent);
            }
        }
    }
}
