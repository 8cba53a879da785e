using Farback.Reports;

namespace Farback.Ui.Maps;

/// <summary>From a value to a colour: viridis over fixed decades for sizes, blue–near-white–orange for signed shares.</summary>
/// <remarks>
///   The ramp is the same in light and dark and never rescaled, so that two maps can be compared by eye.
///   Viridis (Smith and van der Walt 2015) as a polynomial of degree six in each channel, within 2/255 of the table.
///   Signed: position asinh(v/a)/asinh(b/a) with b the range's end and a = b/1000, so that ±b/100 can still be told from zero.
/// </remarks>
internal static class Ramp
{
    /// <summary>Colours of the ramp; odd, so that zero has its own.</summary>
    public const int Steps = 223;

    /// <summary>a/b of the signed ramp: below that part of the end it is nearly linear.</summary>
    public const double LinearPart = 1e-3;

    private static readonly double[][] Viridis =
    [
        [0.2777273272, 0.0054073445, 0.3340998053],
        [0.1050930431, 1.4046135299, 1.3845901626],
        [-0.3308618287, 0.2148475595, 0.0950951630],
        [-4.6342304990, -5.7991009734, -19.3324409563],
        [6.2282699363, 14.1799333668, 56.6905526007],
        [4.7763849977, -13.7451453777, -65.3530326334],
        [-5.4354558559, 4.6458526122, 26.3124352496],
    ];

    private static readonly Colour[] Diverging =
    [
        new(0x1d, 0x4f, 0x91),
        new(0x8d, 0xb3, 0xdd),
        new(0xf6, 0xf4, 0xf1),
        new(0xf2, 0xb2, 0x6f),
        new(0xb3, 0x52, 0x0d),
    ];

    /// <summary>Sizes at or below the lowest decade: darker than the ramp begins.</summary>
    public static readonly Colour BelowCap = new(0x24, 0x00, 0x32);

    /// <summary>Sizes above the highest decade: brighter than the ramp ends.</summary>
    public static readonly Colour AboveCap = new(0xff, 0xf7, 0xb8);

    /// <summary>The colour at a step of the ramp, 0 … <see cref="Steps"/> − 1.</summary>
    public static Colour At(MapScale scale, int step)
    {
        var place = step / (Steps - 1.0);
        if (scale == MapScale.Log)
        {
            return new Colour(Channel(0, place), Channel(1, place), Channel(2, place));
        }

        var part = place * (Diverging.Length - 1);
        var left = Math.Min((int)part, Diverging.Length - 2);
        return Colour.Between(Diverging[left], Diverging[left + 1], part - left);
    }

    /// <summary>The ramp's step for a value inside the range; the caller caps the ends.</summary>
    public static int Step(MapScale scale, ScaleRange range, double value) =>
        (int)Math.Clamp(Math.Round(Place(scale, range, value) * (Steps - 1)), 0, Steps - 1);

    /// <summary>Where a value lies between the range's ends, 0 … 1; outside it the number goes on.</summary>
    /// <param name="scale">Which ramp.</param>
    /// <param name="range">Its ends.</param>
    /// <param name="value">log₁₀ of a size, or a signed share.</param>
    /// <param name="linear">a/b of the signed ramp: below that part of the end it is nearly linear.</param>
    public static double Place(MapScale scale, ScaleRange range, double value, double linear = LinearPart)
    {
        if (scale == MapScale.Log)
        {
            return (value - range.Low) / (range.High - range.Low);
        }

        var end = Math.Max(Math.Abs(range.Low), Math.Abs(range.High));
        var bend = end * linear;
        return 0.5 + (0.5 * Math.Asinh(value / bend) / Math.Asinh(end / bend));
    }

    private static byte Channel(int channel, double place)
    {
        var sum = 0.0;
        for (var degree = Viridis.Length - 1; degree >= 0; degree--)
        {
            sum = (sum * place) + Viridis[degree][channel];
        }

        return (byte)Math.Round(Math.Clamp(sum, 0, 1) * 255);
    }
}
