using System.Globalization;
using System.Text;

namespace Farback.Reports;

/// <summary>How a number of a report reads, in one place, so that page, terminal and Markdown agree to the last digit.</summary>
public static class NumberText
{
    private const string Superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    /// <summary>A size from its log₁₀: three digits such as 0.0123, or 4.2·10⁻⁶² outside 0.001 … 10,000; 0 for −∞.</summary>
    public static string Size(double log10)
    {
        if (double.IsNaN(log10))
        {
            return "not a number";
        }

        if (double.IsInfinity(log10))
        {
            return log10 > 0 ? "infinite" : "0";
        }

        if (log10 is >= -3 and < 4)
        {
            return Significant(Math.Pow(10, log10));
        }

        var exponent = (int)Math.Floor(log10);
        var tenths = (int)Math.Round(Math.Pow(10, log10 - exponent) * 10, MidpointRounding.AwayFromZero);
        if (tenths >= 100)
        {
            tenths = 10;
            exponent++;
        }

        var mantissa = (tenths / 10.0).ToString("0.0", CultureInfo.InvariantCulture);
        return mantissa + "·" + PowerOfTen(exponent);
    }

    /// <summary>A signed number with three digits, a true minus sign, and a power of ten where it is tiny or huge.</summary>
    public static string Signed(double value) =>
        value == 0 ? "0"
        : !double.IsFinite(value) ? NotFinite(value)
        : (value < 0 ? "−" : "") + Size(Math.Log10(Math.Abs(value)));

    /// <summary>A positive size with two digits, for a sentence: 0.53, 4.1, 25; outside 0.001 … 10,000 as <see cref="Size"/>.</summary>
    public static string Short(double value) =>
        value is >= 0.001 and < 10_000
            ? double.Parse(value.ToString(value < 100 ? "E1" : "F0", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
                .ToString("0.####", CultureInfo.InvariantCulture)
            : Signed(value);

    /// <summary>A fraction as per cent, one decimal at most; 100 % only where it is exactly one.</summary>
    public static string Percent(double fraction)
    {
        if (!double.IsFinite(fraction))
        {
            return NotFinite(fraction);
        }

        // Rounding must not turn "nearly always" into "always", nor "hardly ever" into "never".
        var shown =
            fraction is > 0.999 and < 1 ? 99.9
            : fraction is > 0 and < 0.001 ? 0.1
            : fraction * 100;
        return shown.ToString("0.#", CultureInfo.InvariantCulture).Replace('-', '−') + " %";
    }

    /// <summary>A number with that many decimals and a true minus sign.</summary>
    public static string Fixed(double value, int decimals)
    {
        if (!double.IsFinite(value))
        {
            return NotFinite(value);
        }

        var text = value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return text.Replace('-', '−');
    }

    /// <summary>A whole number, grouped from 10,000 on.</summary>
    public static string Whole(long value) =>
        value.ToString(Math.Abs(value) < 10_000 ? "0" : "#,0", CultureInfo.InvariantCulture).Replace('-', '−');

    /// <summary>10 to a whole power: 10⁻⁶; 1 for 10⁰.</summary>
    public static string PowerOfTen(int exponent)
    {
        if (exponent == 0)
        {
            return "1";
        }

        var text = new StringBuilder("10");
        if (exponent < 0)
        {
            text.Append('⁻');
        }

        foreach (var digit in Math.Abs(exponent).ToString(CultureInfo.InvariantCulture))
        {
            text.Append(Superscripts[digit - '0']);
        }

        return text.ToString();
    }

    private static string NotFinite(double value) =>
        double.IsNaN(value) ? "not a number"
        : value > 0 ? "infinite"
        : "−infinite";

    private static string Significant(double value)
    {
        var rounded = double.Parse(value.ToString("E2", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return rounded.ToString("0.#####", CultureInfo.InvariantCulture);
    }
}
