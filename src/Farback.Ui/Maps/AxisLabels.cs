namespace Farback.Ui.Maps;

/// <summary>Which words of an axis are written: every n-th, the marked one always, nothing across it.</summary>
internal static class AxisLabels
{
    private const int LongestWord = 10;

    /// <summary>The positions to label.</summary>
    /// <param name="words">The axis.</param>
    /// <param name="cell">Pixels a word.</param>
    /// <param name="marked">The word that must be there.</param>
    /// <param name="room">Pixels that a label needs across.</param>
    public static IEnumerable<int> Positions(IReadOnlyList<string> words, int cell, int marked, int room)
    {
        var every = Math.Max(1, (int)Math.Ceiling(room / (double)cell));
        // "and happy and hungry and": of all ways to take every second word, the one that shows the most different ones.
        return Enumerable
            .Range(0, every)
            .Select(first => From(first, every, words.Count, marked))
            .MaxBy(positions => positions.Select(i => words[i]).Distinct().Count())!;
    }

    private static List<int> From(int first, int every, int count, int marked)
    {
        var positions = new List<int>();
        for (var i = 0; i < count; i++)
        {
            var regular = i % every == first && Math.Abs(i - marked) >= every;
            if (i == marked || regular)
            {
                positions.Add(i);
            }
        }

        return positions;
    }

    /// <summary>The word, cut with an ellipsis where it is too long for the margin.</summary>
    public static string Short(string word) => word.Length <= LongestWord ? word : word[..(LongestWord - 1)] + "…";
}
