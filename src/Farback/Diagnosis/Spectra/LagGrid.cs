namespace Farback.Diagnosis.Spectra;

/// <summary>Lags from 1 to the largest, dense at first and then ever further apart, as a logarithmic axis would have them.</summary>
internal static class LagGrid
{
    /// <summary>At most so many lags, the first and the largest among them.</summary>
    public static int[] To(int largest, int most) =>
        largest <= most ? [.. Enumerable.Range(1, Math.Max(0, largest))]
        : most == 1 ? [largest]
        : [.. Enumerable.Range(0, most).Select(i => (int)Math.Round(Math.Pow(largest, i / (most - 1.0)))).Distinct()];
}
