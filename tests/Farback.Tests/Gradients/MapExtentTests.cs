using System.Runtime.CompilerServices;
using Farback.Adjoints;
using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Gradients;

/// <summary>How much of the map is made, what it will take, and what it then may say.</summary>
public sealed class MapExtentTests
{
    private static Trace<double> Run(int times, int lanes, Cell cell, int hidden, int layers = 1)
    {
        var network = new Network
        {
            Cell = cell,
            Inputs = 1,
            Hidden = hidden,
            Outputs = 2,
            Layers = layers,
        };
        Parameters<double> parameters = Initial.Default.Draw(network, 5);
        var random = new RandomStream(5);
        double[] x = [.. Enumerable.Range(0, times * lanes).Select(_ => random.NextNormal())];
        int[] targets = [.. Enumerable.Range(0, times * lanes).Select(_ => random.Next(2))];
        return new Model<double>(network, parameters).Forward(Batch.OfValues(x, times, lanes, 1, new ClassTargets(targets)));
    }

    private static LossField Losses(Trace<double> trace) => LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean);

    [Fact]
    public void Up_to_a_thousand_steps_everything_is_made_without_being_asked_for()
    {
        var extent = new MapExtent();
        Assert.Equal(Enumerable.Range(0, 1000), extent.TimesOf(1000));
        Assert.Equal(999, extent.WindowOf(1000));
    }

    [Fact]
    public void Beyond_a_thousand_steps_loss_times_are_sampled_evenly_to_the_last_in_a_window()
    {
        var extent = new MapExtent();
        int[] times = extent.TimesOf(1001);
        Assert.Equal(MapExtent.SampledTimes, times.Length);
        Assert.Equal(1000, times[^1]);
        Assert.All(times.Zip(times.Skip(1), (a, b) => b - a), step => Assert.InRange(step, 15, 16));
        Assert.Equal(MapExtent.SampledWindow, extent.WindowOf(1001));
        Assert.Equal(int.MaxValue - 1, extent.TimesOf(int.MaxValue)[^1]);
    }

    [Fact]
    public void A_sampled_map_says_so_and_claims_neither_a_residual_nor_a_cancellation()
    {
        Trace<double> trace = Run(1100, 1, AllCells.Elman, hidden: 2);
        GradientMap map = GradientMap.Of(trace, Losses(trace));
        Assert.False(map.IsComplete);
        Assert.Equal("64 of 1100 loss times, lags up to 256; each row exact", map.Label);
        Assert.Null(map.Residual);
        Assert.True(double.IsNaN(map.Cancellation));
        Assert.True(map.SharesAreReliable);
    }

    [Fact]
    public void What_is_asked_for_wins_over_the_default_and_is_cut_to_what_there_is()
    {
        var extent = new MapExtent { LossTimes = [5, 3, 5, 70, -1], Window = 90 };
        Assert.Equal([3, 5], extent.TimesOf(20));
        Assert.Equal(19, extent.WindowOf(20));
        Assert.Equal(90, extent.WindowOf(5000));
    }

    public static TheoryData<string, int, int, bool> Sizes =>
        new()
        {
            { "elman", 200, 1, false },
            { "gru", 150, 1, false },
            { "lstm-peephole", 150, 1, true },
            { "gru-reset-before", 120, 2, true },
        };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void The_memory_that_is_announced_is_within_a_factor_of_two_of_what_is_taken(string cell, int times, int layers, bool factors)
    {
        const int Lanes = 4;
        Trace<double> trace = Run(times, Lanes, AllCells.Named(cell)!, hidden: 8, layers);
        LossField losses = Losses(trace);
        var extent = new MapExtent { Factors = factors };
        long before = GC.GetAllocatedBytesForCurrentThread();
        GradientMap map = GradientMap.Of(trace, losses, extent);
        double taken = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(map.IsComplete);
        double announced = extent.Memory(trace.Model.Network, times, Lanes, Unsafe.SizeOf<double>());
        Assert.InRange(announced / taken, 0.5, 2);
    }

    [Fact]
    public void A_map_of_more_numbers_than_fit_is_refused_with_a_way_out()
    {
        Trace<double> trace = Run(50_000, 1, AllCells.ElmanIdentity, hidden: 1);
        var extent = new MapExtent { LossTimes = [.. Enumerable.Range(0, 50_000)], Window = 49_999 };
        var error = Assert.Throws<ArgumentException>(() => GradientMap.Of(trace, Losses(trace), extent));
        Assert.Contains("50000 loss times × 50000 lags × 1 lanes", error.Message, StringComparison.Ordinal);
        Assert.Contains("choose a window", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_made_is_refused_in_a_sentence_that_says_what_can()
    {
        Trace<double> trace = Run(3, 2, AllCells.Lstm, hidden: 4);
        LossField losses = Losses(trace);
        string Refused(MapExtent extent) => Assert.Throws<ArgumentException>(() => GradientMap.Of(trace, losses, extent)).Message;
        Assert.Equal("map: expected a window of 0 lags or more, got -1.", Refused(new() { Window = -1 }));
        Assert.Equal(
            "map: none of the loss times 99, 3 is a step of the sequence; expected some of 0 to 2.",
            Refused(new() { LossTimes = [99, 3] })
        );
        Assert.Contains(
            "stride of at least 1",
            Refused(new() { NormsOf = "weight_hh_l0", Truncation = new(1, 0) }),
            StringComparison.Ordinal
        );
        Assert.Contains("window 1 and stride 3", Refused(new() { Truncation = new(1, 3) }), StringComparison.Ordinal);
        Assert.Contains(
            "window 1 and stride 3",
            Assert.Throws<ArgumentException>(() => DenseMap.Of(trace, losses, new Truncation(1, 3))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void No_truncation_where_a_direction_has_no_past()
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All["gru both ways"], seed: 1);
        Assert.Throws<ArgumentException>(() => GradientMap.Of(trace, losses, new MapExtent { Truncation = new Truncation(3, 3) }));
    }
}
