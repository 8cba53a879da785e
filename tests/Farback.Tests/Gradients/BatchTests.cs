using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Gradients;

/// <summary>What averaging over a batch hides: coherence of its lanes, and signal against sampling noise.</summary>
public sealed class BatchTests
{
    private const double Tolerance = 1e-10; // a quotient of norms of some hundred products

    public static TheoryData<string> Networks() => [.. Shapes.All.Keys.Where(name => !name.Contains("initial", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Signal_and_noise_by_lag_are_those_of_each_lanes_own_entries(string name)
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All[name], seed: 41);
        (DenseMap Map, double Weight)[] lanes = [.. Enumerable.Range(0, trace.Lanes).Select(lane => Written.Lane(trace, losses, lane))];
        Network network = trace.Model.Network;
        Block[] blocks = [.. network.Blocks.Where(block => block.Layer == 0)];
        double[] Of(DenseMap map, double weight, Func<int, int, bool> keep) =>
            [.. blocks.SelectMany(block => Written.Sum(map, block, keep)).Select(g => weight * g)];
        double[] Mean(IEnumerable<double[]> all) =>
            [.. all.Aggregate((a, b) => [.. a.Zip(b, (x, y) => x + y)]).Select(x => x / trace.Lanes)];

        double[][] totals = [.. lanes.Select(lane => Of(lane.Map, lane.Weight, (_, _) => true))];
        double[] mean = Mean(totals);
        double variance = totals.Sum(total => total.Zip(mean, (x, m) => (x - m) * (x - m)).Sum()) / (trace.Lanes - 1);
        int[] lags = [0, 1, 3, -1];
        foreach (LagSignal found in SignalByLag.Of(trace, new SoftmaxCrossEntropy(), losses, lags, blocks))
        {
            double signal = Written.Norm(Mean(lanes.Select(lane => Of(lane.Map, lane.Weight, (t, k) => t - k == found.Lag))));
            Assert.Equal(signal, found.Signal, Tolerance);
            Assert.Equal(Math.Sqrt(variance / trace.Lanes), found.Noise, Tolerance);
            if (signal == 0)
                continue;
            Assert.Equal(found.Signal / found.Noise, found.Ratio, Tolerance);
            // at that batch size the noise, which falls as 1/√B, equals the signal
            double emerges = found.BatchToEmerge(trace.Lanes);
            Assert.Equal(1, found.Noise * Math.Sqrt(trace.Lanes / emerges) / found.Signal, Tolerance);
        }
    }

    [Fact]
    public void Noise_is_of_the_run_that_the_signal_is_of_from_whatever_states_it_began()
    {
        (Trace<double> own, _) = Shapes.Run<double>(Shapes.All["lstm 2 layers both ways"], seed: 44);
        Network network = own.Model.Network;
        var random = new RandomStream(44);
        var states = new States<double>(network, own.Lanes);
        states.CopyFrom([.. states.ToArray().Select(_ => random.NextUniform(-1, 1))]);
        Trace<double> trace = own.Model.Forward(own.Batch, initial: states);
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean);
        Block block = network["weight_hh_l0"];
        double[][] totals = new double[trace.Lanes][];
        for (int lane = 0; lane < trace.Lanes; lane++)
        {
            var start = new States<double>(network, 1);
            for (int site = 0; site < network.Layers * network.Directions; site++)
            for (int part = 0; part < network.Cell.State.Count; part++)
                states[site, part, lane].CopyTo(start[site, part, 0]);
            Trace<double> alone = trace.Model.Forward(trace.Batch.Lane(lane), initial: start);
            Parameters<double> g = Bptt<double>.Gradient(alone, LossField.Of(alone, new SoftmaxCrossEntropy(), Reduction.Sum));
            totals[lane] = [.. g[block].ToArray().Select(one => losses.Weight * one)];
        }
        double[] mean = [.. Enumerable.Range(0, block.Count).Select(i => totals.Average(total => total[i]))];
        double variance = totals.Sum(total => total.Zip(mean, (x, m) => (x - m) * (x - m)).Sum()) / (trace.Lanes - 1);
        LagSignal found = SignalByLag.Of(trace, new SoftmaxCrossEntropy(), losses, [1], [block])[0];
        Assert.Equal(Math.Sqrt(variance / trace.Lanes), found.Noise, Tolerance);
    }

    [Fact]
    public void A_run_with_dropout_has_no_sequence_that_could_be_run_again_alone()
    {
        (Trace<double> own, _) = Shapes.Run<double>(Shapes.All["lstm 2 layers"] with { Dropout = 0.5 }, seed: 45);
        Trace<double> trace = own.Model.Forward(own.Batch, dropout: new RandomStream(45));
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean);
        Block block = trace.Model.Network["weight_hh_l0"];
        var error = Assert.Throws<ArgumentException>(() => SignalByLag.Of(trace, new SoftmaxCrossEntropy(), losses, [1], [block]));
        Assert.Contains("dropout", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_sequence_says_nothing_about_noise()
    {
        (Trace<double> trace, _) = Shapes.Run<double>(Shapes.All["gru"], seed: 42, lanes: 1);
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Sum);
        Block block = trace.Model.Network["weight_hh_l0"];
        Assert.True(double.IsNaN(SignalByLag.Of(trace, new SoftmaxCrossEntropy(), losses, [1], [block])[0].Noise));
    }

    [Theory]
    [InlineData("elman")]
    [InlineData("lstm-peephole")]
    [InlineData("gru-reset-before")]
    public void Lanes_that_pull_alike_have_coherence_one(string cell)
    {
        GradientMap map = Map(AllCells.Named(cell)!, [1, 1, 1]);
        foreach (MapSeries series in map.Series)
            for (int entry = 0; entry < series.Class.Length; entry++)
                if (series.Class[entry] == CellClass.Value)
                    Assert.Equal(1, series.Coherence(entry, 3), Tolerance);
        Assert.Contains(CellClass.Value, map.All.Class);
    }

    [Theory]
    [InlineData("elman")]
    [InlineData("lstm-peephole")]
    [InlineData("gru-reset-before")]
    public void Lanes_that_pull_opposite_ways_cancel_and_have_coherence_zero(string cell)
    {
        GradientMap map = Map(AllCells.Named(cell)!, [1, -1]);
        int compared = 0;
        foreach (MapSeries series in map.Series)
        {
            for (int entry = 0; entry < series.Class.Length; entry++)
            {
                if (!double.IsFinite(series.Log2LaneNorm[entry]))
                    continue;
                compared++;
                Assert.Equal(0, series.Coherence(entry, 2), Tolerance);
                Assert.Equal(CellClass.ExactZero, series.Class[entry]); // not below range: the lanes are there
            }
        }
        Assert.True(compared > 0);
        Assert.True(double.IsNaN(map.Cancellation)); // g = 0
        Assert.False(map.SharesAreReliable);
    }

    [Fact]
    public void Half_the_lanes_silent_halve_the_coherence()
    {
        GradientMap map = Map(AllCells.Elman, [1, 0, 1, 0]);
        Assert.Equal(0.5, map.All.Coherence(map.Entry(5, 3), 4), Tolerance);
    }

    // the same sequence in every lane, and a loss that pulls with the lane's own sign
    private static GradientMap Map(Cell cell, double[] signs)
    {
        const int Times = 6;
        var network = new Network
        {
            Cell = cell,
            Inputs = 2,
            Hidden = 4,
            Outputs = 2,
        };
        var random = new RandomStream(43);
        var parameters = new Parameters<double>(network);
        foreach (ref double value in parameters.Values.AsSpan())
            value = random.NextUniform(-0.7, 0.7);
        int lanes = signs.Length;
        double[] values = new double[Times * lanes * 2];
        for (int time = 0; time < Times; time++)
        for (int i = 0; i < 2; i++)
        {
            double x = random.NextNormal();
            for (int lane = 0; lane < lanes; lane++)
                values[(time * lanes + lane) * 2 + i] = x;
        }
        Batch batch = Batch.OfValues(values, Times, lanes, 2, new ClassTargets(new int[Times * lanes]));
        Trace<double> trace = new Model<double>(network, parameters).Forward(batch);
        return GradientMap.Of(trace, LossField.Of(trace, new Pull(place => signs[place % lanes]), Reduction.Sum));
    }
}
