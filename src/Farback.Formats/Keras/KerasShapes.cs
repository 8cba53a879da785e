namespace Farback.Formats.Keras;

/// <summary>Layers that move values about, put them together, or take something over time.</summary>
internal static class KerasShapes
{
    private static readonly int[] Times = [1]; // the axis

    public static void Add(KerasNodes nodes, string[] inputs)
    {
        (KerasLayer layer, string name) = (nodes.Layer, nodes.Name);
        string? mask;
        switch (layer.Class)
        {
            case "Flatten":
                nodes.Makes(null, nodes.Node("Flatten", [inputs[0]], name, ("axis", 1)));
                break;
            case "Reshape" when layer.Sizes("target_shape") is { } target:
                string shape = nodes.Whole("shape", [0, .. target.Select(size => size ?? -1)]);
                nodes.Makes(null, nodes.Node("Reshape", [inputs[0], shape], name));
                break;
            case "Permute" when layer.Sizes("dims") is { } dims:
                nodes.Makes(
                    null,
                    nodes.Node("Transpose", [inputs[0]], name, ("perm", (int[])[0, .. dims.Select(axis => (int)(axis ?? 0))]))
                );
                break;
            case "RepeatVector" when layer.Whole("n") is { } times and > 0:
                string column = nodes.Node("Unsqueeze", [inputs[0], nodes.Whole("axis", 1)], $"{name}:column");
                nodes.Makes(null, nodes.Node("Tile", [column, nodes.Whole("times", 1, times, 1)], name));
                break;
            case "Concatenate" when nodes.Masks.Common(inputs, out mask) && (mask is null || (layer.Whole("axis") ?? -1) == -1):
                nodes.Makes(mask, nodes.Node("Concat", inputs, name, ("axis", layer.Whole("axis") ?? -1)));
                break;
            case "Add" or "Multiply" when inputs.Length == 2 && nodes.Masks.Common(inputs, out mask):
                nodes.Makes(mask, nodes.Node(layer.Class == "Add" ? "Add" : "Mul", inputs, name));
                break;
            case "GlobalMaxPooling1D":
                nodes.Makes(null, nodes.Node("ReduceMax", [inputs[0]], name, ("axes", Times), ("keepdims", 0)));
                break;
            case "GlobalAveragePooling1D":
                nodes.Makes(null, Mean(nodes, inputs[0]));
                break;
            default:
                nodes.Outside("is not known here", inputs);
                break;
        }
    }

    // Σ_t m_t x_t / Σ_t m_t
    private static string Mean(KerasNodes nodes, string input)
    {
        if (!nodes.PassesOver || nodes.Masks.Of(input) is not { } mask)
            return nodes.Node("ReduceMean", [input], nodes.Name, ("axes", Times), ("keepdims", 0));
        string column = nodes.Masks.Column(mask, "kept");
        string kept = nodes.Node("Mul", [input, column], $"{nodes.Name}:those");
        string axis = nodes.Whole("time", 1);
        string sum = nodes.Node("ReduceSum", [kept, axis], $"{nodes.Name}:sum", ("keepdims", 0)),
            count = nodes.Node("ReduceSum", [column, axis], $"{nodes.Name}:count", ("keepdims", 0));
        return nodes.Node("Div", [sum, count], nodes.Name);
    }
}
