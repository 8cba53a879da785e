using Farback.Cells;
using Farback.Formats.Onnx.Wire;
using Farback.Networks;
using Farback.Numbers;
using Google.Protobuf;

namespace Farback.Formats.Onnx;

/// <summary>A network as an ONNX graph: Gather, then RNN, GRU or LSTM for each layer, then MatMul and Add.</summary>
/// <remarks>
///   input [time, batch, I] or word numbers [time, batch]; output [time, batch, O], or hidden [time, batch, D·H] where there is no read-out;
///   time and batch are free. What ONNX has no place for (how many biases, dropout, the words) stands in the model's metadata.
/// </remarks>
internal sealed class OnnxWriter<T>
    where T : unmanaged
{
    private const int IrVersion = 8,
        Opset = 17;
    private static readonly Dtype Type = typeof(T) == typeof(double) ? Dtype.F64 : Dtype.F32;

    private readonly Parameters<T> _parameters;
    private readonly Network _network;
    private readonly GraphProto _graph = new() { Name = "farback" };

    private OnnxWriter(Parameters<T> parameters) => (_parameters, _network) = (parameters, parameters.Network);

    /// <summary>The whole model.</summary>
    /// <exception cref="NotSupportedException">ONNX has no operator for the cell.</exception>
    public static ModelProto Write(Parameters<T> parameters, IReadOnlyDictionary<string, string> texts)
    {
        if ((long)parameters.Values.Length * Type.Bytes > int.MaxValue - (1 << 20))
            throw new NotSupportedException(
                $"parameters: {parameters.Values.Length:N0} are more than the 2 GiB that an ONNX file can hold."
            );
        var writer = new OnnxWriter<T>(parameters);
        writer.Fill();
        ModelProto model = new()
        {
            IrVersion = IrVersion,
            ProducerName = "farback",
            Graph = writer._graph,
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = Opset });
        foreach ((string key, string value) in texts)
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return model;
    }

    private void Fill()
    {
        string x = "input";
        _graph.Input.Add(
            _network.Words > 0
                ? Info("input", Dtype.I64, ("time", 0), ("batch", 0))
                : Info("input", Type, ("time", 0), ("batch", 0), (null, _network.Inputs))
        );
        if (_network.Words > 0)
        {
            Block block = _network.Blocks[0];
            Store(block.Name, [block.Rows, block.Columns], Doubles(block.Name));
            x = Add("Gather", [block.Name, x], "embedded");
        }
        for (int layer = 0; layer < _network.Layers; layer++)
            x = Layer(layer, x);
        if (_network.Outputs > 0)
        {
            Block weights = _network["head.weight"];
            double[] rows = Doubles(weights.Name),
                columns = new double[rows.Length];
            for (int row = 0; row < weights.Rows; row++)
            for (int column = 0; column < weights.Columns; column++)
                columns[column * weights.Rows + row] = rows[row * weights.Columns + column];
            Store("head.weight.T", [weights.Columns, weights.Rows], columns);
            Store("head.bias", [weights.Rows], Doubles("head.bias"));
            x = Add("MatMul", [x, "head.weight.T"], "head.product");
            x = Add("Add", [x, "head.bias"], "output");
        }
        else
            x = Add("Identity", [x], "hidden");
        _graph.Output.Add(
            Info(x, Type, ("time", 0), ("batch", 0), (null, _network.Outputs > 0 ? _network.Outputs : _network.LayerOutputs))
        );
    }

    // Y [time, D, batch, H] → [time, batch, D·H]
    private string Layer(int layer, string x)
    {
        (string kind, AttributeProto[] attributes) = Operator(_network.Cell);
        int directions = _network.Directions,
            hidden = _network.Hidden,
            rows = _network.Cell.Gates.Count * hidden;
        string name = $"layer{layer}";
        Store($"{name}.W", [directions, rows, _network.InputsOf(layer)], Each("weight_ih", layer, kind));
        Store($"{name}.R", [directions, rows, hidden], Each("weight_hh", layer, kind));
        List<string> inputs = [x, $"{name}.W", $"{name}.R"];
        if (_network.Biases == Biases.None)
            inputs.Add("");
        else
        {
            double[] wb = Each("bias_ih", layer, kind),
                rb = _network.Biases == Biases.Two ? Each("bias_hh", layer, kind) : new double[wb.Length];
            Store(
                $"{name}.B",
                [directions, 2 * rows],
                [
                    .. Enumerable
                        .Range(0, directions)
                        .SelectMany(direction =>
                            wb[(direction * rows)..((direction + 1) * rows)].Concat(rb[(direction * rows)..((direction + 1) * rows)])
                        ),
                ]
            );
            inputs.Add($"{name}.B");
        }
        inputs.Add(""); // sequence_lens
        if (_network.InitialStates == InitialStates.Learned)
            for (int part = 0; part < _network.Cell.State.Count; part++)
                inputs.Add(Initial(layer, part));
        if (_network.Cell.UnitParameters.Count > 0)
        {
            Store($"{name}.P", [directions, 3 * hidden], Each("unit", layer, "P"));
            while (inputs.Count < 7)
                inputs.Add("");
            inputs.Add($"{name}.P");
        }
        while (inputs[^1].Length == 0)
            inputs.RemoveAt(inputs.Count - 1);
        string y = Add(
            kind,
            inputs,
            $"{name}.Y",
            [.. attributes, Whole("hidden_size", hidden), Text("direction", directions == 2 ? "bidirectional" : "forward")]
        );
        if (directions == 1)
            return Add("Squeeze", [y, Ints($"{name}.axis", 1)], $"{name}.h");
        string turned = Add("Transpose", [y], $"{name}.turned", Wholes("perm", 0, 2, 1, 3));
        return Add("Reshape", [turned, Ints($"{name}.shape", 0, 0, -1)], $"{name}.h");
    }

    // [D, 1, H], stretched to [D, batch, H]
    private string Initial(int layer, int part)
    {
        int hidden = _network.Hidden;
        string name = $"layer{layer}.{_network.Cell.State[part]}0";
        Store(
            name,
            [_network.Directions, 1, hidden],
            [
                .. Enumerable
                    .Range(0, _network.Directions)
                    .SelectMany(direction => Doubles($"initial_{Suffix(layer, direction)}")[(part * hidden)..((part + 1) * hidden)]),
            ]
        );
        if (_graph.Node.All(node => node.Output[0] != "batch.shape"))
        {
            string sizes = Add("Shape", ["input"], "input.shape");
            string batch = Add("Gather", [sizes, Ints("one", 1)], "batch");
            Add("Concat", [Ints("directions", _network.Directions), batch, Ints("hidden.size", hidden)], "batch.shape", Whole("axis", 0));
        }
        return Add("Expand", [name, "batch.shape"], $"{name}.all");
    }

    private (string Kind, AttributeProto[] Attributes) Operator(Cell cell)
    {
        (string kind, List<AttributeProto> attributes) = cell switch
        {
            ElmanCell => ("RNN", new List<AttributeProto>()),
            GruResetAfterCell => ("GRU", [Whole("linear_before_reset", 1)]),
            GruResetBeforeCell => ("GRU", []),
            LstmCell lstm => ("LSTM", lstm.IsCoupled ? [Whole("input_forget", 1)] : []),
            _ => throw new NotSupportedException(
                $"{cell.Title}: ONNX has no operator for this cell; it has RNN, GRU and LSTM, which are {string.Join(", ", AllCells.List.Select(known => known.Name))} here."
            ),
        };
        return (kind, [.. attributes, .. Functions(kind)]);
    }

    // the activations of one direction, once for each direction; always said
    private IEnumerable<AttributeProto> Functions(string kind)
    {
        IReadOnlyList<Activation> own = _network.Cell.Activations;
        // the bound is on sums; the third activation of an LSTM reads c
        double?[] bounds = [.. own.Take(2).Select(activation => activation.Clip).Distinct()];
        if (bounds.Length > 1 || (kind == "LSTM" && own[2].Clip is not null))
            throw new NotSupportedException($"{_network.Cell.Title}: ONNX holds every sum of a cell within one bound, or none.");
        if (bounds[0] is { } bound)
            yield return Number("clip", bound);
        Activation[] all = [.. Enumerable.Repeat(own, _network.Directions).SelectMany(activation => activation)];
        AttributeProto names = new() { Name = "activations", Type = 8 },
            alphas = new() { Name = "activation_alpha", Type = 6 },
            betas = new() { Name = "activation_beta", Type = 6 };
        foreach (Activation activation in all)
        {
            names.Strings.Add(ByteString.CopyFromUtf8(RecurrentNode.OnnxName(activation.Name)));
            int numbers = activation.Name == "identity" ? 2 : Activation.NumbersOf(activation.Name);
            if (numbers > 0)
                alphas.Floats.Add(activation.Name == "identity" ? 1 : (float)activation.Alpha);
            if (numbers > 1)
                betas.Floats.Add((float)activation.Beta);
        }
        yield return names;
        if (alphas.Floats.Count > 0)
            yield return alphas;
        if (betas.Floats.Count > 0)
            yield return betas;
    }

    private double[] Each(string block, int layer, string order) =>
        [
            .. Enumerable
                .Range(0, _network.Directions)
                .SelectMany(direction => RecurrentNode.ToOnnx(order, Doubles($"{block}_{Suffix(layer, direction)}"))),
        ];

    private static string Suffix(int layer, int direction) => $"l{layer}{(direction == 1 ? "_reverse" : "")}";

    private double[] Doubles(string block) => [.. _parameters[block].ToArray().Select(Real.ToDouble)];

    private void Store(string name, long[] shape, double[] numbers) => _graph.Initializer.Add(TensorData.Write(name, Type, shape, numbers));

    private string Ints(string name, params long[] numbers)
    {
        _graph.Initializer.Add(TensorData.Write(name, numbers));
        return name;
    }

    private string Add(string kind, IEnumerable<string> inputs, string output, params AttributeProto[] attributes)
    {
        NodeProto node = new() { OpType = kind, Name = $"{kind}.{output}" };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        node.Attribute.AddRange(attributes);
        _graph.Node.Add(node);
        return output;
    }

    private static AttributeProto Whole(string name, long value) =>
        new()
        {
            Name = name,
            Type = 2,
            I = value,
        };

    private static AttributeProto Number(string name, double value) =>
        new()
        {
            Name = name,
            Type = 1,
            F = (float)value,
        };

    private static AttributeProto Wholes(string name, params long[] values)
    {
        AttributeProto attribute = new() { Name = name, Type = 7 };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    private static AttributeProto Text(string name, string value) =>
        new()
        {
            Name = name,
            Type = 3,
            S = ByteString.CopyFromUtf8(value),
        };

    private static ValueInfoProto Info(string name, Dtype type, params (string? Free, int Size)[] sizes)
    {
        TensorShapeProto shape = new();
        foreach ((string? free, int size) in sizes)
            shape.Dim.Add(free is null ? new DimensionProto { DimValue = size } : new DimensionProto { DimParam = free });
        return new()
        {
            Name = name,
            Type = new TypeProto
            {
                TensorType = new TensorTypeProto { ElemType = TensorData.NumberOf(type), Shape = shape },
            },
        };
    }
}
