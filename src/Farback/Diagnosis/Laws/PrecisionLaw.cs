using Farback.Gradients;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Diagnosis.Laws;

/// <summary>float32 against float64 on the same float32 weights and inputs.</summary>
/// <remarks>
///   What differs is rounding alone, amplified by the network's conditioning: 1e-5 normwise for tens of steps of a well-behaved network.
///   Where states are chaotic or saturate for thousands of steps more is no fault (a saturating tanh network at T = 5000: 9e-4).
/// </remarks>
internal static class PrecisionLaw
{
    private const double Tolerance = 1e-5; // ε₂₄ = 6e-8, some hundred roundings

    public static LawResult Of<T>(LawCase<T> c)
        where T : unmanaged
    {
        Parameters<float> weights = c.Model.Parameters.To<float>();
        Batch batch = c.Batch.Ids is { }
            ? c.Batch
            : Batch.OfValues(
                [.. c.Batch.Values!.Select(value => (double)(float)value)],
                c.Batch.Times,
                c.Batch.Lanes,
                c.Batch.Inputs,
                c.Batch.Targets,
                c.Batch.Lengths
            );
        double[] narrow = Gradient(c, weights, batch),
            wide = Gradient(c, weights.To<double>(), batch);
        return new(
            "float32 gives float64's gradient of the same float32 weights",
            LawCase<T>.Precision,
            Departure.Normwise(narrow, wide),
            Tolerance,
            "‖∇₃₂ − ∇₆₄‖∞ / ‖∇₆₄‖∞; more on a short, well-conditioned run says that a product is summed wrongly in one of them.",
            1
        );
    }

    private static double[] Gradient<T, TNumber>(LawCase<T> c, Parameters<TNumber> parameters, Batch batch)
        where T : unmanaged
        where TNumber : unmanaged
    {
        Trace<TNumber> trace = c.Run(new Model<TNumber>(parameters.Network, parameters, c.Model.Width), batch: batch);
        return [.. Bptt<TNumber>.Gradient(trace, LossField.Of(trace, c.Loss, c.Reduction)).Values.Select(Real.ToDouble)];
    }
}
