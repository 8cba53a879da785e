using Farback.Adjoints;
using Farback.Cells;
using Farback.Diagnosis;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;
using Farback.Tests.Laws;

namespace Farback.Tests.Diagnosis;

/// <summary>∂L_t/∂θ^(k), number by number.</summary>
public sealed class UntiedCopiesTests
{
    private const int Times = 4;
    private const long Seed = 43;
    private const double Tolerance = 1e-13; // a few dozen products, relative to the largest number of the block

    private readonly Network _network = new()
    {
        Cell = AllCells.Lstm,
        Words = 3,
        Embedding = 2,
        Hidden = 2,
        Outputs = 3,
        Layers = 2,
        Bidirectional = true,
        InitialStates = InitialStates.Learned,
    };

    private Trace<double> Run(Network network)
    {
        var random = new RandomStream(Seed, 2);
        int[] Draw() => [.. Enumerable.Range(0, Times * 2).Select(_ => random.Next(3))];
        return new Model<double>(network, LawCell.Parameters(network, Seed)).Forward(
            Batch.OfIds(Draw(), Times, 2, new ClassTargets(Draw()), [Times, 2])
        );
    }

    [Fact]
    public void Each_number_of_each_block_has_the_maps_derivative_at_every_use()
    {
        Trace<double> trace = Run(_network);
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean);
        DenseMap map = DenseMap.Of(trace, losses);
        UntiedCopies copies = UntiedCopies.Of(trace, losses);
        foreach (Block block in _network.Blocks)
        {
            List<double> expected = [],
                found = [];
            for (int k = 0; k < Times; k++)
            for (int i = 0; i < block.Count; i++)
            {
                found.AddRange(copies.Of(block, k, i));
                for (int t = 0; t < Times; t++)
                    expected.Add(map.Entry(block, t, k)[i]);
            }
            Close.Normwise([.. expected], [.. found], Tolerance, block.Name);
            Assert.Contains(found, number => number != 0);
        }
    }

    [Fact]
    public void Adjoints_from_somebody_elses_head_can_watch_instead_of_losses()
    {
        Network headless = _network with { Outputs = 0 };
        Trace<double> trace = Run(headless);
        var random = new RandomStream(Seed, 3);
        double[] adjoints = [.. Enumerable.Range(0, Times * 2 * headless.LayerOutputs).Select(_ => random.NextNormal())];
        DenseMap map = DenseMap.Of(trace, Seeds<double>.Given(trace, adjoints));
        UntiedCopies copies = UntiedCopies.Of(trace, adjoints);
        Block block = headless["weight_hh_l0_reverse"];
        for (int k = 0; k < Times; k++)
        {
            double[] found = copies.Of(block, k, 5);
            double[] expected = [.. Enumerable.Range(0, Times).Select(t => map.Entry(block, t, k)[5])];
            Close.Normwise(expected, found, Tolerance, $"use {k}");
        }
    }

    [Fact]
    public void A_direction_of_another_size_is_refused_with_both_sizes()
    {
        Trace<double> trace = Run(_network);
        UntiedCopies copies = UntiedCopies.Of(trace, LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Sum));
        var error = Assert.Throws<ArgumentException>(() => copies.Along(_network["head.bias"], 0, [1, 2]));
        Assert.Contains("expected 3 numbers for head.bias, got 2", error.Message, StringComparison.Ordinal);
    }
}
