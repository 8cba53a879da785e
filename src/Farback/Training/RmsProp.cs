namespace Farback.Training;

/// <summary>Each gradient divided by the running root mean square of its own past.</summary>
/// <remarks>
///   g' = g + λθ   s := ρs + (1 − ρ)g'²   u = g'/(√s + ε)   θ := θ − ηu
///   centred:        m := ρm + (1 − ρ)g'   u = g'/(√(s − m²) + ε)
///   with momentum:  v := μv + u           θ := θ − ηv
///   State "square_avg" (s), "grad_avg" (m), "momentum_buffer" (v), all from 0 and without bias correction; ε outside the root, as
///   torch.optim.RMSprop (Graves 2013, who introduced the centred form for recurrent networks, has it inside).
///   Rounding can make s − m² slightly negative where a gradient stays constant; it is taken as 0 there, PyTorch returns NaN.
///   Source: Tieleman &amp; Hinton 2012, lecture 6.5.
/// </remarks>
public sealed class RmsProp<T> : Optimiser<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _square;
    private readonly T[]? _mean,
        _velocity;

    /// <param name="count">How many parameters there are.</param>
    /// <param name="smoothing">ρ in [0, 1); PyTorch calls it alpha.</param>
    /// <param name="epsilon">ε ≥ 0.</param>
    /// <param name="momentum">μ in [0, 1).</param>
    /// <param name="weightDecay">λ ≥ 0.</param>
    /// <param name="centred">Divide by the standard deviation instead of the root mean square.</param>
    public RmsProp(
        int count,
        double smoothing = 0.99,
        double epsilon = 1e-8,
        double momentum = 0,
        double weightDecay = 0,
        bool centred = false
    )
        : base(count)
    {
        Smoothing = Fraction(smoothing, nameof(smoothing));
        Epsilon = NotNegative(epsilon, nameof(epsilon));
        Momentum = Fraction(momentum, nameof(momentum));
        WeightDecay = NotNegative(weightDecay, nameof(weightDecay));
        List<(string, T[])> state = [("square_avg", _square = new T[count])];
        if (centred)
            state.Add(("grad_avg", _mean = new T[count]));
        if (momentum > 0)
            state.Add(("momentum_buffer", _velocity = new T[count]));
        State = state;
    }

    /// <summary>ρ.</summary>
    public double Smoothing { get; }

    /// <summary>ε.</summary>
    public double Epsilon { get; }

    /// <summary>μ.</summary>
    public double Momentum { get; }

    /// <summary>λ.</summary>
    public double WeightDecay { get; }

    /// <summary>True where the mean is taken out of the mean square.</summary>
    public bool Centred => _mean is not null;

    /// <inheritdoc/>
    [MethodImpl(Compiled)]
    protected override void Update<V>(Span<V> parameters, ReadOnlySpan<V> gradient, int start, double learningRate)
    {
        Span<V> s = Part(_square, start, parameters),
            m = Part(_mean, start, parameters),
            v = Part(_velocity, start, parameters);
        V eta = learningRate,
            rho = Smoothing,
            fresh = 1 - Smoothing,
            epsilon = Epsilon,
            mu = Momentum,
            lambda = WeightDecay;
        for (int i = 0; i < parameters.Length; i++)
        {
            V g = gradient[i] + lambda * parameters[i];
            V spread = s[i] = rho * s[i] + fresh * g * g;
            if (m.Length > 0)
            {
                m[i] = rho * m[i] + fresh * g;
                spread = V.Max(spread - m[i] * m[i], 0);
            }
            V u = g / (V.Sqrt(spread) + epsilon);
            if (v.Length > 0)
                u = v[i] = mu * v[i] + u;
            parameters[i] -= eta * u;
        }
    }
}
