using Farback.Sequences;

namespace Farback.Networks;

/// <summary>Cross entropy between the softmax of the read-out and one class, with class weights and label smoothing.</summary>
/// <remarks>
///   L = −(1 − ε) w_y ln p_y − (ε/K) Σ_c w_c ln p_c
///   ∂L/∂z_c = (1 − ε) w_y (p_c − [c = y]) + (ε/K)(p_c Σ_j w_j − w_c)
///   K classes, y the target, w = 1 without class weights; a mean is divided by Σ w_y over the places, smoothing or not.
///   These are PyTorch's CrossEntropyLoss with class indices; its ignore_index is a place without a target. Two things are kept that
///   PyTorch rounds away: the loss and the gradient of a confident prediction, which stay right in every digit down to 1e-307
///   (p_y − 1 is never formed as a difference): the seed of the way back is exactly this number.
///   z = NaN or +∞ makes L and the whole gradient NaN; z_c = −∞ is p_c = 0, with L = ∞ where c is the target or ε &gt; 0
///   (NaN where moreover its class weight is 0). Costs one exponential a class and allocates nothing.
///   Source of the smoothing: Szegedy et al. 2016, section 7.
/// </remarks>
public sealed class SoftmaxCrossEntropy : Loss
{
    private readonly double[]? _classWeights;
    private readonly double _sumOfClassWeights;

    /// <param name="classWeights">w, one for each class, none negative; null for 1 everywhere.</param>
    /// <param name="smoothing">ε in [0, 1]: the part of the target spread over all classes.</param>
    /// <exception cref="ArgumentException">A weight is negative or not a number, or ε lies outside [0, 1].</exception>
    public SoftmaxCrossEntropy(double[]? classWeights = null, double smoothing = 0)
    {
        if (!(smoothing >= 0 && smoothing <= 1))
            throw new ArgumentException($"smoothing: expected 0 to 1, got {smoothing}.");
        for (int c = 0; c < (classWeights?.Length ?? 0); c++)
            if (!(classWeights![c] >= 0))
                throw new ArgumentException($"classWeights: class {c} has {classWeights[c]}, expected 0 or more.");
        _classWeights = classWeights?.ToArray();
        _sumOfClassWeights = _classWeights?.Sum() ?? 0;
        Smoothing = smoothing;
    }

    /// <summary>w, one for each class; empty where every class counts 1.</summary>
    public ReadOnlySpan<double> ClassWeights => _classWeights;

    /// <summary>ε.</summary>
    public double Smoothing { get; }

    /// <summary>The width of the exponentials; it changes the time, not a bit of the result.</summary>
    public Width Width { get; init; } = Widths.Current;

    /// <inheritdoc/>
    public override double Evaluate(ReadOnlySpan<double> output, Targets targets, int place, Span<double> gradient)
    {
        int y = Target(output, targets, place);
        Span<double> e = gradient[..output.Length];
        Softmax softmax = new(output, e, Width);

        double own = (1 - Smoothing) * WeightOf(y);
        double spread = Smoothing / output.Length;
        double all = _classWeights is null ? output.Length : _sumOfClassWeights;

        double loss = own * softmax.Surprise(output[y]);
        if (Smoothing > 0)
            for (int c = 0; c < output.Length; c++)
                loss += spread * WeightOf(c) * softmax.Surprise(output[c]);

        double atTarget = own * softmax.ProbabilityLessOne(y, e[y]);
        double ofProbability = own + spread * all;
        double perExponential = ofProbability / (1 + softmax.Rest);
        double probability = e[y] / (1 + softmax.Rest);
        Real.Multiply<double>(e, perExponential);
        if (Smoothing > 0)
            for (int c = 0; c < output.Length; c++)
                e[c] -= spread * WeightOf(c);
        e[y] = atTarget + spread * (probability * all - WeightOf(y));
        return loss;
    }

    /// <inheritdoc/>
    public override double WeightInMean(ReadOnlySpan<double> output, Targets targets, int place) =>
        WeightOf(Target(output, targets, place));

    private double WeightOf(int c) => _classWeights is null ? 1 : _classWeights[c];

    private int Target(ReadOnlySpan<double> output, Targets targets, int place)
    {
        if (targets is not ClassTargets classes)
            throw new ArgumentException($"targets: cross entropy needs one class a place (ClassTargets), got {targets.GetType().Name}.");
        int y = classes.Classes[place];
        if ((uint)y >= (uint)output.Length)
            throw new ArgumentException(
                $"targets: place {place} has class {y}, expected 0 to {output.Length - 1}: the read-out has {output.Length} outputs."
            );
        if (_classWeights is not null && _classWeights.Length != output.Length)
            throw new ArgumentException($"classWeights: expected {output.Length}, one for each output, got {_classWeights.Length}.");
        return y;
    }
}
