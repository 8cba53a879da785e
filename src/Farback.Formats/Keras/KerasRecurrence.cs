using Farback.Formats.Onnx;
using Farback.Networks;

namespace Farback.Formats.Keras;

/// <summary>One recurrent node with its arrays, and what is taken from it.</summary>
/// <remarks>
///   Y [N, T, D, H], Y_h and Y_c [N, D, H]. A masked step leaves the state as it is and repeats the last output, 0 before the first; with
///   zero_output_for_mask it is 0, and so is the last output of a sequence that ends in one. Source: rnn() of Keras' back ends.
/// </remarks>
internal sealed class KerasRecurrence
{
    private readonly KerasNodes _nodes;
    private readonly string _name;
    private readonly bool _isLstm;
    private readonly int? _lastPlace; // of Y, where the last output is not the last state

    private KerasRecurrence(KerasNodes nodes, string name, bool isLstm, int? lastPlace) =>
        (_nodes, _name, _isLstm, _lastPlace) = (nodes, name, isLstm, lastPlace);

    /// <summary>Makes the node.</summary>
    /// <param name="nodes">The model's nodes.</param>
    /// <param name="part">What tells it from other nodes of the call; empty for the only one or the last.</param>
    /// <param name="cells">The cell of each direction.</param>
    /// <param name="inputs">The sequence, and states to start from where they are given.</param>
    /// <param name="direction">ONNX' word.</param>
    /// <param name="mask">The steps that are read; null for all.</param>
    public static KerasRecurrence Make(KerasNodes nodes, string part, KerasCell[] cells, string[] inputs, string direction, string? mask)
    {
        KerasCell first = cells[0];
        Biases biases =
            first.B is null ? Biases.None
            : first.ResetsAfter ? Biases.Two
            : Biases.One;
        nodes.Biases = (Biases)Math.Max((int)nodes.Biases, (int)biases);
        if (nodes.Layer.Flag("stateful", false))
            nodes.Say(
                FindingKind.Guessed,
                $"{nodes.Layer} carries its states from one batch to the next in Keras; here they start at zero unless a run is given others"
            );
        foreach (KerasActivation activation in cells.SelectMany(cell => cell.Activations).Where(one => !one.IsKnown))
            nodes.Say(FindingKind.Outside, $"{nodes.Layer} has the activation {activation.Operator}, which is not known here");
        string name = nodes.Name + part;
        int rows = first.Gates * first.Units,
            states = first.Operator == "LSTM" ? 2 : 1;
        double[] Both(Func<KerasCell, double[]> array) => cells.Length == 1 ? array(first) : [.. cells.SelectMany(array)];
        List<string> all =
        [
            inputs[0],
            nodes.Store($"{part}:W", [cells.Length, rows, first.Inputs], Both(cell => cell.W)),
            nodes.Store($"{part}:R", [cells.Length, rows, first.Units], Both(cell => cell.R)),
            first.B is null ? "" : nodes.Store($"{part}:B", [cells.Length, 2 * rows], Both(cell => cell.B ?? new double[2 * rows])),
            "",
        ];
        // states that are given, one row a sequence: [N, H] each
        if (inputs.Length == 1 + states && cells.Length == 1)
            for (int state = 0; state < states; state++)
                all.Add(nodes.Node("Unsqueeze", [inputs[1 + state], nodes.Whole($"{part}:axis{state}", 1)], $"{name}:state{state}"));
        else if (inputs.Length > 1)
            nodes.Say(FindingKind.Outside, $"{nodes.Layer} is given {inputs.Length - 1} states, which are not taken over");
        bool holds = !(nodes.Layer.Inner("layer") ?? nodes.Layer).Flag("zero_output_for_mask", false),
            passesOver = nodes.PassesOver && mask is not null;
        List<(string, object)> attributes = Attributes(cells, direction);
        if (passesOver)
        {
            while (all.Count < 8)
                all.Add("");
            all.Add(mask!);
            attributes.AddRange([("steps", "kept"), ("hold", holds ? 1 : 0)]);
        }
        string[] outputs = states == 2 ? [$"{name}:Y", $"{name}:Y_h", $"{name}:Y_c"] : [$"{name}:Y", $"{name}:Y_h"];
        nodes.Maker.Add(first.Operator, passesOver ? RecurrentSteps.Domain : "", name, [.. all], outputs, [.. attributes]);
        return new(
            nodes,
            name,
            states == 2,
            !passesOver || holds ? null
                : direction == "reverse" ? 0
                : -1
        );
    }

    private static List<(string, object)> Attributes(KerasCell[] cells, string direction)
    {
        KerasActivation[] activations = [.. cells.SelectMany(cell => cell.Activations)];
        List<(string, object)> attributes =
        [
            ("hidden_size", cells[0].Units),
            ("direction", direction),
            ("layout", 1),
            ("activations", activations.Select(activation => activation.Operator).ToArray()),
        ];
        double[] alphas = [.. activations.SelectMany(activation => activation.Numbers.Take(1))],
            betas = [.. activations.SelectMany(activation => activation.Numbers.Skip(1))];
        if (alphas.Length > 0)
            attributes.Add(("activation_alpha", alphas));
        if (betas.Length > 0)
            attributes.Add(("activation_beta", betas));
        if (cells[0].ResetsAfter)
            attributes.Add(("linear_before_reset", 1));
        return attributes;
    }

    /// <summary>Every step's output, directions side by side: [N, T, DH].</summary>
    public string Sequences(string output) =>
        _nodes.Node("Reshape", [$"{_name}:Y", _nodes.Maker.Whole($"{output}:shape", 0, 0, -1)], output);

    /// <summary>The last output, [N, DH].</summary>
    public string Last(string output)
    {
        string last = _lastPlace is { } place
            ? _nodes.Node("Gather", [$"{_name}:Y", _nodes.Maker.Whole($"{output}:place", place)], $"{output}:last", ("axis", 1))
            : $"{_name}:Y_h";
        return _nodes.Node("Reshape", [last, _nodes.Maker.Whole($"{output}:shape", 0, -1)], output);
    }

    /// <summary>The last states, h and for an LSTM c, [N, H] each.</summary>
    public IEnumerable<string> States()
    {
        foreach (string state in _isLstm ? new[] { "Y_h", "Y_c" } : ["Y_h"])
            yield return _nodes.Node(
                "Reshape",
                [$"{_name}:{state}", _nodes.Maker.Whole($"{_name}:{state}:shape", 0, -1)],
                $"{_name}:{state}:state"
            );
    }

    /// <summary>The two directions apart.</summary>
    public string[] Directions(bool sequences) =>
        [
            .. Enumerable
                .Range(0, 2)
                .Select(direction =>
                {
                    string one = $"{_name}:{direction}";
                    _nodes.Node(
                        "Gather",
                        [$"{_name}:{(sequences ? "Y" : "Y_h")}", _nodes.Whole($"place{direction}", direction)],
                        one,
                        ("axis", sequences ? 2 : 1)
                    );
                    // a list of one place keeps its axis
                    string shape = _nodes.Whole($"{direction}:shape", sequences ? [0, 0, -1] : [0, -1]);
                    return _nodes.Node("Reshape", [one, shape], $"{one}:merged");
                }),
        ];
}
