using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;
using Farback.Tests.Reference;

namespace Farback.Tests.Gradients;

/// <summary>The map against the entries written out: norms, shares, factors, sums, classes.</summary>
public sealed class MapTests
{
    private const double Tolerance = 1e-10; // ghost norms take a root of a difference: half of the digits of a cancelling sum

    public static TheoryData<string> Networks() => [.. Shapes.All.Keys];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Norms_and_shares_are_those_of_the_written_out_entries(string name)
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All[name], seed: 3);
        GradientMap map = GradientMap.Of(trace, losses);
        DenseMap dense = DenseMap.Of(trace, losses);
        Parameters<double> gradient = Bptt<double>.Gradient(trace, losses);
        foreach (MapSeries series in map.Series)
        {
            if (series.Block is not { } block)
                continue;
            (int from, int count) = (series.First, series.Count);
            double[] g = gradient[block].ToArray();
            double square = g.Sum(x => x * x);
            double[] norms = new double[trace.Times * trace.Times],
                found = new double[norms.Length],
                shares = new double[norms.Length],
                foundShares = new double[norms.Length];
            for (int t = 0; t < trace.Times; t++)
            {
                for (int k = 0; k < trace.Times; k++)
                {
                    int at = t * trace.Times + k,
                        entry = map.Entry(t, k);
                    double[] written = dense.Entry(block, t, k).Slice(from, count).ToArray();
                    norms[at] = Math.Sqrt(written.Sum(x => x * x));
                    shares[at] = written.Select((x, i) => x * g[from + i]).Sum() / square;
                    found[at] = double.Exp2(series.Log2Norm[entry]);
                    foundShares[at] = series.Share[entry];
                    if (norms[at] > 0)
                        Assert.Equal(CellClass.Value, series.Class[entry]);
                    else
                        Assert.NotEqual(CellClass.Value, series.Class[entry]);
                }
            }
            Close.Normwise(norms, found, Tolerance, $"norms of {series.Name}");
            Close.Normwise(shares, foundShares, Tolerance, $"shares of {series.Name}");
        }
    }

    [Fact]
    public void Where_a_gradient_is_zero_no_entry_has_a_share()
    {
        // the backward direction starts at the only loss, from a state of zeros: its recurrent weights multiply nothing there
        Network network = Shapes.All["gru both ways"];
        var targets = new ClassTargets([ClassTargets.Ignored, ClassTargets.Ignored, 1]);
        Trace<double> trace = Shapes
            .Run<double>(network, seed: 8)
            .Trace.Model.Forward(Batch.OfValues([0.5, -1, 2, 1, 0, -0.5, 1, 1, 0.25], times: 3, lanes: 1, inputs: 3, targets));
        GradientMap map = GradientMap.Of(trace, LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Sum));
        foreach (string zero in new[] { "weight_hh_l0_reverse", "weight_hh_l0_reverse.n" })
        {
            Assert.Equal(0, map[zero].GradientNorm);
            Assert.All(map[zero].Share, share => Assert.True(double.IsNaN(share)));
        }
        foreach (string other in new[] { "all", "weight_hh_l0", "weight_ih_l0_reverse" })
            Assert.Equal(1, map[other].Share.Sum(), 1e-12);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Summing_the_map_over_loss_and_use_times_gives_the_bptt_gradient(string name)
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All[name], seed: 4);
        GradientMap map = GradientMap.Of(trace, losses);
        Assert.True(map.IsComplete);
        Assert.InRange(map.Residual!.Value, 0, 1e-13);
        Assert.InRange(map.Cancellation, 1, 1e6);
        foreach (MapSeries series in map.Series.Where(series => series.Gate is null))
            Assert.Equal(1, series.Share.Sum(), 9);
        Assert.Equal(1, map.SharesByLag().Sum(share => share.Share), 9);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_four_factors_multiply_to_the_norm_of_one_lane(string name)
    {
        (Trace<double> batch, _) = Shapes.Run<double>(Shapes.All[name], seed: 5, lanes: 1);
        LossField losses = LossField.Of(batch, new SoftmaxCrossEntropy(), Reduction.Sum);
        GradientMap map = GradientMap.Of(batch, losses, new MapExtent { Factors = true });
        Network network = batch.Model.Network;
        for (int site = 0; site < map.Sites.Count; site++)
        {
            foreach (Gate gate in network.Cell.Gates)
            {
                foreach (bool byInput in new[] { true, false })
                {
                    Block? block = byInput ? map.Sites[site].Site.InputWeights : map.Sites[site].Site.RecurrentWeights;
                    if (block is null)
                        continue;
                    MapSeries series = map[network.Cell.Gates.Count > 1 ? $"{block.Name}.{gate.Name}" : block.Name];
                    for (int t = 0; t < batch.Times; t++)
                    for (int k = 0; k <= t; k++)
                        if (
                            series.Class[map.Entry(t, k)] == CellClass.Value
                            && double.IsFinite(map.Sites[site].AdjointAt(map.Entry(t, t), 0))
                        )
                            Assert.Equal(series.Log2Norm[map.Entry(t, k)], map.FactorsOf(site, gate, byInput, t, k, 0).Log2Norm, 9);
                }
            }
        }
    }

    [Fact]
    public void The_first_recurrent_use_is_zero_because_the_initial_state_is_zero_not_because_it_vanished()
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All["elman"], seed: 6);
        GradientMap map = GradientMap.Of(trace, losses);
        for (int t = 0; t < trace.Times; t++)
        {
            Assert.Equal(CellClass.ExactZero, map["weight_hh_l0"].Class[map.Entry(t, 0)]);
            Assert.Equal(CellClass.Value, map["weight_ih_l0"].Class[map.Entry(t, 0)]);
        }
    }

    [Fact]
    public void No_loss_reaches_a_later_use_of_the_weights()
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All["lstm 2 layers"], seed: 7);
        GradientMap map = GradientMap.Of(trace, losses);
        foreach (MapSeries series in map.Series)
            for (int t = 0; t < trace.Times; t++)
            for (int k = t + 1; k < trace.Times; k++)
                Assert.Equal(CellClass.NoPath, series.Class[map.Entry(t, k)]);
    }

    [Fact]
    public void A_window_and_sampled_loss_times_give_the_same_entries_and_say_that_they_are_a_part()
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All["gru"], seed: 8);
        GradientMap whole = GradientMap.Of(trace, losses),
            part = GradientMap.Of(trace, losses, new MapExtent { LossTimes = [2, 6], Window = 3 });
        Assert.False(part.IsComplete);
        Assert.Null(part.Residual);
        Assert.Equal("2 of 7 loss times, lags up to 3; each row exact", part.Label);
        Assert.Equal(-1, part.Entry(3, 3));
        Assert.Equal(-1, part.Entry(6, 2));
        foreach (int t in new[] { 2, 6 })
            for (int k = Math.Max(0, t - 3); k <= t; k++)
                Assert.Equal(whole.All.Log2Norm[whole.Entry(t, k)], part.All.Log2Norm[part.Entry(t, k)], 12);
    }

    // through the upper layer a path leaves the window and comes back into it below
    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_entry_inside_a_window_is_whole(string name)
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All[name], seed: 12);
        GradientMap whole = GradientMap.Of(trace, losses),
            part = GradientMap.Of(trace, losses, new MapExtent { Window = 2 });
        foreach (MapSeries series in part.Series)
        {
            for (int t = 0; t < trace.Times; t++)
            for (int k = 0; k < trace.Times; k++)
            {
                if (part.Entry(t, k) is not (>= 0 and int entry))
                    continue;
                if (Math.Abs(t - k) <= 2)
                    Assert.Equal(whole[series.Name].Class[whole.Entry(t, k)], series.Class[entry]);
                else
                    Assert.NotEqual(CellClass.Value, series.Class[entry]);
                if (series.Class[entry] == CellClass.Value)
                    Assert.Equal(whole[series.Name].Log2Norm[whole.Entry(t, k)], series.Log2Norm[entry], 1e-9);
            }
        }
    }

    [Fact]
    public void Float32_norms_are_those_of_float64_on_the_same_weights()
    {
        foreach (string name in Shapes.All.Keys)
        {
            (Trace<float> single, LossField losses) = Shapes.Run<float>(Shapes.All[name], seed: 9);
            Network network = single.Model.Network;
            var exactModel = new Model<double>(network, single.Model.Parameters.To<double>());
            Trace<double> exact = exactModel.Forward(single.Batch);
            GradientMap a = GradientMap.Of(single, losses),
                b = GradientMap.Of(exact, LossField.Of(exact, new SoftmaxCrossEntropy(), Reduction.Mean));
            double[] found = [.. a.All.Log2Norm.Select(double.Exp2)],
                expected = [.. b.All.Log2Norm.Select(double.Exp2)];
            Close.Normwise(expected, found, 2e-5, name);
        }
    }
}
