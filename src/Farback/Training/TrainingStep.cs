namespace Farback.Training;

/// <summary>What one update was made of.</summary>
/// <param name="Loss">J before the update.</param>
/// <param name="GradientNorm">‖∇J‖ as backpropagation gave it.</param>
/// <param name="ClippedNorm">‖∇J‖ as the optimiser got it; the same where nothing was clipped.</param>
/// <param name="Rate">η of this step.</param>
public readonly record struct TrainingStep(double Loss, double GradientNorm, double ClippedNorm, double Rate);
