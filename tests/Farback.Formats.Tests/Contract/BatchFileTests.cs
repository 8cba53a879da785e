using Farback.Cells;
using Farback.Formats.Tests.Runs;
using Farback.Gradients;
using Farback.Networks;

namespace Farback.Formats.Tests.Contract;

/// <summary>Somebody else's batch: the adjoints at the recurrent output give the gradient that the whole network has, whatever the head is.</summary>
public sealed class BatchFileTests : IDisposable
{
    // the same sums in double, in two orders
    private const double Rounding = 1e-12;
    private const int Times = 5,
        Lanes = 2,
        Inputs = 3,
        Hidden = 4,
        Outputs = 6;

    private readonly TemporaryFolder _folder = new();
    private readonly Network _network = new()
    {
        Cell = AllCells.Gru,
        Inputs = Inputs,
        Hidden = Hidden,
        Outputs = Outputs,
        Layers = 2,
    };

    public void Dispose() => _folder.Dispose();

    private static Tensor X()
    {
        var random = new Random(5);
        return Tensor.Of(
            "x",
            [Times, Lanes, Inputs],
            Enumerable.Range(0, Times * Lanes * Inputs).Select(_ => random.NextDouble() - 0.5).ToArray()
        );
    }

    private static readonly Tensor s_lengths = Tensor.Of("lengths", [Lanes], (ReadOnlySpan<long>)[Times, 3L]);

    private BatchFile Open(Network network, params Tensor[] tensors)
    {
        string path = Path.Combine(_folder.Path, "batch.npz");
        NpzFile.Write(path, tensors);
        return BatchFile.Open(path, network);
    }

    [Fact]
    public void Adjoints_of_the_recurrent_output_give_the_gradient_of_the_whole_network()
    {
        Parameters<double> parameters = Initial.Default.Draw(_network, seed: 2);
        Tensor targets = Tensor.Of(
            "targets",
            [Times, Lanes],
            Enumerable.Range(0, Times * Lanes).Select(i => (long)(i % Outputs)).ToArray()
        );
        BatchFile whole = Open(_network, X(), s_lengths, targets);
        Trace<double> trace = new Model<double>(_network, parameters).Forward(whole.Batch);
        LossField losses = whole.LossesOf(trace);
        Parameters<double> gradient = Bptt<double>.Gradient(trace, losses);
        GradientMap map = GradientMap.Of(trace, losses);

        // ∂L/∂h = Wᵀ ∂L/∂y, as a framework would hand it over
        double[] adjoints = new double[Times * Lanes * Hidden];
        Span<double> head = parameters["head.weight"];
        for (int place = 0; place < Times * Lanes; place++)
        for (int output = 0; output < Outputs; output++)
        for (int unit = 0; unit < Hidden; unit++)
            adjoints[place * Hidden + unit] += head[output * Hidden + unit] * losses.Gradient(place / Lanes, place % Lanes)[output];
        Tensor[] theirs =
        [
            .. _network.Blocks.Select(block =>
                Tensor.Of($"grad.{block.Name}", [block.Rows, block.Columns], (ReadOnlySpan<double>)gradient[block])
            ),
        ];
        BatchFile given = Open(_network, [X(), s_lengths, Tensor.Of("dL_dh", [Times, Lanes, Hidden], adjoints), .. theirs]);
        Assert.True(given.HasAdjoints && !given.RowsAreEntries);
        Parameters<double> without = given.For(parameters);
        Assert.Equal(0, without.Network.Outputs);
        Trace<double> again = new Model<double>(without.Network, without).Forward(given.Batch);
        LossField their = given.LossesOf(again);
        Assert.True(given.ResidualOf(Bptt<double>.Gradient(again, their)) < Rounding);
        GradientMap same = GradientMap.Of(again, their);
        for (int t = 0; t < Times; t++)
        for (int k = 0; k <= t; k++)
            Assert.Equal(map["weight_hh_l0"].Log2Norm[map.Entry(t, k)], same["weight_hh_l0"].Log2Norm[same.Entry(t, k)], Rounding * 100);
        Assert.Equal(Profiles.Of(map, maximum: 1).Cohort, Profiles.Of(same, maximum: 1).Cohort);

        // one lane alone is that lane of the batch
        Trace<double> alone = new Model<double>(without.Network, without).Forward(given.Batch.Lane(1));
        Assert.Equal(3, given.LossesOf(alone, lane: 1).Count);
    }

    [Fact]
    public void A_mask_is_the_lanes_length_and_where_losses_count()
    {
        Tensor mask = Tensor.Of("mask", [Times, Lanes], (ReadOnlySpan<long>)[1, 1, 0, 1, 1, 1, 1, 0, 1, 0]);
        Tensor targets = Tensor.Of("targets", [Times, Lanes], new long[Times * Lanes]);
        BatchFile file = Open(_network, X(), mask, targets);
        Assert.Equal([5, 3], file.Batch.Lengths);
        Assert.False(file.Batch.HasLoss(1, 0));
        Assert.True(file.Batch.HasLoss(2, 1));
    }

    [Fact]
    public void What_does_not_fit_is_named()
    {
        Network words = _network with { Inputs = 0, Words = 7, Embedding = 2 };
        void Refused(Network network, string says, params Tensor[] tensors) =>
            Assert.Contains(says, Assert.Throws<MalformedFileException>(() => Open(network, tensors)).Message, StringComparison.Ordinal);
        Tensor ids = Tensor.Of("ids", [2, 1], (ReadOnlySpan<long>)[3, 9]);
        Refused(_network, "neither ids nor x");
        Refused(words, "ids has 9 at step 1 of lane 0", ids);
        Refused(words, "reads words", X());
        Refused(_network, "\"x\" has the shape [2, 1, 1]", Tensor.Of("x", [2, 1, 1], [1.0, 2]));
        Refused(_network, "lengths has 9 for lane 1", X(), Tensor.Of("lengths", [2], (ReadOnlySpan<long>)[1, 9]));
        Refused(_network, "\"lengths\" has the shape [1]", X(), Tensor.Of("lengths", [1], (ReadOnlySpan<long>)[1]));
        Refused(
            _network,
            "targets has 6 at step 0 of lane 0",
            X(),
            Tensor.Of("targets", [Times, Lanes], Enumerable.Repeat(6L, 10).ToArray())
        );
        Refused(_network, "\"dL_dh\" has the shape [1]", X(), Tensor.Of("dL_dh", [1], [1.0]));
        double[] full = [.. Enumerable.Repeat(1.0, Times * Lanes * Hidden)];
        Refused(_network, "dL_dh is not zero at step 3 of lane 1", X(), s_lengths, Tensor.Of("dL_dh", [Times, Lanes, Hidden], full));
        Refused(
            _network,
            "one of them",
            X(),
            Tensor.Of("dL_dh", [Times, Lanes, Hidden], full),
            Tensor.Of("dJ_dh", [Times, Lanes, Hidden], full)
        );
    }
}
