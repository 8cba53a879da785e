using Farback.Adjoints;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Laws;

/// <summary>Truncated backpropagation is the map with entries removed: which ones depends on t's place in its chunk.</summary>
public sealed class TruncationTests
{
    // the same additions in another order, relative to ΣΣ‖G‖
    private const double Residual = 1e-13;
    private const int Times = 11;
    private const long Seed = 31;

    [Theory]
    [MemberData(nameof(LawCell.Names), MemberType = typeof(LawCell))]
    public void The_truncated_map_is_the_full_one_with_entries_cut_and_sums_to_the_truncated_gradient(string cell)
    {
        var network = new Network
        {
            Cell = LawCell.Named(cell),
            Inputs = 2,
            Hidden = 5,
            Outputs = 3,
            Layers = 2,
            InitialStates = InitialStates.Learned,
        };
        var random = new RandomStream(Seed, 2);
        double[] x = [.. Enumerable.Range(0, Times * 3 * 2).Select(_ => random.NextNormal())];
        Batch batch = Batch.OfValues(
            x,
            Times,
            3,
            2,
            new ClassTargets([.. Enumerable.Range(0, Times * 3).Select(_ => random.Next(3))]),
            [Times, 4, 9]
        );
        Trace<double> trace = new Model<double>(network, LawCell.Parameters(network, Seed)).Forward(batch);
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean);
        DenseMap full = DenseMap.Of(trace, losses);
        foreach (Truncation truncation in new Truncation[] { new(4, 4), new(7, 3), new(1, 1), new(40, 5) })
        {
            DenseMap cut = DenseMap.Of(trace, losses, truncation);
            Parameters<double> gradient = Bptt<double>.Gradient(trace, losses, truncation);
            foreach (Block block in network.Blocks)
            {
                var sum = new double[block.Count];
                double norms = 0;
                for (int t = 0; t < Times; t++)
                for (int k = 0; k < Times; k++)
                {
                    double[] entry = cut.Entry(block, t, k).ToArray();
                    // the read-out's uses are at k = t; an initial state's at the first step, which must be within reach
                    double[] expected = k >= truncation.FirstUse(t, Times) ? full.Entry(block, t, k).ToArray() : new double[block.Count];
                    Close.Normwise(expected, entry, Residual, $"{truncation}: {block.Name}[{t},{k}]");
                    norms += Math.Sqrt(entry.Sum(g => g * g));
                    for (int i = 0; i < sum.Length; i++)
                        sum[i] += entry[i];
                }
                double off = Math.Sqrt(gradient[block].ToArray().Zip(sum, (g, s) => (g - s) * (g - s)).Sum());
                Assert.True(off <= Residual * norms, $"{truncation}: {block.Name} off by {off:g3} of {norms:g3}");
            }
        }
    }
}
