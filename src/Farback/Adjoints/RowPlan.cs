using Farback.Networks;

namespace Farback.Adjoints;

/// <summary>How the rows of a sweep are chosen: each row is a lane, the losses it gathers, and the uses of the weights it may reach.</summary>
/// <remarks>
///   Ordinary backpropagation is one row per lane that gathers every loss; the map is one row per loss time and lane; a Jacobian is one row
///   per coordinate of the state, which gathers no loss and begins as a unit vector. Everything between is allowed.
/// </remarks>
public sealed class RowPlan
{
    private RowPlan(int count)
    {
        Lane = new int[count];
        FirstLoss = new int[count];
        LastLoss = new int[count];
        LossTime = new int[count];
        FirstUse = new int[count];
        LastUse = new int[count];
        Coordinate = new int[count];
        Array.Fill(Coordinate, -1);
    }

    /// <summary>How many rows.</summary>
    public int Count => Lane.Length;

    /// <summary>The lane of each row.</summary>
    public int[] Lane { get; }

    /// <summary>The loss time that the row is read as; the last one where it gathers several.</summary>
    public int[] LossTime { get; }

    /// <summary>The first time at which what the row gathers enters.</summary>
    public int[] FirstLoss { get; }

    /// <summary>The last time at which what the row gathers enters.</summary>
    public int[] LastLoss { get; }

    /// <summary>The first use time that the row may reach; what lies before is cut.</summary>
    public int[] FirstUse { get; }

    /// <summary>The last use time that the row may reach.</summary>
    public int[] LastUse { get; }

    /// <summary>Where a row begins as a unit vector: the coordinate of the joint state, counted by site, part and unit; −1 where losses are gathered.</summary>
    public int[] Coordinate { get; }

    /// <summary>True where rows are the lanes, in order, and every row gathers every loss.</summary>
    public bool IsOneRowPerLane { get; private init; }

    /// <summary>All loss times of a lane added into one row: the ordinary gradient.</summary>
    public static RowPlan OneRowPerLane(int times, int lanes)
    {
        var plan = new RowPlan(lanes) { IsOneRowPerLane = true };
        for (int lane = 0; lane < lanes; lane++)
            plan.Set(lane, lane, 0, times - 1, 0, times - 1);
        return plan;
    }

    /// <summary>One row per loss time and lane, the latest loss first; a loss reaches uses at most <paramref name="window"/> steps away.</summary>
    public static RowPlan OneRowPerLossTime(
        IReadOnlyList<int> lossTimes,
        int times,
        int lanes,
        int window,
        Truncation? truncation = null
    ) => OneRowPerLossTime(lossTimes, 0, times, lanes, window, truncation);

    /// <summary>The same in times counted from <paramref name="from"/>, for a part of a run; the loss times are those of the whole.</summary>
    internal static RowPlan OneRowPerLossTime(
        IReadOnlyList<int> lossTimes,
        int from,
        int times,
        int lanes,
        int window,
        Truncation? truncation
    )
    {
        var plan = new RowPlan(lossTimes.Count * lanes);
        int row = 0;
        foreach (int t in lossTimes.OrderDescending())
            for (int lane = 0; lane < lanes; lane++)
                plan.Set(
                    row++,
                    lane,
                    t - from,
                    t - from,
                    Math.Max(t - window, truncation?.FirstUse(t, times) ?? 0) - from,
                    (int)Math.Min((long)t + window, times - 1) - from
                );
        return plan;
    }

    /// <summary>The same where each loss enters at every step it reads, and not at its own alone: up to its own in one direction, anywhere in both.</summary>
    public static RowPlan OneRowPerLoss(IReadOnlyList<int> lossTimes, Network network, int times, int lanes, int window)
    {
        // in both directions a path may leave a window through a step that the loss reads, and come back
        RowPlan plan = OneRowPerLossTime(lossTimes, times, lanes, network.Bidirectional ? times : window);
        for (int row = 0; row < plan.Count; row++)
            (plan.FirstLoss[row], plan.LastLoss[row]) = (0, network.Bidirectional ? times - 1 : plan.LossTime[row]);
        return plan;
    }

    /// <summary>How far rows must walk for every entry inside a window of lags to be whole.</summary>
    /// <remarks>
    ///   In a stack of bidirectional layers a path may leave the window through an upper layer and come back into it below: there everything
    ///   is walked, and only what lies inside is read. Anywhere else a path stays between the use and the loss.
    /// </remarks>
    public static int Walked(Network network, int times, int window) => network.Bidirectional && network.Layers > 1 ? times : window;

    /// <summary>Truncated backpropagation: one row per chunk of losses and lane, the latest chunk first.</summary>
    public static RowPlan Chunks(int times, int lanes, Truncation truncation)
    {
        return ChunksOf(0, (times - 1) / truncation.Stride, 0, times, lanes, truncation);
    }

    /// <summary>The rows of some of the chunks, in times counted from <paramref name="from"/>.</summary>
    internal static RowPlan ChunksOf(int earliest, int latest, int from, int times, int lanes, Truncation truncation)
    {
        var plan = new RowPlan((latest - earliest + 1) * lanes);
        int row = 0;
        for (int chunk = latest; chunk >= earliest; chunk--)
        {
            int first = chunk * truncation.Stride,
                last = (int)Math.Min(times, (long)first + truncation.Stride) - 1;
            for (int lane = 0; lane < lanes; lane++)
                plan.Set(row++, lane, first - from, last - from, truncation.FirstUse(first, times) - from, times - 1 - from);
        }
        return plan;
    }

    /// <summary>The identity on the joint state of all layers after step t of one lane, walking back to the state after step <paramref name="k"/>.</summary>
    /// <remarks>
    ///   Row r begins at coordinate first + r. Where all layers run forwards and first is 0 it is the joint state, of which the next step is made;
    ///   else a part of it, as the coordinates of one layer and direction.
    /// </remarks>
    public static RowPlan Identity(int coordinates, int lane, int t, int k, int first = 0)
    {
        var plan = new RowPlan(coordinates);
        for (int row = 0; row < coordinates; row++)
        {
            plan.Set(row, lane, t, t, k + 1, t);
            plan.Coordinate[row] = first + row;
        }
        return plan;
    }

    private void Set(int row, int lane, int firstLoss, int lastLoss, int firstUse, int lastUse) =>
        (Lane[row], FirstLoss[row], LastLoss[row], LossTime[row], FirstUse[row], LastUse[row]) = (
            lane,
            firstLoss,
            lastLoss,
            lastLoss,
            firstUse,
            lastUse
        );
}

/// <summary>Truncated backpropagation through time: every <paramref name="Stride"/> steps, back over <paramref name="Window"/> steps.</summary>
/// <remarks>
///   How far a loss reaches depends on its place in the chunk, from window − stride to window − 1 steps: a horizon measured under truncation
///   is the window's, not the network's. Source: Williams &amp; Peng 1990, BPTT(h; h').
/// </remarks>
/// <param name="Window">Steps that a chunk's losses walk back from the chunk's end; at least the stride.</param>
/// <param name="Stride">Steps of a chunk.</param>
public sealed record Truncation(int Window, int Stride)
{
    /// <summary>The first use of the weights that the loss at t reaches.</summary>
    public int FirstUse(int t, int times) => Math.Max(0, Math.Min(times, (t / Stride + 1) * Stride) - Window);
}
