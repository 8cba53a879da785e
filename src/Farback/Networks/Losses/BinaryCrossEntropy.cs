namespace Farback.Networks;

/// <summary>Cross entropy of independent yes-or-no outputs, from logits; a target is a probability in [0, 1].</summary>
/// <remarks>
///   ℓ = (1 − y)·s(z) + y·s(−z),   s(z) = ln(1 + e^z) = max(z, 0) + ln(1 + e^(−|z|));   slope = (1 − y)σ(z) − yσ(−z) = σ(z) − y.
///   PyTorch's BCEWithLogitsLoss. The two halves are kept apart because σ(z) − 1 and s(z) − z lose every digit of a confident yes.
///   At z = ±∞: 0 with slope 0 where the target agrees wholly, else ∞; NaN stays NaN.
/// </remarks>
public sealed class BinaryCrossEntropy : ValueLoss
{
    /// <inheritdoc/>
    protected override double Of(double output, double target, out double slope)
    {
        double e = Math.Exp(-Math.Abs(output));
        double large = 1 / (1 + e), // σ(|z|)
            small = e / (1 + e); // σ(−|z|)
        (double yes, double no) = output < 0 ? (small, large) : (large, small);
        slope = (1 - target) * yes - target * no;
        double log = Logarithm.OfOnePlus(e);
        return Weighted(1 - target, Math.Max(output, 0) + log) + Weighted(target, Math.Max(-output, 0) + log);
    }

    // a side that does not count is absent, also where it is infinite
    private static double Weighted(double weight, double loss) => weight == 0 && double.IsInfinity(loss) ? 0 : weight * loss;
}
