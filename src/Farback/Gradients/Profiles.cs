using Farback.Adjoints;

namespace Farback.Gradients;

/// <summary>Reads the lag profile A(ℓ), its rate and its horizons off a map.</summary>
/// <remarks>
///   A(ℓ) = exp mean ln ‖λ[t,t−ℓ]‖/‖λ[t,t]‖ over one fixed cohort of (t, b): those whose loss time allows every lag up to the largest.
///   Typical, and so comparable with Lyapunov exponents; the arithmetic mean is a second line. Rows without a value at lag 0 are dropped
///   and counted; entries that are no value are skipped. The total adjoint is read, the same-step path upward included.
/// </remarks>
public static class Profiles
{
    /// <summary>A horizon needs at least this many contributing (t, b).</summary>
    public const int FewestContributions = 8;

    private const int Resamples = 200;

    /// <summary>The profile of one layer and direction.</summary>
    /// <param name="map">The map.</param>
    /// <param name="site">The layer and direction, as in <see cref="GradientMap.Sites"/>.</param>
    /// <param name="maximum">The largest lag; null for half of the sequence (or the window).</param>
    /// <param name="sign">+1 for the past (k ≤ t), −1 for the future (k ≥ t), which only a network with a backward direction has.</param>
    /// <param name="lossTimes">The loss times of the cohort; null for all that allow every lag.</param>
    public static LagProfile Of(
        GradientMap map,
        int site = 0,
        int? maximum = null,
        int sign = 1,
        IReadOnlyCollection<int>? lossTimes = null
    ) => Of([map], site, maximum, sign, lossTimes);

    /// <summary>The profile over several maps of one network: batches of sequences, or of lengths.</summary>
    public static LagProfile Of(
        IReadOnlyList<GradientMap> maps,
        int site = 0,
        int? maximum = null,
        int sign = 1,
        IReadOnlyCollection<int>? lossTimes = null
    )
    {
        ArgumentNullException.ThrowIfNull(maps);
        int lags = maximum ?? maps.Min(map => Math.Min(map.Window, (map.Times - 1) / 2));
        int dropped = 0;
        List<Row> rows = [];
        int sequence = 0;
        foreach (GradientMap map in maps)
        {
            foreach (int t in map.LossTimes)
            {
                if (lossTimes is not null && !lossTimes.Contains(t))
                    continue;
                if (sign > 0 ? t < lags : t > map.Times - 1 - lags)
                    continue;
                for (int lane = 0; lane < map.Lanes; lane++)
                {
                    double start = map.Sites[site].AdjointAt(map.Entry(t, t), lane);
                    if (map.All.Class[map.Entry(t, t)] == CellClass.NotALoss || double.IsNaN(start) || !double.IsFinite(start))
                        dropped += double.IsNaN(start) ? 0 : 1; // NaN: the lane has no loss there
                    else
                        rows.Add(
                            new(
                                sequence + lane,
                                [.. Enumerable.Range(0, lags + 1).Select(lag => Ratio(map, site, t, t - sign * lag, lane, start))]
                            )
                        );
                }
            }
            sequence += map.Lanes;
        }
        return Summarise(rows, lags, dropped, fitFrom: maps[0].Network.Cell.State.Count > 1 ? 1 : 0);
    }

    private sealed record Row(int Sequence, double[] LogRatio);

    // ln of the ratio; NaN where there is no value
    private static double Ratio(GradientMap map, int site, int t, int k, int lane, double start)
    {
        int entry = map.Entry(t, k);
        return entry < 0 ? double.NaN : (map.Sites[site].AdjointAt(entry, lane) - start) * Math.Log(2);
    }

    private static LagProfile Summarise(List<Row> rows, int lags, int dropped, int fitFrom)
    {
        List<LagPoint> points = [];
        for (int lag = 0; lag <= lags; lag++)
        {
            double[] logs = [.. rows.Select(row => row.LogRatio[lag]).Where(double.IsFinite).Order()];
            if (logs.Length == 0)
                continue;
            double high = logs[^1],
                mean = high + Math.Log(logs.Sum(log => Math.Exp(log - high)) / logs.Length);
            double ten = Math.Log(10);
            points.Add(new(lag, logs.Average() / ten, Quantile(logs, 0.1) / ten, Quantile(logs, 0.9) / ten, mean / ten, logs.Length));
        }
        (double? rate, double? intercept) = Fit(points, fitFrom);
        return new LagProfile
        {
            Points = points,
            Rate = rate,
            Intercept = intercept,
            HalfLife = rate > 0 ? Math.Log(2) / rate : null,
            Tenth = HorizonAt(0.1, rows, points, lags),
            Hundredth = HorizonAt(0.01, rows, points, lags),
            Cohort = rows.Count,
            Dropped = dropped,
        };
    }

    private static double Quantile(double[] sorted, double fraction)
    {
        double at = fraction * (sorted.Length - 1);
        int low = (int)at;
        return low + 1 < sorted.Length ? sorted[low] + (at - low) * (sorted[low + 1] - sorted[low]) : sorted[^1];
    }

    // least squares of ln A(ℓ) on ℓ; a state of several parts starts with parts that no loss has seeded, so its lag 0 is left out
    private static (double? Rate, double? Intercept) Fit(List<LagPoint> points, int from)
    {
        LagPoint[] used = [.. points.Where(point => point.Lag >= from)];
        if (used.Length < 3)
            return (null, null);
        double x = used.Average(point => point.Lag),
            y = used.Average(point => point.Log10Typical);
        double slope = used.Sum(point => (point.Lag - x) * (point.Log10Typical - y)) / used.Sum(point => (point.Lag - x) * (point.Lag - x));
        return (-slope * Math.Log(10), (y - slope * x) * Math.Log(10));
    }

    private static Horizon HorizonAt(double threshold, List<Row> rows, List<LagPoint> points, int lags)
    {
        (int? lag, int? crossing) = Reach(threshold, [.. points.Select(point => (point.Lag, point.Log10Typical, point.Count))]);
        int[][] bySequence =
        [
            .. rows.Select((row, index) => (row.Sequence, index))
                .GroupBy(pair => pair.Sequence)
                .Select(group => group.Select(pair => pair.index).ToArray()),
        ];
        if (lag is null || bySequence.Length < 2)
            return new(threshold, lag, lag == lags, crossing, null, null);
        var random = new RandomStream(1, purpose: lags);
        List<int> reached = [];
        for (int sample = 0; sample < Resamples; sample++)
        {
            double[] sums = new double[lags + 1];
            int[] counts = new int[lags + 1];
            for (int drawn = 0; drawn < bySequence.Length; drawn++)
            {
                foreach (int row in bySequence[random.Next(bySequence.Length)])
                {
                    for (int ℓ = 0; ℓ <= lags; ℓ++)
                    {
                        double log = rows[row].LogRatio[ℓ];
                        if (!double.IsFinite(log))
                            continue;
                        sums[ℓ] += log;
                        counts[ℓ]++;
                    }
                }
            }
            (int? one, _) = Reach(
                threshold,
                [.. Enumerable.Range(0, lags + 1).Where(ℓ => counts[ℓ] > 0).Select(ℓ => (ℓ, sums[ℓ] / counts[ℓ] / Math.Log(10), counts[ℓ]))]
            );
            reached.Add(one ?? 0);
        }
        reached.Sort();
        return new(threshold, lag, lag == lags, crossing, reached[(int)(0.05 * Resamples)], reached[(int)(0.95 * Resamples) - 1]);
    }

    private static (int? Lag, int? Crossing) Reach(double threshold, IReadOnlyList<(int Lag, double Log10, int Count)> points)
    {
        double limit = Math.Log10(threshold);
        int? lag = null,
            crossing = null;
        foreach ((int at, double log, int count) in points)
        {
            if (count < FewestContributions)
                continue;
            if (log >= limit)
                lag = at;
            else
                crossing ??= at;
        }
        return (lag, crossing);
    }
}
