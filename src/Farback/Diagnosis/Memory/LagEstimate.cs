namespace Farback.Diagnosis;

/// <summary>A lag found by measuring, with its 95 % interval over sequences.</summary>
/// <param name="Lag">The lag; null where none was found.</param>
/// <param name="Low">The interval's lower end; null where resamples found none.</param>
/// <param name="High">Its upper end; null where they found none.</param>
/// <param name="AtLeast">True where it is the longest that was measured: it may be more.</param>
public sealed record LagEstimate(int? Lag, int? Low, int? High, bool AtLeast);
