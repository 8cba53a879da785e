namespace Farback.Networks;

/// <summary>ℓ = |a − y|, slope ±1 and 0 where a = y, as PyTorch's L1Loss.</summary>
/// <remarks>∞ with slope ±1 where a or y is infinite; NaN stays NaN in both.</remarks>
public sealed class AbsoluteError : ValueLoss
{
    /// <inheritdoc/>
    protected override double Of(double output, double target, out double slope)
    {
        double d = output - target;
        slope =
            d > 0 ? 1
            : d < 0 ? -1
            : d; // 0 or NaN
        return Math.Abs(d);
    }
}
