using Farback.Networks;

namespace Farback.Diagnosis;

/// <summary>σ_max(W), the most that one multiplication with W can lengthen a vector.</summary>
/// <remarks>
///   Power iteration on WᵀW, with the largest number's power of two taken out first. For one layer of a cell whose only path through time is
///   W_h, ‖∂s_t/∂s_k‖ ≤ (γ σ_max(W_h))^(t−k): Pascanu et al. 2013. Above 1 the bound says nothing.
/// </remarks>
public static class SpectralNorm
{
    private const int Iterations = 500;

    /// <summary>σ_max of a matrix given row by row; ∞ where a number is infinite, NaN where one is no number.</summary>
    public static double Of(ReadOnlySpan<double> matrix, int rows, int columns)
    {
        double largest = Euclidean.Largest(matrix);
        if (largest == 0 || !double.IsFinite(largest))
            return largest;
        int power = Math.ILogB(largest);
        double[] w = new double[matrix.Length],
            v = new double[columns];
        for (int i = 0; i < w.Length; i++)
            w[i] = Math.ScaleB(matrix[i], -power);
        for (int j = 0; j < columns; j++)
            v[j] = 1 + 0.1 * Math.Sin(j + 1); // no eigenvector of anything people build on purpose
        double norm = From(v, w, rows);
        // σ_max ≥ ‖row‖: a start at a right angle to what is stretched most would not see it, and the longest row does
        double[] longest = w.Chunk(columns).MaxBy(row => Euclidean.Norm<double>(row))!;
        if (norm < Euclidean.Norm<double>(longest))
            norm = Math.Max(norm, From(longest, w, rows));
        return Math.ScaleB(norm, power);
    }

    // v ← WᵀWv/‖v‖; the norm is ‖Wv‖/‖v‖
    private static double From(double[] v, double[] matrix, int rows)
    {
        int columns = v.Length;
        double[] u = new double[rows];
        double norm = 0;
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            double length = Math.Sqrt(v.Sum(x => x * x));
            if (length == 0)
                return 0;
            for (int i = 0; i < rows; i++)
            {
                u[i] = 0;
                for (int j = 0; j < columns; j++)
                    u[i] += matrix[i * columns + j] * v[j] / length;
            }
            norm = Math.Sqrt(u.Sum(x => x * x));
            for (int j = 0; j < columns; j++)
            {
                v[j] = 0;
                for (int i = 0; i < rows; i++)
                    v[j] += matrix[i * columns + j] * u[i];
            }
        }
        return norm;
    }

    /// <summary>log₁₀(γ σ_max(W_h)), the bound per step of lag; null where there is none: more than one path through time, or several layers.</summary>
    public static double? Log10BoundPerStep(Network network, Parameters<double> parameters)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network.Cell.LargestSlope is not { } slope || network.Layers > 1)
            return null;
        return Math.Log10(slope * Of(parameters["weight_hh_l0"], network.Hidden, network.Hidden));
    }
}
