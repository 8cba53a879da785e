using Farback.Cells;

namespace Farback.Networks;

/// <summary>How many bias vectors a layer has.</summary>
public enum Biases
{
    /// <summary>None.</summary>
    None,

    /// <summary>One, beside W_x.</summary>
    One,

    /// <summary>Two of equal size, beside W_x and W_h, as PyTorch: merging them would change norms, clipping and Adam.</summary>
    Two,
}

/// <summary>Where a layer's state starts.</summary>
public enum InitialStates
{
    /// <summary>At zero: the first recurrent use is exactly zero.</summary>
    Zero,

    /// <summary>At parameters that are learned, one vector for all lanes.</summary>
    Learned,
}

/// <summary>A network as data: what it is made of, and where each block of parameters lies. It holds no numbers.</summary>
/// <remarks>
///   input (vectors, or words through an embedding) → layers of one cell, one direction or two → linear read-out at every step.
///   A loss at the last step only is a matter of targets.
/// </remarks>
public sealed record Network
{
    private readonly Lazy<IReadOnlyList<Block>> _blocks;

    /// <summary>A network of which nothing is said yet but what is required.</summary>
    public Network() => _blocks = new(() => Layout.Of(this));

    // a copy lays itself out anew
    private Network(Network other)
    {
        _blocks = new(() => Layout.Of(this));
        (Cell, Inputs, Words, Embedding, Hidden, Layers) = (
            other.Cell,
            other.Inputs,
            other.Words,
            other.Embedding,
            other.Hidden,
            other.Layers
        );
        (Bidirectional, Outputs, Biases, InitialStates, Dropout) = (
            other.Bidirectional,
            other.Outputs,
            other.Biases,
            other.InitialStates,
            other.Dropout
        );
    }

    /// <summary>The cell of every layer.</summary>
    public required Cell Cell { get; init; }

    /// <summary>I, the size of an input vector; 0 where words are read through an embedding. Words given to it are read one-hot.</summary>
    public int Inputs { get; init; }

    /// <summary>The number of different words; 0 where the input is vectors.</summary>
    public int Words { get; init; }

    /// <summary>The size of a word's vector.</summary>
    public int Embedding { get; init; }

    /// <summary>H, the units of a layer and direction.</summary>
    public required int Hidden { get; init; }

    /// <summary>How many layers are stacked.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Whether each layer also runs from the last input to the first.</summary>
    public bool Bidirectional { get; init; }

    /// <summary>The size of the read-out; 0 for a network without one, whose adjoints come from elsewhere.</summary>
    public required int Outputs { get; init; }

    /// <summary>How many biases a layer has.</summary>
    public Biases Biases { get; init; } = Biases.Two;

    /// <summary>Where the states start.</summary>
    public InitialStates InitialStates { get; init; }

    /// <summary>The probability with which an input of the second and higher layers is dropped in training.</summary>
    public double Dropout { get; init; }

    /// <summary>1 or 2.</summary>
    public int Directions => Bidirectional ? 2 : 1;

    /// <summary>The size of what a layer hands up: all directions' outputs side by side.</summary>
    public int LayerOutputs => Directions * Cell.OutputParts * Hidden;

    /// <summary>The size of what a layer reads.</summary>
    public int InputsOf(int layer) =>
        layer > 0 ? LayerOutputs
        : Words > 0 ? Embedding
        : Inputs;

    /// <summary>Every block of parameters, in order.</summary>
    public IReadOnlyList<Block> Blocks => _blocks.Value;

    /// <summary>How many numbers all blocks hold.</summary>
    public int ParameterCount => Blocks[^1].Offset + Blocks[^1].Count;

    /// <summary>The block of that name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public Block this[string name] =>
        Blocks.FirstOrDefault(block => block.Name == name)
        ?? throw new ArgumentException($"no block '{name}'; the network has {string.Join(", ", Blocks.Select(block => block.Name))}.");

    /// <summary>Two networks are equal when their shapes are.</summary>
    public bool Equals(Network? other) =>
        other is not null
        && Cell.Equals(other.Cell)
        && (Inputs, Words, Embedding, Hidden, Layers) == (other.Inputs, other.Words, other.Embedding, other.Hidden, other.Layers)
        && (Bidirectional, Outputs, Biases, InitialStates, Dropout)
            == (other.Bidirectional, other.Outputs, other.Biases, other.InitialStates, other.Dropout);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Cell, Inputs, Words, Embedding, Hidden, Layers, Bidirectional, Outputs);
}
