namespace Farback.Formats.Keras;

/// <summary>The nodes of a call, by the class of its layer.</summary>
internal static class KerasCalls
{
    /// <summary>Makes them.</summary>
    /// <param name="nodes">The model's nodes.</param>
    /// <param name="call">The call.</param>
    /// <param name="arrays">The layer's arrays.</param>
    public static void Add(KerasNodes nodes, KerasCall call, Tensor[] arrays)
    {
        nodes.At = call;
        KerasLayer layer = call.Layer;
        string[] inputs = nodes.Inputs();
        if (layer.Class == "InputLayer")
        {
            Input(nodes);
            return;
        }
        if (inputs.Length == 0)
            throw layer.Fault("reads nothing", "an input or another layer");
        switch (layer.Class)
        {
            case "Dropout"
            or "SpatialDropout1D"
            or "GaussianDropout"
            or "GaussianNoise"
            or "AlphaDropout"
            or "ActivityRegularization"
            or "Identity":
                nodes.Makes(nodes.Masks.Of(inputs[0]), nodes.Node("Identity", [inputs[0]], nodes.Name));
                break;
            case "Masking":
                Masking(nodes, inputs[0], layer.Number("mask_value", 0));
                break;
            case "NotEqual" when call.Constant is { } number:
                bool words = IsReadAsWords(nodes, call.Inputs[0]);
                nodes.Makes(null, nodes.Masks.Unlike(inputs[0], words, number));
                break;
            case "Any" when nodes.Masks.StepsOf(inputs[0]) is not null:
                nodes.Makes(null, inputs[0]); // NotEqual asked for any number already
                break;
            case "Embedding":
                KerasDense.Embedding(nodes, inputs[0], arrays);
                break;
            case "SimpleRNN" or "GRU" or "LSTM" or "CuDNNGRU" or "CuDNNLSTM":
                KerasRecurrent.One(nodes, inputs, arrays);
                break;
            case "RNN":
                KerasRecurrent.Cells(nodes, inputs, arrays);
                break;
            case "Bidirectional":
                KerasRecurrent.Bidirectional(nodes, inputs, arrays);
                break;
            case "Dense" or "Activation" or "Softmax" or "ReLU":
                KerasDense.Add(nodes, layer, inputs, arrays);
                break;
            case "TimeDistributed" when layer.Inner("layer") is { Class: "Dense" or "Dropout" or "Activation" } inner:
                KerasDense.Add(nodes, inner, inputs, arrays);
                break;
            case "TimeDistributed":
                nodes.Outside($"holds {layer.Inner("layer")}, which is not known here inside of TimeDistributed", inputs);
                break;
            default:
                KerasShapes.Add(nodes, inputs);
                break;
        }
    }

    private static void Input(KerasNodes nodes)
    {
        KerasLayer layer = nodes.Layer;
        long?[]? stated = layer.Sizes("batch_shape", "batch_input_shape");
        bool words = IsReadAsWords(nodes, new(nodes.At.Path, nodes.At.Number, 0));
        // these fix the number of steps
        bool needsTimes = nodes.Calls.Any(other => other.Layer.Class is "Flatten" or "Reshape" or "Permute" or "RepeatVector");
        long?[] shape = stated is null ? (words ? [null, null] : [null, null, layer.Whole("input_dim")]) : [null, .. stated.Skip(1)];
        if (shape.Length > 1 && !needsTimes)
            shape[1] = shape.Length > 2 || words ? null : shape[1];
        nodes.Makes(null, nodes.Maker.Input(nodes.Name, words ? Dtype.I64 : nodes.Maker.Real, shape));
    }

    private static bool IsReadAsWords(KerasNodes nodes, KerasSource source) =>
        nodes.Calls.Any(other => other.Layer.Class == "Embedding" && other.Inputs.Contains(source));

    // masked steps are 0 from here on
    private static void Masking(KerasNodes nodes, string input, double number)
    {
        string mask = nodes.Masks.Unlike(input, isOfWords: false, number);
        nodes.Makes(
            mask,
            number == 0 || !nodes.PassesOver
                ? nodes.Node("Identity", [input], nodes.Name)
                : nodes.Node("Mul", [input, nodes.Masks.Column(mask, "kept")], nodes.Name)
        );
    }
}
