using Farback.Networks;

namespace Farback.Diagnosis;

/// <summary>A named part of the joint state of all layers: h, c, a layer's c, single units.</summary>
/// <param name="Name">How it is called.</param>
/// <param name="Holds">Whether it has the coordinate (layer, part of the state, unit).</param>
/// <param name="IsWhole">True for all of the state.</param>
public sealed record StatePart(string Name, Func<int, int, int, bool> Holds, bool IsWhole = false)
{
    /// <summary>The whole state, then what the cell tells apart, then layers where there are several.</summary>
    public static IReadOnlyList<StatePart> Of(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        List<StatePart> parts = [new("whole state", (_, _, _) => true, IsWhole: true)];
        IReadOnlyList<string> names = network.Cell.State;
        if (names.Count > 1)
            for (int part = 0; part < names.Count; part++)
            {
                int mine = part;
                parts.Add(new(names[part], (_, p, _) => p == mine));
            }
        if (network.Layers > 1)
            for (int layer = 0; layer < network.Layers; layer++)
            {
                int mine = layer;
                parts.Add(new($"layer {layer}", (l, _, _) => l == mine));
            }
        return parts;
    }

    /// <summary>What the read-out is fed: the top layer's h, and whatever else its cell hands up.</summary>
    public static StatePart Readable(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new("read-out's input", (layer, part, _) => layer == network.Layers - 1 && part < network.Cell.OutputParts);
    }

    /// <summary>What the read-out is not fed: c, and the layers below; null where it is fed everything.</summary>
    public static StatePart? Hidden(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        bool hides = network.Layers > 1 || network.Cell.OutputParts < network.Cell.State.Count;
        StatePart readable = Readable(network);
        return hides ? new("hidden from the read-out", (layer, part, unit) => !readable.Holds(layer, part, unit)) : null;
    }

    /// <summary>Units of a layer, all parts of each.</summary>
    public static StatePart Units(IReadOnlyCollection<(int Layer, int Unit)> units)
    {
        ArgumentNullException.ThrowIfNull(units);
        HashSet<(int, int)> set = [.. units];
        return new(
            string.Join(", ", units.Select(unit => $"unit {unit.Unit} of layer {unit.Layer}")),
            (layer, _, unit) => set.Contains((layer, unit))
        );
    }
}
