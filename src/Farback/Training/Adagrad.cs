namespace Farback.Training;

/// <summary>Each gradient divided by the root of the sum of all its past squares.</summary>
/// <remarks>
///   g' = g + λθ   s := s + g'²   θ := θ − η/(1 + (t − 1)κ) · g'/(√s + ε)          t = steps, this one included
///   State "sum" (s), from a given start; κ the decay of the learning rate. As torch.optim.Adagrad.
///   Source: Duchi, Hazan &amp; Singer 2011.
/// </remarks>
public sealed class Adagrad<T> : Optimiser<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _sum;

    /// <param name="count">How many parameters there are.</param>
    /// <param name="rateDecay">κ ≥ 0.</param>
    /// <param name="epsilon">ε ≥ 0; at 0 a gradient that has always been 0 makes NaN.</param>
    /// <param name="weightDecay">λ ≥ 0.</param>
    /// <param name="initialSum">What s starts from, 0 or more.</param>
    public Adagrad(int count, double rateDecay = 0, double epsilon = 1e-10, double weightDecay = 0, double initialSum = 0)
        : base(count)
    {
        RateDecay = NotNegative(rateDecay, nameof(rateDecay));
        Epsilon = NotNegative(epsilon, nameof(epsilon));
        WeightDecay = NotNegative(weightDecay, nameof(weightDecay));
        State = [("sum", _sum = new T[count])];
        Array.Fill(_sum, Real.From<T>(NotNegative(initialSum, nameof(initialSum))));
    }

    /// <summary>κ.</summary>
    public double RateDecay { get; }

    /// <summary>ε.</summary>
    public double Epsilon { get; }

    /// <summary>λ.</summary>
    public double WeightDecay { get; }

    /// <inheritdoc/>
    [MethodImpl(Compiled)]
    protected override void Update<V>(Span<V> parameters, ReadOnlySpan<V> gradient, int start, double learningRate)
    {
        Span<V> s = Part(_sum, start, parameters);
        V rate = learningRate / (1 + (Steps - 1) * RateDecay),
            epsilon = Epsilon,
            lambda = WeightDecay;
        for (int i = 0; i < parameters.Length; i++)
        {
            V g = gradient[i] + lambda * parameters[i];
            s[i] += g * g;
            parameters[i] -= rate * g / (V.Sqrt(s[i]) + epsilon);
        }
    }
}
