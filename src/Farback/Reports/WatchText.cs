using Farback.Gradients;
using Farback.Training;

namespace Farback.Reports;

/// <summary>What looks at a training say.</summary>
public static class WatchText
{
    /// <summary>One look: "step 400: a tenth of the error gets 6 steps back (5–7), the task needs 21; 12 % of the update is carried forward."</summary>
    /// <param name="row">The look.</param>
    /// <param name="needed">The lag that the task needs, where it knows it.</param>
    public static string Line(WatchRow row, int? needed)
    {
        ArgumentNullException.ThrowIfNull(row);
        string reach = row.Tenth.IsMeasured
            ? $"a tenth of the error gets {Reach(row.Tenth)} back{Interval(row.Tenth)}"
            : "how far the error gets back was not measured: the sample has too few losses";
        string task = needed is { } lag ? $", the task needs {lag}" : "";
        string upTo = row.WalkedLag is { } walked ? $" up to {walked} steps" : "";
        string carried = row.SharesAreReliable ? $"; share of what is carried forward{upTo} {NumberText.Signed(row.Carried.Value)}" : "";
        return $"step {row.Step}: {reach}{task}{carried}.";
    }

    /// <summary>All looks at the end: from where to where the reach went, and what looking took.</summary>
    /// <param name="rows">The looks, at least one.</param>
    /// <param name="cost">What they took in this process.</param>
    /// <param name="steps">The updates made in all.</param>
    public static string Summary(IReadOnlyList<WatchRow> rows, WatchCost cost, long steps)
    {
        ArgumentNullException.ThrowIfNull(rows);
        string looks = Say.Count(rows.Count, "look", "looks");
        string took = cost.Steps > 0 ? $"; watching took {NumberText.Percent(cost.Share)} of the time" : "";
        string from = rows[0].Tenth is { IsMeasured: true } first ? $"{Reach(first)} back at step {rows[0].Step}" : "";
        string to = rows[^1].Tenth is { IsMeasured: true } last ? $"{Reach(last)} at step {rows[^1].Step}" : "";
        string way = from.Length > 0 && to.Length > 0 ? $"A tenth of the error got {from}, {to} of {NumberText.Whole(steps)}" : "Watched";
        return $"{way} ({looks}{took}).";
    }

    private static string Reach(Horizon horizon) =>
        horizon.Lag is null or 0 ? "no step"
        : horizon.AtLeast ? $"at least {Say.Count(horizon.Lag.Value, "step", "steps")}"
        : Say.Count(horizon.Lag.Value, "step", "steps");

    private static string Interval(Horizon horizon) => horizon is { Low: { } low, High: { } high } && low != high ? $" ({low}–{high})" : "";
}
