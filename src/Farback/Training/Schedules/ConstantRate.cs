namespace Farback.Training;

/// <summary>η = rate, always.</summary>
/// <param name="Rate">The learning rate.</param>
public sealed record ConstantRate(double Rate) : Schedule
{
    /// <inheritdoc/>
    protected override double RateAt(long step) => Rate;
}
