using Farback.Formats.Onnx;
using Farback.Networks;

namespace Farback.Formats.Keras;

/// <summary>Recurrent layers: one, several cells that lie on one another, two directions.</summary>
internal static class KerasRecurrent
{
    /// <summary>A layer of one direction.</summary>
    public static void One(KerasNodes nodes, string[] inputs, Tensor[] arrays)
    {
        KerasCell cell = KerasCell.Read(nodes.Layer, nodes.Version, arrays);
        string? mask = nodes.Masks.OfRecurrent(inputs[0]);
        var made = KerasRecurrence.Make(nodes, "", [cell], inputs, nodes.Layer.Flag("go_backwards", false) ? "reverse" : "forward", mask);
        Finish(nodes, made, nodes.Layer.Flag("return_sequences", false), mask);
    }

    /// <summary>RNN around a cell, or around several that lie on one another.</summary>
    public static void Cells(KerasNodes nodes, string[] inputs, Tensor[] arrays)
    {
        KerasLayer layer = nodes.Layer;
        if (layer.Inner("cell") is not { } one)
            throw layer.Fault("has no cell", "one");
        IReadOnlyList<KerasLayer> cells = KerasCell.Stacked(one);
        if (cells.Count == 0 || cells.Any(cell => KerasCell.OperatorOf(cell.Class) is null) || inputs.Length > 1)
        {
            nodes.Outside($"holds {string.Join(", ", cells.Take(4))}, not all of which are known here", inputs);
            return;
        }
        string x = inputs[0];
        string? mask = nodes.Masks.OfRecurrent(x);
        for (int i = 0, next = 0; i < cells.Count; i++)
        {
            int count = Math.Min(KerasCell.ArraysOf(cells[i], nodes.Version), arrays.Length - next);
            Tensor[] own = arrays[next..(next += count)];
            bool last = i == cells.Count - 1;
            if (last && next != arrays.Length)
                throw layer.Fault($"has {KerasNodes.Describe(arrays)}", $"{next} arrays for its {cells.Count} cells");
            KerasCell cell = KerasCell.Read(cells[i], nodes.Version, own);
            var made = KerasRecurrence.Make(nodes, last ? "" : $":{i}", [cell], [x], "forward", mask);
            if (last)
                Finish(nodes, made, layer.Flag("return_sequences", false), mask);
            else
                x = made.Sequences($"{nodes.Name}:{i}:y");
        }
    }

    /// <summary>A layer that reads forwards, and one like it that reads backwards.</summary>
    public static void Bidirectional(KerasNodes nodes, string[] inputs, Tensor[] arrays)
    {
        KerasLayer layer = nodes.Layer;
        if (layer.Inner("layer") is not { } forward)
            throw layer.Fault("has no layer inside", "one");
        KerasLayer backward = layer.Inner("backward_layer") ?? forward;
        if (KerasCell.OperatorOf(forward.Class) is not { } kind || KerasCell.OperatorOf(backward.Class) != kind)
        {
            nodes.Outside($"holds {forward}, which is not known here inside of Bidirectional", inputs);
            return;
        }
        if (forward.Flag("go_backwards", false))
        {
            nodes.Outside($"holds {forward}, which reads backwards first", inputs);
            return;
        }
        if (arrays.Length % 2 != 0)
            throw layer.Fault($"has {KerasNodes.Describe(arrays)}", "as many for each direction");
        int half = arrays.Length / 2;
        KerasCell[] cells =
        [
            KerasCell.Read(forward, nodes.Version, arrays[..half]),
            KerasCell.Read(backward, nodes.Version, arrays[half..]),
        ];
        if ((cells[0].Units, cells[0].Inputs, cells[0].ResetsAfter) != (cells[1].Units, cells[1].Inputs, cells[1].ResetsAfter))
        {
            nodes.Outside("has directions of different size or kind", inputs);
            return;
        }
        string? mask = nodes.Masks.OfRecurrent(inputs[0]);
        bool sequences = forward.Flag("return_sequences", false);
        if (mask is not null && !sequences && forward.Flag("zero_output_for_mask", false))
        {
            nodes.Outside("puts out its last step only, and 0 where that is masked (zero_output_for_mask)", inputs);
            return;
        }
        var made = KerasRecurrence.Make(nodes, "", cells, inputs, "bidirectional", mask);
        string merge = layer.Text("merge_mode") ?? (layer.Config.TryGetProperty("merge_mode", out _) ? "none" : "concat");
        string? after = sequences ? mask : null;
        string name = nodes.Name;
        switch (merge)
        {
            case "concat":
                Finish(nodes, made, sequences, mask);
                break;
            case "sum" or "mul":
                nodes.Makes(after, nodes.Node(merge == "sum" ? "Add" : "Mul", made.Directions(sequences), name));
                break;
            case "ave":
                string sum = nodes.Node("Add", made.Directions(sequences), $"{name}:sum");
                nodes.Makes(after, nodes.Node("Mul", [sum, nodes.Store("half", [1], [0.5])], name));
                break;
            case "none":
                string[] each = made.Directions(sequences);
                nodes.Makes(after, each);
                if (after is not null)
                    nodes.Masks.Set(each[1], after);
                break;
            default:
                throw layer.Fault($"merges by {MalformedFileException.Quote(merge)}", "concat, sum, ave, mul or none");
        }
    }

    // what Keras hands on of it: every step or the last, and the states where they are wanted
    private static void Finish(KerasNodes nodes, KerasRecurrence recurrence, bool sequences, string? mask)
    {
        (KerasLayer layer, string name) = (nodes.Layer, nodes.Name);
        List<string> made = [];
        if (!sequences)
            made.Add(recurrence.Last(name));
        else if (layer.Flag("go_backwards", false))
        {
            // Keras leaves them in the order in which they were made: the last step's first
            string forwards = recurrence.Sequences($"{name}:forwards");
            made.Add(
                nodes.Node(
                    "Slice",
                    [forwards, nodes.Whole("from", -1), nodes.Whole("to", int.MinValue), nodes.Whole("time", 1), nodes.Whole("step", -1)],
                    name
                )
            );
        }
        else
            made.Add(recurrence.Sequences(name));
        if (layer.Flag("return_state", false) && layer.Class != "Bidirectional")
            made.AddRange(recurrence.States());
        nodes.Makes(sequences ? mask : null, [.. made]);
    }
}
