namespace Farback.Training;

/// <summary>Half a cosine from the rate down to a floor, where it stays.</summary>
/// <remarks>
///   η = floor + ½(rate − floor)(1 + cos(π·step/n)) for step &lt; n, else floor. Until n this is PyTorch's CosineAnnealingLR, which
///   then climbs again. Source: Loshchilov &amp; Hutter 2017, without the restarts.
/// </remarks>
/// <param name="Rate">η at step 0.</param>
/// <param name="Steps">n &gt; 0.</param>
/// <param name="Floor">η from step n on.</param>
public sealed record CosineDecay(double Rate, long Steps, double Floor = 0) : Schedule
{
    /// <summary>n.</summary>
    public long Steps { get; } = Steps > 0 ? Steps : throw new ArgumentException($"Steps: expected 1 or more, got {Steps}.");

    // cospi is exact at the quarters, so the middle of the way is the middle of the rates
    /// <inheritdoc/>
    protected override double RateAt(long step) =>
        step < Steps ? Floor + (Rate - Floor) * (1 + double.CosPi((double)step / Steps)) / 2 : Floor;
}
