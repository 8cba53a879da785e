namespace Farback.Tests;

/// <summary>Comparisons of tensors: a tolerance is normwise, |a − b| ≤ tolerance · max|b|.</summary>
internal static class Close
{
    /// <summary>The largest difference over the largest expected size; 0 where all are equal, zeros included.</summary>
    public static double Distance(ReadOnlySpan<double> expected, ReadOnlySpan<double> found)
    {
        Assert.Equal(expected.Length, found.Length);
        double size = 0,
            difference = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            size = Math.Max(size, Math.Abs(expected[i]));
            difference = Math.Max(difference, Math.Abs(expected[i] - found[i]));
        }
        return difference == 0 ? 0 : difference / size;
    }

    public static void Normwise(ReadOnlySpan<double> expected, ReadOnlySpan<double> found, double tolerance, string what)
    {
        double distance = Distance(expected, found);
        Assert.True(
            distance <= tolerance,
            $"{what}: {distance:g3} apart, expected at most {tolerance:g3}.\nexpected {string.Join(", ", expected.ToArray())}\nfound    {string.Join(", ", found.ToArray())}"
        );
    }
}
