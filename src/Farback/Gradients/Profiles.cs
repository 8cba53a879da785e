using Farback.Networks;

namespace Farback.Gradients;

/// <summary>Reads the lag profile A(ℓ), its rate and its horizons off a map.</summary>
/// <remarks>
///   A(ℓ) = exp mean ln ‖λ[t,t−ℓ]‖/‖λ[t,t]‖ over one fixed cohort of (t, b): the places with a loss that allow every lag up to the largest.
///   Typical, and so comparable with Lyapunov exponents; the arithmetic mean is a second line. Rows without a value at lag 0 are dropped
///   and counted; entries that are no value are skipped, so that Count says how many a point rests on; where all are zero, A is 0. The total adjoint is read, the same-step path upward included.
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
        CheckPath(maps[0], site, sign);
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
                    if (!map.Batch.HasLoss(t, lane) || (sign < 0 && t + lags >= map.Batch.Lengths[lane]))
                        continue;
                    double start = map.Sites[site].AdjointAt(map.Entry(t, t), lane);
                    if (!double.IsFinite(start))
                        dropped++;
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

    private static void CheckPath(GradientMap map, int site, int sign)
    {
        Site at = map.Sites[site].Site;
        bool bothWays = map.Network.Bidirectional && at.Layer < map.Network.Layers - 1;
        if (!bothWays && sign > 0 != (at.Direction == 0))
            throw new ArgumentException(
                $"profile: in {at} no loss reaches a use of the weights at {(sign > 0 ? "an earlier" : "a later")} input; ask for sign {(sign > 0 ? "−1" : "+1")}."
            );
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
            Tenth = HorizonAt(0.1, rows, lags),
            Hundredth = HorizonAt(0.01, rows, lags),
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

    private static Horizon HorizonAt(double threshold, List<Row> rows, int lags)
    {
        var all = Sums.Of(rows, lags);
        (int? lag, int? crossing, int? last) = all.Reach(threshold);
        bool censored = lag is not null && lag == last;
        Sums[] bySequence = [.. rows.GroupBy(row => row.Sequence).Select(group => Sums.Of(group, lags))];
        if (lag is null || bySequence.Length < 2)
            return new(threshold, lag, censored, crossing, null, null) { IsMeasured = last is not null };
        var random = new RandomStream(1, purpose: lags);
        var reached = new int[Resamples];
        for (int sample = 0; sample < Resamples; sample++)
        {
            var sums = new Sums(lags);
            for (int drawn = 0; drawn < bySequence.Length; drawn++)
                sums.Add(bySequence[random.Next(bySequence.Length)]);
            reached[sample] = sums.Reach(threshold).Lag ?? 0;
        }
        Array.Sort(reached);
        return new(threshold, lag, censored, crossing, reached[(int)(0.05 * Resamples)], reached[(int)(0.95 * Resamples) - 1]);
    }

    /// <summary>Σ ln ratio by lag, with how many are numbers and how many are known, zeros included.</summary>
    private sealed class Sums(int lags)
    {
        private readonly double[] _sum = new double[lags + 1];
        private readonly int[] _numbers = new int[lags + 1],
            _known = new int[lags + 1];

        public static Sums Of(IEnumerable<Row> rows, int lags)
        {
            var sums = new Sums(lags);
            foreach (Row row in rows)
                sums.Add(row);
            return sums;
        }

        public void Add(Sums other)
        {
            for (int lag = 0; lag < _sum.Length; lag++)
            {
                _sum[lag] += other._sum[lag];
                _numbers[lag] += other._numbers[lag];
                _known[lag] += other._known[lag];
            }
        }

        private void Add(Row row)
        {
            for (int lag = 0; lag < _sum.Length; lag++)
            {
                double log = row.LogRatio[lag];
                _known[lag] += double.IsNaN(log) ? 0 : 1;
                if (!double.IsFinite(log))
                    continue;
                _sum[lag] += log;
                _numbers[lag]++;
            }
        }

        /// <summary>The largest lag with A(ℓ) ≥ ε, the first below, the last that could be measured.</summary>
        public (int? Lag, int? Crossing, int? Last) Reach(double threshold)
        {
            int? reached = null,
                crossing = null,
                last = null;
            for (int lag = 0; lag < _sum.Length; lag++)
            {
                if (_known[lag] < FewestContributions)
                    continue;
                last = lag;
                if (_numbers[lag] == 0)
                    crossing ??= lag; // all zero: A = 0
                else if (_numbers[lag] < FewestContributions)
                    continue;
                else if (_sum[lag] / _numbers[lag] >= Math.Log(threshold))
                    reached = lag;
                else
                    crossing ??= lag;
            }
            return (reached, crossing, last);
        }
    }
}
