namespace Farback.Networks;

/// <summary>Squared near the target, absolute beyond δ from it.</summary>
/// <remarks>
///   ℓ = ½d² for |d| ≤ δ, else δ(|d| − ½δ);   slope = d cut to [−δ, δ];   d = a − y. PyTorch's HuberLoss.
///   <see cref="SmoothAbsolute"/> divides both by δ (there called β): PyTorch's SmoothL1Loss, which tends to |d| as β → 0.
///   ∞ with slope ±δ at d = ±∞; NaN stays NaN. Source: Huber 1964; the smooth form Girshick, Fast R-CNN, 2015.
/// </remarks>
public sealed class Huber : ValueLoss
{
    private readonly double _scale;

    /// <param name="delta">δ &gt; 0: where the parabola meets the line.</param>
    /// <exception cref="ArgumentException">δ is not a positive finite number.</exception>
    public Huber(double delta = 1)
        : this(delta, 1) { }

    private Huber(double delta, double scale)
    {
        if (!(delta > 0 && double.IsFinite(delta)))
            throw new ArgumentException(
                $"delta: expected a finite number above 0, got {delta}. The limit 0 of the smooth form is {nameof(AbsoluteError)}."
            );
        (Delta, _scale) = (delta, scale);
    }

    /// <summary>Smooth L1: ℓ = ½d²/β for |d| ≤ β, else |d| − ½β; slope d/β cut to [−1, 1].</summary>
    /// <param name="beta">β &gt; 0.</param>
    /// <exception cref="ArgumentException">β is not a positive finite number.</exception>
    public static Huber SmoothAbsolute(double beta = 1) => new(beta, beta);

    /// <summary>δ, or β of the smooth form.</summary>
    public double Delta { get; }

    /// <inheritdoc/>
    protected override double Of(double output, double target, out double slope)
    {
        double d = output - target;
        double size = Math.Abs(d);
        if (size > Delta)
        {
            slope = Math.CopySign(Delta, d) / _scale;
            return Delta * (size - Delta / 2) / _scale;
        }
        slope = d / _scale;
        return d * d / 2 / _scale;
    }
}
