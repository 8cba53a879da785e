using Farback.Gradients;

namespace Farback.Ui.Maps;

/// <summary>The mark of an entry that is no value, drawn in pixels, so that it is never told by colour alone.</summary>
internal static class CellMark
{
    /// <summary>Palette entries kept for marks: a background and a foreground for each class, then the two end caps.</summary>
    public const int Reserved = 20;

    /// <summary>Below the lowest decade.</summary>
    public const byte LowCap = 18;

    /// <summary>Above the highest decade.</summary>
    public const byte HighCap = 19;

    /// <summary>The colours of marks and caps; half-transparent greys read on a light page and on a dark one.</summary>
    public static readonly Colour[] Colours =
    [
        new(0, 0, 0, 0), // value: not used
        new(0, 0, 0, 0),
        new(0x8a, 0x8a, 0x92, 0x38), // exact zero: a dot
        new(0x74, 0x74, 0x7c),
        new(0x80, 0x80, 0x88, 0x0e), // no path: hatched
        new(0x80, 0x80, 0x88, 0x48),
        new(0x8a, 0x8a, 0x92, 0x28), // cut: upright stripes
        new(0x80, 0x80, 0x88, 0x90),
        new(0, 0, 0, 0), // not a loss: lines across
        new(0x80, 0x80, 0x88, 0x60),
        Ramp.BelowCap, // below range: a dash on the darkest colour
        new(0xb9, 0x9c, 0xc9),
        new(0x8a, 0x8a, 0x92, 0x38), // zero by saturation: a box
        new(0x74, 0x74, 0x7c),
        new(0xd6, 0x1f, 0x69), // not a number: a cross
        new(0xff, 0xff, 0xff),
        new(0xd6, 0x1f, 0x69), // infinite: a wedge
        new(0xff, 0xff, 0xff),
        Ramp.BelowCap,
        Ramp.AboveCap,
    ];

    /// <summary>The palette index of one pixel of a cell.</summary>
    /// <param name="kind">The class; not a value.</param>
    /// <param name="x">The pixel's column in the cell.</param>
    /// <param name="y">The pixel's row in the cell.</param>
    /// <param name="left">The cell's first pixel in the picture; hatching runs on over cells.</param>
    /// <param name="top">The cell's first row in the picture.</param>
    /// <param name="size">Pixels along a cell's side; below 4 there is room for the background only.</param>
    public static byte Index(CellClass kind, int x, int y, int left, int top, int size)
    {
        var inked = size >= 4 && Inked(kind, x, y, left + x, top + y, size);
        return (byte)((2 * (int)kind) + (inked ? 1 : 0));
    }

    private static bool Inked(CellClass kind, int x, int y, int column, int row, int size)
    {
        var middle = size / 2;
        var reach = Math.Max(1, size / 4);
        var fromMiddle = Math.Max(Math.Abs(x - middle), Math.Abs(y - middle));
        return kind switch
        {
            CellClass.ExactZero => fromMiddle <= Math.Max(0, (size / 6) - 1),
            CellClass.NoPath => (column + row) % 6 == 0,
            CellClass.CutByTruncation => column % 3 == 0,
            CellClass.NotALoss => row % 4 == 0,
            CellClass.BelowRange => y == middle && Math.Abs(x - middle) <= reach,
            CellClass.ZeroBySaturation => fromMiddle == reach,
            CellClass.NaN => fromMiddle <= reach && (x - middle == y - middle || x - middle == middle - y),
            CellClass.Infinite => y - middle <= reach && middle - y <= reach && Math.Abs(x - middle) <= (y - middle + reach) / 2,
            _ => false,
        };
    }
}
