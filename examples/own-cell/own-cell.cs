#:project ../../src/Farback/Farback.csproj
#:property PublishAot=false

// A cell of one's own, outside the library: its equation, its derivative, its description. Then every law is run on it.
//   dotnet run examples/own-cell/own-cell.cs

using System.Runtime.CompilerServices;
using Farback.Cells;
using Farback.Diagnosis;
using Farback.Numbers;

namespace Farback.Examples;

/// <summary>A complex diagonal linear recurrent unit.</summary>
/// <remarks>
///   h = λ h₋ + z   z = W_x x + b, all complex: h = Re + i·Im, one eigenvalue λ = λ_re + i·λ_im a unit, no recurrent weight matrix.
///   State [Re | Im], both seen by the layer above; rows of W_x [re | im]. λ is the parameter itself; keep |λ| below 1.
///   Source: Orvieto et al., Resurrecting recurrent neural networks for long sequences, 2023 (there with λ = e^(−e^ν + iθ)).
/// </remarks>
internal readonly struct Lru<V> : ICell<V, Lru<V>.State, Sums2<V>, Lru<V>.Eigenvalue, Lru<V>.Record>
    where V : struct, INumbers<V>
{
    public struct State
    {
        public V Re,
            Im;
    }

    public struct Eigenvalue
    {
        public V Re,
            Im;
    }

    /// <summary>Nothing: the step is linear, and its derivative knows λ and h₋ already.</summary>
    public struct Record;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step(Sums2<V> z, State previous, Eigenvalue λ, ref Record record, out State state)
    {
        state.Re = λ.Re * previous.Re - λ.Im * previous.Im + z.A;
        state.Im = λ.Re * previous.Im + λ.Im * previous.Re + z.B;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sums2<V> Vjp(
        Record record,
        State previous,
        State state,
        Eigenvalue λ,
        State adjoint,
        out State direct,
        out Eigenvalue gradient
    )
    {
        // a rotation back: the transpose of multiplication by λ is multiplication by its conjugate
        direct.Re = λ.Re * adjoint.Re + λ.Im * adjoint.Im;
        direct.Im = λ.Re * adjoint.Im - λ.Im * adjoint.Re;
        gradient.Re = adjoint.Re * previous.Re + adjoint.Im * previous.Im;
        gradient.Im = adjoint.Im * previous.Re - adjoint.Re * previous.Im;
        Sums2<V> δ;
        (δ.A, δ.B) = (adjoint.Re, adjoint.Im);
        return δ;
    }
}

/// <summary>What the library has to know of it.</summary>
internal sealed class LruCell : Cell
{
    public override string Name => "lru";
    public override string Title => "LRU";
    public override string Equation => "h = λ⊙h₋ + W_x x + b, complex";
    public override IReadOnlyList<Gate> Gates { get; } = [new("re", 0, 0), new("im", 1, 1)];
    public override IReadOnlyList<string> State => ["re", "im"];
    public override int OutputParts => 2;
    public override bool IsRecurrent => false;
    public override IReadOnlyList<string> UnitParameters => ["λ_re", "λ_im"];

    public override TResult Open<V, TResult>(ICellUser<V, TResult> user) =>
        user.Use<
            Lru<V>,
            Lru<V>.State,
            Sums2<V>,
            Sums2<V>,
            Lru<V>.Eigenvalue,
            Lru<V>.Record,
            NoGate<V, Lru<V>.State, Lru<V>.Record>,
            NoSums<V>
        >();
}

internal static class OwnCell
{
    public static int Main() => Run(Console.Out);

    public static int Run(TextWriter output)
    {
        var cell = new LruCell();
        output.WriteLine($"{cell.Title}: {cell.Equation}\n");
        IReadOnlyList<LawResult> laws = CellLaws.Check(cell);
        foreach (LawResult law in laws)
            output.WriteLine(law);
        return laws.All(law => law.Holds) ? 0 : 1;
    }
}
