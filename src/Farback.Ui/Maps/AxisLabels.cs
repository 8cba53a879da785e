namespace Farback.Ui.Maps;

/// <summary>Which words of an axis are written: every n-th, the marked one always, nothing across it.</summary>
internal static class AxisLabels
{
    private const int LongestWord = 10;

    /// <summary>The positions to label.</summary>
    /// <param name="count">Words on the axis.</param>
    /// <param name="cell">Pixels a word.</param>
    /// <param name="marked">The word that must be there.</param>
    /// <param name="room">Pixels that a label needs across.</param>
    public static IEnumerable<int> Positions(int count, int cell, int marked, int room)
    {
        var every = Math.Max(1, (int)Math.Ceiling(room / (double)cell));
        for (var i = 0; i < count; i++)
        {
            var regular = i % every == 0 && Math.Abs(i - marked) >= every;
            if (i == marked || regular)
            {
                yield return i;
            }
        }
    }

    /// <summary>The word, cut with an ellipsis where it is too long for the margin.</summary>
    public static string Short(string word) =>
        word.Length <= LongestWord ? word : word[..(LongestWord - 1)] + "…";
}
