using Farback.Tiles;

namespace Farback.Networks;

/// <summary>A trained model at work: one input in, one answer out, the state carried on, nothing kept of the past.</summary>
/// <remarks>
///   s_t = F(s_{t−1}, x_t; θ), y_t = W_y h_t + b_y in every lane: the same products in the same order as <see cref="Model{T}.Forward"/>, so the
///   answers are those of a batch bit for bit, whatever the width. A step costs O(parameters · lanes) and allocates nothing; memory is
///   O(lanes · units), however long the sequence. Dropout is off. When the model's parameters change (training on, then
///   <see cref="Model{T}.Pack"/>) the next step uses the new ones.
///   One thread at a time; several of these may step on one model at once, as long as nobody changes it.
/// </remarks>
/// <example>
///   <code>
///   var answers = new StepByStep&lt;float&gt;(model, lanes: 1);
///   foreach (int word in words)
///       Console.WriteLine(Probabilities.Largest(answers.Next([word])));
///   </code>
/// </example>
/// <typeparam name="T">float or double.</typeparam>
public sealed class StepByStep<T>
    where T : unmanaged
{
    private readonly LayerTrace<T>[] _runs; // one walk step of every site: the state before it and the state after it
    private readonly T[] _row,
        _output;
    private readonly int _parts,
        _units;

    /// <summary>Starts every lane at the network's own initial state.</summary>
    /// <param name="model">Its recurrences and parameters are used, not copied.</param>
    /// <param name="lanes">B, how many sequences walk side by side.</param>
    /// <exception cref="ArgumentException">The network is bidirectional.</exception>
    public StepByStep(Model<T> model, int lanes = 1)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lanes);
        if (model.Network.Bidirectional)
            throw new ArgumentException(
                "model: a bidirectional network reads the whole sequence before it answers, so it cannot go step by step; use Model.Forward on a batch."
            );
        (Model, Lanes) = (model, lanes);
        _runs = [.. model.Recurrences.Select(recurrence => recurrence.NewTrace(times: 1, lanes))];
        (_parts, _units) = (model.Network.Cell.State.Count, model.Network.Hidden);
        _row = new T[_units];
        Outputs = model.ReadOut < 0 ? model.Network.LayerOutputs : model.Network.Outputs;
        _output = new T[lanes * Outputs];
        Reset();
    }

    /// <summary>The model.</summary>
    public Model<T> Model { get; }

    /// <summary>B.</summary>
    public int Lanes { get; }

    /// <summary>The size of a lane's answer: the network's read-out or, where it has none, what its last layer says.</summary>
    public int Outputs { get; }

    /// <summary>How many numbers a lane's state has: layer by layer, part by part, unit by unit.</summary>
    public int StateSize => Model.Network.Layers * _parts * _units;

    /// <summary>The last step's answer of a lane; overwritten by the next step. Zero before the first.</summary>
    public ReadOnlySpan<T> Output(int lane) => _output.AsSpan(lane * Outputs, Outputs);

    /// <summary>One step on words, one a lane.</summary>
    /// <param name="words">Their numbers; read one-hot where the network has no embedding.</param>
    /// <returns>The answers [lane][output], logits where the network was trained on classes; overwritten by the next step.</returns>
    /// <exception cref="ArgumentException">Not one word a lane, or a word that the network does not know; no lane has moved.</exception>
    public ReadOnlySpan<T> Next(ReadOnlySpan<int> words)
    {
        Network network = Model.Network;
        int known = network.Words > 0 ? network.Words : network.Inputs;
        if (words.Length != Lanes)
            throw new ArgumentException($"words: expected {Lanes}, one a lane, got {words.Length}.");
        for (int lane = 0; lane < Lanes; lane++)
            if ((uint)words[lane] >= (uint)known)
                throw new ArgumentException($"words: lane {lane} got word {words[lane]}; the network knows words 0 to {known - 1}.");
        for (int lane = 0; lane < Lanes; lane++)
        {
            Span<T> x = _runs[0].X(0, lane);
            if (network.Words > 0)
            {
                Model.Parameters.Values.AsSpan(network.Blocks[0].Offset + words[lane] * network.Embedding, network.Embedding).CopyTo(x);
                continue;
            }
            x.Clear();
            x[words[lane]] = Real.From<T>(1);
        }
        return Walk();
    }

    /// <summary>One step on input vectors [lane][input].</summary>
    /// <returns>The answers [lane][output]; overwritten by the next step.</returns>
    /// <exception cref="ArgumentException">Not one vector a lane, or the network reads words; no lane has moved.</exception>
    public ReadOnlySpan<T> Next(ReadOnlySpan<double> values)
    {
        int inputs = Model.Network.Inputs;
        if (Model.Network.Words > 0)
            throw new ArgumentException("values: the network reads words, give it their numbers.");
        if (values.Length != Lanes * inputs)
            throw new ArgumentException($"values: expected {Lanes * inputs} ({Lanes} lanes × {inputs} inputs), got {values.Length}.");
        for (int lane = 0; lane < Lanes; lane++)
        {
            Span<T> x = _runs[0].X(0, lane);
            for (int input = 0; input < inputs; input++)
                x[input] = Real.From<T>(values[lane * inputs + input]);
        }
        return Walk();
    }

    /// <summary>Starts every lane anew.</summary>
    public void Reset()
    {
        for (int lane = 0; lane < Lanes; lane++)
            Reset(lane);
    }

    /// <summary>Starts a lane anew, at zero or at the initial state that the network learned.</summary>
    public void Reset(int lane)
    {
        CheckLane(lane);
        for (int layer = 0; layer < Model.Network.Layers; layer++)
        {
            Block? learned = Model.Sites[layer].InitialState;
            for (int part = 0; part < _parts; part++)
            {
                if (learned is null)
                    _row.AsSpan().Clear();
                else
                    Model.Parameters[learned].Slice(part * _units, _units).CopyTo(_row);
                _runs[layer].SetInitial(lane, part, _row);
            }
        }
        _output.AsSpan(lane * Outputs, Outputs).Clear();
    }

    /// <summary>Copies a lane's state, <see cref="StateSize"/> numbers.</summary>
    public void GetState(int lane, Span<T> target)
    {
        CheckLane(lane);
        CheckSize(target.Length);
        for (int at = 0; at < StateSize; at++)
            target[at] = _runs[at / (_parts * _units)].State(0, lane, at / _units % _parts, at % _units);
    }

    /// <summary>Puts a lane into a state that <see cref="GetState"/> copied, here or on another machine.</summary>
    public void SetState(int lane, ReadOnlySpan<T> state)
    {
        CheckLane(lane);
        CheckSize(state.Length);
        for (int row = 0; row < StateSize / _units; row++)
            _runs[row / _parts].SetInitial(lane, row % _parts, state.Slice(row * _units, _units));
    }

    /// <summary>Goes on from where lanes of a batch ended.</summary>
    /// <param name="states">As <see cref="Trace{T}.FinalStates"/> gives them, for as many lanes.</param>
    public void SetStates(States<T> states)
    {
        ArgumentNullException.ThrowIfNull(states);
        for (int layer = 0; layer < Model.Network.Layers; layer++)
            states.CopyTo(_runs[layer], layer);
    }

    private ReadOnlySpan<T> Walk()
    {
        int layers = Model.Network.Layers;
        for (int site = 0; site < _runs.Length; site++)
        {
            if (site > 0)
                for (int lane = 0; lane < Lanes; lane++)
                    Answer(site - 1, lane, _runs[site].X(0, lane));
            Model.Recurrences[site].Forward(_runs[site], 0, 1);
        }
        for (int lane = 0; lane < Lanes; lane++)
        {
            Span<T> output = _output.AsSpan(lane * Outputs, Outputs);
            if (Model.ReadOut < 0)
                Answer(layers - 1, lane, output);
            else
                _runs[^1].H(1, lane).CopyTo(output);
        }
        for (int layer = 0; layer < layers; layer++)
            CarryOn(_runs[layer]);
        return _output;
    }

    // what a layer hands up after the step
    private void Answer(int layer, int lane, Span<T> target)
    {
        LayerTrace<T> run = _runs[layer];
        run.H(1, lane).CopyTo(target);
        for (int part = 1; part < Model.Network.Cell.OutputParts; part++)
        for (int unit = 0; unit < _units; unit++)
            target[part * _units + unit] = run.State(1, lane, part, unit);
    }

    // the state after this step is the state before the next
    private void CarryOn(LayerTrace<T> run)
    {
        for (int lane = 0; lane < Lanes; lane++)
        for (int part = 0; part < _parts; part++)
        {
            for (int unit = 0; unit < _units; unit++)
                _row[unit] = run.State(1, lane, part, unit);
            run.SetInitial(lane, part, _row);
        }
    }

    private void CheckLane(int lane)
    {
        if ((uint)lane >= (uint)Lanes)
            throw new ArgumentException($"lane: expected 0 to {Lanes - 1}, got {lane}.");
    }

    private void CheckSize(int found)
    {
        if (found != StateSize)
            throw new ArgumentException(
                $"state: expected {StateSize} numbers ({Model.Network.Layers} layers × {_parts} parts × {_units} units), got {found}."
            );
    }
}
