using System.Globalization;

namespace Farback.Ui.Maps;

/// <summary>A palette's entry: red, green, blue and opacity, 0 … 255.</summary>
internal readonly record struct Colour(byte Red, byte Green, byte Blue, byte Opacity = 255)
{
    /// <summary>#rrggbb, for style sheets and SVG; the opacity is left out.</summary>
    public string Hex => string.Create(CultureInfo.InvariantCulture, $"#{Red:x2}{Green:x2}{Blue:x2}");

    /// <summary>The colour between two others; part 0 is the first.</summary>
    public static Colour Between(Colour first, Colour second, double part) =>
        new(Mix(first.Red, second.Red, part), Mix(first.Green, second.Green, part), Mix(first.Blue, second.Blue, part));

    /// <summary>Contrast to another colour, 1 … 21, by the relative luminances of WCAG 2.</summary>
    public double Contrast(Colour other)
    {
        var (a, b) = (Luminance, other.Luminance);
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private double Luminance => (0.2126 * Linear(Red)) + (0.7152 * Linear(Green)) + (0.0722 * Linear(Blue));

    // sRGB to linear light.
    private static double Linear(byte channel)
    {
        var part = channel / 255.0;
        return part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4);
    }

    private static byte Mix(byte first, byte second, double part) => (byte)Math.Round(first + ((second - first) * part));
}
