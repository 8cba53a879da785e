namespace Farback.Training;

/// <summary>A staircase: the rate is multiplied by a factor every so many steps.</summary>
/// <remarks>η = rate · factor^⌊step/every⌋, PyTorch's StepLR.</remarks>
/// <param name="Rate">η of the first stair.</param>
/// <param name="Every">The length of a stair, above 0.</param>
/// <param name="Factor">What a stair is to the one before.</param>
public sealed record StepDecay(double Rate, long Every, double Factor = 0.1) : Schedule
{
    /// <summary>The length of a stair.</summary>
    public long Every { get; } = Every > 0 ? Every : throw new ArgumentException($"Every: expected 1 or more, got {Every}.");

    /// <inheritdoc/>
    protected override double RateAt(long step) => Rate * Math.Pow(Factor, step / Every);
}
