namespace Farback.Diagnosis.Spectra;

/// <summary>How often numbers fall where: equal bins from one end to the other, fractions of all that were counted.</summary>
/// <param name="From">The lower end of the first bin.</param>
/// <param name="To">The upper end of the last bin; what lies outside is in the outermost ones.</param>
/// <param name="Fractions">One a bin; they sum to 1, or are all 0 where nothing was counted.</param>
public sealed record Histogram(double From, double To, IReadOnlyList<double> Fractions);

/// <summary>Where one gate's activations lie, over every unit, step and sequence.</summary>
/// <remarks>
///   Saturated: σ below 0.1 or above 0.9 (Karpathy, Johnson &amp; Li 2015), tanh likewise in its own range, beyond ∓0.8, where its slope is at
///   most 0.36; relu at or below 0, where its slope is 0. z is computed again from the run's own inputs, states and weights.
/// </remarks>
public sealed record GateSpectrum
{
    /// <summary>The layer and direction.</summary>
    public required string Site { get; init; }

    /// <summary>The gate's letter; empty where the cell has one block only.</summary>
    public required string Gate { get; init; }

    /// <summary>What squashes it.</summary>
    public required ActivationKind Activation { get; init; }

    /// <summary>φ(z): from 0 to 1, from −1 to 1, or over what was found.</summary>
    public required Histogram Values { get; init; }

    /// <summary>φ'(z), from 0 to its largest possible value.</summary>
    public required Histogram Slopes { get; init; }

    /// <summary>The fraction saturated at the low end: closed, negative, off.</summary>
    public required double Low { get; init; }

    /// <summary>The fraction saturated at the high end: open, positive.</summary>
    public required double High { get; init; }

    /// <summary>The mean of φ(z).</summary>
    public required double MeanValue { get; init; }

    /// <summary>The mean of φ'(z) over its largest possible value: how much of an error passes back through the activation.</summary>
    public required double MeanSlope { get; init; }

    /// <summary>The fraction of units that are saturated at 95 % of the places or more.</summary>
    public required double StuckUnits { get; init; }

    /// <summary>The fraction of units whose slope is 0 at every place: no error ever passes (dead relu).</summary>
    public required double DeadUnits { get; init; }

    /// <summary>Units.</summary>
    public required int Units { get; init; }

    /// <summary>Steps of all sequences.</summary>
    public required int Places { get; init; }
}

/// <summary>How long the direct path past the weights remembers: the products of one layer's forget gates.</summary>
/// <remarks>
///   F[t,k] = ∏ f_i over k &lt; i ≤ t, τ = −1/mean ln f of a unit, in steps. The direct path only, and with peepholes not even all of it: the
///   whole state's Jacobian is what counts.
/// </remarks>
/// <param name="Site">The layer and direction.</param>
/// <param name="Gate">f of an LSTM, z of a GRU.</param>
/// <param name="Times">τ of every unit, the shortest first; ∞ where the gate never closed.</param>
/// <param name="Products">F over the lags.</param>
public sealed record MemorySpectrum(string Site, string Gate, IReadOnlyList<double> Times, IReadOnlyList<ForgetProduct> Products);

/// <summary>log₁₀ F[t,t−ℓ] over every unit, t and sequence.</summary>
/// <param name="Lag">ℓ.</param>
/// <param name="Log10Low">The 10 % quantile.</param>
/// <param name="Log10Middle">The median.</param>
/// <param name="Log10High">The 90 % quantile.</param>
public sealed record ForgetProduct(int Lag, double Log10Low, double Log10Middle, double Log10High);
