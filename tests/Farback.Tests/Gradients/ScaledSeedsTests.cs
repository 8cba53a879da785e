using Farback.Adjoints;
using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Gradients;

/// <summary>Powers of two that travel with the rows change nothing but what can be held.</summary>
public sealed class ScaledSeedsTests
{
    public static TheoryData<string> Networks() => [.. Shapes.All.Keys];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Scaled_seeds_give_the_same_gradient(string name)
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All[name], seed: 11);
        var plain = new Parameters<double>(trace.Model.Network);
        var scaled = new Parameters<double>(trace.Model.Network);
        new Bptt<double>(trace.Model).Run(trace, Seeds<double>.Of(trace, losses, scaled: false), plain);
        new Bptt<double>(trace.Model).Run(trace, Seeds<double>.Of(trace, losses, scaled: true), scaled);
        Close.Normwise(plain.Values, scaled.Values, 1e-12, name);
    }

    // W_x = 40 on x = 1 saturates tanh: a slope of 4e^(−80) in one step, whose square no float holds
    [Fact]
    public void A_row_whose_square_underflows_is_not_a_zero()
    {
        var network = new Network
        {
            Cell = AllCells.Elman,
            Inputs = 1,
            Hidden = 1,
            Outputs = 0,
            Biases = Biases.None,
        };
        double[] Weights<T>()
            where T : unmanaged
        {
            var parameters = new Parameters<double>(network);
            parameters["weight_ih_l0"][0] = 40;
            parameters["weight_hh_l0"][0] = 1;
            Batch batch = Batch.OfValues([1, 1, 0.01], 3, 1, 1, new ClassTargets([-1, -1, -1]));
            Trace<T> trace = new Model<T>(network, parameters.To<T>()).Forward(batch);
            DenseMap map = DenseMap.Of(trace, Seeds<T>.Given(trace, [0, 0, 1]));
            return [map.Adjoint(0, 2, 2, 0)[0], map.Adjoint(0, 2, 1, 0)[0], map.Adjoint(0, 2, 0, 0)[0]];
        }
        double[] single = Weights<float>(),
            truth = Weights<double>();
        for (int k = 0; k < 3; k++)
        {
            Assert.NotEqual(0, truth[k]);
            Assert.InRange(single[k] / truth[k], 0.999, 1.001);
        }
    }

    // the lower layer's rows meet seeds of the upper at every step: the larger power wins, nothing is overwritten
    [Fact]
    public void A_small_row_that_meets_a_smaller_seed_stays()
    {
        var network = new Network
        {
            Cell = AllCells.Elman,
            Inputs = 1,
            Hidden = 1,
            Outputs = 0,
            Biases = Biases.None,
        };
        var parameters = new Parameters<float>(network);
        parameters["weight_ih_l0"][0] = 30;
        parameters["weight_hh_l0"][0] = 1;
        Batch batch = Batch.OfValues([0.01, 1], 2, 1, 1, new ClassTargets([-1, -1]));
        Trace<float> trace = new Model<float>(network, parameters).Forward(batch);
        var gradient = new Parameters<float>(network);
        new Bptt<float>(trace.Model).Run(trace, Seeds<float>.Given(trace, [1e-60, 1]), gradient);
        double h = Math.Tanh(0.3);
        double slope = 4 * Math.Exp(-2 * (30 + h)); // 1 − tanh², the rest of the denominator rounds away
        double expected = slope * (1 * 1 + (1 - h * h) * 0.01);
        Assert.InRange(gradient["weight_ih_l0"][0] / expected, 0.999, 1.001);
    }
}
