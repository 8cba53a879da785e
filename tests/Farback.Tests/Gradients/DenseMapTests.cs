using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;

namespace Farback.Tests.Gradients;

/// <summary>What the written-out map says of the states that a run starts from.</summary>
public sealed class DenseMapTests
{
    private const double Step = 1e-5; // truncation Step² and rounding ε/Step are about even
    private const double Quotients = 1e-8;

    public static TheoryData<string> Networks() => [.. Shapes.All.Keys];

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_adjoint_of_the_initial_states_is_the_difference_quotient_of_each_steps_loss(string name)
    {
        Network network = Shapes.All[name];
        (Trace<double> shape, _) = Shapes.Run<double>(network, seed: 5);
        var random = new RandomStream(6);
        States<double> at = Draw(network, shape.Lanes, () => random.NextUniform(-1, 1)),
            along = Draw(network, shape.Lanes, () => random.NextUniform(-1, 1));
        Trace<double> trace = shape.Model.Forward(shape.Batch, initial: at);
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean);
        DenseMap map = DenseMap.Of(trace, losses);
        LossField ahead = LossesFrom(Step),
            behind = LossesFrom(-Step);

        double[] expected = new double[trace.Times],
            found = new double[trace.Times];
        for (int t = 0; t < trace.Times; t++)
        for (int lane = 0; lane < trace.Lanes; lane++)
        {
            expected[t] += losses.Weight * (ahead.At(t, lane) - behind.At(t, lane)) / (2 * Step);
            Each(
                network,
                (site, part, unit) => found[t] += map.Initial(site, t, lane)[part * network.Hidden + unit] * along[site, part, lane][unit]
            );
        }
        Assert.Contains(found, slope => slope != 0);
        Close.Normwise(expected, found, Quotients, "slopes");

        LossField LossesFrom(double step)
        {
            var states = new States<double>(network, shape.Lanes);
            for (int lane = 0; lane < shape.Lanes; lane++)
                Each(
                    network,
                    (site, part, unit) => states[site, part, lane][unit] = at[site, part, lane][unit] + step * along[site, part, lane][unit]
                );
            return LossField.Of(shape.Model.Forward(shape.Batch, initial: states), new SoftmaxCrossEntropy(), Reduction.Mean);
        }
    }

    [Fact]
    public void A_learned_initial_state_is_moved_by_the_sum_of_its_lanes()
    {
        Network network = Shapes.All["lstm learned initial"];
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(network, seed: 7);
        DenseMap map = DenseMap.Of(trace, losses);
        for (int t = 0; t < trace.Times; t++)
        {
            double[] lanes = new double[network.Cell.State.Count * network.Hidden];
            for (int lane = 0; lane < trace.Lanes; lane++)
            for (int i = 0; i < lanes.Length; i++)
                lanes[i] += map.Initial(0, t, lane)[i];
            Close.Normwise(lanes, map.Entry(network["initial_l0"], t, 0), 1e-14, $"initial state, loss at {t}");
        }
    }

    private static States<double> Draw(Network network, int lanes, Func<double> next)
    {
        var states = new States<double>(network, lanes);
        for (int lane = 0; lane < lanes; lane++)
            Each(network, (site, part, unit) => states[site, part, lane][unit] = next());
        return states;
    }

    private static void Each(Network network, Action<int, int, int> visit)
    {
        for (int site = 0; site < network.Layers * network.Directions; site++)
        for (int part = 0; part < network.Cell.State.Count; part++)
        for (int unit = 0; unit < network.Hidden; unit++)
            visit(site, part, unit);
    }
}
