using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Diagnosis;

/// <summary>The four-step formula for dw3 that is passed round, beside the right one, on a network where both have a value.</summary>
/// <remarks>
///   passed round:  dw3 = ∂L4/∂A4 · ∂A4/∂Z4 · ∂Z4/∂W · ∂A3/∂Z3 · ∂Z3/∂W
///   right:         dw3 = (∂L3/∂A3 + ∂L4/∂A4 · ∂A4/∂Z4 · ∂Z4/∂A3) · ∂A3/∂Z3 · ∂⁺Z3/∂W
///   Z_k = W_x x_k + W h_{k−1}, A_k = h_k = tanh Z_k, a loss at each of four steps. The first has ∂Z4/∂W, which is h_3, where ∂Z4/∂A3,
///   which is W, belongs, and it drops the third loss's own term. With one unit both are numbers; with more the first does not compose.
/// </remarks>
/// <param name="Formula">L4′φ4′ · h3 · φ3′ · h2.</param>
/// <param name="Right">(L3′φ3′ + L4′φ4′ · W · φ3′) · h2.</param>
/// <param name="Own">L3′φ3′ · h2: the third loss's own term, which the formula drops.</param>
/// <param name="FromLater">L4′φ4′ · W · φ3′ · h2: what the fourth loss asks of the third use.</param>
/// <param name="Map">Σ_t G[t,3], the map's column.</param>
/// <param name="Dual">dJ/dw^(3) in dual numbers, with a copy of W of its own at step 3.</param>
/// <param name="H3">h3, which the formula multiplies with.</param>
/// <param name="W">W, which belongs there.</param>
public sealed record ForumFormula(double Formula, double Right, double Own, double FromLater, double Map, double Dual, double H3, double W)
{
    /// <summary>How far the right formula, the map and the dual numbers may differ: a dozen products of numbers below 1.</summary>
    public const double Tolerance = 1e-14;

    /// <summary>Whether the right formula, the map and the dual numbers agree, and the one passed round does not.</summary>
    public bool IsSettled =>
        Math.Abs(Right - Map) <= Tolerance && Math.Abs(Right - Dual) <= Tolerance && Math.Abs(Right - Formula) > Tolerance;

    /// <summary>The factors' shapes in a network of H units, as they stand in the formula: rows and columns, left to right.</summary>
    public static IReadOnlyList<ChainShape> ShapesOf(int hidden) =>
        [
            new("∂L4/∂A4", 1, hidden),
            new("∂A4/∂Z4", hidden, hidden),
            new("∂Z4/∂W", hidden, (long)hidden * hidden),
            new("∂A3/∂Z3", hidden, hidden),
            new("∂Z3/∂W", hidden, (long)hidden * hidden),
        ];

    /// <summary>Both formulas on an Elman network of one unit: x = 1, −0.5, 0.25, 0.75, targets 0.5, squared error, all losses added.</summary>
    /// <param name="inputWeight">W_x.</param>
    /// <param name="recurrentWeight">W.</param>
    /// <param name="readOutWeight">W_y.</param>
    public static ForumFormula OfOneUnit(double inputWeight = 0.8, double recurrentWeight = 0.6, double readOutWeight = 1)
    {
        var network = new Network
        {
            Cell = AllCells.Elman,
            Inputs = 1,
            Hidden = 1,
            Outputs = 1,
            Biases = Biases.None,
        };
        var parameters = new Parameters<double>(network);
        parameters["weight_ih_l0"][0] = inputWeight;
        parameters["weight_hh_l0"][0] = recurrentWeight;
        parameters["head.weight"][0] = readOutWeight;
        Batch batch = Batch.OfValues([1, -0.5, 0.25, 0.75], 4, 1, 1, new ValueTargets([0.5, 0.5, 0.5, 0.5], 1));
        Trace<double> trace = new Model<double>(network, parameters).Forward(batch);
        LossField losses = LossField.Of(trace, new SquaredError(), Reduction.Sum);
        double h2 = trace.Layers[0].H(2, 0)[0],
            h3 = trace.Layers[0].H(3, 0)[0],
            h4 = trace.Layers[0].H(4, 0)[0];
        double slope3 = 1 - h3 * h3,
            slope4 = 1 - h4 * h4;
        double loss3 = losses.Gradient(2, 0)[0] * readOutWeight,
            loss4 = losses.Gradient(3, 0)[0] * readOutWeight;
        double own = loss3 * slope3 * h2,
            fromLater = loss4 * slope4 * recurrentWeight * slope3 * h2;
        DenseMap map = DenseMap.Of(trace, losses);
        Block block = network["weight_hh_l0"];
        return new(
            loss4 * slope4 * h3 * slope3 * h2,
            own + fromLater,
            own,
            fromLater,
            Enumerable.Range(0, 4).Sum(t => map.Entry(block, t, 2)[0]),
            UntiedCopies.Of(trace, losses).Of(block, 2, 0).Sum(),
            h3,
            recurrentWeight
        );
    }
}

/// <summary>A factor's shape.</summary>
/// <param name="Name">The factor.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns; for ∂Z/∂W one for each number of W.</param>
public sealed record ChainShape(string Name, long Rows, long Columns);
