using Farback.Sequences;

namespace Farback.Networks;

/// <summary>A loss that compares the read-out with its target number by number and adds up.</summary>
/// <remarks>L = Σ_j ℓ(a_j, y_j), ∂L/∂a_j = ℓ'(a_j, y_j); a mean is divided by the number of numbers, places × outputs, as PyTorch divides.</remarks>
public abstract class ValueLoss : Loss
{
    /// <summary>ℓ(a, y) and its slope in a.</summary>
    protected abstract double Of(double output, double target, out double slope);

    /// <inheritdoc/>
    public sealed override double Evaluate(ReadOnlySpan<double> output, Targets targets, int place, Span<double> gradient)
    {
        if (targets is not ValueTargets values)
            throw new ArgumentException($"targets: {GetType().Name} needs numbers (ValueTargets), got {targets.GetType().Name}.");
        if (values.Size != output.Length)
            throw new ArgumentException($"targets: expected {output.Length} numbers a place, one for each output, got {values.Size}.");
        ReadOnlySpan<double> target = values.At(place);
        double loss = 0;
        for (int j = 0; j < output.Length; j++)
            loss += Of(output[j], target[j], out gradient[j]);
        return loss;
    }

    /// <inheritdoc/>
    public sealed override double WeightInMean(ReadOnlySpan<double> output, Targets targets, int place) => output.Length;
}
