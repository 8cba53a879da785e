using Farback.Cells;
using Farback.Diagnosis;
using Farback.Numbers;

namespace Farback.Tests.Laws;

/// <summary>A law that cannot fail is worth nothing: a cell with one wrong line fails those laws that can see it.</summary>
public sealed class BrokenCellTests
{
    [Theory]
    [InlineData(Fault.DirectPath)]
    [InlineData(Fault.Delta)]
    [InlineData(Fault.UnitGradient)]
    public void A_wrong_derivative_fails_the_laws(Fault fault)
    {
        IReadOnlyList<LawResult> laws = CellLaws.Check(new BrokenCell(fault), LawCell.Prepare);
        string[] failed = [.. laws.Where(law => law.Precision == "double" && !law.Holds).Select(law => law.Name)];
        Assert.Contains(failed, name => name.StartsWith("A step's vector–Jacobian product", StringComparison.Ordinal));
        Assert.Contains(failed, name => name.StartsWith("Finite differences", StringComparison.Ordinal));
        Assert.Contains(failed, name => name.StartsWith("Every entry G[t,k]", StringComparison.Ordinal));
        Assert.Contains(failed, name => name.EndsWith("on the parameters", StringComparison.Ordinal));
    }

    [Fact]
    public void The_same_cell_without_the_fault_passes_them() =>
        Assert.All(CellLaws.Check(new BrokenCell(Fault.None), LawCell.Prepare), law => Assert.True(law.Holds, $"{law}"));

    /// <summary>Which line is wrong.</summary>
    public enum Fault
    {
        /// <summary>None.</summary>
        None,

        /// <summary>What passes beside the product.</summary>
        DirectPath,

        /// <summary>δ.</summary>
        Delta,

        /// <summary>The gradient of the unit's own parameter.</summary>
        UnitGradient,
    }

    private interface IFault
    {
        static abstract Fault Of { get; }
    }

    private readonly struct Sound : IFault
    {
        public static Fault Of => Fault.None;
    }

    private readonly struct WrongPath : IFault
    {
        public static Fault Of => Fault.DirectPath;
    }

    private readonly struct WrongDelta : IFault
    {
        public static Fault Of => Fault.Delta;
    }

    private readonly struct WrongUnit : IFault
    {
        public static Fault Of => Fault.UnitGradient;
    }

    // the decaying unit h = a⊙h₋ + tanh(z), right to one part in a thousand
    private readonly struct Decay<V, TFault> : ICell<V, HiddenState<V>, Sums1<V>, Decay<V, TFault>.Rate, Decay<V, TFault>.Record>
        where V : struct, INumbers<V>
        where TFault : struct, IFault
    {
        public struct Rate
        {
            public V A;
        }

        public struct Record
        {
            public V HZ;
        }

        private static V OneIf(Fault fault) => TFault.Of == fault ? 1.001 : 1;

        public static void Step(Sums1<V> sums, HiddenState<V> previous, Rate unit, ref Record record, out HiddenState<V> state) =>
            state.H = unit.A * previous.H + Tanh<V>.Of(sums.A, out record.HZ);

        public static Sums1<V> Vjp(
            Record record,
            HiddenState<V> previous,
            HiddenState<V> state,
            Rate unit,
            HiddenState<V> adjoint,
            out HiddenState<V> direct,
            out Rate unitGradient
        )
        {
            direct.H = adjoint.H * unit.A * OneIf(Fault.DirectPath);
            unitGradient.A = adjoint.H * previous.H * OneIf(Fault.UnitGradient);
            Sums1<V> δ;
            δ.A = adjoint.H * record.HZ * OneIf(Fault.Delta);
            return δ;
        }
    }

    private sealed class BrokenCell(Fault fault) : Cell
    {
        public override string Name => "broken";
        public override string Title => $"decay, {fault} wrong";
        public override string Equation => "h = a⊙h₋ + tanh(W_x x + W_h h₋ + b)";
        public override IReadOnlyList<Gate> Gates { get; } = [new("", 0, 0)];
        public override IReadOnlyList<string> UnitParameters => ["a"];

        public override TResult Open<V, TResult>(ICellUser<V, TResult> user) =>
            fault switch
            {
                Fault.None => With<V, TResult, Sound>(user),
                Fault.DirectPath => With<V, TResult, WrongPath>(user),
                Fault.Delta => With<V, TResult, WrongDelta>(user),
                _ => With<V, TResult, WrongUnit>(user),
            };

        private static TResult With<V, TResult, TFault>(ICellUser<V, TResult> user)
            where V : struct, INumbers<V>
            where TFault : struct, IFault =>
            user.Use<
                Decay<V, TFault>,
                HiddenState<V>,
                Sums1<V>,
                Sums1<V>,
                Decay<V, TFault>.Rate,
                Decay<V, TFault>.Record,
                NoGate<V, HiddenState<V>, Decay<V, TFault>.Record>,
                NoSums<V>
            >();
    }
}
