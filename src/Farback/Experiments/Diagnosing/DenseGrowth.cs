using Farback.Diagnosis;
using Farback.Diagnosis.Spectra;
using Farback.Networks;

namespace Farback.Experiments;

/// <summary>How an error grows on its way back, by plain products with dense step Jacobians in double: what the confusion table calls true.</summary>
/// <remarks>λ_{t−1} = λ_t J_t, λ_t = (∂L_t/∂y) W_y; log₁₀ A(ℓ) is the mean over sequences of log₁₀ ‖λ_{t−ℓ}‖/‖λ_t‖. One layer, forwards.</remarks>
public static class DenseGrowth
{
    /// <summary>log₁₀ A(ℓ) for ℓ = 0 … T − 1, over the first sequences that have an error, each asked at its last step; NaN where none has.</summary>
    public static double[] Log10(Model<double> model, AskedPlaces asked, Loss loss, int sequences)
    {
        Trace<double> trace = model.Forward(asked.Batch);
        LossField losses = LossField.Of(trace, loss, Reduction.Mean);
        var steps = new StepJacobians<double>(trace);
        int n = steps.Coordinates,
            hidden = model.Network.Hidden,
            counted = 0;
        double[] jacobian = new double[n * n],
            sums = new double[asked.Batch.Times];
        ReadOnlySpan<double> readOut = model.Parameters[model.Sites[model.ReadOut].InputWeights];
        for (int lane = 0; lane < asked.Lanes && counted < sequences; lane++)
        {
            int t = asked.Times[lane];
            double[] row = new double[n];
            ReadOnlySpan<double> error = losses.Gradient(t, lane);
            for (int o = 0; o < error.Length; o++)
            for (int unit = 0; unit < hidden; unit++)
                row[unit] += error[o] * readOut[o * hidden + unit];
            double log = 0;
            if (Normalise(row) is double.NegativeInfinity)
                continue; // so confident an answer that its error rounds to zero
            counted++;
            for (int lag = 1; lag <= t; lag++)
            {
                steps.Read(lane, t - lag + 1, jacobian);
                double[] next = new double[n];
                for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++)
                    next[j] += row[i] * jacobian[i * n + j];
                row = next;
                log += Normalise(row);
                sums[lag] += log;
            }
        }
        return [.. sums.Select(sum => sum / counted)];
    }

    // scales to length 1; log₁₀ of what it was
    private static double Normalise(double[] row)
    {
        double norm = Math.Sqrt(row.Sum(x => x * x));
        if (norm > 0)
            for (int i = 0; i < row.Length; i++)
                row[i] /= norm;
        return Math.Log10(norm);
    }
}
