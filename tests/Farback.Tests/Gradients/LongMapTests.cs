using Farback.Adjoints;
using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;
using Farback.Tests.Laws;

namespace Farback.Tests.Gradients;

/// <summary>The rows of a map that is made part by part are the rows of the map of the whole.</summary>
public sealed class LongMapTests
{
    private const int Times = 40;
    private const long Seed = 43;

    // logarithms of norms and shares of the same numbers; the gradient that shares are of is summed in another order
    private const double Same = 1e-11;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Model<double> Stack(string cell, int layers)
    {
        Network network = new()
        {
            Cell = LawCell.Named(cell),
            Words = 5,
            Embedding = 3,
            Hidden = 4,
            Outputs = 3,
            Layers = layers,
            InitialStates = InitialStates.Learned,
        };
        return new(network, LawCell.Parameters(network, Seed));
    }

    private static Batch Sequences()
    {
        var random = new RandomStream(Seed);
        int[] words = [.. Enumerable.Range(0, Times * 2).Select(_ => random.Next(5))];
        int[] classes = [.. Enumerable.Range(0, Times * 2).Select(_ => random.Next(4) - 1)];
        return Batch.OfIds(words, Times, 2, new ClassTargets(classes), [Times, 31]);
    }

    private static void Equal(GradientMap expected, GradientMap found, string what)
    {
        Assert.Equal(expected.LossTimes, found.LossTimes);
        Assert.Equal(expected.Label, found.Label);
        foreach ((MapSeries one, MapSeries other) in expected.Series.Zip(found.Series))
        {
            string where = $"{what}: {one.Name}";
            Assert.Equal(one.Class, other.Class);
            Near(one.Log2Norm, other.Log2Norm, where);
            Near(one.Log2LaneNorm, other.Log2LaneNorm, where);
            Near(one.Share, other.Share, where);
            Near([one.GradientNorm], [other.GradientNorm], where);
        }
        foreach ((MapSite one, MapSite other) in expected.Sites.Zip(found.Sites))
            Near(one.Log2Adjoint, other.Log2Adjoint, $"{what}: λ of {one.Site}");
    }

    private static void Near(double[] expected, double[] found, string what)
    {
        for (int i = 0; i < expected.Length; i++)
            Assert.True(
                expected[i].Equals(found[i]) || Math.Abs(expected[i] - found[i]) <= Same * Math.Max(1, Math.Abs(expected[i])),
                $"{what}[{i}]: expected {expected[i]:r}, found {found[i]:r}"
            );
    }

    public static TheoryData<string> Cells => LawCell.Names;

    [Theory]
    [MemberData(nameof(Cells))]
    public void Every_entry_is_that_of_the_whole(string cell)
    {
        foreach (int layers in new[] { 1, 2 })
        {
            Model<double> model = Stack(cell, layers);
            Trace<double> trace = model.Forward(Sequences());
            LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean);
            foreach (int[]? times in new int[]?[] { null, [0, 3, 17, 18, 30, 39] })
            foreach (int window in new[] { 0, 6, Times })
            {
                var extent = new MapExtent { LossTimes = times, Window = window };
                GradientMap expected = GradientMap.Of(trace, losses, extent);
                foreach (int length in new[] { 7, 40 })
                    Equal(
                        expected,
                        LongMap.Of(model, Sequences(), new SoftmaxCrossEntropy(), Reduction.Mean, extent, length, cancel: Cancel),
                        $"{layers} layers, window {window}, segments of {length}"
                    );
            }
        }
    }

    [Fact]
    public void A_truncated_map_is_cut_where_the_chunks_of_the_whole_are()
    {
        Model<double> model = Stack("gru", 2);
        Trace<double> trace = model.Forward(Sequences());
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean);
        var extent = new MapExtent
        {
            LossTimes = [5, 20, 33],
            Window = 12,
            Truncation = new(7, 3),
            Factors = true,
        };
        GradientMap expected = GradientMap.Of(trace, losses, extent),
            found = LongMap.Of(model, Sequences(), new SoftmaxCrossEntropy(), Reduction.Mean, extent, 6, cancel: Cancel);
        Equal(expected, found, "truncated");
        Gate gate = model.Network.Cell.Gates[0];
        foreach (bool byInput in new[] { true, false })
            Assert.Equal(
                expected.FactorsOf(1, gate, byInput, 20, 18, 0).Log2Norm,
                found.FactorsOf(1, gate, byInput, 20, 18, 0).Log2Norm,
                Same
            );
    }

    [Fact]
    public void Only_a_complete_map_claims_a_residual()
    {
        Model<double> model = Stack("lstm", 1);
        Assert.NotNull(LongMap.Of(model, Sequences(), new SoftmaxCrossEntropy(), Reduction.Mean, cancel: Cancel).Residual);
        var window = new MapExtent { Window = Times - 2 };
        GradientMap part = LongMap.Of(model, Sequences(), new SoftmaxCrossEntropy(), Reduction.Mean, window, cancel: Cancel);
        Assert.Null(part.Residual);
        Assert.True(double.IsNaN(part.Cancellation));
    }

    [Fact]
    public void Twenty_thousand_steps_take_the_memory_of_the_window()
    {
        const int Long = 20_000;
        Network network = new()
        {
            Cell = AllCells.Gru,
            Inputs = 1,
            Hidden = 32,
            Outputs = 2,
        };
        var random = new RandomStream(Seed, 2);
        double[] x = [.. Enumerable.Range(0, Long).Select(_ => random.NextUniform(-1, 1))];
        int[] y = [.. Enumerable.Range(0, Long).Select(_ => random.Next(2))];
        Batch batch = Batch.OfValues(x, Long, 1, 1, new ClassTargets(y));
        var model = new Model<double>(network, LawCell.Parameters(network, Seed));
        var extent = new MapExtent { LossTimes = [100, 9_999, 19_999], Window = 50 };
        long before = GC.GetAllocatedBytesForCurrentThread();
        GradientMap map = LongMap.Of(model, batch, new SoftmaxCrossEntropy(), Reduction.Mean, extent, cancel: Cancel);
        long taken = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(taken < RunMemory.Of(model, Long, 1) / 10, $"took {taken:N0} bytes of {RunMemory.Of(model, Long, 1):N0} of the whole");
        Assert.Equal(3 * 51, map.All.Class.Count(kind => kind == CellClass.Value));
    }

    [Fact]
    public void Both_directions_are_refused()
    {
        Network network = Stack("gru", 1).Network with { Bidirectional = true };
        var error = Assert.Throws<ArgumentException>(() =>
            LongMap.Of(new Model<double>(network, new(network)), Sequences(), new SoftmaxCrossEntropy(), Reduction.Mean, cancel: Cancel)
        );
        Assert.Contains("bidirectional", error.Message, StringComparison.Ordinal);
    }
}
