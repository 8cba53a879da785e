namespace Farback.Training;

/// <summary>The rate is multiplied by a factor at every step.</summary>
/// <remarks>η = rate · factor^step, PyTorch's ExponentialLR.</remarks>
/// <param name="Rate">η at step 0.</param>
/// <param name="Factor">What a step's rate is to the one before.</param>
public sealed record ExponentialDecay(double Rate, double Factor) : Schedule
{
    /// <inheritdoc/>
    protected override double RateAt(long step) => Rate * Math.Pow(Factor, step);
}
