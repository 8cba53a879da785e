namespace Farback.Training;

/// <summary>How long a training goes on, and how often it is looked at.</summary>
public sealed record TrainingRunOptions
{
    /// <summary>The updates at most.</summary>
    public required long Steps { get; init; }

    /// <summary>B, the lanes of an update.</summary>
    public required int Lanes { get; init; }

    /// <summary>The updates between two looks at the validation part; the last step is always looked at.</summary>
    public int EvaluateEvery { get; init; } = 100;

    /// <summary>Training ends when so many looks in a row found no better score; 0 to go on to the last step.</summary>
    public int Patience { get; init; }

    /// <summary>The lanes of a held-out batch at most: they change memory and time, not an answer.</summary>
    public int HeldLanes { get; init; } = 64;

    /// <summary>The seed of the order of the batches.</summary>
    public long Seed { get; init; } = 1;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Steps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Lanes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(EvaluateEvery);
        ArgumentOutOfRangeException.ThrowIfNegative(Patience);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(HeldLanes);
    }
}
