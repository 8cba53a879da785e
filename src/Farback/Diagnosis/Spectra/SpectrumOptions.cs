namespace Farback.Diagnosis.Spectra;

/// <summary>How much is measured.</summary>
public sealed record SpectrumOptions
{
    /// <summary>The sequences whose steps are multiplied and whose gates are read: the first of the batch, at most that many.</summary>
    public int Sequences { get; init; } = 8;

    /// <summary>The largest lag; null for as far as each sequence goes.</summary>
    public int? MaximumLag { get; init; }

    /// <summary>The lags at which singular values are taken, counting the first and the last; they lie ever further apart.</summary>
    public int Lags { get; init; } = 12;

    /// <summary>t, where the walk back begins; null for each sequence's last loss, or its last step where it has none.</summary>
    public int? From { get; init; }

    /// <summary>The steps that are dropped at the late end before exponents are taken; null for a fifth of the shortest sequence, at most 200.</summary>
    public int? BurnIn { get; init; }

    /// <summary>
    ///   Multiply–adds that may be spent on products: some 6n³ a step and 20n³ a lag that is looked at, n the size of the state. Before it
    ///   is exceeded lags are thinned out, then sequences left out, then walks cut short; the result says what was used. The default
    ///   takes some five seconds, and is all of 8 sequences of 200 steps up to n = 120.
    /// </summary>
    public double Work { get; init; } = 2e10;
}
