namespace Farback.Cells;

/// <summary>Long short-term memory with forget gate; if wanted with peepholes, or with the forget gate coupled to the input gate.</summary>
/// <remarks>
///   i = σ(z_i + p_i⊙c₋)   f = σ(z_f + p_f⊙c₋)   g = tanh(z_g)   c = f⊙c₋ + i⊙g   o = σ(z_o + p_o⊙c)   h = o⊙tanh(c)
///   z = W_x x + W_h h₋ + b, blocks in the order i, f, g, o (PyTorch's). State [h | c].
///   Coupled, f = 1 − i: the block of f is there, and nothing reads it (ONNX' input_forget).
///   Source: Hochreiter &amp; Schmidhuber 1997; forget gate and peepholes Gers et al. 2000, 2002; coupled gates Greff et al. 2015. Derivation: docs/derivations/lstm.md
/// </remarks>
public readonly struct Lstm<V, TGate, TCandidate, TOutput, TUnit, TForget>
    : ICell<V, MemoryState<V>, Sums4<V>, TUnit, Lstm<V, TGate, TCandidate, TOutput, TUnit, TForget>.Record>
    where V : struct, INumbers<V>
    where TGate : struct, IActivation<V>
    where TCandidate : struct, IActivation<V>
    where TOutput : struct, IActivation<V>
    where TUnit : struct, IPeepholes<V, TUnit>
    where TForget : struct, IForget
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
        V i = TGate.Of(TUnit.AddI(sums.A, p, previous.C), out V iSlope);
        V f = 1 - i,
            fSlope = 0;
        if (!TForget.IsCoupled)
            f = TGate.Of(TUnit.AddF(sums.B, p, previous.C), out fSlope);
        V g = TCandidate.Of(sums.C, out V gSlope);
        state.C = f * previous.C + i * g;
        record.F = f; // ∂c/∂c₋: the carousel
        record.CI = (TForget.IsCoupled ? g - previous.C : g) * iSlope; // ∂c/∂z_i
        record.CF = previous.C * fSlope; // ∂c/∂z_f
        record.CG = i * gSlope; // ∂c/∂z_g

        V o = TGate.Of(TUnit.AddO(sums.D, p, state.C), out V oSlope);
        (state.H, record.HO) = (o, oSlope); // until the output is made of them
    }

    /// <inheritdoc/>
    public static bool HasOutput
    {
        [MethodImpl(Inline)]
        get => true;
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void Output(ref readonly MemoryState<V> previous, ref Record record, ref MemoryState<V> state)
    {
        V o = state.H,
            y = TOutput.Of(state.C, out V ySlope);
        state.H = o * y;
        record.HO = y * record.HO; // ∂h/∂z_o
        record.HC = o * ySlope; // ∂h/∂c
    }

    /// <inheritdoc/>
    public static bool VjpReadsStates
    {
        [MethodImpl(Inline)]
        get => typeof(TUnit) != typeof(NoPeepholes<V>);
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
        V aC = TUnit.AddO(adjoint.C + adjoint.H * record.HC, p, δ.D); // ∂L/∂c
        δ.C = aC * record.CG;
        δ.B = aC * record.CF;
        δ.A = aC * record.CI;
        direct.C = TUnit.AddF(TUnit.AddI(aC * record.F, p, δ.A), p, δ.B); // no weight matrix on this path
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
    /// <summary>z + p_i⊙c.</summary>
    static abstract V AddI(V z, TUnit p, V c);

    /// <summary>z + p_f⊙c.</summary>
    static abstract V AddF(V z, TUnit p, V c);

    /// <summary>z + p_o⊙c.</summary>
    static abstract V AddO(V z, TUnit p, V c);

    /// <summary>From its three numbers.</summary>
    static abstract TUnit Of(V i, V f, V o);
}

/// <summary>No weights from c to the gates.</summary>
public struct NoPeepholes<V> : IPeepholes<V, NoPeepholes<V>>
    where V : struct, INumbers<V>
{
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V AddI(V z, NoPeepholes<V> p, V c) => z;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V AddF(V z, NoPeepholes<V> p, V c) => z;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V AddO(V z, NoPeepholes<V> p, V c) => z;

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
    public static V AddI(V z, Peepholes<V> p, V c) => z + p.PI * c;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V AddF(V z, Peepholes<V> p, V c) => z + p.PF * c;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V AddO(V z, Peepholes<V> p, V c) => z + p.PO * c;

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

/// <summary>Where f comes from.</summary>
public interface IForget
{
    /// <summary>True for f = 1 − i, false for a gate of its own.</summary>
    static abstract bool IsCoupled { get; }
}

/// <summary>f has its own weights.</summary>
public readonly struct OwnForget : IForget
{
    /// <inheritdoc/>
    public static bool IsCoupled => false;
}

/// <summary>f = 1 − i: what is let in is forgotten.</summary>
public readonly struct CoupledForget : IForget
{
    /// <inheritdoc/>
    public static bool IsCoupled => true;
}

/// <summary>The LSTM cell, with or without peepholes, with any activations.</summary>
public sealed class LstmCell : Cell
{
    private readonly bool _peepholes,
        _coupled;
    private readonly Activation _gate,
        _candidate,
        _output;

    internal LstmCell(bool peepholes, bool coupled, Activation gate, Activation candidate, Activation output)
    {
        (_peepholes, _coupled, _gate, _candidate, _output) = (peepholes, coupled, gate, candidate, output);
        Gates =
        [
            new("i", 0, 0, Activation: gate.Kind),
            new("f", 1, 1, Activation: coupled ? null : gate.Kind), // coupled, nothing reads it
            new("g", 2, 2, Activation: candidate.Kind),
            new("o", 3, 3, Activation: gate.Kind),
        ];
    }

    /// <inheritdoc/>
    public override string Name =>
        Named(
            $"lstm{(_peepholes ? "-peephole" : "")}{(_coupled ? "-coupled" : "")}",
            (_gate, Activation.Sigmoid),
            (_candidate, Activation.Tanh),
            (_output, Activation.Tanh)
        );

    /// <inheritdoc/>
    public override string Title =>
        Named(
            $"LSTM{(_peepholes ? " (peepholes)" : "")}{(_coupled ? " (coupled)" : "")}",
            (_gate, Activation.Sigmoid),
            (_candidate, Activation.Tanh),
            (_output, Activation.Tanh)
        );

    /// <inheritdoc/>
    public override string Equation =>
        $"c = {(_coupled ? "(1 − i)" : "f")}⊙c₋ + i⊙g   h = o⊙{_output}(c){(_peepholes ? "   gates see c" : "")}";

    /// <inheritdoc/>
    public override IReadOnlyList<Gate> Gates { get; }

    /// <inheritdoc/>
    public override string? MemoryGate => Gates[1].Activation == ActivationKind.Sigmoid ? "f" : null;

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
    public override IReadOnlyList<Activation> Activations => [_gate, _candidate, _output];

    /// <summary>Whether f = 1 − i.</summary>
    public bool IsCoupled => _coupled;

    /// <inheritdoc/>
    public override IReadOnlyList<string> State => ["h", "c"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> UnitParameters => _peepholes ? ["i", "f", "o"] : [];

    /// <inheritdoc/>
    public override TResult Open<V, TResult>(ICellUser<V, TResult> user) =>
        (_peepholes, _coupled) switch
        {
            (false, false) => With<V, NoPeepholes<V>, OwnForget, TResult>(user),
            (true, false) => With<V, Peepholes<V>, OwnForget, TResult>(user),
            (false, true) => With<V, NoPeepholes<V>, CoupledForget, TResult>(user),
            (true, true) => With<V, Peepholes<V>, CoupledForget, TResult>(user),
        };

    private TResult With<V, TUnit, TForget, TResult>(ICellUser<V, TResult> user)
        where V : struct, INumbers<V>
        where TUnit : struct, IPeepholes<V, TUnit>
        where TForget : struct, IForget => Activation.Open(_gate, _candidate, _output, new Page<V, TUnit, TForget, TResult>(user));

    private sealed class Page<V, TUnit, TForget, TResult>(ICellUser<V, TResult> user) : IActivationsUser<V, TResult>
        where V : struct, INumbers<V>
        where TUnit : struct, IPeepholes<V, TUnit>
        where TForget : struct, IForget
    {
        public TResult Use<TGate, TCandidate, TOutput>()
            where TGate : struct, IActivation<V>
            where TCandidate : struct, IActivation<V>
            where TOutput : struct, IActivation<V> =>
            user.Use<
                Lstm<V, TGate, TCandidate, TOutput, TUnit, TForget>,
                MemoryState<V>,
                Sums4<V>,
                Sums4<V>,
                TUnit,
                Lstm<V, TGate, TCandidate, TOutput, TUnit, TForget>.Record,
                NoGate<V, MemoryState<V>, Lstm<V, TGate, TCandidate, TOutput, TUnit, TForget>.Record>,
                NoSums<V>
            >();
    }
}
