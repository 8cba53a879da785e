namespace Farback.Diagnosis;

/// <summary>One number held against its threshold.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Value">The measurement.</param>
/// <param name="Threshold">What it is held against.</param>
/// <param name="Source">Where the threshold comes from.</param>
/// <param name="Holds">Yes, no, or null where the interval straddles it.</param>
public sealed record MemoryTest(string What, Estimate Value, double Threshold, string Source, bool? Holds)
{
    /// <summary>Holds where the whole interval lies at the threshold or above, not where it all lies below; NaN straddles.</summary>
    public static MemoryTest Above(string what, Estimate value, double threshold, string source)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new(
            what,
            value,
            threshold,
            source,
            value.Low >= threshold ? true
                : value.High < threshold ? false
                : null
        );
    }

    /// <summary>Holds where the whole interval lies below the threshold, not where it all lies at it or above; NaN straddles.</summary>
    public static MemoryTest Below(string what, Estimate value, double threshold, string source)
    {
        MemoryTest above = Above(what, value, threshold, source);
        return above with { Holds = !above.Holds };
    }
}
