namespace Farback.Training;

/// <summary>A loss or a gradient that is NaN or infinite; the update was not made, the parameters are those of the step before.</summary>
public sealed class TrainingDivergedException : Exception
{
    internal TrainingDivergedException(long step, double loss, string? block, string message)
        : base(message) => (Step, Loss, Block) = (step, loss, block);

    /// <summary>The update that was not made; the first is 0.</summary>
    public long Step { get; }

    /// <summary>J of that step.</summary>
    public double Loss { get; }

    /// <summary>The first block of parameters (where the loss is not finite) or of the gradient (where the loss is) with a number that is not; null where all are.</summary>
    public string? Block { get; }
}
