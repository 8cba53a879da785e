namespace Farback.Gradients;

/// <summary>How much of a loss's adjoint is left after walking back a number of steps.</summary>
/// <param name="Lag">ℓ = t − k.</param>
/// <param name="Log10Typical">log₁₀ of A(ℓ) = exp mean ln(‖λ[t,t−ℓ]‖/‖λ[t,t]‖), the typical ratio.</param>
/// <param name="Log10Low">log₁₀ of the ratio's 10 % quantile over (t, b).</param>
/// <param name="Log10High">log₁₀ of the ratio's 90 % quantile over (t, b).</param>
/// <param name="Log10Mean">log₁₀ of the arithmetic mean of the ratios, which large ones rule.</param>
/// <param name="Count">How many (t, b) contribute.</param>
public sealed record LagPoint(int Lag, double Log10Typical, double Log10Low, double Log10High, double Log10Mean, int Count);

/// <summary>How far back the gradient reaches: the largest lag at which the typical ratio is still at least the threshold.</summary>
/// <param name="Threshold">ε.</param>
/// <param name="Lag">The largest lag with A(ℓ) ≥ ε and enough contributions; null where no lag has that.</param>
/// <param name="AtLeast">True where it is the last lag that could be measured: the horizon is that or more.</param>
/// <param name="FirstCrossing">The first lag with A(ℓ) below ε; null where there is none.</param>
/// <param name="Low">Lower end of a 90 % interval over sequences.</param>
/// <param name="High">Upper end of a 90 % interval over sequences.</param>
public sealed record Horizon(double Threshold, int? Lag, bool AtLeast, int? FirstCrossing, int? Low, int? High)
{
    /// <summary>False where no lag had enough contributions: then a missing <see cref="Lag"/> says nothing.</summary>
    public bool IsMeasured { get; init; } = true;
}

/// <summary>The lag profile A(ℓ) of one layer and direction with what is read off it.</summary>
public sealed record LagProfile
{
    /// <summary>The points, by lag.</summary>
    public required IReadOnlyList<LagPoint> Points { get; init; }

    /// <summary>The fitted decay −d ln A/dℓ per step: positive where the gradient fades, negative where it grows; null with fewer than three points.</summary>
    public required double? Rate { get; init; }

    /// <summary>ln A that the fitted line has at lag 0; null where there is no rate.</summary>
    public double? Intercept { get; init; }

    /// <summary>ln 2 / rate, in steps; null where the gradient does not fade.</summary>
    public required double? HalfLife { get; init; }

    /// <summary>The horizon at ε = 0.1.</summary>
    public required Horizon Tenth { get; init; }

    /// <summary>The horizon at ε = 0.01.</summary>
    public required Horizon Hundredth { get; init; }

    /// <summary>The number of (t, b) that start out at lag 0.</summary>
    public required int Cohort { get; init; }

    /// <summary>Places with a loss whose adjoint at lag 0 is zero or no number; they are left out of every average.</summary>
    public required int Dropped { get; init; }
}
