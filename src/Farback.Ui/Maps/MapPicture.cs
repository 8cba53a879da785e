using Farback.Gradients;
using Farback.Reports;

namespace Farback.Ui.Maps;

/// <summary>A map as pixels: whole squares of one palette index, one pixel of the file to one pixel of the page.</summary>
internal sealed class MapPicture
{
    private readonly MapView _view;
    private readonly MapQuantity _quantity;

    /// <param name="view">The map.</param>
    /// <param name="quantity">What to show of it.</param>
    /// <param name="side">The room along the longer axis, in pixels.</param>
    /// <exception cref="ArgumentException">Values or classes are not one for each row and column.</exception>
    public MapPicture(MapView view, MapQuantity quantity, int side)
    {
        var expected = view.Rows.Count * view.Columns.Count;
        if (quantity.Values.Count != expected || quantity.Classes.Count != expected)
        {
            throw new ArgumentException(
                $"map “{quantity.Name}”: expected {view.Rows.Count} rows × {view.Columns.Count} columns = {expected} values and classes, "
                    + $"got {quantity.Values.Count} values and {quantity.Classes.Count} classes."
            );
        }

        _view = view;
        _quantity = quantity;
        Cell = CellSide(view, side);
    }

    /// <summary>Pixels along a cell's side.</summary>
    public int Cell { get; }

    /// <summary>Pixels across.</summary>
    public int Width => _view.Columns.Count * Cell;

    /// <summary>Pixels down.</summary>
    public int Height => _view.Rows.Count * Cell;

    /// <summary>The largest whole square that lets the map fit; at least one pixel, at most 26.</summary>
    public static int CellSide(MapView view, int side) =>
        Math.Clamp(side / Math.Max(1, Math.Max(view.Rows.Count, view.Columns.Count)), 1, 26);

    /// <summary>The 243 colours of a scale: marks and caps first, then the ramp.</summary>
    public static Colour[] Palette(MapScale scale) =>
        [.. CellMark.Colours, .. Enumerable.Range(0, Ramp.Steps).Select(step => Ramp.At(scale, step))];

    /// <summary>The palette index of a value: the ramp, or a cap outside the range.</summary>
    public static byte Index(MapQuantity quantity, double value)
    {
        // Signed shares beyond the ends take the ends' colours: the ends of that ramp are already "this much or more".
        if (quantity.Scale == MapScale.Log)
        {
            if (value <= quantity.Range.Low)
            {
                return CellMark.LowCap;
            }

            if (value > quantity.Range.High)
            {
                return CellMark.HighCap;
            }
        }

        return (byte)(CellMark.Reserved + Ramp.Step(quantity.Scale, quantity.Range, value));
    }

    /// <summary>Width × height palette indices, row by row.</summary>
    public byte[] Pixels()
    {
        var pixels = new byte[Width * Height];
        for (var row = 0; row < _view.Rows.Count; row++)
        {
            for (var column = 0; column < _view.Columns.Count; column++)
            {
                Fill(pixels, row, column);
            }
        }

        return pixels;
    }

    /// <summary>The PNG file.</summary>
    public byte[] File() => IndexedPng.Write(Width, Height, Pixels(), Palette(_quantity.Scale));

    /// <summary>The PNG as a data address.</summary>
    public string DataAddress() => "data:image/png;base64," + Convert.ToBase64String(File());

    private void Fill(byte[] pixels, int row, int column)
    {
        var entry = (row * _view.Columns.Count) + column;
        var kind = _quantity.Classes[entry];
        var left = column * Cell;
        var top = row * Cell;
        byte? flat = kind == CellClass.Value && _quantity.Values[entry] is { } value ? Index(_quantity, value) : null;
        // A value that is missing although its class says it is there must not look like one.
        var mark = kind == CellClass.Value ? CellClass.NaN : kind;
        for (var y = 0; y < Cell; y++)
        {
            for (var x = 0; x < Cell; x++)
            {
                pixels[((top + y) * Width) + left + x] = flat ?? CellMark.Index(mark, x, y, left, top, Cell);
            }
        }
    }
}
