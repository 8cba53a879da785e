using Farback.Networks;

namespace Farback.Gradients;

/// <summary>The gradient with its lags weighted: what a training on it can learn is what the weighted lags teach.</summary>
/// <remarks>
///   g' = beyond · ∇J + (within − beyond) · Σ_{|t−k| ≤ n} G[t,k]: one ordinary way back, where beyond ≠ 0, and one row per loss time in a window of
///   n lags, where the factors differ. Both are the one sweep. Cost: n + 1 times that of the ordinary gradient, and once more.
///   Where the lags within count nothing beside those beyond (less than a 256th), that difference would leave their rounding alone: then every
///   row walks to the first use, and each entry is weighted by itself. Cost: up to T times that of the ordinary gradient.
/// </remarks>
public sealed class LagWeightedGradient<T>
    where T : unmanaged
{
    private readonly LagWeights _weights;
    private readonly Bptt<T> _whole;
    private readonly WeightedEntries<T> _entries;
    private readonly bool _entriesAreAll; // and not only a difference
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
        bool cancels = 256 * Math.Abs(weights.Within) < Math.Abs(weights.Beyond);
        _weights = weights;
        _whole = new(model);
        _entries = cancels ? new(model, int.MaxValue, weights.Of) : new(model, weights.Lag, (_, _) => difference);
        _entriesAreAll = cancels || weights.Beyond == 0;
        _within = new(model.Network);
    }

    /// <summary>g' of a run, overwritten into <paramref name="gradient"/>.</summary>
    public void Run(Trace<T> trace, LossField losses, Parameters<T> gradient)
    {
        ArgumentNullException.ThrowIfNull(gradient);
        if (_entriesAreAll)
        {
            _entries.Run(trace, losses, gradient);
            return;
        }
        _whole.Run(trace, losses, gradient);
        if (_weights.Within == _weights.Beyond && _weights.Beyond == 1)
            return;
        _entries.Run(trace, losses, _within);
        for (int i = 0; i < gradient.Values.Length; i++)
            gradient.Values[i] = Real.From<T>(_weights.Beyond * Real.ToDouble(gradient.Values[i]) + Real.ToDouble(_within.Values[i]));
    }
}
