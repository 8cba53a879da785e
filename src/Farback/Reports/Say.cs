using System.Globalization;
using Farback.Gradients;

namespace Farback.Reports;

/// <summary>Findings in the words of people who have read nothing: parts of a whole, words, reaches.</summary>
public static class Say
{
    /// <summary>A size given by its decimal logarithm, as a part of a whole: 12 %, or 1 part in 330,000.</summary>
    public static string Part(double log10)
    {
        if (double.IsNaN(log10))
            return "an undefined part";
        if (log10 > 0.5)
            return $"{NumberText.Size(log10)} times the whole";
        if (log10 >= -3)
            return NumberText.Percent(Math.Pow(10, log10));
        if (log10 < -9)
            return $"less than 1 part in a {(log10 < -12 ? "trillion" : "billion")}";
        double parts = Math.Pow(10, -log10),
            unit = Math.Pow(10, Math.Floor(Math.Log10(parts)) - 1);
        return $"1 part in {(Math.Round(parts / unit) * unit).ToString("#,0", CultureInfo.InvariantCulture)}";
    }

    /// <summary>A horizon: 6, at least 21, or none.</summary>
    public static string Reach(Horizon horizon)
    {
        ArgumentNullException.ThrowIfNull(horizon);
        return !horizon.IsMeasured ? "not measured"
            : horizon.Lag is not { } lag ? "none"
            : horizon.AtLeast ? $"≥ {lag}"
            : $"{lag}";
    }

    /// <summary>A count with its noun.</summary>
    public static string Count(int count, string one, string many) => $"{NumberText.Whole(count)} {(count == 1 ? one : many)}";
}
