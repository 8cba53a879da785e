namespace Farback.Cells;

/// <summary>A cell by name: the shape of its parameters, and the door to its equations in any kind of numbers.</summary>
/// <remarks>
///   A new cell is one page: its equations (a struct that is an <see cref="ICell{V, TState, TSums, TUnit, TRecord}"/>) and one
///   <see cref="Cell"/> that describes it; and one line in <see cref="AllCells"/>. A user's own cell needs no line: hand it to a network.
/// </remarks>
public abstract class Cell
{
    /// <summary>The name on the command line: lstm.</summary>
    public abstract string Name { get; }

    /// <summary>What people call it: LSTM.</summary>
    public abstract string Title { get; }

    /// <summary>The step in one line.</summary>
    public abstract string Equation { get; }

    /// <summary>The blocks of rows of W_x, W_h and the biases, in the order in which they are stored.</summary>
    public abstract IReadOnlyList<Gate> Gates { get; }

    /// <summary>The names of the state's parts; the first is the operand of the recurrent product.</summary>
    public virtual IReadOnlyList<string> State => ["h"];

    /// <summary>How many parts of the state, from the first on, the layer above and the read-out see.</summary>
    public virtual int OutputParts => 1;

    /// <summary>Whether the state is multiplied by a weight matrix.</summary>
    public virtual bool IsRecurrent => true;

    /// <summary>γ = max|φ'| where every path through time leads once a step through W_h and one activation φ; null where there are others.</summary>
    /// <remarks>Then ‖∂s_t/∂s_k‖ ≤ (γ σ_max(W_h))^(t−k) in one layer: 1 for tanh, ¼ for sigmoid. Source: Pascanu et al. 2013.</remarks>
    public virtual double? LargestSlope => null;

    /// <summary>The activations that the cell can be made with, in the order in which its name lists them; empty where they are fixed.</summary>
    public virtual IReadOnlyList<Activation> Activations => [];

    /// <summary>The gate that multiplies the memory on its way past the weights: f of an LSTM, z of a GRU; null where there is none.</summary>
    public virtual string? MemoryGate => null;

    /// <summary>z of each gate, the argument of its activation, from what the two products and their biases add to it.</summary>
    /// <remarks>For histograms; the step itself has it in its sums. Override it where a gate sees more than its two products.</remarks>
    /// <param name="byInput">W_x x + b_x, a number a gate.</param>
    /// <param name="byState">W_h u + b_h, a number a gate.</param>
    /// <param name="before">The unit's state before the step, a number a part.</param>
    /// <param name="after">The unit's state after it.</param>
    /// <param name="own">The parameters that the unit has to itself.</param>
    /// <param name="z">Receives a number a gate.</param>
    public virtual void Arguments(
        ReadOnlySpan<double> byInput,
        ReadOnlySpan<double> byState,
        ReadOnlySpan<double> before,
        ReadOnlySpan<double> after,
        ReadOnlySpan<double> own,
        Span<double> z
    )
    {
        for (int gate = 0; gate < z.Length; gate++)
            z[gate] = byInput[gate] + byState[gate];
    }

    /// <summary>The names of the parameters that a unit has to itself, in the order of the unit struct's fields.</summary>
    public virtual IReadOnlyList<string> UnitParameters => [];

    /// <summary>Hands the cell's types to whoever needs them.</summary>
    public abstract TResult Open<V, TResult>(ICellUser<V, TResult> user)
        where V : struct, INumbers<V>;

    /// <inheritdoc/>
    public sealed override string ToString() => Title;

    /// <summary>Two cells are the same when they are of one class and have one name.</summary>
    public sealed override bool Equals(object? obj) => obj is Cell other && other.GetType() == GetType() && other.Name == Name;

    /// <inheritdoc/>
    public sealed override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    /// <summary>A name with its activations in brackets, unless they are the usual ones: lstm(hard-sigmoid 0.2 0.5, tanh, tanh).</summary>
    private protected static string Named(string name, params ReadOnlySpan<(Activation Own, Activation Usual)> activations)
    {
        List<string> own = [];
        bool usual = true;
        foreach ((Activation activation, Activation expected) in activations)
        {
            own.Add($"{activation}");
            usual &= activation == expected;
        }
        return usual ? name : $"{name}({string.Join(", ", own)})";
    }
}

/// <summary>Where one block of rows of the weights goes.</summary>
/// <param name="Name">Its letter: i, f, g, o; empty where there is one only.</param>
/// <param name="InputSum">The field of the sums that the input feeds.</param>
/// <param name="StateSum">The field of the sums that the state feeds; the same but for GRU's n.</param>
/// <param name="BeforeProduct">True when it belongs to the stage before the cell's own.</param>
/// <param name="Activation">What squashes its sum; null where the page does not say, and then it has no histogram.</param>
public sealed record Gate(string Name, int InputSum, int StateSum, bool BeforeProduct = false, ActivationKind? Activation = null);

/// <summary>Somebody who works with a cell's types (an engine, a check).</summary>
public interface ICellUser<V, TResult>
    where V : struct, INumbers<V>
{
    /// <summary>Called once, with the types of the cell.</summary>
    TResult Use<TCell, TState, TSums, TWeights, TUnit, TRecord, TGate, TGateSums>()
        where TCell : struct, ICell<V, TState, TSums, TUnit, TRecord>
        where TState : struct
        where TSums : struct, ISums<TSums, TWeights, V>
        where TWeights : struct, ISums<TWeights, TWeights, V>
        where TUnit : struct
        where TRecord : struct
        where TGate : struct, IGate<V, TState, TGateSums, TRecord>
        where TGateSums : struct, ISums<TGateSums, TGateSums, V>;
}
