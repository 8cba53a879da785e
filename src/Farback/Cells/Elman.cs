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
    public static bool VjpReadsStates
    {
        [MethodImpl(Inline)]
        get => false;
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

/// <summary>The Elman cell with any activation.</summary>
public sealed class ElmanCell : Cell
{
    private readonly Activation _activation;

    internal ElmanCell(Activation activation)
    {
        _activation = activation;
        Gates = [new("", 0, 0, Activation: activation.Kind)];
    }

    /// <inheritdoc/>
    public override string Name =>
        _activation == Activation.Tanh ? "elman"
        : _activation == Activation.Relu ? "elman-relu"
        : _activation == Activation.Identity ? "elman-identity"
        : $"elman({_activation})";

    /// <inheritdoc/>
    public override string Title => _activation == Activation.Tanh ? "Elman" : $"Elman ({_activation})";

    /// <inheritdoc/>
    public override string Equation => $"h = {(_activation == Activation.Identity ? "" : _activation)}(W_x x + W_h h₋ + b)";

    /// <inheritdoc/>
    public override IReadOnlyList<Gate> Gates { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Activation> Activations => [_activation];

    /// <inheritdoc/>
    public override double? LargestSlope => _activation.LargestSlope;

    /// <inheritdoc/>
    public override TResult Open<V, TResult>(ICellUser<V, TResult> user) =>
        Activation.Open(_activation, Activation.Identity, Activation.Identity, new Page<V, TResult>(user));

    private sealed class Page<V, TResult>(ICellUser<V, TResult> user) : IActivationsUser<V, TResult>
        where V : struct, INumbers<V>
    {
        public TResult Use<TActivation, TSecond, TThird>()
            where TActivation : struct, IActivation<V>
            where TSecond : struct, IActivation<V>
            where TThird : struct, IActivation<V> =>
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
}
