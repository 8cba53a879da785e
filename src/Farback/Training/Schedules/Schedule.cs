namespace Farback.Training;

/// <summary>The learning rate as a function of the step, and of nothing else: a run that is resumed at a step goes on as if it had never stopped.</summary>
public abstract record Schedule
{
    /// <summary>η of a step; <paramref name="step"/> = 0 is the first update (<see cref="Optimiser{T}.Steps"/> before it).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return RateAt(step);
    }

    /// <summary>η of a step that is not negative.</summary>
    protected abstract double RateAt(long step);
}
