using Farback.Gradients;
using Farback.Networks;

namespace Farback.Tests.Gradients;

/// <summary>Weighting the lags of a gradient weights each entry of the map by its lag, and the weights 1 and 1 change nothing.</summary>
public sealed class LagWeightsTests
{
    // the same few dozen additions in another order, and one difference, relative to the block's largest number
    private const double Tolerance = 1e-12;

    public static TheoryData<string> Networks() => [.. Shapes.All.Keys];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_entry_counts_by_its_lag(string name)
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All[name], seed: 31);
        DenseMap dense = DenseMap.Of(trace, losses);
        foreach (
            LagWeights weights in new[]
            {
                LagWeights.UpTo(2),
                LagWeights.RoleOne,
                LagWeights.Amplified(1, 5),
                LagWeights.OnlyBeyond(0),
                new LagWeights(2, 1, 1),
                new LagWeights(1, 2, -0.5),
            }
        )
        {
            var gradient = new Parameters<double>(trace.Model.Network);
            var weighted = new LagWeightedGradient<double>(trace.Model, weights);
            weighted.Run(trace, losses, gradient);
            weighted.Run(trace, losses, gradient); // memory is kept: the second run must not add to the first
            foreach (Block block in dense.Network.Blocks)
            {
                double[] near = Written.Sum(dense, block, (t, k) => Math.Abs(t - k) <= weights.Lag),
                    far = Written.Sum(dense, block, (t, k) => Math.Abs(t - k) > weights.Lag);
                Close.Normwise(
                    [.. near.Zip(far, (a, b) => weights.Within * a + weights.Beyond * b)],
                    gradient[block],
                    Tolerance * (1 + Math.Abs(weights.Beyond)) * 4,
                    $"{name}, {weights}: {block.Name}"
                );
            }
        }
    }

    [Fact]
    public void A_negative_lag_is_refused()
    {
        (Trace<double> trace, _) = Shapes.Run<double>(Shapes.All.Values.First(), seed: 32);
        Assert.Throws<ArgumentException>(() => new LagWeightedGradient<double>(trace.Model, LagWeights.UpTo(-1)));
    }
}
