using Farback.Networks;

namespace Farback.Adjoints;

/// <summary>The rows of an ordinary gradient that walk through one segment of a long run, in the segment's own times.</summary>
/// <remarks>
///   Without truncation these are the lanes. With it, the chunks of losses with a use of the weights in the segment: those whose losses lie
///   in it, and those that come in over its right edge and have steps to go. Chunks are numbered from the sequence's beginning;
///   the latest comes first, as in every plan.
/// </remarks>
internal static class SegmentPlan
{
    /// <summary>The first and the last chunk that walk in times from … from + length − 1; without truncation all is one chunk.</summary>
    public static (int First, int Last) Chunks(Truncation? truncation, int from, int length, int times)
    {
        if (truncation is null)
            return (0, 0);
        int first = from / truncation.Stride,
            last = first,
            chunks = (times - 1) / truncation.Stride + 1;
        while (last + 1 < chunks && truncation.FirstUse((last + 1) * truncation.Stride, times) < from + length)
            last++;
        return (first, last);
    }

    /// <summary>The most rows that any segment of that length has.</summary>
    public static int MostRows(Truncation? truncation, int length, int times, int lanes)
    {
        int most = 0;
        for (int from = 0; from < times; from += length)
        {
            (int first, int last) = Chunks(truncation, from, length, times);
            most = Math.Max(most, last - first + 1);
        }
        return most * lanes;
    }

    /// <summary>The plan of a segment.</summary>
    public static RowPlan Of(Truncation? truncation, int from, int length, int times, int lanes)
    {
        if (truncation is null)
            return RowPlan.OneRowPerLane(length, lanes);
        (int first, int last) = Chunks(truncation, from, length, times);
        return RowPlan.ChunksOf(first, last, from, times, lanes, truncation);
    }
}
