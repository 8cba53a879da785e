using System.Numerics;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Training;

/// <summary>Looks how far the gradient reaches back while a network trains, at a small and stated cost.</summary>
/// <remarks>
///   Some lanes of a batch run forward, and the map is made of some of their loss times, drawn uniformly: each row is exact. (All rows in one sweep with
///   random signs would estimate column sums only and destroy the lag axis.) It draws from a stream of its own, made of the seed and the step: a training
///   that is watched and one that is not are the same bit for bit. Cost: a forward and a backward run of at most <see cref="MostLanes"/> lanes, and at most
///   <see cref="MostLanes"/>·<see cref="MostLossTimes"/> rows that walk back at most <see cref="LongestWindow"/> steps.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
public sealed class Watch<T>
    where T : unmanaged
{
    /// <summary>Lanes of a sample at most.</summary>
    public const int MostLanes = 8;

    /// <summary>Loss times of a sample at most.</summary>
    public const int MostLossTimes = 8;

    /// <summary>The largest lag that is walked.</summary>
    public const int LongestWindow = 1023;

    private const int Purpose = 5000; // a stream of its own
    private const int Apart = 1_000_003; // steps between the streams of two seeds

    private readonly Model<T> _model;
    private readonly Loss _loss;
    private readonly int? _needed;
    private readonly long _seed;
    private Trace<T>? _trace;
    private LossField? _losses;
    private readonly MapMemory<T> _memory = new();

    /// <param name="model">It is only read, at each <see cref="Look"/> as it is then.</param>
    /// <param name="loss">What it is trained with.</param>
    /// <param name="neededLag">The lag that the task needs, where it knows it: profiles reach so far where the losses allow it.</param>
    /// <param name="seed">The seed of the samples.</param>
    public Watch(Model<T> model, Loss loss, int? neededLag = null, long seed = 1)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loss);
        (_model, _loss, _needed, _seed) = (model, loss, neededLag, seed);
    }

    /// <summary>What a look may take in memory, in bytes: it takes fewer lanes where they need more, and runs one in segments where it alone does.</summary>
    public long MostMemory { get; init; } = 256L << 20;

    /// <summary>The look at a step; null where the sampled lanes have no loss, or one lane is too long to be kept and cannot be run in segments.</summary>
    /// <param name="batch">What the next update is made on.</param>
    /// <param name="initial">The states it starts from; null for the network's own.</param>
    /// <param name="step">The updates made before.</param>
    public WatchRow? Look(Batch batch, States<T>? initial, long step)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var random = new RandomStream(unchecked(_seed * Apart + step), Purpose);
        int[] lanes = [.. Lanes(batch, initial is null, random)];
        if (lanes.Length == 0)
            return null;
        Batch some = batch.Take(lanes);
        int window = Math.Min(LongestWindow, batch.Times - 1),
            lags = Math.Min(LossTimeSample.LargestLag(some, _needed), window);
        LossTimeSample sample = LossTimeSample.Draw(some, lags, MostLossTimes, random);
        if (sample.Of == 0)
            return null;
        var extent = new MapExtent { LossTimes = sample.Times, Window = window };
        GradientMap map = Fits(batch.Times, lanes.Length)
            ? Kept(some, initial?.Take(_model.Network, lanes), extent)
            : LongMap.Of(_model, some, _loss, Reduction.Mean, extent);
        LagProfile profile = Profiles.Of(map, maximum: lags);
        int longest = _model.Network.Bidirectional ? batch.Times - 1 : sample.Times.Max();
        (int First, int Last)[] ranges = [.. Buckets(window)];
        Dictionary<int, double[]> shares = sample.Times.ToDictionary(t => t, t => ByRange(map, t, ranges));
        return new(
            step,
            lanes,
            sample.Times,
            sample.Of,
            lags,
            [.. profile.Points.Where(point => point.Lag == lags || IsKept(point.Lag))],
            profile.Tenth,
            profile.Hundredth,
            SampledSum.Of(sample, t => shares[t][1..].Sum(), random),
            [.. ranges.Select((range, i) => new LagBucket(range.First, range.Last, SampledSum.Of(sample, t => shares[t][i], random)))],
            SampledSum.Of(sample, t => Norms(map, t) / map.All.GradientNorm, random),
            map.SharesAreReliable
        )
        {
            WalkedLag = longest > window ? window : null,
        };
    }

    private GradientMap Kept(Batch batch, States<T>? initial, MapExtent extent)
    {
        _trace = _model.Forward(batch, _trace, initial: initial);
        _losses = LossField.Of(_trace, _loss, Reduction.Mean, _losses);
        return GradientMap.Of(_trace, _losses, extent, memory: _memory);
    }

    // as many as fit, in the order of the batch; where not even one does, one that is run in segments
    private IEnumerable<int> Lanes(Batch batch, bool startsAnew, RandomStream random)
    {
        int count = Math.Min(MostLanes, batch.Lanes);
        while (count > 0 && !Fits(batch.Times, count))
            count /= 2;
        if (count == 0 && startsAnew && !_model.Network.Bidirectional)
            count = 1;
        int[] all = [.. Enumerable.Range(0, batch.Lanes)];
        random.Shuffle(all.AsSpan());
        return all.Take(count).Order();
    }

    private bool Fits(int times, int lanes)
    {
        var extent = new MapExtent { LossTimes = [.. Enumerable.Range(0, Math.Min(MostLossTimes, times))], Window = LongestWindow };
        return extent.Memory(_model.Network, times, lanes, Unsafe.SizeOf<T>()) + RunMemory.Of(_model, times, lanes) <= MostMemory;
    }

    // up to ten every lag, then ever fewer
    private static bool IsKept(int lag) => lag <= 10 || (int)(Math.Log(lag) * 5) != (int)(Math.Log(lag - 1) * 5);

    private static IEnumerable<(int First, int Last)> Buckets(int window)
    {
        yield return (0, 0);
        for (int first = 1; first <= window; first *= 2)
            yield return (first, Math.Min(2 * first - 1, window));
    }

    // the shares of a row, summed within ranges of lags
    private static double[] ByRange(GradientMap map, int t, (int First, int Last)[] ranges)
    {
        var sums = new double[ranges.Length];
        foreach ((int lag, int entry) in Entries(map, t))
            sums[lag == 0 ? 0 : 1 + BitOperations.Log2((uint)lag)] += map.All.Share[entry];
        return sums;
    }

    private static double Norms(GradientMap map, int t) => Entries(map, t).Sum(one => double.Exp2(map.All.Log2Norm[one.Entry]));

    // of a row, where a path leads
    private static IEnumerable<(int Lag, int Entry)> Entries(GradientMap map, int t)
    {
        for (int k = 0; k < map.Times; k++)
        {
            int entry = map.Entry(t, k),
                lag = Math.Abs(t - k);
            if (entry >= 0 && lag <= map.Window && map.All.Class[entry] is not (CellClass.NoPath or CellClass.NotALoss))
                yield return (lag, entry);
        }
    }
}
