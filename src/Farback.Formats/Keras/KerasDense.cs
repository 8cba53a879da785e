namespace Farback.Formats.Keras;

/// <summary>Layers that act at every step by itself: embeddings, dense layers, activations, alone and inside of TimeDistributed.</summary>
internal static class KerasDense
{
    /// <summary>A row of a table for each word.</summary>
    public static void Embedding(KerasNodes nodes, string input, Tensor[] arrays)
    {
        if (arrays is not [{ Shape: [> 0, > 0] } table])
            throw nodes.Layer.Fault($"has {KerasNodes.Describe(arrays)}", "one table of words and numbers");
        string? mask = nodes.Layer.Flag("mask_zero", false) ? nodes.Masks.Unlike(input, isOfWords: true, 0) : null;
        nodes.Makes(mask, nodes.Node("Gather", [nodes.Store("table", table), input], nodes.Name));
    }

    /// <summary>The layer of the call, or the one inside of its TimeDistributed.</summary>
    public static void Add(KerasNodes nodes, KerasLayer layer, string[] inputs, Tensor[] arrays)
    {
        string? mask = nodes.Masks.Of(inputs[0]);
        switch (layer.Class)
        {
            case "Dense":
                nodes.Makes(mask, Activate(nodes, layer, Product(nodes, layer, inputs[0], arrays)));
                break;
            case "Activation":
                nodes.Makes(mask, Activate(nodes, layer, inputs[0]));
                break;
            case "Dropout":
                nodes.Makes(mask, nodes.Node("Identity", [inputs[0]], nodes.Name));
                break;
            case "Softmax" when mask is null && (layer.Whole("axis") ?? -1) == -1:
                nodes.Makes(null, nodes.Node("Softmax", [inputs[0]], nodes.Name, ("axis", -1)));
                break;
            case "ReLU"
                when layer.Number("max_value", -1) == -1 && layer.Number("negative_slope", 0) == 0 && layer.Number("threshold", 0) == 0:
                nodes.Makes(mask, nodes.Node("Relu", [inputs[0]], nodes.Name));
                break;
            default:
                nodes.Outside("has settings or a mask that are not known here", inputs);
                break;
        }
    }

    // x W + b, over the last axis
    private static string Product(KerasNodes nodes, KerasLayer layer, string input, Tensor[] arrays)
    {
        bool fits =
            arrays is [{ Shape: [_, var columns] }, ..]
            && (arrays.Length == 1 || (arrays.Length == 2 && arrays[1].Count == columns))
            && (layer.Whole("units", "output_dim") ?? columns) == columns;
        if (!fits)
            throw layer.Fault(
                $"has {KerasNodes.Describe(arrays)}",
                $"[inputs, {layer.Whole("units", "output_dim")}] and a bias of as many columns"
            );
        bool linear = KerasActivation.Of(layer, nodes.Version, "linear", "activation").IsLinear;
        string sum = linear ? nodes.Name : $"{nodes.Name}:sum",
            product = arrays.Length == 1 ? sum : $"{nodes.Name}:product";
        nodes.Node("MatMul", [input, nodes.Store("kernel", arrays[0])], product);
        return arrays.Length == 1 ? product : nodes.Node("Add", [product, nodes.Store("bias", arrays[1])], sum);
    }

    private static string Activate(KerasNodes nodes, KerasLayer layer, string input)
    {
        if (input == nodes.Name)
            return input; // a dense layer without one
        KerasActivation activation = KerasActivation.Of(layer, nodes.Version, "linear", "activation");
        if (activation.IsLinear)
            return nodes.Node("Identity", [input], nodes.Name);
        if (!activation.IsKnown)
        {
            nodes.Say(FindingKind.Outside, $"{nodes.Layer} has the activation {activation.Operator}, which is not known here");
            nodes.Foreigner(activation.Operator, [input], nodes.Name);
            return nodes.Name;
        }
        (string, object)[] numbers =
        [
            .. activation.Numbers.Take(1).Select(alpha => ("alpha", (object)alpha)),
            .. activation.Numbers.Skip(1).Select(beta => ("beta", (object)beta)),
        ];
        if (activation.Operator == "Softmax")
            numbers = [("axis", -1)];
        return nodes.Node(activation.Operator, [input], nodes.Name, numbers);
    }
}
