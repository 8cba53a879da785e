namespace Farback.Training;

/// <summary>One look at a training: what its steps came to since the look before, and how the held-out part was answered.</summary>
/// <param name="Step">The updates made.</param>
/// <param name="Loss">The mean of J over the steps since the last row.</param>
/// <param name="GradientNorm">The mean of ‖∇J‖ over those steps, as backpropagation gave it.</param>
/// <param name="ClippedNorm">The mean of ‖∇J‖ as the optimiser got it.</param>
/// <param name="Rate">η of the last of those steps.</param>
/// <param name="Scores">The scores on the validation part.</param>
public sealed record HistoryRow(
    long Step,
    double Loss,
    double GradientNorm,
    double ClippedNorm,
    double Rate,
    IReadOnlyList<HistoryScore> Scores
);

/// <summary>A score without its parts.</summary>
/// <param name="Name">accuracy, bits per character.</param>
/// <param name="Value">The number; NaN where nothing was judged.</param>
public sealed record HistoryScore(string Name, double Value);
