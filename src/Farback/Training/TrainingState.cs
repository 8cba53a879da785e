namespace Farback.Training;

/// <summary>All that a training is at a step: a run that is given it goes on bit for bit as if it had never stopped.</summary>
/// <remarks>The numbers are copies; a run that goes on does not change them.</remarks>
/// <typeparam name="T">float or double.</typeparam>
public sealed record TrainingState<T>
    where T : unmanaged
{
    /// <summary>The updates made.</summary>
    public required long Step { get; init; }

    /// <summary>θ.</summary>
    public required T[] Parameters { get; init; }

    /// <summary>What the optimiser remembers, by its own names.</summary>
    public required IReadOnlyList<(string Name, T[] Values)> Optimiser { get; init; }

    /// <summary>The steps the optimiser counts.</summary>
    public required long OptimiserSteps { get; init; }

    /// <summary>The random stream of dropout.</summary>
    public required ulong[] Dropout { get; init; }

    /// <summary>The random stream of the batches.</summary>
    public required ulong[] Batches { get; init; }

    /// <summary>The position in data that is read in order.</summary>
    public required long Position { get; init; }

    /// <summary>The states from which the next batch starts; null where it starts from the network's own.</summary>
    public T[]? Carried { get; init; }

    /// <summary>The lanes of <see cref="Carried"/>.</summary>
    public int CarriedLanes { get; init; }

    /// <summary>The parameters of the best look; null before one was judged.</summary>
    public T[]? Best { get; init; }

    /// <summary>The score of the best look.</summary>
    public double BestScore { get; init; } = double.NaN;

    /// <summary>The step of the best look.</summary>
    public long BestStep { get; init; }

    /// <summary>Looks since the best one.</summary>
    public int Stale { get; init; }

    /// <summary>Σ J, Σ‖∇J‖ and Σ‖∇J‖ clipped since the last look.</summary>
    public required double[] Sums { get; init; }

    /// <summary>The steps in <see cref="Sums"/>.</summary>
    public int Summed { get; init; }

    /// <summary>Every look so far.</summary>
    public required IReadOnlyList<HistoryRow> History { get; init; }
}
