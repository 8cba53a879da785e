using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Formats;

/// <summary>Splits items at random, the same way for the same seed, every class in the same proportion.</summary>
internal static class SeededSplit
{
    private const int Purpose = 4000; // apart from the streams of parameters, dropout and batches

    /// <summary>How many items a class needs so that every part gets one.</summary>
    public static int Fewest(DataOptions options) => 1 + (options.ValidationShare > 0 ? 1 : 0) + (options.TestShare > 0 ? 1 : 0);

    /// <summary>The part of every item; items are told apart by their place.</summary>
    /// <param name="classes">The class of each item; 0 for all where they have none.</param>
    /// <param name="options">The seed and the shares, of each class at least one item.</param>
    public static Split[] Of(IReadOnlyList<int> classes, DataOptions options)
    {
        Split[] parts = new Split[classes.Count];
        RandomStream random = new(options.Seed, Purpose);
        foreach (
            IGrouping<int, int> members in Enumerable.Range(0, classes.Count).GroupBy(item => classes[item]).OrderBy(group => group.Key)
        )
        {
            int[] shuffled = [.. members];
            random.Shuffle<int>(shuffled);
            int validation = Share(options.ValidationShare, shuffled.Length),
                test = Share(options.TestShare, shuffled.Length);
            for (int place = 0; place < shuffled.Length; place++)
                parts[shuffled[place]] =
                    place < validation ? Split.Validation
                    : place < validation + test ? Split.Test
                    : Split.Training;
        }
        return parts;
    }

    private static int Share(double share, int count) =>
        share == 0 ? 0 : Math.Max(1, (int)Math.Round(share * count, MidpointRounding.AwayFromZero));
}
