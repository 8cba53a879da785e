namespace Farback.Training;

/// <summary>Gradient descent with Nesterov's momentum.</summary>
/// <remarks>
///   g' = g + λθ   v := μv + g'   θ := θ − η(g' + μv)
///   λ weight decay, μ momentum, no dampening; v starts at 0 and is state "momentum_buffer".
///   As torch.optim.SGD with nesterov=True: θ is the point looked ahead to, so that the gradient is taken where it is used.
///   Source: Nesterov 1983; in this form Sutskever et al. 2013.
/// </remarks>
public sealed class Nesterov<T> : Optimiser<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _velocity;

    /// <param name="count">How many parameters there are.</param>
    /// <param name="momentum">μ in [0, 1).</param>
    /// <param name="weightDecay">λ ≥ 0.</param>
    public Nesterov(int count, double momentum = 0.9, double weightDecay = 0)
        : base(count)
    {
        Momentum = Fraction(momentum, nameof(momentum));
        WeightDecay = NotNegative(weightDecay, nameof(weightDecay));
        State = [("momentum_buffer", _velocity = new T[count])];
    }

    /// <summary>μ.</summary>
    public double Momentum { get; }

    /// <summary>λ.</summary>
    public double WeightDecay { get; }

    /// <inheritdoc/>
    [MethodImpl(Compiled)]
    protected override void Update<V>(Span<V> parameters, ReadOnlySpan<V> gradient, int start, double learningRate)
    {
        Span<V> v = Part(_velocity, start, parameters);
        V eta = learningRate,
            mu = Momentum,
            lambda = WeightDecay;
        for (int i = 0; i < parameters.Length; i++)
        {
            V g = gradient[i] + lambda * parameters[i];
            v[i] = mu * v[i] + g;
            parameters[i] -= eta * (g + mu * v[i]);
        }
    }
}
