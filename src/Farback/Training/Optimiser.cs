namespace Farback.Training;

/// <summary>A rule that turns a gradient into the next parameters, θ := θ − η·u.</summary>
/// <remarks>
///   Parameters and gradient are flat, [count]; every rule treats each number by itself. With g the gradient and η the learning rate
///   of this step, an optimiser's page gives its equation, its state and its source; the semantics are PyTorch's (torch.optim), its
///   constants rounded to T from double as PyTorch rounds them.
///   The equation is written once over <see cref="INumbers{V}"/> and runs in registers, what is left over one by one. It uses
///   + − × ÷ √ only, each rounded once, so every width gives the same bits (Adam's powers βᵗ come from
///   the system's library and may differ in the last bit between systems). A step allocates nothing.
///   A NaN in the gradient goes into its parameter and into its state, and stays there: clip or skip before.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
public abstract class Optimiser<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private long _steps;
    private readonly Width _width = Widths.Current;

    /// <param name="count">How many parameters there are.</param>
    /// <exception cref="NotSupportedException">T is neither float nor double.</exception>
    protected Optimiser(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
            throw new NotSupportedException($"{GetType().Name}: parameters are float or double, not {typeof(T).Name}.");
        Count = count;
    }

    /// <summary>How many parameters there are.</summary>
    public int Count { get; }

    /// <summary>How many numbers are treated at once; it changes the time, not a bit of the result.</summary>
    /// <exception cref="PlatformNotSupportedException">This processor lacks that width.</exception>
    public Width Width
    {
        get => _width;
        init =>
            _width = Widths.IsSupported(value)
                ? value
                : throw new PlatformNotSupportedException($"This processor has no registers of width {Widths.Name(value)}.");
    }

    /// <summary>The steps taken, which the bias corrections depend on; set it when a checkpoint is restored.</summary>
    public long Steps
    {
        get => _steps;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _steps = value;
        }
    }

    /// <summary>What the rule remembers, by PyTorch's names; the arrays themselves, [count] each. With <see cref="Steps"/> it is all a checkpoint needs.</summary>
    public IReadOnlyList<(string Name, T[] Values)> State { get; protected init; } = [];

    /// <summary>One update, in place.</summary>
    /// <param name="parameters">θ, [count], overwritten.</param>
    /// <param name="gradient">dJ/dθ, [count].</param>
    /// <param name="learningRate">η of this step.</param>
    /// <exception cref="ArgumentException">A length is not <see cref="Count"/>.</exception>
    public void Step(Span<T> parameters, ReadOnlySpan<T> gradient, double learningRate)
    {
        if (parameters.Length != Count)
            throw new ArgumentException($"parameters: expected {Count}, as the optimiser was made for, got {parameters.Length}.");
        if (gradient.Length != Count)
            throw new ArgumentException($"gradient: expected {Count}, one for each parameter, got {gradient.Length}.");
        Steps++;
        switch (Width)
        {
            case Width.Bits512:
                Run<Lanes512<T>>(parameters, gradient, learningRate);
                break;
            case Width.Bits256:
                Run<Lanes256<T>>(parameters, gradient, learningRate);
                break;
            case Width.Bits128:
                Run<Lanes128<T>>(parameters, gradient, learningRate);
                break;
            default:
                Run<Scalar<T>>(parameters, gradient, learningRate);
                break;
        }
    }

    /// <summary>The rule, on the parameters from <paramref name="start"/> on; <see cref="Steps"/> already counts this step.</summary>
    protected abstract void Update<V>(Span<V> parameters, ReadOnlySpan<V> gradient, int start, double learningRate)
        where V : struct, INumbers<V>;

    /// <summary>The part of a state array that belongs to <paramref name="parameters"/>; empty where the rule has no such state.</summary>
    protected static Span<V> Part<V>(T[]? state, int start, Span<V> parameters)
        where V : struct, INumbers<V> =>
        state is null ? default : MemoryMarshal.Cast<T, V>(state.AsSpan(start, parameters.Length * V.Lanes));

    /// <summary>A constant of the rule that must lie in [0, 1).</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    protected static double Fraction(double value, string name) =>
        value >= 0 && value < 1 ? value : throw new ArgumentException($"{name}: expected 0 or more and less than 1, got {value}.");

    /// <summary>A constant of the rule that must not be negative.</summary>
    /// <exception cref="ArgumentException">It is, or is not a number.</exception>
    protected static double NotNegative(double value, string name) =>
        value >= 0 ? value : throw new ArgumentException($"{name}: expected 0 or more, got {value}.");

    private void Run<V>(Span<T> parameters, ReadOnlySpan<T> gradient, double learningRate)
        where V : struct, INumbers<V>
    {
        int whole = Count - Count % V.Lanes;
        Update(MemoryMarshal.Cast<T, V>(parameters[..whole]), MemoryMarshal.Cast<T, V>(gradient[..whole]), 0, learningRate);
        if (whole < Count)
            Update(
                MemoryMarshal.Cast<T, Scalar<T>>(parameters[whole..]),
                MemoryMarshal.Cast<T, Scalar<T>>(gradient[whole..]),
                whole,
                learningRate
            );
    }
}
