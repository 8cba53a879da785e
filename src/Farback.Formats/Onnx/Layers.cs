using Farback.Cells;
using Farback.Networks;

namespace Farback.Formats.Onnx;

/// <summary>One layer: a node with one or two directions, or a node for each.</summary>
internal sealed record Layer(IReadOnlyList<RecurrentNode> Parts)
{
    public int Directions => Parts.Sum(part => part.Directions);
}

/// <summary>The recurrent nodes of a graph as layers that lie on one another.</summary>
internal sealed class Layers
{
    private Layers() { }

    /// <summary>From the input up.</summary>
    public IReadOnlyList<Layer> All { get; private set; } = [];

    /// <summary>The embedding, or null.</summary>
    public Value? Table { get; private set; }

    /// <summary>The input of the graph that the first layer, or the embedding, reads.</summary>
    public string Input { get; private set; } = "";

    /// <summary>How many biases the layers have: one where those beside W_h are all zero.</summary>
    public Biases Biases =>
        All.All(layer => layer.Parts.All(part => !part.HasBias)) ? Biases.None
        : All.All(layer => layer.Parts.All(part => part.HasZeroRecurrentBias)) ? Biases.One
        : Biases.Two;

    /// <summary>Whether the one direction reads from the end.</summary>
    public bool IsReversed => All[0].Directions == 1 && All[0].Parts[0].Reverse[0];

    /// <summary>Finds them.</summary>
    /// <exception cref="NotSupportedException">They are no stack of layers of one cell and one size; the node that is in the way is named.</exception>
    public static Layers Find(
        IReadOnlyList<Node> nodes,
        LayerPath path,
        Func<Node, int, Value> constant,
        Func<string, Value?> stored,
        Action<FindingKind, string, string?> say
    )
    {
        var layers = new Layers();
        List<Layer> found = [];
        for (int at = 0; at < nodes.Count; )
        {
            RecurrentNode first = Read(nodes[at], constant);
            Origin below = path.Of(nodes[at].Inputs.Count > 0 ? nodes[at].Inputs[0] : "");
            layers.CheckBelow(first, below, found, stored);
            List<RecurrentNode> parts = [first];
            if (first.Directions == 1 && at + 1 < nodes.Count && Same(path.Of(nodes[at + 1].Inputs[0]), below))
                parts.Add(Read(nodes[at + 1], constant));
            found.Add(new(parts));
            at += parts.Count;
            CheckAlike(found);
            foreach (RecurrentNode part in parts)
                if (part.Doubt is { } doubt)
                    say(FindingKind.Guessed, doubt, null);
        }
        layers.All = found;
        RecurrentNode bottom = found[0].Parts[0];
        say(
            FindingKind.Recognised,
            $"{bottom.Cells[0].Title}, {bottom.Inputs} inputs, {bottom.Hidden} units, {found.Count} {(found.Count == 1 ? "layer" : "layers")}{(found[0].Directions == 2 ? ", both directions" : "")} ({string.Join(", ", nodes)})",
            null
        );
        if (layers.Table is { } table)
            say(FindingKind.Recognised, $"an embedding of {table.Shape[0]} words in {table.Shape[1]} numbers", null);
        if (layers.IsReversed)
            say(
                FindingKind.Guessed,
                "its layers read from the last input to the first: the network here reads forwards, so give it its sequences turned round; lag then counts from the end",
                null
            );
        return layers;
    }

    private static RecurrentNode Read(Node node, Func<Node, int, Value> constant) =>
        new(
            node,
            constant(node, 1),
            constant(node, 2),
            node.Input(3) is null ? null : constant(node, 3),
            node.Input(7) is null ? null : constant(node, 7)
        );

    private static bool Same(Origin a, Origin b) =>
        (a, b) switch
        {
            (Origin.FromLayer one, Origin.FromLayer other) => one.Output == other.Output && one.Nodes.SequenceEqual(other.Nodes),
            _ => a == b,
        };

    private void CheckBelow(RecurrentNode node, Origin below, List<Layer> found, Func<string, Value?> stored)
    {
        if (found.Count == 0)
        {
            switch (below)
            {
                case Origin.FromInput input:
                    Input = input.Name;
                    return;
                case Origin.FromTable table:
                    Input = table.Input;
                    Table = TableOf(node, stored(table.Table)!);
                    return;
            }
        }
        else if (below is Origin.FromLayer { Output: 0 } layer && layer.Nodes.SequenceEqual(found[^1].Parts.Select(part => part.Node)))
            return;
        throw node.Node.Outside(
            below switch
            {
                Origin.Stopped stopped =>
                    $"reads what {stopped.At} makes, which stands between {(found.Count == 0 ? "the input and the first layer" : "two layers")} and is not part of a network here.",
                Origin.FromLayer layer =>
                    $"reads output {layer.Output} of {string.Join(" and ", layer.Nodes)}; a stack reads the Y of the layer below it.",
                Origin.Stored => "reads what is stored; a network reads an input.",
                _ => "does not read the layer below it; a network here is one stack.",
            }
        );
    }

    private static Value TableOf(RecurrentNode node, Value table) =>
        table.IsReal && table.Rank == 2 && table.Shape[1] == node.Inputs && table.Shape[0] > 0
            ? table
            : throw node.Node.Outside($"reads rows of {table}; expected one row of {node.Inputs} numbers for each word.");

    private static void CheckAlike(List<Layer> found)
    {
        RecurrentNode first = found[0].Parts[0];
        Layer last = found[^1];
        foreach (RecurrentNode part in last.Parts)
        {
            if (part.Hidden != first.Hidden)
                throw part.Node.Outside(
                    $"has {part.Hidden} units where {first.Node} has {first.Hidden}; the layers of a network here are of one size."
                );
            foreach (Cell cell in part.Cells)
                if (!cell.Equals(first.Cells[0]))
                    throw part.Node.Outside(
                        $"is {cell.Title} where {first.Node} begins with {first.Cells[0].Title}; a network here has one cell."
                    );
            if (part.IsDouble != first.IsDouble)
                throw part.Node.Outside("computes in another precision than the first layer.");
        }
        bool[] reverse = [.. last.Parts.SelectMany(part => part.Reverse)];
        if (last.Directions != found[0].Directions || last.Directions > 2)
            throw last.Parts[0].Node.Outside($"has {last.Directions} directions where the first layer has {found[0].Directions}.");
        if (last.Directions == 2 ? reverse is not [false, true] : reverse[0] != found[0].Parts[0].Reverse[0])
            throw last.Parts[0].Node.Outside("reads in another direction than a network here: forwards, or forwards and then backwards.");
    }
}
