using Farback.Gradients;
using Farback.Networks;

namespace Farback.Diagnosis;

/// <summary>One weight's gradient added up twice: dL_t/dw over the losses, and dw_k over the uses; both end in the same ∇.</summary>
/// <remarks>
///   dL_t/dw = Σ_k G[t,k] is a row of the map, dw_k = Σ_t G[t,k] a column; Σ_t dL_t/dw = Σ_k dw_k = ΣΣG = dJ/dw. Nothing is multiplied here.
///   Cost: one sweep of T rows. Memory: T rows of the state, no block of weights.
/// </remarks>
/// <param name="Rows">dL_t/dw, t = 0 … T − 1; 0 where there is no loss.</param>
/// <param name="RowsSoFar">dL_0/dw + … + dL_t/dw.</param>
/// <param name="Columns">dw_k, k = 0 … T − 1.</param>
/// <param name="ColumnsSoFar">dw_0 + … + dw_k.</param>
/// <param name="OrdinaryGradient">dJ/dw of an ordinary backward pass.</param>
/// <param name="Residual">The larger distance of the two ends from it, relative to ΣΣ|G|.</param>
public sealed record RunningSums(
    IReadOnlyList<double> Rows,
    IReadOnlyList<double> RowsSoFar,
    IReadOnlyList<double> Columns,
    IReadOnlyList<double> ColumnsSoFar,
    double OrdinaryGradient,
    double Residual
)
{
    /// <summary>What rounding alone may leave: different orders of the same additions, relative to what is added.</summary>
    public const double Tolerance = 1e-13;

    /// <summary>Where both sums end.</summary>
    public double Total => RowsSoFar[^1];

    /// <summary>The sums of one number of a block, over a run of one sequence.</summary>
    /// <param name="trace">The run; one lane.</param>
    /// <param name="losses">Its losses.</param>
    /// <param name="block">The block's name.</param>
    /// <param name="row">The number's row, from 0.</param>
    /// <param name="column">The number's column, from 0.</param>
    /// <exception cref="ArgumentException">More than one lane, or no such number.</exception>
    public static RunningSums Of(Trace<double> trace, LossField losses, string block, int row, int column)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(losses);
        Block where = trace.Model.Network[block];
        if (trace.Lanes != 1)
            throw new ArgumentException($"sums: expected a run of one sequence, got {trace.Lanes}; take one with Batch.Lane.");
        if ((uint)row >= (uint)where.Rows || (uint)column >= (uint)where.Columns)
            throw new ArgumentException(
                $"sums: {block} has {where.Rows} rows and {where.Columns} columns; expected one of its numbers, got row {row}, column {column}."
            );
        double[] rows = new double[trace.Times],
            columns = new double[trace.Times];
        double sizes = 0;
        int index = row * where.Columns + column;
        int[] all = [.. Enumerable.Range(0, trace.Times)];
        EntryChain.Walk(
            trace,
            losses,
            all,
            plan => new EntryReader(
                trace,
                plan,
                where,
                [index],
                (t, k, _, value) =>
                {
                    rows[t] += value;
                    columns[k] += value;
                    sizes += Math.Abs(value);
                }
            )
        );
        double ordinary = Bptt<double>.Gradient(trace, losses)[where][index];
        double[] byLoss = SoFar(rows),
            byUse = SoFar(columns);
        double apart = Math.Max(Math.Abs(byLoss[^1] - ordinary), Math.Abs(byUse[^1] - ordinary));
        return new(rows, byLoss, columns, byUse, ordinary, apart == 0 ? 0 : apart / sizes);
    }

    private static double[] SoFar(double[] numbers)
    {
        var sums = new double[numbers.Length];
        double sum = 0;
        for (int i = 0; i < numbers.Length; i++)
            sums[i] = sum += numbers[i];
        return sums;
    }
}
