namespace Farback.Diagnosis;

/// <summary>A measured number with its 95 % interval.</summary>
/// <param name="Value">The estimate; NaN where nothing was counted.</param>
/// <param name="Low">The interval's lower end.</param>
/// <param name="High">Its upper end.</param>
/// <param name="Count">How many sequences, pairs or trainings it rests on.</param>
public sealed record Estimate(double Value, double Low, double High, int Count)
{
    private const double Z = 1.959963984540054; // the normal quantile of 97.5 %
    private const int Resamples = 1000;

    /// <summary>A share of right answers with Wilson's interval, which stays inside 0 … 1 and has a width also at 0 and at 1.</summary>
    /// <remarks>(p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n). Source: Wilson 1927.</remarks>
    public static Estimate OfShare(int right, int count)
    {
        if (count == 0)
            return Nothing;
        double p = (double)right / count,
            n = count,
            middle = p + Z * Z / (2 * n),
            half = Z * Math.Sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)),
            whole = 1 + Z * Z / n;
        return new(p, Math.Max(0, (middle - half) / whole), Math.Min(1, (middle + half) / whole), count);
    }

    /// <summary>A mean, its interval from resampling with replacement.</summary>
    /// <param name="values">One a sequence.</param>
    /// <param name="seed">The seed of the resampling.</param>
    public static Estimate OfMean(IReadOnlyList<double> values, long seed = 1)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Of(values.Count, chosen => chosen.Average(i => values[i]), seed);
    }

    /// <summary>Any statistic of items, its interval the middle 95 % of what it is on items drawn with replacement.</summary>
    /// <remarks>Source: Efron &amp; Tibshirani 1993, percentile intervals. Resamples on which the statistic is NaN are left out.</remarks>
    /// <param name="items">How many items there are.</param>
    /// <param name="statistic">The statistic of chosen items, by their numbers.</param>
    /// <param name="seed">The seed of the resampling.</param>
    public static Estimate Of(int items, Func<int[], double> statistic, long seed = 1)
    {
        ArgumentNullException.ThrowIfNull(statistic);
        if (items == 0)
            return Nothing;
        var random = new RandomStream(seed, PurposeOfResampling);
        int[] chosen = new int[items];
        List<double> found = [];
        for (int resample = 0; resample < Resamples; resample++)
        {
            for (int i = 0; i < items; i++)
                chosen[i] = random.Next(items);
            double value = statistic(chosen);
            if (!double.IsNaN(value))
                found.Add(value);
        }
        found.Sort();
        double whole = statistic([.. Enumerable.Range(0, items)]);
        return found.Count == 0 ? new(whole, whole, whole, items) : new(whole, Quantile(found, 0.025), Quantile(found, 0.975), items);
    }

    /// <summary>Nothing was counted.</summary>
    public static Estimate Nothing { get; } = new(double.NaN, double.NaN, double.NaN, 0);

    /// <summary>The quantile of sorted numbers that lies a fraction of the way from the least to the largest, the nearest of them.</summary>
    internal static double Quantile(IReadOnlyList<double> sorted, double fraction) =>
        sorted[(int)Math.Round(fraction * (sorted.Count - 1), MidpointRounding.AwayFromZero)];

    private const int PurposeOfResampling = 5001;
}
