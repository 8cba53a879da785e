using System.Globalization;
using Farback.Gradients;

namespace Farback.Reports;

/// <summary>Numbers as people say them, the same in the terminal, the page and Markdown.</summary>
public static class Say
{
    /// <summary>A fraction between 0 and 1: 51 %, 0.3 %.</summary>
    public static string Percent(double fraction)
    {
        double percent = 100 * fraction;
        string digits =
            percent is 0 or >= 99.95 || Math.Abs(percent) >= 9.95
                ? percent.ToString("0", CultureInfo.InvariantCulture)
                : percent.ToString(Math.Abs(percent) >= 0.95 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
        return $"{digits} %";
    }

    /// <summary>A size given by its decimal logarithm, as a part of a whole: 12 %, or 1 part in 330,000.</summary>
    public static string Part(double log10)
    {
        if (log10 >= -3)
            return log10 > 2.5 ? $"{Number(Math.Pow(10, log10))} times the whole" : Percent(Math.Pow(10, log10));
        if (log10 < -9)
            return $"less than 1 part in {(log10 < -12 ? "a trillion" : "a billion")}";
        double parts = Math.Pow(10, -log10),
            unit = Math.Pow(10, Math.Floor(Math.Log10(parts)) - 1);
        return $"1 part in {(Math.Round(parts / unit) * unit).ToString("#,0", CultureInfo.InvariantCulture)}";
    }

    /// <summary>Three significant digits: 1.23, 45.6, 3.2·10⁻⁵.</summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value))
            return double.IsNaN(value) ? "undefined"
                : value > 0 ? "∞"
                : "−∞";
        if (value == 0)
            return "0";
        int power = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        if (power is >= -3 and < 6)
            return value
                .ToString(
                    power >= 2 ? "#,0"
                        : power >= 1 ? "0.0"
                        : power >= 0 ? "0.00"
                        : "0." + new string('0', 2 - power),
                    CultureInfo.InvariantCulture
                )
                .Replace('-', '−');
        return $"{(value / Math.Pow(10, power)).ToString("0.0", CultureInfo.InvariantCulture).Replace('-', '−')}·10{Superscript(power)}";
    }

    /// <summary>A horizon: 6, at least 21, or none.</summary>
    public static string Reach(Horizon horizon)
    {
        ArgumentNullException.ThrowIfNull(horizon);
        return horizon.Lag is not { } lag ? "none"
            : horizon.AtLeast ? $"≥ {lag}"
            : $"{lag}";
    }

    /// <summary>A count with its noun.</summary>
    public static string Count(int count, string one, string many) =>
        $"{count.ToString("#,0", CultureInfo.InvariantCulture)} {(count == 1 ? one : many)}";

    private static string Superscript(int number) =>
        string.Concat(number.ToString(CultureInfo.InvariantCulture).Select(digit => digit == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit - '0']));
}
