using Farback.Cells;
using Farback.Formats.Tests.Runs;
using Farback.Gradients;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Formats.Tests.Contract;

/// <summary>Losses that read several steps each, as under attention: dL_dh [T,T,B,D·H] gives each of them its own row.</summary>
public sealed class LossesApartTests : IDisposable
{
    // sums of the same numbers in another order, in double
    private const double Rounding = 1e-12;
    private const int Times = 6,
        Lanes = 2,
        Inputs = 3,
        Hidden = 4;
    private static readonly long[] s_lengths = [Times, 4];

    private readonly TemporaryFolder _folder = new();
    private readonly Random _random = new(7);

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, bool, int> Networks =>
        new()
        {
            { "elman", false, 1 },
            { "gru", false, 2 },
            { "lstm", false, 2 },
            { "gru", true, 1 },
            { "lstm", true, 2 },
        };

    private static Network NetworkOf(string cell, bool bidirectional, int layers) =>
        new()
        {
            Cell = AllCells.Named(cell)!,
            Inputs = Inputs,
            Hidden = Hidden,
            Outputs = 0,
            Layers = layers,
            Bidirectional = bidirectional,
        };

    private double[] Drawn(int count) => [.. Enumerable.Range(0, count).Select(_ => _random.NextDouble() - 0.5)];

    private BatchFile Open(Network network, params Tensor[] tensors)
    {
        string path = Path.Combine(_folder.Path, "batch.npz");
        NpzFile.Write(path, [Tensor.Of("lengths", [Lanes], (ReadOnlySpan<long>)s_lengths), .. tensors]);
        return BatchFile.Open(path, network);
    }

    // L_t = Σ_k a_{t,k}·h_k, over the earlier steps, or over all of a lane where the network reads it from both ends
    private double[] Entries(Network network)
    {
        int width = network.LayerOutputs;
        double[] entries = Drawn(Times * Times * Lanes * width);
        for (int i = 0; i < entries.Length; i++)
        {
            (int lane, int step, int loss) = (i / width % Lanes, i / width / Lanes % Times, i / width / Lanes / Times);
            if (step >= s_lengths[lane] || loss >= s_lengths[lane] || (step > loss && !network.Bidirectional))
                entries[i] = 0;
        }
        return entries;
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_row_of_the_map_is_the_gradient_of_its_loss_alone(string cell, bool bidirectional, int layers)
    {
        Network network = NetworkOf(cell, bidirectional, layers);
        Parameters<double> parameters = Initial.Default.Draw(network, seed: 3);
        int sites = network.Layers * network.Directions,
            size = Times * Lanes * network.LayerOutputs;
        double[] entries = Entries(network);
        Tensor x = Tensor.Of("x", [Times, Lanes, Inputs], Drawn(Times * Lanes * Inputs)),
            h0 = Tensor.Of("h0", [sites, Lanes, Hidden], Drawn(sites * Lanes * Hidden));
        BatchFile file = Open(network, x, h0, Tensor.Of("dL_dh", [Times, Times, Lanes, network.LayerOutputs], entries));
        Assert.True(file.LossesAreApart && !file.RowsAreEntries);
        Trace<double> trace = new Model<double>(network, parameters).Forward(file.Batch, initial: file.Initial);
        LossField losses = file.LossesOf(trace);
        GradientMap map = GradientMap.Of(trace, losses),
            narrow = GradientMap.Of(trace, losses, new() { Window = 2 });
        var dense = DenseMap.Of(trace, losses);
        Assert.True(map.Residual < Rounding, $"{map.Residual}");

        var sum = new Parameters<double>(network);
        for (int t = 0; t < Times; t++)
        {
            // the loss alone, by what it sends into each step: its entries add up to its row
            BatchFile alone = Open(
                network,
                x,
                h0,
                Tensor.Of("dJ_dh", [Times, Lanes, network.LayerOutputs], entries.AsSpan(t * size, size))
            );
            LossField its = alone.LossesOf(trace);
            var entered = DenseMap.Of(trace, its);
            Parameters<double> gradient = Bptt<double>.Gradient(trace, its);
            for (int i = 0; i < sum.Values.Length; i++)
                sum.Values[i] += gradient.Values[i];
            foreach (Block block in network.Blocks)
                for (int k = 0; k < Times; k++)
                {
                    double[] row = new double[block.Count];
                    for (int at = 0; at < Times; at++)
                    for (int i = 0; i < row.Length; i++)
                        row[i] += entered.Entry(block, at, k)[i];
                    Assert.Equal(row, dense.Entry(block, t, k).ToArray(), (a, b) => Math.Abs(a - b) < Rounding);
                    double norm = Math.Sqrt(row.Sum(number => number * number));
                    foreach (GradientMap one in new[] { map, narrow })
                        if (norm > Rounding && (one == map || Math.Abs(t - k) <= 2))
                            Assert.Equal(norm, double.Exp2(one[block.Name].Log2Norm[one.Entry(t, k)]), Rounding);
                }
        }
        Assert.Equal(Bptt<double>.Gradient(trace, losses).Values, sum.Values, (a, b) => Math.Abs(a - b) < Rounding);

        // one lane alone: its losses with all that they read, cut to its length
        Trace<double> lane = new Model<double>(network, parameters).Forward(file.Batch.Lane(1));
        Assert.Equal((int)s_lengths[1], file.LossesOf(lane, lane: 1).Count);
    }

    [Fact]
    public void Given_initial_states_are_where_the_sequences_start()
    {
        Network network = NetworkOf("lstm", bidirectional: false, layers: 1);
        Parameters<double> parameters = Initial.Default.Draw(network, seed: 3);
        double[] h = Drawn(Lanes * Hidden),
            c = Drawn(Lanes * Hidden);
        BatchFile file = Open(
            network,
            Tensor.Of("x", [Times, Lanes, Inputs], Drawn(Times * Lanes * Inputs)),
            Tensor.Of("h0", [1, Lanes, Hidden], h),
            Tensor.Of("c0", [1, Lanes, Hidden], c)
        );
        Assert.Equal(h[Hidden..], file.Initial![0, 0, 1].ToArray());
        Assert.Equal(c[..Hidden], file.Initial[0, 1, 0].ToArray());
    }

    [Fact]
    public void Targets_and_masks_of_one_a_lane_stand_after_its_last_step()
    {
        Network network = NetworkOf("gru", bidirectional: false, layers: 1) with { Outputs = 2 };
        Tensor x = Tensor.Of("x", [Times, Lanes, Inputs], Drawn(Times * Lanes * Inputs));
        Batch classes = Open(network, x, Tensor.Of("targets", [Lanes], (ReadOnlySpan<long>)[1, 0])).Batch;
        Batch masked = Open(
            network,
            x,
            Tensor.Of("targets", [Lanes], (ReadOnlySpan<long>)[1, 0]),
            Tensor.Of("mask", [Lanes], (ReadOnlySpan<long>)[0, 1])
        ).Batch;
        Batch numbers = Open(network, x, Tensor.Of("targets", [Lanes, 2], [0.5, 1, 2, 3])).Batch;
        for (int t = 0; t < Times; t++)
        for (int lane = 0; lane < Lanes; lane++)
        {
            bool isLast = t == s_lengths[lane] - 1;
            Assert.Equal(isLast, classes.HasLoss(t, lane));
            Assert.Equal(isLast && lane == 1, masked.HasLoss(t, lane));
            Assert.Equal(isLast, numbers.HasLoss(t, lane));
        }
        Assert.Equal([2.0, 3.0], ((ValueTargets)numbers.Targets).At(3 * Lanes + 1).ToArray());
    }

    [Fact]
    public void A_loss_that_reads_a_later_step_or_padding_is_named()
    {
        Network network = NetworkOf("gru", bidirectional: false, layers: 1);
        Tensor x = Tensor.Of("x", [Times, Lanes, Inputs], Drawn(Times * Lanes * Inputs));
        void Refused(string says, int loss, int step, int lane)
        {
            double[] entries = new double[Times * Times * Lanes * Hidden];
            entries[((loss * Times + step) * Lanes + lane) * Hidden] = 1;
            Tensor given = Tensor.Of("dL_dh", [Times, Times, Lanes, Hidden], entries);
            Assert.Contains(says, Assert.Throws<MalformedFileException>(() => Open(network, x, given)).Message, StringComparison.Ordinal);
        }
        Refused("not zero for the loss 1 at step 3 of lane 0, which is later than the loss", 1, 3, 0);
        Refused("not zero for the loss 5 at step 2 of lane 1, which lies behind the lane's end", 5, 2, 1);
    }
}
