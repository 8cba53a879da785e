using Farback.Adjoints;
using Farback.Networks;

namespace Farback.Diagnosis.Laws;

/// <summary>The whole network's way back is the transpose of its way forwards: ⟨∇J, v⟩ = J̇ along v.</summary>
internal static class TransposeLaw
{
    // relative to ‖∇J‖‖v‖. Rounding is relative to ΣΣ‖G‖ = κ‖∇J‖: ε · some hundred additions · κ, and κ up to 21 has been seen
    private const double InDouble = 1e-12;
    private const double InFloat = 2e-5; // ε₂₄ · their root · κ
    private const int Directions = 3;

    public static LawResult OnParameters<T>(LawCase<T> c)
        where T : unmanaged
    {
        double worst = 0;
        double[] g = [.. c.Gradient.Values.Select(Real.ToDouble)];
        for (int i = 0; i < Directions; i++)
        {
            double[] v = LawCase<T>.Normal(g.Length, 100 + i);
            double forth = c.Copies.Along(new Direction { Parameters = v }).Sum();
            worst = Math.Max(worst, Departure.Relative(forth - Departure.Inner(g, v), Departure.Norm(g) * Departure.Norm(v)));
        }
        return Result<T>("parameters", worst, Directions);
    }

    public static LawResult OnInputs<T>(LawCase<T> c)
        where T : unmanaged
    {
        double[] v = LawCase<T>.Normal((long)c.Batch.Times * c.Batch.Lanes * c.Model.Network.InputsOf(0), 110);
        var pairing = new Pairing<T>(c.Trace) { Inputs = v };
        return Result<T>("inputs", pairing.Departure(c, new() { Inputs = v }), 1);
    }

    public static LawResult OnInitialStates<T>(LawCase<T> c)
        where T : unmanaged
    {
        Network network = c.Model.Network;
        var random = new RandomStream(20_26, 120);
        var v = new States<double>(network, c.Batch.Lanes);
        for (int site = 0; site < network.Layers * network.Directions; site++)
        for (int part = 0; part < network.Cell.State.Count; part++)
        for (int lane = 0; lane < c.Batch.Lanes; lane++)
            foreach (ref double number in v[site, part, lane])
                number = random.NextNormal();
        var pairing = new Pairing<T>(c.Trace) { Initial = v };
        return Result<T>("initial states", pairing.Departure(c, new() { Initial = v }), 1);
    }

    private static LawResult Result<T>(string on, double value, int count)
        where T : unmanaged =>
        new(
            $"The gradient is the transpose of the dual numbers' derivative, on the {on}",
            LawCase<T>.Precision,
            value,
            LawCase<T>.Allow(InDouble, InFloat),
            "|⟨∇J, v⟩ − J̇| / ‖∇J‖‖v‖ for random directions v; more says that some path is lost or doubled on the way back.",
            count
        );

    /// <summary>⟨λ, v⟩ and ‖λ‖² of the adjoints of inputs or initial states, lane by lane.</summary>
    private sealed class Pairing<T>(Trace<T> trace) : Reader<T>
        where T : unmanaged
    {
        private double _inner,
            _square,
            _direction;

        public double[] Inputs { get; init; } = [];
        public States<double>? Initial { get; init; }

        public override bool WantsInput => Inputs.Length > 0;

        public double Departure(LawCase<T> c, Direction v)
        {
            RowPlan plan = RowPlan.OneRowPerLane(trace.Times, trace.Lanes);
            new Sweep<T>(trace.Model, trace.Times, plan.Count).Walk(
                trace,
                Seeds<T>.Of(trace, c.Losses, scaled: false),
                plan,
                this,
                scaled: false
            );
            return Laws.Departure.Relative(c.Copies.Along(v).Sum() - _inner, Math.Sqrt(_square * _direction));
        }

        public override void Carried(in Position<T> at)
        {
            if (at.Step != 0 || Initial is null)
                return;
            for (int row = at.First; row < at.Last; row++)
            for (int i = 0; i < at.Rows.Parts * at.Rows.Units; i++)
                Add(
                    Real.ToDouble(at.Rows.At(row, i / at.Rows.Units, i % at.Rows.Units)),
                    Initial[at.SiteIndex, i / at.Rows.Units, at.Rows.Lane[row]][i % at.Rows.Units]
                );
        }

        public override void Input(int time, int row, ReadOnlySpan<T> adjoint, int exponent)
        {
            if (!trace.Batch.IsValid(time, row))
                return;
            for (int i = 0; i < adjoint.Length; i++)
                Add(Real.ToDouble(adjoint[i]), Inputs[(time * trace.Lanes + row) * adjoint.Length + i]);
        }

        private void Add(double λ, double v)
        {
            _inner += λ * v;
            _square += λ * λ;
            _direction += v * v;
        }
    }
}
