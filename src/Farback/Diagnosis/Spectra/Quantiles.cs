namespace Farback.Diagnosis.Spectra;

/// <summary>Quantiles between the two nearest of sorted numbers.</summary>
internal static class Quantiles
{
    /// <summary>That fraction of the numbers lies below; −∞ among them is allowed.</summary>
    public static double Of(ReadOnlySpan<double> sorted, double fraction)
    {
        if (sorted.Length == 0)
            return double.NaN;
        double at = fraction * (sorted.Length - 1);
        int low = (int)at;
        // −∞ + a part of (x − −∞) would be NaN
        return at == low || sorted[low] == sorted[low + 1] ? sorted[low]
            : double.IsInfinity(sorted[low]) ? sorted[low]
            : sorted[low] + (at - low) * (sorted[low + 1] - sorted[low]);
    }
}
