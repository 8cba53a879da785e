using Farback.Gradients;
using Farback.Reports;

namespace Farback.Ui.Charts;

/// <summary>One frame for all lag profiles of a report, so that they can be compared by eye.</summary>
internal static class ProfileFrame
{
    // Deeper than nine decades a line is cut: what matters has been said by then.
    private const double Deepest = -9;

    /// <summary>From the largest measured lag and the smallest typical ratio, in whole decades.</summary>
    public static LogFrame Of(Report report)
    {
        var profiles = report.Networks.SelectMany(n => new[] { n.ProfileBefore, n.ProfileAfter });
        var points = profiles.SelectMany(p => p.Points).ToList();
        var lags = points.Select(p => p.Lag).Concat(report.Networks.Select(n => n.Verdict.NeededLag)).DefaultIfEmpty(1).Max();
        var levels = points
            .SelectMany(p => new[] { p.Log10Low, p.Log10Typical, p.Log10High, p.Log10Mean })
            .Where(double.IsFinite)
            .DefaultIfEmpty(0)
            .ToList();
        return new LogFrame(
            Math.Max(1, lags),
            Math.Clamp(Math.Ceiling(levels.Max()), 0, 9),
            Math.Clamp(Math.Floor(levels.Min()), Deepest, -1)
        );
    }

    /// <summary>The fitted straight line: the rate gives its slope, the intercept its height.</summary>
    public static IEnumerable<(double Lag, double Log10)> Fitted(LagProfile profile, int maxLag)
    {
        if (profile is not { Rate: { } rate, Intercept: { } intercept } || !double.IsFinite(rate) || !double.IsFinite(intercept))
        {
            yield break;
        }

        yield return (0, intercept / Math.Log(10));
        yield return (maxLag, (intercept - (rate * maxLag)) / Math.Log(10));
    }
}
