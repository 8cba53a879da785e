namespace Farback.Cells;

/// <summary>Gated recurrent unit, reset after the product (as PyTorch and cuDNN have it).</summary>
/// <remarks>
///   r = σ(z_r)   z = σ(z_z)   n = tanh(nˣ + r⊙nʰ)   h = (1 − z)⊙n + z⊙h₋
///   nˣ = W_nx x + b_nx, nʰ = W_nh h₋ + b_nh; blocks in the order r, z, n (PyTorch's).
///   Source: Cho et al. 2014; the reset after the product as in cuDNN. Derivation: docs/derivations/gru.md
/// </remarks>
public readonly struct GruResetAfter<V, TGate, TCandidate>
    : ICell<V, HiddenState<V>, SplitSums<V>, NoUnit<V>, GruResetAfter<V, TGate, TCandidate>.Record>
    where V : struct, INumbers<V>
    where TGate : struct, IActivation<V>
    where TCandidate : struct, IActivation<V>
{
    /// <summary>HN = ∂h/∂nˣ, HZ = ∂h/∂z_z, Z = ∂h/∂h₋ past the weights, R = ∂(n's sum)/∂nʰ, NR = ∂(n's sum)/∂z_r.</summary>
    public struct Record
    {
        /// <summary>The parts, in the order in which they lie in memory.</summary>
        public V HN,
            HZ,
            Z,
            R,
            NR;
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void Step(SplitSums<V> sums, HiddenState<V> previous, NoUnit<V> unit, ref Record record, out HiddenState<V> state)
    {
        V r = TGate.Of(sums.R, out V rSlope);
        record.Z = TGate.Of(sums.Z, out V zSlope);
        record.R = r;
        record.NR = sums.Nh * rSlope;
        (state.H, record.HZ) = (sums.Nx + r * sums.Nh, zSlope); // n's sum: until the output is made of them
    }

    /// <inheritdoc/>
    public static bool HasOutput
    {
        [MethodImpl(Inline)]
        get => true;
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void Output(ref readonly HiddenState<V> previous, ref Record record, ref HiddenState<V> state)
    {
        V z = record.Z,
            n = TCandidate.Of(state.H, out V nSlope);
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
    public static SplitSums<V> Vjp(
        Record record,
        HiddenState<V> previous,
        HiddenState<V> state,
        NoUnit<V> unit,
        HiddenState<V> adjoint,
        out HiddenState<V> direct,
        out NoUnit<V> unitGradient
    )
    {
        SplitSums<V> δ;
        δ.Nx = adjoint.H * record.HN;
        δ.Nh = δ.Nx * record.R;
        δ.R = δ.Nx * record.NR;
        δ.Z = adjoint.H * record.HZ;
        direct.H = adjoint.H * record.Z; // past the weights
        unitGradient = default;
        return δ;
    }
}

/// <summary>The GRU cell with the reset after the product.</summary>
public sealed class GruResetAfterCell : Cell
{
    private readonly Activation _gate,
        _candidate;

    internal GruResetAfterCell(Activation gate, Activation candidate)
    {
        (_gate, _candidate) = (gate, candidate);
        Gates =
        [
            new("r", 1, 1, Activation: gate.Kind),
            new("z", 2, 2, Activation: gate.Kind),
            new("n", 3, 0, Activation: gate.Kind is null ? null : candidate.Kind),
        ];
    }

    /// <inheritdoc/>
    public override string Name => Named("gru", (_gate, Activation.Sigmoid), (_candidate, Activation.Tanh));

    /// <inheritdoc/>
    public override string Title => Named("GRU", (_gate, Activation.Sigmoid), (_candidate, Activation.Tanh));

    /// <inheritdoc/>
    public override string Equation => $"h = (1 − z)⊙n + z⊙h₋   n = {_candidate}(W_nx x + b_nx + r⊙(W_nh h₋ + b_nh))";

    /// <inheritdoc/>
    public override IReadOnlyList<Gate> Gates { get; }

    /// <inheritdoc/>
    public override string? MemoryGate => _gate == Activation.Sigmoid ? "z" : null;

    // nˣ + r⊙nʰ
    /// <inheritdoc/>
    public override void Arguments(
        ReadOnlySpan<double> byInput,
        ReadOnlySpan<double> byState,
        ReadOnlySpan<double> before,
        ReadOnlySpan<double> after,
        ReadOnlySpan<double> own,
        Span<double> z
    )
    {
        base.Arguments(byInput, byState, before, after, own, z);
        double r = _gate.Kind is { } kind ? kind.Of(z[0]).Value : double.NaN; // then n has no histogram either
        z[2] = byInput[2] + r * byState[2];
    }

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
                GruResetAfter<V, TGate, TCandidate>,
                HiddenState<V>,
                SplitSums<V>,
                Sums3<V>,
                NoUnit<V>,
                GruResetAfter<V, TGate, TCandidate>.Record,
                NoGate<V, HiddenState<V>, GruResetAfter<V, TGate, TCandidate>.Record>,
                NoSums<V>
            >();
    }
}
