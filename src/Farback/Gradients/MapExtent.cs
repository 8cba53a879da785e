using Farback.Adjoints;
using Farback.Cells;
using Farback.Networks;

namespace Farback.Gradients;

/// <summary>Which part of the map is made: all of it, a window of lags, sampled loss times, the reach of a truncation.</summary>
/// <remarks>
///   What is not made is labelled as such. Without a choice everything is made up to T = <see cref="FullUpTo"/>, and beyond it
///   <see cref="SampledTimes"/> loss times, evenly spaced, in a window of <see cref="SampledWindow"/> lags: each row is exact.
/// </remarks>
public sealed record MapExtent
{
    /// <summary>The longest sequence whose whole map is made without being asked for.</summary>
    public const int FullUpTo = 1000;

    /// <summary>How many loss times are sampled of a longer one.</summary>
    public const int SampledTimes = 64;

    /// <summary>How many lags are walked back on a longer one.</summary>
    public const int SampledWindow = 256;

    /// <summary>The loss times; null for all (of a long sequence: a sample).</summary>
    public IReadOnlyList<int>? LossTimes { get; init; }

    /// <summary>The largest lag, in steps; null for all (of a long sequence: a window).</summary>
    public int? Window { get; init; }

    /// <summary>The truncation whose gradient the map resolves.</summary>
    public Truncation? Truncation { get; init; }

    /// <summary>Whether norms are also kept lane by lane and sum by sum, for the four factors.</summary>
    public bool Factors { get; init; }

    /// <summary>The loss times of a sequence, in order.</summary>
    public int[] TimesOf(int times) =>
        LossTimes is not null ? [.. LossTimes.Distinct().Where(t => t >= 0 && t < times).Order()]
        : times <= FullUpTo ? [.. Enumerable.Range(0, times)]
        : [.. Enumerable.Range(0, SampledTimes).Select(i => (int)((i + 1L) * times / SampledTimes - 1)).Distinct()];

    /// <summary>The largest lag that is walked on a sequence.</summary>
    public int WindowOf(int times) => Math.Min(Window ?? (times <= FullUpTo ? times - 1 : SampledWindow), times - 1);

    /// <summary>What the map of a network will hold in memory, in bytes, without the run itself: say it before starting.</summary>
    public long Memory(Network network, int times, int lanes, int bytesPerNumber)
    {
        ArgumentNullException.ThrowIfNull(network);
        long entries = (long)TimesOf(times).Length * GradientMap.WidthOf(network, times, WindowOf(times));
        long series = 1 + network.Blocks.Sum(block => 1 + MapLayout.Gates(network, block).Count());
        int sites = network.Layers * network.Directions,
            sums = Sums(network.Cell);
        long rows = Math.Min(MapRows.PerGroup(network, times, lanes, bytesPerNumber), (long)TimesOf(times).Length * lanes);
        long deltas = (long)times * lanes * network.Hidden * (sums + network.Cell.UnitParameters.Count) * bytesPerNumber;
        return entries * series * (3 * sizeof(double) + sizeof(CellClass) + sizeof(bool)) // two norms, a share, what they are
            + entries * lanes * sites * (1 + (Factors ? sums : 0)) * sizeof(double) // ‖λ‖, and ‖δ‖ of every sum
            + sites * 4 * deltas // g u for both operands; δ of the gradient, and of the map's own sum
            + rows * MapRows.BytesPerRow(network, times, bytesPerNumber)
            + sites * (long)times * lanes * lanes * 2 * sizeof(double); // u_b·u_b'
    }

    // what the weights add up to, in both stages of a cell
    private static int Sums(Cell cell) =>
        cell.Gates.GroupBy(gate => gate.BeforeProduct).Sum(stage => stage.Max(gate => Math.Max(gate.InputSum, gate.StateSum)) + 1);
}

/// <summary>How many loss times walk back together.</summary>
internal static class MapRows
{
    private const long Budget = 96L << 20; // bytes for what one layer hands to the one below
    private const int Most = 1024; // rows beyond this only spill the caches

    public static long BytesPerRow(Network network, int times, int bytesPerNumber)
    {
        int widest = Math.Max(network.Layers > 1 ? network.LayerOutputs : 0, network.Words > 0 ? network.Embedding : 0);
        int buffers = Math.Min(2, network.Layers - 1 + (network.Words > 0 ? 1 : 0)),
            register = 64 / bytesPerNumber; // inputs are padded to the widest registers at most
        int padded = (widest + register - 1) / register * register;
        return Math.Max(1, buffers * (long)times * (padded * bytesPerNumber + sizeof(int))); // with a power of two each
    }

    public static int PerGroup(Network network, int times, int lanes, int bytesPerNumber)
    {
        long rows = Math.Min(Most, Budget / BytesPerRow(network, times, bytesPerNumber));
        return (int)Math.Max(1, rows / lanes) * lanes;
    }
}
