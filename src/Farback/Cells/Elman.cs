namespace Farback.Cells;

/// <summary>The simple recurrent network.</summary>
/// <remarks>
///   h = φ(z)   z = W_x x + W_h h₋ + b
///   state [h], record [∂h/∂z]. Source: Elman 1990. Derivation: docs/derivations/elman.md
/// </remarks>
public readonly struct Elman<V, TActivation> : ICell<V, HiddenState<V>, Sums1<V>, NoUnit<V>, Elman<V, TActivation>.Record>
    where V : struct, INumbers<V>
    where TActivation : struct, IActivation<V>
{
    /// <summary>The step's partial derivatives.</summary>
    public struct Record
    {
        /// <summary>∂h/∂z = φ'(z).</summary>
        public V HZ;
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void Step(Sums1<V> sums, HiddenState<V> previous, NoUnit<V> unit, ref Record record, out HiddenState<V> state)
    {
        state.H = TActivation.Of(sums.A, out record.HZ);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Sums1<V> Vjp(
        Record record,
        HiddenState<V> previous,
        HiddenState<V> state,
        NoUnit<V> unit,
        HiddenState<V> adjoint,
        out HiddenState<V> direct,
        out NoUnit<V> unitGradient
    )
    {
        direct = default; // every path to h₋ goes through W_h
        unitGradient = default;
        Sums1<V> δ;
        δ.A = adjoint.H * record.HZ;
        return δ;
    }
}

/// <summary>The Elman cell with tanh, relu or no activation.</summary>
public sealed class ElmanCell : Cell
{
    /// <summary>What φ is.</summary>
    public enum Activation
    {
        /// <summary>tanh z.</summary>
        Tanh,

        /// <summary>max(z, 0).</summary>
        Relu,

        /// <summary>z: a linear system.</summary>
        Identity,
    }

    private readonly Activation _activation;

    internal ElmanCell(Activation activation)
    {
        _activation = activation;
        ActivationKind kind =
            activation == Activation.Tanh ? ActivationKind.Tanh
            : activation == Activation.Relu ? ActivationKind.Relu
            : ActivationKind.Identity;
        Gates = [new("", 0, 0, Activation: kind)];
    }

    /// <inheritdoc/>
    public override string Name =>
        _activation == Activation.Tanh ? "elman"
        : _activation == Activation.Relu ? "elman-relu"
        : "elman-identity";

    /// <inheritdoc/>
    public override string Title =>
        _activation == Activation.Tanh ? "Elman"
        : _activation == Activation.Relu ? "Elman (relu)"
        : "Elman (identity)";

    /// <inheritdoc/>
    public override string Equation =>
        $"h = {(_activation == Activation.Tanh ? "tanh" : _activation == Activation.Relu ? "relu" : "")}(W_x x + W_h h₋ + b)";

    /// <inheritdoc/>
    public override IReadOnlyList<Gate> Gates { get; }

    /// <inheritdoc/>
    public override double? LargestSlope => 1; // of tanh at 0, of relu above it, of the identity everywhere

    /// <inheritdoc/>
    public override TResult Open<V, TResult>(ICellUser<V, TResult> user) =>
        _activation switch
        {
            Activation.Tanh => Use<V, Tanh<V>, TResult>(user),
            Activation.Relu => Use<V, Relu<V>, TResult>(user),
            _ => Use<V, Identity<V>, TResult>(user),
        };

    private static TResult Use<V, TActivation, TResult>(ICellUser<V, TResult> user)
        where V : struct, INumbers<V>
        where TActivation : struct, IActivation<V> =>
        user.Use<
            Elman<V, TActivation>,
            HiddenState<V>,
            Sums1<V>,
            Sums1<V>,
            NoUnit<V>,
            Elman<V, TActivation>.Record,
            NoGate<V, HiddenState<V>, Elman<V, TActivation>.Record>,
            NoSums<V>
        >();
}
