namespace Farback.Formats.Onnx;

/// <summary>What a value of a graph depends on.</summary>
internal enum Dependence
{
    /// <summary>On what is stored in the file only.</summary>
    Constant,

    /// <summary>On the inputs' sizes too.</summary>
    Sizes,

    /// <summary>On the inputs' numbers.</summary>
    Inputs,
}

/// <summary>Runs a graph node by node: what can be computed is, what lies outside is said by the node.</summary>
/// <remarks>
///   Numbers are computed in double and rounded to their own type after every node; recurrent operators run in the library's cells, in the
///   precision of their input. Memory is bounded: all values alive hold at most 64 MB and 64 bytes for every byte that the file and the
///   inputs have.
/// </remarks>
internal sealed class Evaluator
{
    private const long Free = 8 << 20,
        PerByte = 8;

    private readonly Dictionary<string, (Value Value, Dependence Depends)> _values = [];
    private readonly long _most;
    private long _held;

    public Evaluator(Graph graph, IReadOnlyDictionary<string, Value> inputs)
    {
        Graph = graph;
        _most = Free + PerByte * (graph.FileLength + inputs.Values.Sum(input => 8L * input.Count));
        foreach (GraphInput input in graph.Inputs)
            if (inputs.TryGetValue(input.Name, out Value? value))
                _values.Add(input.Name, (value, Dependence.Inputs));
    }

    public Graph Graph { get; }

    /// <summary>Why nodes were left out, by the values that they would have made; filled where <see cref="Run"/> is told to go on.</summary>
    public Dictionary<string, string> Missing { get; } = [];

    /// <summary>The value of that name, or null where it was not made.</summary>
    public Value? this[string name] => Find(name)?.Value;

    public Dependence DependenceOf(string name) => Find(name)?.Depends ?? Dependence.Inputs;

    private (Value Value, Dependence Depends)? Find(string name)
    {
        if (_values.TryGetValue(name, out (Value, Dependence) found))
            return found;
        if (!Graph.Initializers.TryGetValue(name, out TensorData? stored))
            return null;
        _held += stored.Count;
        return _values[name] = (stored.Value, Dependence.Constant);
    }

    /// <summary>Evaluates nodes in their order.</summary>
    /// <param name="keep">Whether values that nobody reads any more stay.</param>
    /// <param name="goOn">Whether nodes that cannot be evaluated are passed over, with those that read from them.</param>
    /// <param name="recurrent">Whether recurrent operators are run; otherwise they are passed over.</param>
    /// <param name="stop">Asked before every node.</param>
    /// <exception cref="NotSupportedException">A node lies outside.</exception>
    /// <exception cref="MalformedFileException">A node's inputs do not fit it.</exception>
    public void Run(bool keep = false, bool goOn = false, bool recurrent = true, CancellationToken stop = default)
    {
        Dictionary<string, int> lastReader = [];
        foreach (Node node in Graph.Nodes)
        foreach (string input in node.Inputs)
            lastReader[input] = node.Index;
        foreach (string output in Graph.Outputs)
            lastReader[output] = int.MaxValue;
        foreach (Node node in Graph.Nodes)
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                if (node.IsRecurrent && !recurrent)
                    throw node.Outside("is not run");
                Evaluate(node);
            }
            catch (Exception error) when (goOn && error is NotSupportedException or MalformedFileException)
            {
                foreach (string output in node.Outputs)
                    Missing.TryAdd(output, error.Message);
            }
            if (keep)
                continue;
            foreach (string input in node.Inputs.Distinct())
                if (lastReader[input] == node.Index && _values.Remove(input, out (Value Value, Dependence) done))
                    _held -= done.Value.Count;
        }
    }

    private void Evaluate(Node node)
    {
        if (node.Domain.Length > 0 && node.Domain != RecurrentSteps.Domain)
            throw node.Outside($"is an operator of the domain {MalformedFileException.Quote(node.Domain)}, which is not known here.");
        var inputs = new Value?[node.Inputs.Count];
        Dependence depends = Dependence.Constant;
        for (int i = 0; i < inputs.Length; i++)
        {
            if (node.Input(i) is not { } name)
                continue;
            if (Find(name) is not { } found)
                throw node.Outside(
                    Missing.ContainsKey(name)
                        ? $"reads {MalformedFileException.Quote(name)}, which could not be computed."
                        : $"reads the input {MalformedFileException.Quote(name)}, which was not given."
                );
            inputs[i] = found.Value;
            if (found.Depends > depends)
                depends = found.Depends;
        }
        if (node.Operator == "Shape" && depends == Dependence.Inputs)
            depends = Dependence.Sizes;
        var call = new Call(node, inputs, Graph.Opset, Room);
        Value?[] outputs;
        try
        {
            outputs = Operators.Run(call);
        }
        catch (OverflowException)
        {
            throw node.Fault("asks for sizes beyond what an array holds", "smaller ones");
        }
        for (int i = 0; i < outputs.Length; i++)
        {
            if (node.Output(i) is not { } name || outputs[i] is not { } value)
                continue;
            _values[name] = (value, depends);
            _held += value.Count;
        }
    }

    /// <summary>Refuses an array that the file does not warrant, before it is made.</summary>
    private void Room(Node node, long count)
    {
        if (_held + count > _most)
            throw node.Fault($"asks for {count:N0} more numbers beside {_held:N0}", $"at most {_most:N0} at once for a file of this size");
    }
}

/// <summary>An operator with what it reads.</summary>
internal sealed record Call(Node Node, Value?[] Inputs, int Opset, Action<Node, long> Room)
{
    /// <summary>An input that has to be there.</summary>
    public Value this[int i] =>
        (i < Inputs.Length ? Inputs[i] : null) ?? throw Node.Fault($"has no input {i}", "the inputs that its operator needs");

    /// <summary>An input that may be left out.</summary>
    public Value? Optional(int i) => i < Inputs.Length ? Inputs[i] : null;

    /// <summary>A list of whole numbers that is an attribute before some opset, and an input from it on; null where it is left out.</summary>
    public long[]? List(string attribute, int input, int inputFrom)
    {
        if (Opset < inputFrom)
            return Node.Ints(attribute);
        return Optional(input) is { } given ? Longs(given, attribute) : null;
    }

    public long[] Longs(Value value, string what) =>
        !value.IsReal && value.Rank <= 1 ? value.Wholes : throw Node.Fault($"has {what} {value}", "a list of whole numbers");

    /// <summary>Checks that a result of this shape may be made, and hands the shape on.</summary>
    public int[] Sized(params int[] shape)
    {
        long count = 1;
        foreach (int size in shape)
        {
            if (size < 0)
                throw Node.Fault($"asks for the shape {Value.Describe(shape)}", "sizes from 0 up");
            count = checked(count * size);
        }
        if (count > Array.MaxLength)
            throw new OverflowException();
        Room(Node, count);
        return shape;
    }

    /// <summary>An axis counted from the front.</summary>
    public int Axis(long axis, int rank) =>
        axis >= -rank && axis < rank
            ? (int)(axis < 0 ? axis + rank : axis)
            : throw Node.Fault($"has axis {axis} of {rank}", $"{-rank} to {rank - 1}");
}
