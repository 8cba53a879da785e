using Farback.Adjoints;
using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;

namespace Farback.Diagnosis;

/// <summary>Reads the norms that a chain is made of while one loss walks back: λ at every step, δ, and what one use of a block is touched by.</summary>
/// <remarks>All log₂, so that no lag is too long. A run of one lane; the plan has one row.</remarks>
internal sealed class ChainReader(Trace<double> trace, int site, MapSeries series, int use) : Reader<double>
{
    /// <summary>log₂‖λ[t,k]‖ by k; NaN where the row does not walk.</summary>
    public double[] Adjoints { get; } = Unwalked(trace.Times);

    /// <summary>log₂ of the norm of each part of λ[t,k], [k][part].</summary>
    public double[][] Parts { get; } = new double[trace.Times][];

    /// <summary>log₂‖δ[t,k]‖ of the sums that the recurrent product feeds, by k.</summary>
    public double[] Deltas { get; } = Unwalked(trace.Times);

    /// <summary>log₂‖G‖/‖u‖ at the use: what reaches the weights, before the operand.</summary>
    public double Touch { get; private set; } = double.NegativeInfinity;

    /// <summary>log₂‖u‖ at the use; null where a number is added, not multiplied (a bias, an initial state), or has its operand inside δ.</summary>
    public double? Operand { get; private set; }

    public override bool WantsInput => series.Block!.Kind == BlockKind.Embedding;

    private BlockKind Kind => series.Block!.Kind;

    public override void Adjoint(in Position<double> at)
    {
        if (at.SiteIndex != site)
            return;
        var parts = new double[at.Rows.Parts];
        for (int part = 0; part < parts.Length; part++)
        for (int unit = 0; unit < at.Rows.Units; unit++)
            parts[part] += Square(at.Rows.At(0, part, unit));
        Adjoints[at.Time] = Log2(parts.Sum(), at.Rows.Exponent[0]);
        int exponent = at.Rows.Exponent[0];
        Parts[at.Time] = [.. parts.Select(square => Log2(square, exponent))];
    }

    public override void Delta(in Position<double> at)
    {
        if (at.SiteIndex != site)
            return;
        double all = 0;
        foreach (int sum in at.Site.Cell.Gates.Select(gate => trace.Model.Recurrences[site].SumOf(gate, byInput: false)).Distinct())
            for (int unit = 0; unit < at.Site.Units; unit++)
                all += Square(at.Deltas.At(at.Slot, sum, unit));
        Deltas[at.Time] = Log2(all, at.Rows.Exponent[0]);
        if (at.Time == use)
            Reach(at);
    }

    public override void Carried(in Position<double> at)
    {
        if (at.SiteIndex != site || Kind != BlockKind.InitialState || at.Step != 0)
            return;
        double square = 0;
        for (int part = 0; part < at.Rows.Parts; part++)
        for (int unit = 0; unit < at.Rows.Units; unit++)
            square += Square(at.Rows.At(0, part, unit));
        Touch = Log2(square, at.Rows.Exponent[0]);
    }

    public override void Input(int time, int row, ReadOnlySpan<double> adjoint, int exponent)
    {
        if (time != use)
            return;
        double square = 0;
        foreach (double number in adjoint)
            square += Square(number);
        Touch = Log2(square, exponent);
    }

    // √Σ_gates ‖δ‖²‖u‖² / ‖u‖: where all gates read one operand that is ‖δ‖
    private void Reach(in Position<double> at)
    {
        if (Kind is BlockKind.InitialState or BlockKind.Embedding)
            return;
        double square = 0;
        if (Kind == BlockKind.Unit)
        {
            for (int i = series.First; i < series.First + series.Count; i++)
                square += Square(at.Deltas.UnitAt(at.Slot, i / at.Site.Units, i % at.Site.Units));
            Touch = Log2(square, at.Rows.Exponent[0]);
            return;
        }
        bool byInput = Kind is BlockKind.InputWeights or BlockKind.InputBias,
            multiplied = Kind is BlockKind.InputWeights or BlockKind.RecurrentWeights;
        int rows = at.Site.Units * series.Block!.Columns;
        Gate[] gates = [.. at.Site.Cell.Gates.Skip(series.First / rows).Take(Math.Max(1, series.Count / rows))];
        int step = at.Step;
        double[] operands = [.. gates.Select(gate => OperandOf(gate, byInput, step))];
        double operand = multiplied ? operands.Max() : 1;
        for (int g = 0; g < gates.Length; g++)
        {
            double part = 0,
                share = multiplied && operand > 0 ? operands[g] / operand : 1;
            for (int unit = 0; unit < at.Site.Units; unit++)
                part += Square(at.Deltas.At(at.Slot, trace.Model.Recurrences[site].SumOf(gates[g], byInput), unit));
            square += part * share * share;
        }
        Touch = Log2(square, at.Rows.Exponent[0]);
        Operand = multiplied ? Math.Log2(operand) : null;
    }

    private double OperandOf(Gate gate, bool byInput, int step) =>
        byInput ? Euclidean.Norm<double>(trace.Layers[site].X(step, 0))
        : gate.BeforeProduct ? Euclidean.Norm<double>(trace.Layers[site].H(step, 0))
        : Euclidean.Norm<double>(trace.Layers[site].Operand(step, 0));

    private static double[] Unwalked(int times)
    {
        var numbers = new double[times];
        Array.Fill(numbers, double.NaN);
        return numbers;
    }

    private static double Square(double number) => number * number;

    private static double Log2(double square, int exponent) => Math.Log2(square) / 2 + exponent;
}
