using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
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
                        Assert.Equal(Math.Log2(λ(k) / λ(t)), found.Transport, Tolerance);
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
                        if (norm == 0)
                            continue;
                        Assert.Equal(Math.Log2(norm), found.Log2Norm, Tolerance);
                        compared++;
                    }
        }
        Assert.True(compared > 0);
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
