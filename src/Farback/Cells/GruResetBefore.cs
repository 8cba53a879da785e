namespace Farback.Cells;

/// <summary>Gated recurrent unit, reset before the product (as first published, and ONNX's default).</summary>
/// <remarks>
///   r = σ(z_r)   z = σ(z_z)   n = tanh(W_nx x + W_nh (r⊙h₋) + b_n)   h = (1 − z)⊙n + z⊙h₋
///   Two stages: r and z, which make the operand r⊙h₋; then n and h. Blocks in the order r, z, n.
///   Source: Cho et al. 2014. Derivation: docs/derivations/gru.md
/// </remarks>
public readonly struct GruResetBefore<V, TGate, TCandidate>
    : ICell<V, HiddenState<V>, Sums1<V>, NoUnit<V>, GruResetBefore<V, TGate, TCandidate>.Record>,
        IGate<V, HiddenState<V>, Sums2<V>, GruResetBefore<V, TGate, TCandidate>.Record>
    where V : struct, INumbers<V>
    where TGate : struct, IActivation<V>
    where TCandidate : struct, IActivation<V>
{
    /// <summary>R = ∂u/∂h₋, UR = ∂u/∂z_r, Z = ∂h/∂h₋ past the weights, HZ = ∂h/∂z_z, HN = ∂h/∂(n's sum).</summary>
    public struct Record
    {
        /// <summary>The parts, in the order in which they lie in memory.</summary>
        public V R,
            UR,
            Z,
            HZ,
            HN;
    }

    /// <inheritdoc/>
    public static bool Present => true;

    // u = r⊙h₋
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Step(Sums2<V> sums, HiddenState<V> previous, ref Record record)
    {
        V r = TGate.Of(sums.A, out V rSlope);
        record.Z = TGate.Of(sums.B, out V zSlope);
        record.R = r;
        record.UR = previous.H * rSlope;
        record.HZ = zSlope; // times (h₋ − n), once n is known
        return r * previous.H;
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void Step(Sums1<V> sums, HiddenState<V> previous, NoUnit<V> unit, ref Record record, out HiddenState<V> state)
    {
        V z = record.Z;
        V n = TCandidate.Of(sums.A, out V nSlope);
        state.H = (1 - z) * n + z * previous.H;

        record.HN = (1 - z) * nSlope;
        record.HZ = (previous.H - n) * record.HZ;
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
        Sums1<V> δ;
        δ.A = adjoint.H * record.HN;
        direct.H = adjoint.H * record.Z; // past the weights
        unitGradient = default;
        return δ;
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Sums2<V> Vjp(Record record, HiddenState<V> adjoint, V operand, ref HiddenState<V> direct)
    {
        Sums2<V> δ;
        δ.A = operand * record.UR;
        δ.B = adjoint.H * record.HZ;
        direct.H += operand * record.R;
        return δ;
    }
}

/// <summary>The GRU cell with the reset before the product.</summary>
public sealed class GruResetBeforeCell : Cell
{
    private readonly Activation _gate,
        _candidate;

    internal GruResetBeforeCell(Activation gate, Activation candidate)
    {
        (_gate, _candidate) = (gate, candidate);
        Gates =
        [
            new("r", 0, 0, BeforeProduct: true, gate.Kind),
            new("z", 1, 1, BeforeProduct: true, gate.Kind),
            new("n", 0, 0, Activation: candidate.Kind),
        ];
    }

    /// <inheritdoc/>
    public override string Name => Named("gru-reset-before", (_gate, Activation.Sigmoid), (_candidate, Activation.Tanh));

    /// <inheritdoc/>
    public override string Title => Named("GRU (reset before)", (_gate, Activation.Sigmoid), (_candidate, Activation.Tanh));

    /// <inheritdoc/>
    public override string Equation => $"h = (1 − z)⊙n + z⊙h₋   n = {_candidate}(W_nx x + W_nh (r⊙h₋) + b_n)";

    /// <inheritdoc/>
    public override IReadOnlyList<Gate> Gates { get; }

    /// <inheritdoc/>
    public override string? MemoryGate => _gate == Activation.Sigmoid ? "z" : null;

    /// <inheritdoc/>
    public override IReadOnlyList<Activation> Activations => [_gate, _candidate];

    /// <inheritdoc/>
    public override TResult Open<V, TResult>(ICellUser<V, TResult> user) =>
        Activation.Open(_gate, _candidate, Activation.Identity, new Page<V, TResult>(user));

    private sealed class Page<V, TResult>(ICellUser<V, TResult> user) : IActivationsUser<V, TResult>
        where V : struct, INumbers<V>
    {
        public TResult Use<TGate, TCandidate, TThird>()
            where TGate : struct, IActivation<V>
            where TCandidate : struct, IActivation<V>
            where TThird : struct, IActivation<V> =>
            user.Use<
                GruResetBefore<V, TGate, TCandidate>,
                HiddenState<V>,
                Sums1<V>,
                Sums1<V>,
                NoUnit<V>,
                GruResetBefore<V, TGate, TCandidate>.Record,
                GruResetBefore<V, TGate, TCandidate>,
                Sums2<V>
            >();
    }
}
