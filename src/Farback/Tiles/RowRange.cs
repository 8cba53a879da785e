namespace Farback.Tiles;

/// <summary>Rows first … last − 1, which one thread takes.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The one after the last.</param>
internal readonly record struct RowRange(int First, int Last)
{
    /// <summary>As many rows work on several panels of weights at a time: one panel gives a core too few sums to add to.</summary>
    public const int Few = 2;

    private const int Tile = 8; // rows of the largest tile: no thread gets a torn one

    /// <summary>How many parts rows fall into for so many threads: at most one a tile.</summary>
    public static int Parts(int rows, int threads) => Math.Clamp((rows + Tile - 1) / Tile, 1, threads);

    /// <summary>One of equal parts, whole tiles but for the last rows.</summary>
    public static RowRange Of(int rows, int part, int parts)
    {
        int tiles = (rows + Tile - 1) / Tile;
        return new((int)((long)tiles * part / parts) * Tile, Math.Min(rows, (int)((long)tiles * (part + 1) / parts) * Tile));
    }
}
