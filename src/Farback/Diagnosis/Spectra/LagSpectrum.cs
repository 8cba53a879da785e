namespace Farback.Diagnosis.Spectra;

/// <summary>The product of step Jacobians over one lag: how it stretches, and what it does to the adjoint that really walked.</summary>
/// <remarks>log₁₀, means over the sequences; −∞ where a value is zero in all of them. Row convention: λ_k = λ_t M, M = J_t … J_{k+1}.</remarks>
/// <param name="Lag">t − k.</param>
/// <param name="Log10Largest">σ_1: more than this no adjoint can keep.</param>
/// <param name="Log10High">The 90 % quantile of the n singular values.</param>
/// <param name="Log10Middle">Their median.</param>
/// <param name="Log10Low">Their 10 % quantile.</param>
/// <param name="Log10Smallest">σ_n.</param>
/// <param name="Log10Adjoint">‖λ_t M‖/‖λ_t‖ of the loss at t; null where no sequence has one.</param>
/// <param name="AlignedLeft">|cos| between λ_t and u_1, the direction of which most would arrive; null without a loss.</param>
/// <param name="AlignedRight">|cos| between what arrives and v_1: near 1 whatever left points where the dynamics send everything; null without a loss.</param>
/// <param name="Count">How many sequences it rests on.</param>
public sealed record LagSpectrum(
    int Lag,
    double Log10Largest,
    double Log10High,
    double Log10Middle,
    double Log10Low,
    double Log10Smallest,
    double? Log10Adjoint,
    double? AlignedLeft,
    double? AlignedRight,
    int Count
);

/// <summary>A finite-time Lyapunov exponent: the mean of ln of how much a step stretches that direction.</summary>
/// <param name="Value">Per step, natural logarithm; the mean over the sequences. Below 0 it fades, at 0 it keeps, above 0 it grows.</param>
/// <param name="Low">The lower end of a 90 % interval over the sequences, by resampling them; null for a single one.</param>
/// <param name="High">Its upper end.</param>
public sealed record LyapunovExponent(double Value, double? Low, double? High);

/// <summary>A point of the complex plane.</summary>
/// <param name="Real">Its real part.</param>
/// <param name="Imaginary">Its imaginary part.</param>
public sealed record Eigenvalue(double Real, double Imaginary)
{
    /// <summary>Its modulus.</summary>
    public double Modulus => Math.Sqrt(Real * Real + Imaginary * Imaginary);
}

/// <summary>One gate's matrix W_h of one layer and direction.</summary>
/// <param name="Name">PyTorch's name of the block, with the gate's letter: weight_hh_l0.f.</param>
/// <param name="SpectralRadius">ρ(W_h), the largest |eigenvalue|.</param>
/// <param name="SpectralNorm">σ_max(W_h).</param>
/// <param name="Eigenvalues">All H of them, the largest modulus first.</param>
public sealed record RecurrentSpectrum(string Name, double SpectralRadius, double SpectralNorm, IReadOnlyList<Eigenvalue> Eigenvalues);

/// <summary>What the whole state's steps do: of all layers jointly, or of one layer in one direction.</summary>
public sealed record StateSpectrum
{
    /// <summary>all layers; or which layer and direction.</summary>
    public required string Name { get; init; }

    /// <summary>n, the numbers that make the state.</summary>
    public required int Coordinates { get; init; }

    /// <summary>The sequences walked, each from its last loss back to its first step.</summary>
    public required int Sequences { get; init; }

    /// <summary>By lag, the shortest first.</summary>
    public required IReadOnlyList<LagSpectrum> Lags { get; init; }

    /// <summary>The whole Lyapunov spectrum, the largest first: n exponents over <see cref="ExponentSteps"/>.</summary>
    public required IReadOnlyList<LyapunovExponent> Exponents { get; init; }

    /// <summary>The steps that the exponents are means over, all sequences together.</summary>
    public required int ExponentSteps { get; init; }

    /// <summary>The steps that were dropped at the late end of each sequence, while the directions settled.</summary>
    public required int BurnIn { get; init; }

    /// <summary>The eigenvalues of one step's Jacobian, that in the middle of the first sequence.</summary>
    public required IReadOnlyList<Eigenvalue> StepEigenvalues { get; init; }

    /// <summary>e^λ₁, what the strongest direction keeps a step; null where not one step was left to measure.</summary>
    public double? FactorPerStep => Exponents is [{ } first, ..] && !double.IsNaN(first.Value) ? Math.Exp(first.Value) : null;
}
