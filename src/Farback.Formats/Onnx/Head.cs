using Farback.Networks;

namespace Farback.Formats.Onnx;

/// <summary>The linear read-out above the last layer, where the graph has one and no more than that.</summary>
internal sealed class Head
{
    private Value? _matrix,
        _bias;
    private bool _isTurned; // the matrix is [outputs, inputs]
    private double _matrixFactor = 1,
        _biasFactor = 1;

    private Head() { }

    /// <summary>O; 0 without a read-out.</summary>
    public int Outputs { get; private set; }

    /// <summary>The value that the read-out makes in the graph.</summary>
    public string Output { get; private set; } = "";

    /// <summary>Softmax, LogSoftmax or Sigmoid where one follows; a cross entropy of logits brings it along.</summary>
    public string? Then { get; private set; }

    /// <summary>Follows the graph's outputs back to the last layer.</summary>
    public static Head Find(
        Graph graph,
        LayerPath path,
        Layers layers,
        Func<string, Value?> stored,
        Action<FindingKind, string, string?> say
    )
    {
        List<Head> found = [];
        HashSet<string> seen = [];
        foreach (string output in graph.Outputs)
        {
            var head = new Head();
            Node? inTheWay = head.Follow(output, path, stored);
            if (inTheWay is not null)
                say(
                    FindingKind.Outside,
                    $"{inTheWay} stands between the layers and the output {MalformedFileException.Quote(output)}: it can be run and not be differentiated, trained or written back",
                    null
                );
            else if (head._matrix is not null && seen.Add(head.Output))
                found.Add(head);
        }
        if (found.Count == 1 && found[0].Check(layers) is { } problem)
        {
            say(FindingKind.Outside, problem, null);
            found.Clear();
        }
        if (found.Count > 1)
            say(FindingKind.Outside, $"{found.Count} read-outs; a network here has one, so it is opened without", null);
        return found.Count == 1 ? found[0] : new Head();
    }

    /// <summary>Copies the weights to where a network has them.</summary>
    public void CopyTo(Parameters<double> to)
    {
        if (_matrix is null)
            return;
        Span<double> weights = to["head.weight"];
        int inputs = weights.Length / Outputs;
        for (int output = 0; output < Outputs; output++)
        for (int input = 0; input < inputs; input++)
            weights[output * inputs + input] =
                _matrixFactor * _matrix.Reals[_isTurned ? output * inputs + input : input * Outputs + output];
        if (_bias is null)
            return;
        Span<double> bias = to["head.bias"];
        for (int output = 0; output < Outputs; output++)
            bias[output] = _biasFactor * _bias.Reals[_bias.Count == 1 ? 0 : output];
    }

    // null where the last layer was reached, and where the output is not about it at all; else the node in the way
    private Node? Follow(string value, LayerPath path, Func<string, Value?> stored)
    {
        while (path.MakerOf(value) is { } node && stored(value) is null)
        {
            if (node.IsRecurrent)
                return null;
            if (LayerPath.MovesOnly(node) || node.Operator is "Slice" or "Gather" or "Split")
            {
                value = node.Inputs[0];
                continue;
            }
            if (node.Operator is "Softmax" or "LogSoftmax" or "Sigmoid" && _matrix is null)
            {
                (Then, value) = (node.Operator, node.Inputs[0]);
                continue;
            }
            if (node.Operator == "Concat" && path.Of(value) is Origin.FromLayer)
                return null;
            // states of several layers side by side
            if (node.Operator == "Concat" && node.Inputs.All(input => path.Of(input) is Origin.FromLayer { Output: > 0 }))
                return null;
            if (node.Operator == "Add" && _matrix is null && _bias is null && Other(node, stored) is { } added)
            {
                (_bias, Output, value) = (added.Stored, node.Outputs[0], added.Computed);
                continue;
            }
            if (
                node.Operator == "MatMul"
                && _matrix is null
                && node.Inputs.Count == 2
                && stored(node.Inputs[1]) is { Rank: 2, IsReal: true } matrix
            )
            {
                _matrix = matrix;
                Output = Output.Length > 0 ? Output : node.Outputs[0];
                value = node.Inputs[0];
                continue;
            }
            if (
                node.Operator == "Gemm"
                && _matrix is null
                && _bias is null
                && node.Inputs.Count >= 2
                && stored(node.Inputs[1]) is { Rank: 2, IsReal: true } weights
            )
            {
                if (node.Int("transA", 0) != 0 || (node.Input(2) is { } third && stored(third) is not { IsReal: true }))
                    return node;
                (_matrix, _isTurned) = (weights, node.Int("transB", 0) != 0);
                (_matrixFactor, _biasFactor) = (node.Float("alpha", 1), node.Float("beta", 1));
                _bias = node.Input(2) is { } name ? stored(name) : null;
                (Output, value) = (node.Outputs[0], node.Inputs[0]);
                continue;
            }
            return node;
        }
        _matrix = null; // the output does not come from the layers: that is none of the read-out's business
        return null;
    }

    private static (Value Stored, string Computed)? Other(Node node, Func<string, Value?> stored) =>
        node.Inputs.Count != 2 ? null
        : stored(node.Inputs[1]) is { IsReal: true } second ? (second, node.Inputs[0])
        : stored(node.Inputs[0]) is { IsReal: true } first ? (first, node.Inputs[1])
        : null;

    private string? Check(Layers layers)
    {
        Layer top = layers.All[^1];
        int inputs = top.Directions * top.Parts[0].Hidden;
        (int rows, int outputs) = _isTurned ? (_matrix!.Shape[1], _matrix.Shape[0]) : (_matrix!.Shape[0], _matrix.Shape[1]);
        if (rows != inputs || outputs == 0)
            return $"the read-out {_matrix} does not read the {inputs} outputs of the last layer at one step: opened without it";
        if (_bias is not null && _bias.Count != 1 && (_bias.Count != outputs || _bias.Shape[^1] != outputs))
            return $"the read-out adds {_bias} to {outputs} outputs: opened without it";
        Outputs = outputs;
        return null;
    }
}
