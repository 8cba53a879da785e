using Farback.Adjoints;
using Farback.Networks;

namespace Farback.Gradients;

/// <summary>The sum of chosen entries of the map, as a dense gradient: one lag, short lags only, role one only.</summary>
/// <remarks>
///   Σ_{(t,k) kept} G[t,k], an exact mask on the entries, not chunks of the sequence. Training with it is the causal test of what a lag's
///   gradient is good for.
/// </remarks>
public static class MaskedGradient
{
    private const int MostRows = 1024;

    /// <summary>The gradient of the kept entries.</summary>
    /// <param name="trace">The run.</param>
    /// <param name="losses">Its losses.</param>
    /// <param name="window">The largest |lag| that is walked; entries beyond are left out whatever is kept.</param>
    /// <param name="keep">Whether the entry (t, k) is kept; the read-out, used at k = t, is asked as (t, t).</param>
    public static Parameters<T> Of<T>(Trace<T> trace, LossField losses, int window, Func<int, int, bool> keep)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(trace);
        var seeds = Seeds<T>.Of(trace, losses, scaled: true);
        var gradient = new Parameters<T>(trace.Model.Network);
        int[][] groups = [.. Enumerable.Range(0, trace.Times).OrderDescending().Chunk(Math.Max(1, MostRows / trace.Lanes))];
        int walked = RowPlan.Walked(trace.Model.Network, trace.Times, window);
        RowPlan Plan(int[] times) => RowPlan.OneRowPerLossTime(times, trace.Times, trace.Lanes, walked);
        var reader = new GradientReader<T>(trace.Model, trace.Times, trace.Lanes, Plan(groups[0]))
        {
            Keep = (t, k) => Math.Abs(t - k) <= window && keep(t, k),
        };
        reader.Begin(trace, gradient, scaled: true);
        var sweep = new Sweep<T>(trace.Model, trace.Times, groups[0].Length * trace.Lanes);
        foreach (int[] times in groups)
        {
            reader.Plan = Plan(times);
            sweep.Walk(trace, seeds, reader.Plan, reader, scaled: true);
        }
        reader.Finish(trace, seeds);
        return gradient;
    }
}
