namespace Farback.Gradients;

/// <summary>How much the entries of the map count in an update, by their lag: one factor up to a lag, another beyond.</summary>
/// <remarks>
///   g' = Σ_{|t−k| ≤ n} within · G[t,k] + Σ_{|t−k| > n} beyond · G[t,k], exact entry by entry: a sliding mask, not chunks of the sequence, so
///   every loss reaches equally far. within = beyond = 1 is the gradient itself. The read-out is used at k = t and counts as lag 0.
/// </remarks>
/// <param name="Lag">n, the largest lag that counts as within; 0 or more.</param>
/// <param name="Within">The factor up to it.</param>
/// <param name="Beyond">The factor of all longer lags.</param>
public sealed record LagWeights(int Lag, double Within, double Beyond)
{
    /// <summary>Lags longer than n are taken out of the gradient.</summary>
    public static LagWeights UpTo(int lag) => new(lag, 1, 0);

    /// <summary>g₁ = Σ_t G[t,t] alone: the weights learn to predict now, and nothing teaches them to carry forward.</summary>
    public static LagWeights RoleOne { get; } = UpTo(0);

    /// <summary>Lags longer than n count <paramref name="factor"/> times.</summary>
    public static LagWeights Amplified(int lag, double factor) => new(lag, 1, factor);

    /// <summary>Only lags longer than n; the read-out, which has lag 0 only, is not taught either.</summary>
    public static LagWeights OnlyBeyond(int lag) => new(lag, 0, 1);

    /// <summary>The factor of an entry.</summary>
    public double Of(int t, int k) => Math.Abs(t - k) <= Lag ? Within : Beyond;
}
