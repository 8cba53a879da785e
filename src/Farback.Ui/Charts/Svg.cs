using System.Globalization;

namespace Farback.Ui.Charts;

/// <summary>Numbers of an SVG attribute: two decimals, a point, whatever the machine's culture.</summary>
internal static class Svg
{
    /// <summary>A coordinate.</summary>
    public static string At(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>A whole number.</summary>
    public static string At(int value) => value.ToString(CultureInfo.InvariantCulture);
}
