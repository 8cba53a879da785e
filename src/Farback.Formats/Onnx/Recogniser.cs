using Farback.Cells;
using Farback.Networks;

namespace Farback.Formats.Onnx;

/// <summary>Finds the network in a graph: layers of one cell, an embedding before them, a linear read-out after them.</summary>
/// <remarks>
///   What is recognised by its structure is then proved by running both on drawn inputs (<see cref="Probe"/>): a network that does not
///   compute what the graph computes is not handed out.
/// </remarks>
internal sealed class Recogniser
{
    private const int MostNodes = 64;

    private readonly Graph _graph;
    private readonly Evaluator _stored;
    private readonly LayerPath _path;
    private readonly List<Finding> _findings = [];

    private readonly Biases? _biases;

    private Recogniser(Graph graph, Biases? biases)
    {
        (_graph, _biases) = (graph, biases);
        _stored = new(graph, new Dictionary<string, Value>());
        _stored.Run(keep: true, goOn: true, recurrent: false);
        _path = new(graph, name => _stored[name] is not null);
    }

    /// <summary>Opens a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="prove">Whether the network has to agree with the graph on drawn inputs; a fuzzer leaves that out.</param>
    /// <param name="biases">How many biases a layer has, where the model's own format says; ONNX always keeps two.</param>
    public static OpenedModel Open(Graph graph, bool prove, Biases? biases = null)
    {
        var recogniser = new Recogniser(graph, biases);
        Parameters<double>? parameters = null;
        (IReadOnlyList<string> inputs, IReadOnlyList<string> outputs) = ([], []);
        try
        {
            parameters = recogniser.Network(prove);
            if (parameters is not null && recogniser.Own() is { } text)
                (inputs, outputs) = (
                    text.ReadWords("inputWords", WordsOf(parameters.Network)),
                    text.ReadWords("outputWords", parameters.Network.Outputs)
                );
        }
        catch (Exception error) when (error is NotSupportedException or MalformedFileException)
        {
            recogniser.Say(FindingKind.Outside, error.Message);
        }
        return new()
        {
            Name = graph.File,
            Format =
                $"ONNX, opset {graph.Opset}{(graph.Producer.Length > 0 ? $", by {MalformedFileException.Quote(graph.Producer)[1..^1]}" : "")}",
            Parameters = parameters,
            InputWords = inputs,
            OutputWords = outputs,
            IsDouble = parameters is not null && graph.Initializers.Values.Any(tensor => tensor.Type == Dtype.F64),
            Findings = recogniser._findings,
            Whole = new(() => graph),
            Tensors =
            [
                .. graph.Initializers.Values.Select(tensor => new TensorInfo(
                    tensor.Name,
                    tensor.Type.Name,
                    [.. tensor.Shape.Select(size => (long)size)]
                )),
            ],
        };
    }

    private static int WordsOf(Network network) => network.Words > 0 ? network.Words : network.Inputs;

    private void Say(FindingKind kind, string sentence, string? option = null) => _findings.Add(new(kind, sentence, option));

    private Parameters<double>? Network(bool prove)
    {
        foreach (Node node in _graph.Nodes.Where(node => node.Operator is "Loop" or "Scan" or "If"))
            Say(FindingKind.Outside, $"{node} has a graph of its own inside, which is neither run nor differentiated here");
        Node[] nodes = [.. _graph.Nodes.Where(node => node.IsRecurrent)];
        if (nodes.Length == 0)
        {
            Say(FindingKind.Recognised, $"there is no RNN, GRU or LSTM among its {_graph.Nodes.Count} nodes{Census()}");
            return null;
        }
        if (nodes.Length > MostNodes)
            throw new NotSupportedException($"{_graph.File}: {nodes.Length} recurrent nodes; at most {MostNodes} are opened as a network.");
        Layers layers = Layers.Find(nodes, _path, Constant, name => _stored[name], Say);
        Head head = Head.Find(_graph, _path, layers, name => _stored[name], Say);
        Network network = Shape(layers, head);
        var parameters = new Parameters<double>(network);
        Fill(parameters, layers, head);
        if (!prove)
            return parameters;
        return new Probe(_graph, layers, head, Say).Prove(parameters, Own());
    }

    private string Census() =>
        _graph.Nodes.Count == 0
            ? ""
            : $" ({string.Join(", ", _graph.Nodes.CountBy(node => node.Operator).OrderByDescending(count => count.Value).Take(6).Select(count => $"{MalformedFileException.Quote(count.Key)[1..^1]} ×{count.Value}"))})";

    // a weight that is stored, or computed from what is stored
    private Value Constant(Node node, int input)
    {
        string name = node.Input(input) ?? throw node.Fault($"has no input {input}", "weights");
        return _stored[name]
            ?? throw node.Outside(
                $"takes its input {input}, {MalformedFileException.Quote(name)}, from {(_stored.Missing.TryGetValue(name, out string? why) ? $"what could not be computed ({why})" : "the graph's inputs")}: only stored weights can be trained."
            );
    }

    private Network Shape(Layers layers, Head head)
    {
        RecurrentNode first = layers.All[0].Parts[0];
        var network = new Network
        {
            Cell = first.Cells[0],
            Inputs = layers.Table is null ? first.Inputs : 0,
            Words = layers.Table?.Shape[0] ?? 0,
            Embedding = layers.Table is null ? 0 : first.Inputs,
            Hidden = first.Hidden,
            Layers = layers.All.Count,
            Bidirectional = layers.All[0].Directions == 2,
            Outputs = head.Outputs,
            Biases = _biases ?? layers.Biases,
        };
        try
        {
            _ = network.Blocks; // laid out, and so checked
        }
        catch (ArgumentException error)
        {
            throw new NotSupportedException($"{_graph.File}: {error.Message}", error);
        }
        if (_biases is null && layers.Biases == Biases.One && Own() is null)
            Say(FindingKind.Guessed, "the biases beside W_h are all zero: taken as one bias a layer, beside W_x", "--biases two");
        return network;
    }

    private static void Fill(Parameters<double> parameters, Layers layers, Head head)
    {
        if (layers.Table is { } table)
            table.Reals.CopyTo(parameters[parameters.Network.Blocks[0]]);
        for (int layer = 0; layer < layers.All.Count; layer++)
        {
            int direction = 0;
            foreach (RecurrentNode part in layers.All[layer].Parts)
                for (int own = 0; own < part.Directions; own++)
                    part.CopyTo(parameters, layer, own, direction++);
        }
        head.CopyTo(parameters);
    }

    // what an export of our own says beside the graph
    private ModelText? Own()
    {
        ModelText text = new(_graph.File, _graph.Metadata);
        return text.IsModel ? text : null;
    }
}
