using Farback.Tiles;

namespace Farback.Networks;

/// <summary>A number for every parameter of a network, one flat array: weights, a gradient, or an optimiser's memory of them.</summary>
public sealed class Parameters<T>
    where T : unmanaged
{
    /// <summary>All zero.</summary>
    public Parameters(Network network)
    {
        Network = network;
        Values = new T[network.ParameterCount];
    }

    /// <summary>The network they belong to.</summary>
    public Network Network { get; }

    /// <summary>All numbers, block after block.</summary>
    public T[] Values { get; }

    /// <summary>The numbers of a block, row by row.</summary>
    public Span<T> this[Block block] => Values.AsSpan(block.Offset, block.Count);

    /// <summary>The numbers of the block of that name, row by row.</summary>
    public Span<T> this[string name] => this[Network[name]];

    /// <summary>The same numbers in another precision.</summary>
    public Parameters<TOther> To<TOther>()
        where TOther : unmanaged
    {
        var other = new Parameters<TOther>(Network);
        for (int i = 0; i < Values.Length; i++)
            other.Values[i] = Real.From<TOther>(Real.ToDouble(Values[i]));
        return other;
    }

    /// <summary>‖all numbers‖.</summary>
    public double Norm() => Euclidean.Norm<T>(Values);

    internal LayerWeights<T> Layer(Site site) =>
        new()
        {
            Wx = Of(site.InputWeights),
            Wh = Of(site.RecurrentWeights),
            Bx = Of(site.InputBias),
            Bh = Of(site.RecurrentBias),
            Unit = Of(site.Unit),
        };

    private Span<T> Of(Block? block) => block is null ? [] : this[block];
}
