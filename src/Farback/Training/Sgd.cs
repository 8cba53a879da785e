namespace Farback.Training;

/// <summary>Gradient descent, with heavy-ball momentum where asked.</summary>
/// <remarks>
///   g' = g + λθ   v := μv + g'   θ := θ − ηv
///   λ weight decay, μ momentum, no dampening; v starts at 0 and is state "momentum_buffer". With μ = 0 there is no state and v = g'.
///   As torch.optim.SGD: the learning rate stands outside v (Sutskever et al. 2013 put it inside: the same path while η is constant).
///   Source: Polyak 1964.
/// </remarks>
public sealed class Sgd<T> : Optimiser<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[]? _velocity;

    /// <param name="count">How many parameters there are.</param>
    /// <param name="momentum">μ in [0, 1).</param>
    /// <param name="weightDecay">λ ≥ 0.</param>
    public Sgd(int count, double momentum = 0, double weightDecay = 0)
        : base(count)
    {
        Momentum = Fraction(momentum, nameof(momentum));
        WeightDecay = NotNegative(weightDecay, nameof(weightDecay));
        if (momentum > 0)
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
            if (v.Length > 0)
                g = v[i] = mu * v[i] + g;
            parameters[i] -= eta * g;
        }
    }
}
