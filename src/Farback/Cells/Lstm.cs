namespace Farback.Cells;

/// <summary>Long short-term memory with forget gate and, if wanted, peepholes.</summary>
/// <remarks>
///   i = σ(z_i + p_i⊙c₋)   f = σ(z_f + p_f⊙c₋)   g = tanh(z_g)   c = f⊙c₋ + i⊙g   o = σ(z_o + p_o⊙c)   h = o⊙tanh(c)
///   z = W_x x + W_h h₋ + b, blocks in the order i, f, g, o (PyTorch's). State [h | c].
///   Source: Hochreiter &amp; Schmidhuber 1997; forget gate and peepholes Gers et al. 2000, 2002. Derivation: docs/derivations/lstm.md
/// </remarks>
public readonly struct Lstm<V, TGate, TCandidate, TOutput, TUnit>
    : ICell<V, MemoryState<V>, Sums4<V>, TUnit, Lstm<V, TGate, TCandidate, TOutput, TUnit>.Record>
    where V : struct, INumbers<V>
    where TGate : struct, IActivation<V>
    where TCandidate : struct, IActivation<V>
    where TOutput : struct, IActivation<V>
    where TUnit : struct, IPeepholes<V, TUnit>
{
    /// <summary>The partial derivatives of c and h; HC at fixed o.</summary>
    public struct Record
    {
        /// <summary>The parts, in the order in which they lie in memory.</summary>
        public V F,
            CI,
            CF,
            CG,
            HO,
            HC;
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void Step(Sums4<V> sums, MemoryState<V> previous, TUnit p, ref Record record, out MemoryState<V> state)
    {
        V i = TGate.Of(sums.A + TUnit.I(p, previous.C), out V iSlope);
        V f = TGate.Of(sums.B + TUnit.F(p, previous.C), out V fSlope);
        V g = TCandidate.Of(sums.C, out V gSlope);
        V c = f * previous.C + i * g;
        V o = TGate.Of(sums.D + TUnit.O(p, c), out V oSlope);
        V y = TOutput.Of(c, out V ySlope);
        (state.H, state.C) = (o * y, c);

        record.F = f; // ∂c/∂c₋: the carousel
        record.CI = g * iSlope; // ∂c/∂z_i
        record.CF = previous.C * fSlope; // ∂c/∂z_f
        record.CG = i * gSlope; // ∂c/∂z_g
        record.HO = y * oSlope; // ∂h/∂z_o
        record.HC = o * ySlope; // ∂h/∂c
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Sums4<V> Vjp(
        Record record,
        MemoryState<V> previous,
        MemoryState<V> state,
        TUnit p,
        MemoryState<V> adjoint,
        out MemoryState<V> direct,
        out TUnit unitGradient
    )
    {
        Sums4<V> δ;
        δ.D = adjoint.H * record.HO;
        V aC = adjoint.C + adjoint.H * record.HC + TUnit.O(p, δ.D); // ∂L/∂c
        δ.C = aC * record.CG;
        δ.B = aC * record.CF;
        δ.A = aC * record.CI;
        direct.C = aC * record.F + TUnit.I(p, δ.A) + TUnit.F(p, δ.B); // no weight matrix on this path
        direct.H = default;
        unitGradient = TUnit.Of(δ.A * previous.C, δ.B * previous.C, δ.D * state.C);
        return δ;
    }
}

/// <summary>The weights from c to the gates, or their absence.</summary>
public interface IPeepholes<V, TUnit>
    where V : struct, INumbers<V>
    where TUnit : struct, IPeepholes<V, TUnit>
{
    /// <summary>p_i⊙c.</summary>
    static abstract V I(TUnit p, V c);

    /// <summary>p_f⊙c.</summary>
    static abstract V F(TUnit p, V c);

    /// <summary>p_o⊙c.</summary>
    static abstract V O(TUnit p, V c);

    /// <summary>From its three numbers.</summary>
    static abstract TUnit Of(V i, V f, V o);
}

/// <summary>No weights from c to the gates.</summary>
public struct NoPeepholes<V> : IPeepholes<V, NoPeepholes<V>>
    where V : struct, INumbers<V>
{
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V I(NoPeepholes<V> p, V c) => default;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V F(NoPeepholes<V> p, V c) => default;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V O(NoPeepholes<V> p, V c) => default;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static NoPeepholes<V> Of(V i, V f, V o) => default;
}

/// <summary>A weight a unit from c₋ to i and f, and from c to o.</summary>
public struct Peepholes<V> : IPeepholes<V, Peepholes<V>>
    where V : struct, INumbers<V>
{
    /// <summary>The parts, in the order in which they lie in memory.</summary>
    public V PI,
        PF,
        PO;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V I(Peepholes<V> p, V c) => p.PI * c;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V F(Peepholes<V> p, V c) => p.PF * c;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V O(Peepholes<V> p, V c) => p.PO * c;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Peepholes<V> Of(V i, V f, V o) =>
        new()
        {
            PI = i,
            PF = f,
            PO = o,
        };
}

/// <summary>The LSTM cell, with or without peepholes.</summary>
public sealed class LstmCell : Cell
{
    private readonly bool _peepholes;

    internal LstmCell(bool peepholes) => _peepholes = peepholes;

    /// <inheritdoc/>
    public override string Name => _peepholes ? "lstm-peephole" : "lstm";

    /// <inheritdoc/>
    public override string Title => _peepholes ? "LSTM (peepholes)" : "LSTM";

    /// <inheritdoc/>
    public override string Equation => _peepholes ? "c = f⊙c₋ + i⊙g   h = o⊙tanh(c)   gates see c" : "c = f⊙c₋ + i⊙g   h = o⊙tanh(c)";

    /// <inheritdoc/>
    public override IReadOnlyList<Gate> Gates { get; } =
    [
        new("i", 0, 0, Activation: ActivationKind.Sigmoid),
        new("f", 1, 1, Activation: ActivationKind.Sigmoid),
        new("g", 2, 2, Activation: ActivationKind.Tanh),
        new("o", 3, 3, Activation: ActivationKind.Sigmoid),
    ];

    /// <inheritdoc/>
    public override string? MemoryGate => "f";

    // z_i + p_i⊙c₋, z_f + p_f⊙c₋, z_o + p_o⊙c
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
        if (!_peepholes)
            return;
        z[0] += own[0] * before[1];
        z[1] += own[1] * before[1];
        z[3] += own[2] * after[1];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> State => ["h", "c"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> UnitParameters => _peepholes ? ["i", "f", "o"] : [];

    /// <inheritdoc/>
    public override TResult Open<V, TResult>(ICellUser<V, TResult> user) =>
        _peepholes ? Use<V, Peepholes<V>, TResult>(user) : Use<V, NoPeepholes<V>, TResult>(user);

    // tanh(c) waits for the other four anyway
    private static TResult Use<V, TUnit, TResult>(ICellUser<V, TResult> user)
        where V : struct, INumbers<V>
        where TUnit : struct, IPeepholes<V, TUnit> =>
        user.Use<
            Lstm<V, Sigmoid<V>, Tanh<V>, Called<V, Tanh<V>>, TUnit>,
            MemoryState<V>,
            Sums4<V>,
            Sums4<V>,
            TUnit,
            Lstm<V, Sigmoid<V>, Tanh<V>, Called<V, Tanh<V>>, TUnit>.Record,
            NoGate<V, MemoryState<V>, Lstm<V, Sigmoid<V>, Tanh<V>, Called<V, Tanh<V>>, TUnit>.Record>,
            NoSums<V>
        >();
}
