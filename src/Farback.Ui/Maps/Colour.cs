using System.Globalization;

namespace Farback.Ui.Maps;

/// <summary>A palette's entry: red, green, blue and opacity, 0 … 255.</summary>
internal readonly record struct Colour(byte Red, byte Green, byte Blue, byte Opacity = 255)
{
    /// <summary>#rrggbb, for style sheets and SVG; the opacity is left out.</summary>
    public string Hex =>
        string.Create(CultureInfo.InvariantCulture, $"#{Red:x2}{Green:x2}{Blue:x2}");

    /// <summary>The colour between two others; part 0 is the first.</summary>
    public static Colour Between(Colour first, Colour second, double part) =>
        new(
            Mix(first.Red, second.Red, part),
            Mix(first.Green, second.Green, part),
            Mix(first.Blue, second.Blue, part)
        );

    private static byte Mix(byte first, byte second, double part) =>
        (byte)Math.Round(first + ((second - first) * part));
}
