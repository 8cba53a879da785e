using Farback.Adjoints;
using Farback.Gradients;
using Farback.Networks;

namespace Farback.Tests.Gradients;

/// <summary>A map that is made in the memory of others is the same, bit for bit.</summary>
public sealed class MapMemoryTests
{
    public static TheoryData<string> Networks => [.. Shapes.All.Keys];

    private static void Same(GradientMap expected, GradientMap found, string what)
    {
        Assert.Equal(expected.Series.Count, found.Series.Count);
        foreach ((MapSeries one, MapSeries other) in expected.Series.Zip(found.Series))
        {
            Assert.True(one.Log2Norm.AsSpan().SequenceEqual(other.Log2Norm), $"{what}: norms of {one.Name}");
            Assert.True(one.Log2LaneNorm.AsSpan().SequenceEqual(other.Log2LaneNorm), $"{what}: lanes' norms of {one.Name}");
            Assert.True(one.Share.AsSpan().SequenceEqual(other.Share), $"{what}: shares of {one.Name}");
            Assert.Equal(one.Class, other.Class);
        }
        foreach ((MapSite one, MapSite other) in expected.Sites.Zip(found.Sites))
            Assert.True(one.Log2Adjoint.AsSpan().SequenceEqual(other.Log2Adjoint), $"{what}: λ of {one.Site}");
        Assert.Equal(expected.Residual, found.Residual);
    }

    [Fact]
    public void One_lanes_norms_are_kept_once()
    {
        foreach (int lanes in new[] { 1, 3 })
        {
            (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All.Values.First(), seed: 3, lanes: lanes);
            foreach (MapSeries series in GradientMap.Of(trace, losses).Series)
                Assert.Equal(lanes == 1, ReferenceEquals(series.Log2Norm, series.Log2LaneNorm));
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Of_other_losses_extents_runs_and_truncations(string name)
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All[name], seed: 3);
        (Trace<double> other, LossField otherLosses) = Shapes.Run<double>(Shapes.All[name], seed: 4, lanes: 1);
        List<MapExtent> extents =
        [
            new(),
            new() { LossTimes = [2, 5] },
            new() { Window = 3 },
            new() { Factors = true },
            new() { NormsOf = "weight_hh_l0" },
            new(),
        ];
        if (!Shapes.All[name].Bidirectional)
            extents.Insert(3, new() { Truncation = new Truncation(4, 2) });
        var memory = new MapMemory<double>();
        foreach (MapExtent extent in extents)
        {
            Same(GradientMap.Of(trace, losses, extent), GradientMap.Of(trace, losses, extent, memory: memory), name);
            if (extent.Window == 3)
                Same(GradientMap.Of(other, otherLosses), GradientMap.Of(other, otherLosses, memory: memory), $"{name}, one lane");
        }
    }

    [Fact]
    public void Its_places_are_not_allocated_again()
    {
        Network network = Shapes.All["lstm"] with { Hidden = 64 };
        (Trace<float> trace, LossField losses) = Shapes.Run<float>(network, seed: 5);
        var memory = new MapMemory<float>();
        long fresh = Allocated.AtEveryStep(() => GradientMap.Of(trace, losses)),
            again = Allocated.AtEveryStep(() => GradientMap.Of(trace, losses, memory: memory));
        long projections = 2L * sizeof(float) * Shapes.Times * trace.Lanes * 4 * network.Hidden;
        Assert.True(fresh - again > projections, $"expected at least {projections} bytes less than {fresh}, found {again}");
    }
}
