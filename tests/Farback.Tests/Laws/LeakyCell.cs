using Farback.Cells;
using Farback.Numbers;

namespace Farback.Tests.Laws;

/// <summary>A leaky integrator, h = h₋ + (tanh(z) − h₋)/τ: a cell that divides by its unit's own parameter, which padding must survive.</summary>
internal readonly struct Leaky<V> : ICell<V, HiddenState<V>, Sums1<V>, Leaky<V>.Constant, Leaky<V>.Record>
    where V : struct, INumbers<V>
{
    public struct Constant
    {
        public V τ;
    }

    public struct Record
    {
        public V HZ,
            HH,
            Hτ;
    }

    public static void Step(Sums1<V> sums, HiddenState<V> previous, Constant unit, ref Record record, out HiddenState<V> state)
    {
        V y = Tanh<V>.Of(sums.A, out V slope);
        V rate = 1 / unit.τ;
        state.H = previous.H + (y - previous.H) * rate;
        record.HZ = slope * rate;
        record.HH = 1 - rate;
        record.Hτ = (previous.H - y) * rate * rate;
    }

    public static Sums1<V> Vjp(
        Record record,
        HiddenState<V> previous,
        HiddenState<V> state,
        Constant unit,
        HiddenState<V> adjoint,
        out HiddenState<V> direct,
        out Constant unitGradient
    )
    {
        direct.H = adjoint.H * record.HH;
        unitGradient.τ = adjoint.H * record.Hτ;
        Sums1<V> δ;
        δ.A = adjoint.H * record.HZ;
        return δ;
    }
}

/// <summary>What the library has to know of it.</summary>
internal sealed class LeakyCell : Cell
{
    public override string Name => "leaky";
    public override string Title => "leaky integrator";
    public override string Equation => "h = h₋ + (tanh(W_x x + W_h h₋ + b) − h₋)/τ";
    public override IReadOnlyList<Gate> Gates { get; } = [new("", 0, 0)];
    public override IReadOnlyList<string> UnitParameters => ["τ"];

    public override TResult Open<V, TResult>(ICellUser<V, TResult> user) =>
        user.Use<
            Leaky<V>,
            HiddenState<V>,
            Sums1<V>,
            Sums1<V>,
            Leaky<V>.Constant,
            Leaky<V>.Record,
            NoGate<V, HiddenState<V>, Leaky<V>.Record>,
            NoSums<V>
        >();
}
