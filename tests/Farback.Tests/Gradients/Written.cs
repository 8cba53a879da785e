using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Gradients;

/// <summary>Sums of the entries that are written out: what every shortcut is held against.</summary>
internal static class Written
{
    /// <summary>Σ G[t,k] of a block over the entries that are kept.</summary>
    public static double[] Sum(DenseMap map, Block block, Func<int, int, bool> keep)
    {
        var sum = new double[block.Count];
        for (int t = 0; t < map.Times; t++)
        for (int k = 0; k < map.Times; k++)
        {
            if (!keep(t, k))
                continue;
            ReadOnlySpan<double> entry = map.Entry(block, t, k);
            for (int i = 0; i < sum.Length; i++)
                sum[i] += entry[i];
        }
        return sum;
    }

    /// <summary>The entries of one lane by itself, with the weight w of the batch.</summary>
    public static (DenseMap Map, double Weight) Lane(Trace<double> trace, LossField losses, int lane)
    {
        Trace<double> alone = trace.Model.Forward(trace.Batch.Lane(lane));
        return (DenseMap.Of(alone, LossField.Of(alone, new SoftmaxCrossEntropy(), Reduction.Sum)), losses.Weight);
    }

    /// <summary>The same batch with losses at one time only.</summary>
    public static Batch OnlyAt(Batch batch, int time)
    {
        var all = (ClassTargets)batch.Targets;
        var one = new ClassTargets([.. all.Classes.Select((target, place) => place / batch.Lanes == time ? target : ClassTargets.Ignored)]);
        return batch.Ids is { } ids
            ? Batch.OfIds(ids, batch.Times, batch.Lanes, one, batch.Lengths)
            : Batch.OfValues(batch.Values!, batch.Times, batch.Lanes, batch.Inputs, one, batch.Lengths);
    }

    public static double Norm(IEnumerable<double> numbers) => Math.Sqrt(numbers.Sum(x => x * x));

    public static double Inner(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
