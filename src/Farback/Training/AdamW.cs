namespace Farback.Training;

/// <summary>Adam with a weight decay of its own, outside the moments.</summary>
/// <remarks>
///   θ := (1 − ηλ)θ   m := m + (1 − β₁)(g − m)   v := β₂v + (1 − β₂)g²
///   θ := θ − η/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε)          t = steps, this one included
///   State "exp_avg" (m), "exp_avg_sq" (v), both from 0. As torch.optim.AdamW: the decay comes first, and is scaled by the learning rate
///   of the step but not by the gradient's history, so that it acts alike on every weight. λ = 0 is Adam, bit for bit.
///   Source: Loshchilov &amp; Hutter 2019, algorithm 2.
/// </remarks>
public sealed class AdamW<T> : Optimiser<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _mean,
        _square;

    /// <param name="count">How many parameters there are.</param>
    /// <param name="beta1">β₁ in [0, 1).</param>
    /// <param name="beta2">β₂ in [0, 1).</param>
    /// <param name="epsilon">ε ≥ 0; at 0 a gradient that has always been 0 makes NaN.</param>
    /// <param name="weightDecay">λ ≥ 0.</param>
    public AdamW(int count, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0.01)
        : base(count)
    {
        Beta1 = Fraction(beta1, nameof(beta1));
        Beta2 = Fraction(beta2, nameof(beta2));
        Epsilon = NotNegative(epsilon, nameof(epsilon));
        WeightDecay = NotNegative(weightDecay, nameof(weightDecay));
        State = [("exp_avg", _mean = new T[count]), ("exp_avg_sq", _square = new T[count])];
    }

    /// <summary>β₁.</summary>
    public double Beta1 { get; }

    /// <summary>β₂.</summary>
    public double Beta2 { get; }

    /// <summary>ε.</summary>
    public double Epsilon { get; }

    /// <summary>λ.</summary>
    public double WeightDecay { get; }

    /// <inheritdoc/>
    [MethodImpl(Compiled)]
    protected override void Update<V>(Span<V> parameters, ReadOnlySpan<V> gradient, int start, double learningRate)
    {
        Span<V> m = Part(_mean, start, parameters),
            v = Part(_square, start, parameters);
        V rate = learningRate / (1 - Math.Pow(Beta1, Steps)),
            root = Math.Sqrt(1 - Math.Pow(Beta2, Steps)),
            fresh1 = 1 - Beta1,
            beta2 = Beta2,
            fresh2 = 1 - Beta2,
            epsilon = Epsilon,
            keep = 1 - learningRate * WeightDecay;
        for (int i = 0; i < parameters.Length; i++)
        {
            V g = gradient[i];
            m[i] += fresh1 * (g - m[i]);
            v[i] = beta2 * v[i] + fresh2 * g * g;
            parameters[i] = keep * parameters[i] - rate * m[i] / (V.Sqrt(v[i]) / root + epsilon);
        }
    }
}
