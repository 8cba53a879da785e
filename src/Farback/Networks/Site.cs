using Farback.Cells;

namespace Farback.Networks;

/// <summary>A place where weights are used once a step: a layer in one direction, or the read-out.</summary>
public sealed class Site
{
    internal Site(Network network, int layer, int direction)
    {
        (Layer, Direction) = (layer, direction);
        IsReadOut = layer == network.Layers;
        Cell = IsReadOut ? ReadOutCell.Instance : network.Cell;
        Inputs = IsReadOut ? network.LayerOutputs : network.InputsOf(layer);
        Units = IsReadOut ? network.Outputs : network.Hidden;
        Block? Find(BlockKind kind) =>
            network.Blocks.FirstOrDefault(block => block.Kind == kind && block.Layer == layer && block.Direction == direction);
        InputWeights = Find(IsReadOut ? BlockKind.ReadOutWeights : BlockKind.InputWeights)!;
        RecurrentWeights = Find(BlockKind.RecurrentWeights);
        InputBias = Find(IsReadOut ? BlockKind.ReadOutBias : BlockKind.InputBias);
        RecurrentBias = Find(BlockKind.RecurrentBias);
        Unit = Find(BlockKind.Unit);
        InitialState = Find(BlockKind.InitialState);
    }

    /// <summary>The layer, from 0 at the input; the number of layers for the read-out.</summary>
    public int Layer { get; }

    /// <summary>0 from the first input to the last, 1 from the last to the first.</summary>
    public int Direction { get; }

    /// <summary>Whether it is the read-out, which remembers nothing.</summary>
    public bool IsReadOut { get; }

    /// <summary>Its cell.</summary>
    public Cell Cell { get; }

    /// <summary>The size of its input.</summary>
    public int Inputs { get; }

    /// <summary>Its units.</summary>
    public int Units { get; }

    /// <summary>W_x.</summary>
    public Block InputWeights { get; }

    /// <summary>W_h, where it has one.</summary>
    public Block? RecurrentWeights { get; }

    /// <summary>The bias beside W_x.</summary>
    public Block? InputBias { get; }

    /// <summary>The bias beside W_h.</summary>
    public Block? RecurrentBias { get; }

    /// <summary>What each unit has to itself.</summary>
    public Block? Unit { get; }

    /// <summary>The learned initial state.</summary>
    public Block? InitialState { get; }

    /// <summary>How many weights its products have.</summary>
    internal int Weights => InputWeights.Count + (RecurrentWeights?.Count ?? 0);

    /// <summary>The walk step at which it meets an input position, and back again.</summary>
    public int WalkStep(int position, int times) => Direction == 0 ? position : times - 1 - position;

    /// <inheritdoc/>
    public override string ToString() => IsReadOut ? "read-out" : $"layer {Layer}{(Direction == 1 ? ", backwards" : "")}";
}
