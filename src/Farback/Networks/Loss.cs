using Farback.Sequences;

namespace Farback.Networks;

/// <summary>Whether J adds the losses of all places or averages them.</summary>
public enum Reduction
{
    /// <summary>J = Σ_{t,b} L_{t,b}.</summary>
    Sum,

    /// <summary>J = Σ_{t,b} L_{t,b} / Σ_{t,b} (the weight each place counts with in the mean).</summary>
    Mean,
}

/// <summary>L_{t,b}: how far the read-out at one place is from its target.</summary>
public abstract class Loss
{
    /// <summary>L and ∂L/∂(read-out) at one place, the place's own factor (a class weight) included.</summary>
    /// <param name="output">The read-out, one number per output; logits where the loss is a cross entropy.</param>
    /// <param name="targets">The targets of the batch.</param>
    /// <param name="place">time · lanes + lane; it has a target.</param>
    /// <param name="gradient">Overwritten with ∂L/∂output.</param>
    public abstract double Evaluate(ReadOnlySpan<double> output, Targets targets, int place, Span<double> gradient);

    /// <summary>What the place adds to the divisor of a mean: 1, or its class weight, or the number of its outputs, as PyTorch divides.</summary>
    public abstract double WeightInMean(ReadOnlySpan<double> output, Targets targets, int place);
}
