namespace Farback.Networks;

/// <summary>ℓ = (a − y)², slope 2(a − y): without the ½, as PyTorch's MSELoss.</summary>
/// <remarks>∞ where a or y is infinite, NaN where both are so with one sign; NaN stays NaN.</remarks>
public sealed class SquaredError : ValueLoss
{
    /// <inheritdoc/>
    protected override double Of(double output, double target, out double slope)
    {
        double d = output - target;
        slope = 2 * d;
        return d * d;
    }
}
