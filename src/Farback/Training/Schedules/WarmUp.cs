namespace Farback.Training;

/// <summary>A straight rise to the first rate of another schedule, which then begins.</summary>
/// <remarks>
///   η = (step + 1)/n · then(0) for step &lt; n, else then(step − n). The first update already moves: its rate is then(0)/n, not 0.
///   PyTorch: SequentialLR of LinearLR(start_factor = 1/n, total_iters = n − 1) and the other, with the milestone n.
/// </remarks>
/// <param name="Steps">n; 0 begins with the other schedule at once.</param>
/// <param name="Then">What follows, its own steps counted from 0.</param>
public sealed record WarmUp(long Steps, Schedule Then) : Schedule
{
    /// <summary>n.</summary>
    public long Steps { get; } = Steps >= 0 ? Steps : throw new ArgumentException($"Steps: expected 0 or more, got {Steps}.");

    /// <inheritdoc/>
    protected override double RateAt(long step) => step < Steps ? Then.At(0) * (step + 1) / Steps : Then.At(step - Steps);
}
