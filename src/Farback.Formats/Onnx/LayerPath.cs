namespace Farback.Formats.Onnx;

/// <summary>Where a value comes from, once everything that only moves numbers about is passed over.</summary>
internal abstract record Origin
{
    /// <summary>An input of the graph.</summary>
    public sealed record FromInput(string Name) : Origin;

    /// <summary>Rows of a stored table, picked by an input of the graph.</summary>
    public sealed record FromTable(string Table, string Input) : Origin;

    /// <summary>An output of recurrent nodes: 0 is Y, 1 Y_h, 2 Y_c; two nodes where they are joined side by side.</summary>
    public sealed record FromLayer(IReadOnlyList<Node> Nodes, int Output) : Origin;

    /// <summary>Stored in the file.</summary>
    public sealed record Stored : Origin;

    /// <summary>A node that does more than move numbers.</summary>
    public sealed record Stopped(Node At) : Origin;
}

/// <summary>Walks a graph against its arrows.</summary>
internal sealed class LayerPath
{
    private readonly Graph _graph;
    private readonly Dictionary<string, Node> _makers = [];
    private readonly Func<string, bool> _isConstant;
    private readonly Dictionary<string, Origin> _known = [];

    /// <param name="graph">The graph.</param>
    /// <param name="isConstant">Whether a value depends on what is stored only.</param>
    public LayerPath(Graph graph, Func<string, bool> isConstant)
    {
        (_graph, _isConstant) = (graph, isConstant);
        foreach (Node node in graph.Nodes)
        foreach (string output in node.Outputs.Where(output => output.Length > 0))
            _makers.TryAdd(output, node);
    }

    /// <summary>The node that makes a value, or null.</summary>
    public Node? MakerOf(string value) => _makers.GetValueOrDefault(value);

    /// <summary>Where a value comes from.</summary>
    public Origin Of(string value)
    {
        // iterative over the single-input steps: a graph may be a long chain
        List<string> passed = [];
        Origin? found = null;
        while (found is null && !_known.TryGetValue(value, out found))
        {
            passed.Add(value);
            if (_isConstant(value))
                found = new Origin.Stored();
            else if (!_makers.TryGetValue(value, out Node? maker))
                found = new Origin.FromInput(value);
            else if (maker.IsRecurrent)
                found = new Origin.FromLayer([maker], maker.Outputs.ToList().IndexOf(value));
            else if (maker.Operator == "Gather" && maker.Inputs.Count == 2 && _isConstant(maker.Inputs[0]))
                found = Step(maker.Inputs[1]) is Origin.FromInput ids
                    ? new Origin.FromTable(maker.Inputs[0], ids.Name)
                    : new Origin.Stopped(maker);
            else if (maker.Operator == "Concat" && maker.Inputs.Count == 2)
                found = Joined(maker);
            else if (MovesOnly(maker))
                value = maker.Inputs[0];
            else
                found = new Origin.Stopped(maker);
        }
        foreach (string name in passed)
            _known.TryAdd(name, found!);
        return found!;
    }

    /// <summary>Whether a node hands its first input on, in another shape or order.</summary>
    public static bool MovesOnly(Node node) =>
        node.Domain.Length == 0
        && node.Inputs.Count > 0
        && node.Operator is "Identity" or "Dropout" or "Cast" or "Transpose" or "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze";

    // ids pass through casts and transposes; nothing nests, so this ends
    private Origin Step(string value)
    {
        while (!_isConstant(value) && _makers.TryGetValue(value, out Node? maker))
        {
            if (!MovesOnly(maker))
                return new Origin.Stopped(maker);
            value = maker.Inputs[0];
        }
        return new Origin.FromInput(value);
    }

    // the Y of one node that reads forwards and of one that reads backwards, side by side
    private Origin Joined(Node join)
    {
        List<(Node Node, int Output)> parts = [];
        foreach (string input in join.Inputs)
        {
            string value = input;
            while (_makers.TryGetValue(value, out Node? maker) && !maker.IsRecurrent && MovesOnly(maker))
                value = maker.Inputs[0];
            if (_makers.TryGetValue(value, out Node? end) && end.IsRecurrent)
                parts.Add((end, end.Outputs.ToList().IndexOf(value)));
        }
        return parts.Count == 2 && parts[0].Node != parts[1].Node && parts[0].Output == parts[1].Output
            ? new Origin.FromLayer([parts[0].Node, parts[1].Node], parts[0].Output)
            : new Origin.Stopped(join);
    }
}
