using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

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

    // float's long lags beside float's whole gradient: their own rounding and no more, however little they are
    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(20)]
    public void Only_what_lies_beyond_a_lag_has_the_digits_of_the_entries_alone(int lag)
    {
        const int Times = 30,
            Lanes = 4;
        var network = new Network
        {
            Cell = AllCells.Elman,
            Inputs = 2,
            Hidden = 8,
            Outputs = 3,
        };
        var random = new RandomStream(5);
        double[] x = [.. Enumerable.Range(0, Times * Lanes * 2).Select(_ => (double)(float)random.NextNormal())];
        int[] classes = [.. Enumerable.Range(0, Times * Lanes).Select(_ => random.Next(3))];
        Batch batch = Batch.OfValues(x, Times, Lanes, 2, new ClassTargets(classes));
        Parameters<float> parameters = Initial.Default.Draw(network, 3).To<float>();
        double[] truth = Beyond(new Model<double>(network, parameters.To<double>())),
            found = Beyond(new Model<float>(network, parameters));
        // a row of λ is a product of up to T steps, each rounded over H products
        double tolerance = Math.ScaleB(1, -24) * Times * 8;
        Assert.True(
            Written.Norm(truth.Zip(found, (a, b) => a - b)) <= tolerance * Written.Norm(truth),
            $"off by {Written.Norm(truth.Zip(found, (a, b) => a - b)) / Written.Norm(truth):g3}"
        );

        double[] Beyond<T>(Model<T> model)
            where T : unmanaged
        {
            Trace<T> trace = model.Forward(batch);
            var gradient = new Parameters<T>(network);
            new LagWeightedGradient<T>(model, LagWeights.OnlyBeyond(lag)).Run(
                trace,
                LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean),
                gradient
            );
            return [.. gradient["weight_hh_l0"].ToArray().Select(number => Convert.ToDouble(number))];
        }
    }

    [Fact]
    public void A_negative_lag_is_refused()
    {
        (Trace<double> trace, _) = Shapes.Run<double>(Shapes.All.Values.First(), seed: 32);
        Assert.Throws<ArgumentException>(() => new LagWeightedGradient<double>(trace.Model, LagWeights.UpTo(-1)));
    }
}
