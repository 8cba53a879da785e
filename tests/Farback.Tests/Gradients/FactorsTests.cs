using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Sequences;
using Farback.Tiles;

namespace Farback.Tests.Gradients;

/// <summary>Seed, transport, local and operand, lane by lane, are what their names say, and multiply to the lane's own norm.</summary>
public sealed class FactorsTests
{
    private const double Tolerance = 1e-9; // of a log₂: a relative error of the norms

    public static TheoryData<string> Networks() =>
        [
            .. Shapes
                .All.Where(shape => !shape.Value.Bidirectional && shape.Value.InitialStates == InitialStates.Zero)
                .Select(shape => shape.Key),
        ];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Each_factor_is_measured_by_itself_in_every_lane(string name)
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All[name], seed: 61);
        GradientMap map = GradientMap.Of(trace, losses, new MapExtent { Factors = true });
        DenseMap dense = DenseMap.Of(trace, losses);
        Network network = trace.Model.Network;
        int compared = 0;
        for (int lane = 0; lane < trace.Lanes; lane++)
        {
            (DenseMap own, double weight) = Written.Lane(trace, losses, lane);
            for (int site = 0; site < map.Sites.Count; site++)
                foreach (Gate gate in network.Cell.Gates)
                foreach (bool byInput in new[] { true, false })
                    for (int t = 0; t < own.Times; t++)
                    for (int k = 0; k <= t; k++)
                    {
                        if (!losses.IsPresent(t, lane))
                            continue;
                        Factors found = map.FactorsOf(site, gate, byInput, t, k, lane);
                        double λ(int use) => Written.Norm(dense.Adjoint(site, t, use, lane).ToArray());
                        Assert.Equal(Math.Log2(λ(t)), found.Seed, Tolerance);
                        // after a zero nothing is left to be multiplied: every later ratio is 1
                        Assert.Equal(λ(t) == 0 ? 0 : Math.Log2(λ(k) / λ(t)), found.Transport, Tolerance);
                        LayerTrace<double> run = trace.Layers[site];
                        Span<double> u =
                            byInput ? run.X(k, lane)
                            : gate.BeforeProduct ? run.H(k, lane)
                            : run.Operand(k, lane);
                        double operand = Written.Norm(u.ToArray());
                        if (operand == 0)
                        {
                            Assert.Equal(double.NegativeInfinity, found.Operand);
                            Assert.True(double.IsFinite(found.Transport)); // an empty operand is not vanishing
                            continue;
                        }
                        Assert.Equal(Math.Log2(operand), found.Operand, Tolerance);
                        Block block = byInput ? map.Sites[site].Site.InputWeights : map.Sites[site].Site.RecurrentWeights!;
                        int rows = block.Count / network.Cell.Gates.Count,
                            first = network.Cell.Gates.ToList().IndexOf(gate) * rows;
                        double norm = weight * Written.Norm(own.Entry(block, t, k).Slice(first, rows).ToArray());
                        Assert.Equal(Math.Log2(norm), found.Log2Norm, Tolerance); // −∞ where a factor is zero
                        compared++;
                    }
        }
        Assert.True(compared > 0);
    }

    [Fact]
    public void The_factors_of_a_dead_relu_end_at_the_zero_that_killed_it()
    {
        var network = new Network
        {
            Cell = AllCells.ElmanRelu,
            Inputs = 1,
            Hidden = 1,
            Outputs = 1,
            Biases = Biases.None,
        };
        var parameters = new Parameters<double>(network);
        parameters.Values.AsSpan().Fill(1);
        double[] x = [1, 1, -100, 1, 1]; // off at step 2: h = 1, 2, 0, 1, 2
        Batch batch = Batch.OfValues(x, 5, 1, 1, new ValueTargets([3, 3, 3, 3, 4], 1));
        Trace<double> trace = new Model<double>(network, parameters).Forward(batch);
        LossField losses = LossField.Of(trace, new SquaredError(), Reduction.Sum);
        GradientMap map = GradientMap.Of(trace, losses, new MapExtent { Factors = true });
        Factors At(int k) => map.FactorsOf(0, network.Cell.Gates[0], byInput: true, 4, k, 0);
        double seed = Math.Log2(Math.Abs(losses.Gradient(4, 0)[0]));
        Assert.Equal(new Factors(seed, 0, 0, 0), At(4));
        Assert.Equal(new Factors(seed, 0, 0, 0), At(3));
        // λ arrives at step 2 whole, the slope there is 0, and before it nothing arrives
        Assert.Equal(new Factors(seed, 0, double.NegativeInfinity, Math.Log2(100)), At(2));
        Assert.Equal(new Factors(seed, double.NegativeInfinity, 0, 0), At(1));
        Assert.Equal(new Factors(seed, double.NegativeInfinity, 0, 0), At(0));
        for (int k = 0; k < 5; k++)
            Assert.Equal(map["weight_ih_l0"].Log2Norm[map.Entry(4, k)], At(k).Log2Norm, Tolerance);
    }

    [Fact]
    public void A_map_without_factors_says_how_to_get_them()
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All["elman"], seed: 62);
        GradientMap map = GradientMap.Of(trace, losses);
        var error = Assert.Throws<InvalidOperationException>(() => map.FactorsOf(0, AllCells.Elman.Gates[0], true, 1, 0, 0));
        Assert.Contains("MapExtent.Factors", error.Message, StringComparison.Ordinal);
    }
}
