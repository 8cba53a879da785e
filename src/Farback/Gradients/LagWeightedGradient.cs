using Farback.Networks;

namespace Farback.Gradients;

/// <summary>The gradient with its lags weighted: what a training on it can learn is what the weighted lags teach.</summary>
/// <remarks>
///   g' = beyond · ∇J + (within − beyond) · Σ_{|t−k| ≤ n} G[t,k]: one ordinary way back, where beyond ≠ 0, and one row per loss time in a window of
///   n lags, where the factors differ. Both are the one sweep. Cost: n + 1 times that of the ordinary gradient, and once more.
/// </remarks>
public sealed class LagWeightedGradient<T>
    where T : unmanaged
{
    private readonly LagWeights _weights;
    private readonly Bptt<T> _whole;
    private readonly WeightedEntries<T> _window;
    private readonly Parameters<T> _within;

    /// <param name="model">The model.</param>
    /// <param name="weights">What each lag counts.</param>
    /// <exception cref="ArgumentException">The lag is negative, or a factor is not finite.</exception>
    public LagWeightedGradient(Model<T> model, LagWeights weights)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(weights);
        if (weights.Lag < 0)
            throw new ArgumentException($"lag weights: expected a lag of 0 or more, got {weights.Lag}.");
        if (!double.IsFinite(weights.Within) || !double.IsFinite(weights.Beyond))
            throw new ArgumentException($"lag weights: expected finite factors, got {weights.Within} and {weights.Beyond}.");
        double difference = weights.Within - weights.Beyond;
        _weights = weights;
        _whole = new(model);
        _window = new(model, weights.Lag, (_, _) => difference);
        _within = new(model.Network);
    }

    /// <summary>g' of a run, overwritten into <paramref name="gradient"/>.</summary>
    public void Run(Trace<T> trace, LossField losses, Parameters<T> gradient)
    {
        ArgumentNullException.ThrowIfNull(gradient);
        if (_weights.Beyond == 0)
        {
            _window.Run(trace, losses, gradient);
            return;
        }
        _whole.Run(trace, losses, gradient);
        if (_weights.Within == _weights.Beyond && _weights.Beyond == 1)
            return;
        _window.Run(trace, losses, _within);
        for (int i = 0; i < gradient.Values.Length; i++)
            gradient.Values[i] = Real.From<T>(_weights.Beyond * Real.ToDouble(gradient.Values[i]) + Real.ToDouble(_within.Values[i]));
    }
}
