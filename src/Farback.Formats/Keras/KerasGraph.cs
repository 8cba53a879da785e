using Farback.Formats.Hdf5;
using Farback.Formats.Onnx;
using Farback.Networks;

namespace Farback.Formats.Keras;

/// <summary>Turns a Keras model into a graph of ONNX' operators: one node or a few for each layer, under the layer's name.</summary>
/// <remarks>
///   Values are batch-major, [N, T, …], as Keras has them. Layers that only act in training become nodes that hand on what they read. A layer
///   that is Keras' own and is not known here becomes a node of the domain "keras", which the graph then names as what it cannot run.
/// </remarks>
internal sealed class KerasGraph
{
    private const string Foreign = "keras";
    private static readonly int[] Times = [1]; // the axis

    private readonly KerasConfig _config;
    private readonly KerasVersion _version;
    private readonly GraphMaker _maker;
    private readonly List<Finding> _findings;
    private readonly Dictionary<KerasSource, string> _values = [];
    private readonly bool _needsTimes;
    private KerasLayer _at = null!;

    private KerasGraph(string file, KerasConfig config, KerasVersion version, Dtype real, List<Finding> findings)
    {
        (_config, _version, _findings) = (config, version, findings);
        _maker = new(file, real);
        // these fix the number of steps
        _needsTimes = config.Layers.Any(layer => layer.Class is "Flatten" or "Reshape" or "Permute" or "RepeatVector");
    }

    /// <summary>How many biases the recurrent layers have.</summary>
    public Biases Biases { get; private set; }

    /// <summary>Makes the graph.</summary>
    public static (Graph Graph, Biases Biases) Make(
        string file,
        KerasConfig config,
        KerasVersion version,
        IReadOnlyList<IReadOnlyList<Hdf5Dataset>> arrays,
        List<Finding> findings
    )
    {
        Dtype real = arrays.Any(own => own.Any(array => array.Type == Dtype.F64.Name)) ? Dtype.F64 : Dtype.F32;
        var graph = new KerasGraph(file, config, version, real, findings);
        foreach (int layer in graph.InOrder())
        {
            Tensor[] own = [.. arrays[layer].Select(array => array.Read())];
            if (Array.Find(own, array => array.Dtype.Real is null) is { } whole)
                throw config.Layers[layer].Fault($"has {whole}", "floating numbers");
            graph.Add(config.Layers[layer], own);
        }
        foreach (KerasSource output in config.Outputs)
            graph._maker.Output(
                graph._values.TryGetValue(output, out string? value)
                    ? value
                    : throw new MalformedFileException(
                        file,
                        $"the model puts out output {output.Tensor} of {MalformedFileException.Quote(output.Layer)}, which nothing makes",
                        "an output of one of its layers"
                    )
            );
        return (graph._maker.Make(), graph.Biases);
    }

    // layers after what they read; the file's order where that is free
    private List<int> InOrder()
    {
        Dictionary<string, int> places = new(StringComparer.Ordinal);
        for (int i = 0; i < _config.Layers.Count; i++)
            if (!places.TryAdd(_config.Layers[i].Name, i))
                throw _config.Layers[i].Fault("has the name of another layer", "a name of its own");
        int[] waiting = new int[_config.Layers.Count];
        List<int>[] readers = [.. _config.Layers.Select(_ => new List<int>())];
        for (int i = 0; i < waiting.Length; i++)
            foreach (KerasSource source in _config.Layers[i].Inputs)
            {
                if (!places.TryGetValue(source.Layer, out int place))
                    throw _config.Layers[i].Fault($"reads {MalformedFileException.Quote(source.Layer)}", "one of the model's layers");
                waiting[i]++;
                readers[place].Add(i);
            }
        var ready = new PriorityQueue<int, int>(Enumerable.Range(0, waiting.Length).Where(i => waiting[i] == 0).Select(i => (i, i)));
        List<int> order = [];
        while (ready.TryDequeue(out int next, out _))
        {
            order.Add(next);
            foreach (int reader in readers[next])
                if (--waiting[reader] == 0)
                    ready.Enqueue(reader, reader);
        }
        int stuck = Array.FindIndex(waiting, count => count > 0);
        return stuck < 0 ? order : throw _config.Layers[stuck].Fault("reads what is made from what it makes", "layers without a cycle");
    }

    private void Add(KerasLayer layer, Tensor[] arrays)
    {
        _at = layer;
        string[] inputs =
        [
            .. layer.Inputs.Select(source =>
                _values.TryGetValue(source, out string? value)
                    ? value
                    : throw layer.Fault(
                        $"reads output {source.Tensor} of {MalformedFileException.Quote(source.Layer)}, which it does not have",
                        "an output that is made"
                    )
            ),
        ];
        if (layer.Calls > 1)
        {
            Outside($"is called {layer.Calls} times: layers that share weights are no network here", inputs);
            return;
        }
        if (layer.Class != "InputLayer" && inputs.Length == 0)
            throw layer.Fault("reads nothing", "an input or another layer");
        string name = layer.Name;
        switch (layer.Class)
        {
            case "InputLayer":
                Input(layer);
                break;
            case "Dropout"
            or "SpatialDropout1D"
            or "GaussianDropout"
            or "GaussianNoise"
            or "AlphaDropout"
            or "ActivityRegularization"
            or "Identity":
                Makes(_maker.Node("Identity", name, [inputs[0]], name));
                break;
            case "Masking":
                Say(
                    FindingKind.Guessed,
                    $"{layer}: Keras passes over every step whose values are all {layer.Number("mask_value", 0)}; here a sequence ends at its length, so leave such steps out of the data"
                );
                Makes(_maker.Node("Identity", name, [inputs[0]], name));
                break;
            case "Embedding":
                Embedding(layer, inputs[0], arrays);
                break;
            case "SimpleRNN" or "GRU" or "LSTM" or "CuDNNGRU" or "CuDNNLSTM":
                Recurrent(layer, [layer], inputs, arrays);
                break;
            case "RNN":
                Cells(layer, inputs, arrays);
                break;
            case "Bidirectional":
                Bidirectional(layer, inputs, arrays);
                break;
            case "Dense":
                Makes(Activate(Dense(layer, inputs[0], arrays), layer, name));
                break;
            case "TimeDistributed":
                if (layer.Inner("layer") is { Class: "Dense" } dense)
                    Makes(Activate(Dense(dense, inputs[0], arrays), dense, name));
                else if (layer.Inner("layer") is { Class: "Dropout" })
                    Makes(_maker.Node("Identity", name, [inputs[0]], name));
                else if (layer.Inner("layer") is { Class: "Activation" } activation)
                    Makes(Activate(inputs[0], activation, name));
                else
                    Outside($"holds {layer.Inner("layer")}, which is not known here inside of TimeDistributed", inputs);
                break;
            case "Activation":
                Makes(Activate(inputs[0], layer, name));
                break;
            case "Softmax":
                Makes(_maker.Node("Softmax", name, [inputs[0]], name, ("axis", -1)));
                break;
            case "ReLU"
                when layer.Number("max_value", -1) == -1 && layer.Number("negative_slope", 0) == 0 && layer.Number("threshold", 0) == 0:
                Makes(_maker.Node("Relu", name, [inputs[0]], name));
                break;
            case "Flatten":
                Makes(_maker.Node("Flatten", name, [inputs[0]], name, ("axis", 1)));
                break;
            case "Reshape" when layer.Sizes("target_shape") is { } target:
                Makes(
                    _maker.Node(
                        "Reshape",
                        name,
                        [inputs[0], _maker.Whole($"{name}:shape", [0, .. target.Select(size => size ?? -1)])],
                        name
                    )
                );
                break;
            case "Permute" when layer.Sizes("dims") is { } dims:
                Makes(_maker.Node("Transpose", name, [inputs[0]], name, ("perm", (int[])[0, .. dims.Select(axis => (int)(axis ?? 0))])));
                break;
            case "RepeatVector" when layer.Whole("n") is { } times and > 0:
                string column = _maker.Node("Unsqueeze", name, [inputs[0], _maker.Whole($"{name}:axis", 1)], $"{name}:column");
                Makes(_maker.Node("Tile", name, [column, _maker.Whole($"{name}:times", 1, times, 1)], name));
                break;
            case "Concatenate":
                Makes(_maker.Node("Concat", name, inputs, name, ("axis", layer.Whole("axis") ?? -1)));
                break;
            case "Add" or "Multiply" when inputs.Length == 2:
                Makes(_maker.Node(layer.Class == "Add" ? "Add" : "Mul", name, inputs, name));
                break;
            case "GlobalAveragePooling1D" or "GlobalMaxPooling1D":
                Makes(
                    _maker.Node(
                        layer.Class == "GlobalMaxPooling1D" ? "ReduceMax" : "ReduceMean",
                        name,
                        [inputs[0]],
                        name,
                        ("axes", Times),
                        ("keepdims", 0)
                    )
                );
                break;
            default:
                Outside("is not known here", inputs);
                break;
        }
    }

    private void Input(KerasLayer layer)
    {
        long?[]? stated = layer.Sizes("batch_shape", "batch_input_shape");
        bool words = _config.Layers.Any(other => other.Class == "Embedding" && other.Inputs.Any(source => source.Layer == layer.Name));
        long?[] shape = stated is null ? (words ? [null, null] : [null, null, layer.Whole("input_dim")]) : [null, .. stated.Skip(1)];
        if (shape.Length > 1 && !_needsTimes)
            shape[1] = shape.Length > 2 || words ? null : shape[1];
        Makes(_maker.Input(layer.Name, words ? Dtype.I64 : _maker.Real, shape));
    }

    private void Embedding(KerasLayer layer, string input, Tensor[] arrays)
    {
        if (arrays is not [{ Shape: [> 0, > 0] } table])
            throw layer.Fault($"has {Arrays(arrays)}", "one table of words and numbers");
        if (layer.Flag("mask_zero", false))
            Say(
                FindingKind.Guessed,
                $"{layer}: Keras passes over every step with word 0 (mask_zero); here a sequence ends at its length, so leave word 0 out of the data"
            );
        Makes(_maker.Node("Gather", layer.Name, [Store("table", table), input], layer.Name));
    }

    // x W + b, over the last axis
    private string Dense(KerasLayer layer, string input, Tensor[] arrays)
    {
        bool fits =
            arrays is [{ Shape: [_, var columns] }, ..]
            && (arrays.Length == 1 || (arrays.Length == 2 && arrays[1].Count == columns))
            && (layer.Whole("units", "output_dim") ?? columns) == columns;
        if (!fits)
            throw layer.Fault($"has {Arrays(arrays)}", $"[inputs, {layer.Whole("units", "output_dim")}] and a bias of as many columns");
        bool linear = KerasActivation.Of(layer, _version, "linear", "activation").IsLinear;
        string name = _at.Name,
            product = arrays.Length == 1 && linear ? name : $"{name}:product",
            sum = linear ? name : $"{name}:sum";
        _maker.Node("MatMul", name, [input, Store("kernel", arrays[0])], product);
        return arrays.Length == 1 ? product : _maker.Node("Add", name, [product, Store("bias", arrays[1])], sum);
    }

    private string Activate(string input, KerasLayer layer, string output)
    {
        KerasActivation activation = KerasActivation.Of(layer, _version, "linear", "activation");
        if (input == output)
            return output; // a dense layer without one
        if (activation.IsLinear)
            return _maker.Node("Identity", _at.Name, [input], output);
        (string, object)[] numbers =
        [
            .. activation.Numbers.Take(1).Select(alpha => ("alpha", (object)alpha)),
            .. activation.Numbers.Skip(1).Select(beta => ("beta", (object)beta)),
        ];
        if (activation.Operator == "Softmax")
            numbers = [("axis", -1)];
        _maker.Add(activation.Operator, activation.IsKnown ? "" : Foreign, _at.Name, [input], [output], numbers);
        return output;
    }

    // RNN around a cell, or around several that lie on one another
    private void Cells(KerasLayer layer, string[] inputs, Tensor[] arrays)
    {
        if (layer.Inner("cell") is not { } cell)
            throw layer.Fault("has no cell", "one");
        List<KerasLayer> cells = [];
        if (
            cell.Class == "StackedRNNCells"
            && cell.Config.TryGetProperty("cells", out var list)
            && list.ValueKind == System.Text.Json.JsonValueKind.Array
        )
            foreach (var one in list.EnumerateArray())
                cells.Add(KerasLayer.Read(cell.File, one, layer.Name, [], 1));
        else
            cells.Add(cell);
        if (cells.Any(one => KerasCell.OperatorOf(one.Class) is null) || inputs.Length > 1)
        {
            Outside($"holds {string.Join(", ", cells.Take(4))}, not all of which are known here", inputs);
            return;
        }
        string x = inputs[0];
        for (int i = 0, next = 0; i < cells.Count; i++)
        {
            int count = Math.Min(KerasCell.ArraysOf(cells[i], _version), arrays.Length - next);
            Tensor[] own = arrays[next..(next += count)];
            bool last = i == cells.Count - 1;
            if (last && next != arrays.Length)
                throw layer.Fault($"has {Arrays(arrays)}", $"{next} arrays for its {cells.Count} cells");
            x = Node(last ? layer.Name : $"{layer.Name}:{i}", [KerasCell.Read(cells[i], _version, own)], [x], "forward");
            if (!last)
                x = Sequences(x, $"{layer.Name}:{i}:y");
        }
        Finish(layer, layer.Flag("return_sequences", false), 1, "LSTM" == KerasCell.OperatorOf(cells[^1].Class));
    }

    private void Recurrent(KerasLayer layer, KerasLayer[] directions, string[] inputs, Tensor[] arrays)
    {
        KerasCell cell = KerasCell.Read(directions[0], _version, arrays);
        Node(layer.Name, [cell], inputs, layer.Flag("go_backwards", false) ? "reverse" : "forward");
        Finish(layer, layer.Flag("return_sequences", false), 1, cell.Operator == "LSTM");
    }

    private void Bidirectional(KerasLayer layer, string[] inputs, Tensor[] arrays)
    {
        if (layer.Inner("layer") is not { } forward)
            throw layer.Fault("has no layer inside", "one");
        KerasLayer backward = layer.Inner("backward_layer") ?? forward;
        if (KerasCell.OperatorOf(forward.Class) is not { } kind || KerasCell.OperatorOf(backward.Class) != kind)
        {
            Outside($"holds {forward}, which is not known here inside of Bidirectional", inputs);
            return;
        }
        if (forward.Flag("go_backwards", false))
        {
            Outside($"holds {forward}, which reads backwards first", inputs);
            return;
        }
        if (arrays.Length % 2 != 0)
            throw layer.Fault($"has {Arrays(arrays)}", "as many for each direction");
        int half = arrays.Length / 2;
        KerasCell[] cells = [KerasCell.Read(forward, _version, arrays[..half]), KerasCell.Read(backward, _version, arrays[half..])];
        if ((cells[0].Units, cells[0].Inputs, cells[0].ResetsAfter) != (cells[1].Units, cells[1].Inputs, cells[1].ResetsAfter))
        {
            Outside("has directions of different size or kind", inputs);
            return;
        }
        Node(layer.Name, cells, inputs, "bidirectional");
        bool sequences = forward.Flag("return_sequences", false);
        string merge = layer.Text("merge_mode") ?? (layer.Config.TryGetProperty("merge_mode", out _) ? "none" : "concat");
        if (merge == "concat")
        {
            Finish(layer, sequences, 2, kind == "LSTM");
            return;
        }
        string name = layer.Name;
        string[] each =
        [
            .. Enumerable
                .Range(0, 2)
                .Select(direction =>
                    _maker.Node(
                        "Gather",
                        name,
                        [$"{name}:{(sequences ? "Y" : "Y_h")}", Index(direction)],
                        $"{name}:{direction}",
                        ("axis", sequences ? 2 : 1)
                    )
                )
                // a list of one place keeps its axis
                .Select(one =>
                    _maker.Node("Reshape", name, [one, Shape(sequences ? [0, 0, -1] : [0, -1], $"{one}:shape")], $"{one}:merged")
                ),
        ];
        switch (merge)
        {
            case "sum" or "mul":
                Makes(_maker.Node(merge == "sum" ? "Add" : "Mul", name, each, name));
                break;
            case "ave":
                string sum = _maker.Node("Add", name, each, $"{name}:sum");
                Makes(_maker.Node("Mul", name, [sum, _maker.Store($"{name}:half", [1], [0.5])], name));
                break;
            case "none":
                Makes(each);
                break;
            default:
                throw layer.Fault($"merges by {MalformedFileException.Quote(merge)}", "concat, sum, ave, mul or none");
        }
    }

    private string Index(int place) => _maker.Whole($"{_at.Name}:place{place}", place);

    private string Shape(long[] shape, string name) => _maker.Whole(name, shape);

    // the operator with its arrays; makes NAME:Y, NAME:Y_h and NAME:Y_c
    private string Node(string name, KerasCell[] cells, string[] inputs, string direction)
    {
        KerasCell first = cells[0];
        Biases = (Biases)
            Math.Max(
                (int)Biases,
                (int)(
                    first.B is null ? Biases.None
                    : first.ResetsAfter ? Biases.Two
                    : Biases.One
                )
            );
        if (_at.Flag("stateful", false))
            Say(
                FindingKind.Guessed,
                $"{_at} carries its states from one batch to the next in Keras; here they start at zero unless a run is given others"
            );
        foreach (KerasActivation activation in cells.SelectMany(cell => cell.Activations).Where(one => !one.IsKnown))
            Say(FindingKind.Outside, $"{_at} has the activation {activation.Operator}, which is not known here");
        int gates = first.Gates,
            units = first.Units;
        double[] Both(Func<KerasCell, double[]> array) => cells.Length == 1 ? array(first) : [.. cells.SelectMany(array)];
        List<string> all =
        [
            inputs[0],
            _maker.Store($"{name}:W", [cells.Length, gates * units, first.Inputs], Both(cell => cell.W)),
            _maker.Store($"{name}:R", [cells.Length, gates * units, units], Both(cell => cell.R)),
            first.B is null
                ? ""
                : _maker.Store($"{name}:B", [cells.Length, 2 * gates * units], Both(cell => cell.B ?? new double[2 * gates * units])),
            "",
        ];
        // states that are given, one row a sequence: [N, H] each, for each direction
        int states = first.Operator == "LSTM" ? 2 : 1;
        if (inputs.Length == 1 + states && cells.Length == 1)
            for (int state = 0; state < states; state++)
                all.Add(
                    _maker.Node("Unsqueeze", name, [inputs[1 + state], _maker.Whole($"{name}:axis{state}", 1)], $"{name}:state{state}")
                );
        else if (inputs.Length > 1)
            Say(FindingKind.Outside, $"{_at} is given {inputs.Length - 1} states, which are not taken over");
        List<(string, object)> attributes =
        [
            ("hidden_size", units),
            ("direction", direction),
            ("layout", 1),
            ("activations", cells.SelectMany(cell => cell.Activations).Select(activation => activation.Operator).ToArray()),
        ];
        double[] alphas = [.. cells.SelectMany(cell => cell.Activations).SelectMany(activation => activation.Numbers.Take(1))],
            betas = [.. cells.SelectMany(cell => cell.Activations).SelectMany(activation => activation.Numbers.Skip(1))];
        if (alphas.Length > 0)
            attributes.Add(("activation_alpha", alphas));
        if (betas.Length > 0)
            attributes.Add(("activation_beta", betas));
        if (first.ResetsAfter)
            attributes.Add(("linear_before_reset", 1));
        string[] outputs = states == 2 ? [$"{name}:Y", $"{name}:Y_h", $"{name}:Y_c"] : [$"{name}:Y", $"{name}:Y_h"];
        _maker.Add(first.Operator, "", name, [.. all], outputs, [.. attributes]);
        return outputs[0];
    }

    // [N, T, D, H] → [N, T, DH]
    private string Sequences(string y, string output) =>
        _maker.Node("Reshape", _at.Name, [y, _maker.Whole($"{output}:shape", 0, 0, -1)], output);

    // what Keras hands on of it: every step or the last, and the states where they are wanted
    private void Finish(KerasLayer layer, bool sequences, int directions, bool isLstm)
    {
        string name = layer.Name;
        List<string> made = [];
        if (!sequences)
            made.Add(_maker.Node("Reshape", name, [$"{name}:Y_h", _maker.Whole($"{name}:shape", 0, -1)], name));
        else if (layer.Flag("go_backwards", false))
        {
            // Keras leaves them in the order in which they were made: the last step's first
            string forwards = Sequences($"{name}:Y", $"{name}:forwards");
            made.Add(
                _maker.Node(
                    "Slice",
                    name,
                    [
                        forwards,
                        _maker.Whole($"{name}:from", -1),
                        _maker.Whole($"{name}:to", int.MinValue),
                        _maker.Whole($"{name}:axis", 1),
                        _maker.Whole($"{name}:step", -1),
                    ],
                    name
                )
            );
        }
        else
            made.Add(Sequences($"{name}:Y", name));
        if (layer.Flag("return_state", false) && directions == 1)
            foreach (string state in isLstm ? new[] { "Y_h", "Y_c" } : ["Y_h"])
                made.Add(
                    _maker.Node("Reshape", name, [$"{name}:{state}", _maker.Whole($"{name}:{state}:shape", 0, -1)], $"{name}:{state}:state")
                );
        Makes([.. made]);
    }

    private void Outside(string why, string[] inputs)
    {
        Say(FindingKind.Outside, $"{_at} {why}: it can be listed and not be run");
        int outputs = _config
            .Layers.SelectMany(layer => layer.Inputs)
            .Concat(_config.Outputs)
            .Where(source => source.Layer == _at.Name)
            .Select(source => source.Tensor)
            .DefaultIfEmpty(0)
            .Max();
        string[] made = [.. Enumerable.Range(0, Math.Clamp(outputs, 0, 16) + 1).Select(i => i == 0 ? _at.Name : $"{_at.Name}:{i}")];
        _maker.Add(_at.Class, Foreign, _at.Name, inputs, made);
        Makes(made);
    }

    private void Makes(params ReadOnlySpan<string> values)
    {
        for (int i = 0; i < values.Length; i++)
            _values[new(_at.Name, i)] = values[i];
    }

    private void Say(FindingKind kind, string sentence) => _findings.Add(new(kind, sentence));

    private string Store(string what, Tensor array) =>
        _maker.Store($"{_at.Name}:{what}", [.. array.Shape.Select(size => (int)size)], array.ToDoubles());

    private static string Arrays(Tensor[] arrays) =>
        arrays.Length == 0 ? "no arrays" : string.Join(", ", arrays.Take(4).Select(array => $"{array}"));
}
