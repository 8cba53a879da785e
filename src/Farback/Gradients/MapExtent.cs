using Farback.Adjoints;
using Farback.Cells;
using Farback.Networks;
using Farback.Tiles;

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

    /// <summary>Only the norms of this block and its gates (weight_hh_l0): no shares, no adjoints, no residual. Null for everything.</summary>
    public string? NormsOf { get; init; }

    /// <summary>The loss times of a sequence, in order.</summary>
    public int[] TimesOf(int times) =>
        LossTimes is not null ? [.. LossTimes.Distinct().Where(t => t >= 0 && t < times).Order()]
        : times <= FullUpTo ? [.. Enumerable.Range(0, times)]
        : [.. Enumerable.Range(0, SampledTimes).Select(i => (int)((i + 1L) * times / SampledTimes - 1)).Distinct()];

    /// <summary>The largest lag that is walked on a sequence.</summary>
    public int WindowOf(int times) => Math.Min(Window ?? (times <= FullUpTo ? times - 1 : SampledWindow), times - 1);

    /// <summary>Refuses what no sequence of that many steps has a map of.</summary>
    internal void Check(int times)
    {
        if (Window < 0)
            throw new ArgumentException($"map: expected a window of 0 lags or more, got {Window}.");
        if (LossTimes is { Count: > 0 } asked && TimesOf(times).Length == 0)
            throw new ArgumentException(
                $"map: none of the loss times {string.Join(", ", asked.Take(12))} is a step of the sequence; expected some of 0 to {times - 1}."
            );
    }

    /// <summary>What the map of a network will hold in memory, in bytes, without the run itself: say it before starting.</summary>
    public long Memory(Network network, int times, int lanes, int bytesPerNumber)
    {
        ArgumentNullException.ThrowIfNull(network);
        int[] lossTimes = TimesOf(times);
        long entries = GradientMap.EntriesOf(network, times, WindowOf(times), lossTimes);
        Block[] blocks = [.. network.Blocks.Where(block => NormsOf is null || block.Name == NormsOf)];
        long series = (NormsOf is null ? 1 : 0) + blocks.Sum(block => 1 + MapLayout.Gates(network, block).Count());
        int sites = network.Layers * network.Directions,
            sums = Sums(network.Cell);
        int perGroup = MapRows.LossTimes(network, times, lanes, bytesPerNumber, lossTimes.Length);
        long threads = Math.Min(Team.Most, (lossTimes.Length + perGroup - 1) / perGroup);
        long deltas = (long)times * lanes * network.Hidden * (sums + network.Cell.UnitParameters.Count) * bytesPerNumber;
        int numbers = lanes == 1 ? 2 : 3; // norm, share; the lanes' norm
        return entries * series * (numbers * sizeof(double) + sizeof(CellClass) + sizeof(bool)) // and what they are
            + (NormsOf is null ? entries * lanes * sites * (1 + (Factors ? sums : 0)) * sizeof(double) : 0) // ‖λ‖, and ‖δ‖ of every sum
            + (NormsOf is null ? sites * 3 * deltas : 0) // g u for both operands; δ of the gradient, then of the map's own sum
            + threads * Math.Min(perGroup, lossTimes.Length) * lanes * MapRows.BytesPerRow(network, times, bytesPerNumber)
            + sites * (long)times * LaneSquares.Count(lanes) * 2 * bytesPerNumber; // u_b·u_c
    }

    /// <summary>Multiplications and additions that the map of a network takes, about: a walk over the recurrent weights for every entry, and the norms.</summary>
    public double Flops(Network network, int times, int lanes)
    {
        ArgumentNullException.ThrowIfNull(network);
        double entries = GradientMap.EntriesOf(network, times, WindowOf(times), TimesOf(times));
        double gates = network.Cell.Gates.Count * (double)network.Hidden * network.Layers * network.Directions;
        double inputs = network.Layers > 1 || network.Words > 0 ? network.LayerOutputs : 0;
        return entries * lanes * gates * (2 * (network.Hidden + inputs) + (NormsOf is null ? 2 : 1) * (lanes + 1));
    }

    // what the weights add up to, in both stages of a cell
    private static int Sums(Cell cell) =>
        cell.Gates.GroupBy(gate => gate.BeforeProduct).Sum(stage => stage.Max(gate => Math.Max(gate.InputSum, gate.StateSum)) + 1);
}

/// <summary>How many loss times walk back together.</summary>
internal static class MapRows
{
    private const long Budget = 32L << 20; // bytes for what one layer hands to the one below
    private const int Most = 256; // rows beyond this only spill the caches
    private const int Fewest = 32; // rows below this read the weights for too little
    private const int Groups = 16; // so that threads end together

    public static long BytesPerRow(Network network, int times, int bytesPerNumber)
    {
        int widest = Math.Max(network.Layers > 1 ? network.LayerOutputs : 0, network.Words > 0 ? network.Embedding : 0);
        int buffers = Math.Min(2, network.Layers - 1 + (network.Words > 0 ? 1 : 0)),
            register = 64 / bytesPerNumber; // inputs are padded to the widest registers at most
        int padded = (widest + 2 * register - 1) / (2 * register) * 2 * register;
        return Math.Max(1, buffers * (long)times * (padded * bytesPerNumber + sizeof(int))); // with a power of two each
    }

    /// <summary>Loss times in a group. The same for every number of threads: then the groups' sums are the same bits.</summary>
    public static int LossTimes(Network network, int times, int lanes, int bytesPerNumber, int lossTimes)
    {
        long rows = Math.Clamp((long)lossTimes * lanes / Groups, Fewest, Most);
        return (int)Math.Max(1, Math.Min(rows, Budget / BytesPerRow(network, times, bytesPerNumber)) / lanes);
    }
}
