using Farback.Diagnosis;
using Farback.Networks;

namespace Farback.Tests.Diagnosis.Memory;

public sealed class UnitAblationTests
{
    private static UnitAblation Of(Model<double> model, AskedPlaces asked) => UnitAblation.Of(model, asked, HandMade.Loss);

    [Fact]
    public void The_one_unit_that_carries_it_is_found_and_a_random_other_one_is_not_missed()
    {
        UnitAblation ablation = Of(HandMade.Latch(), HandMade.Signs(lanes: 128));
        Assert.True(ablation.OneUnitCarries);
        Assert.Equal([new UnitPlace(0, 0)], ablation.Smallest);
        Assert.Equal((1, 1), (ablation.Whole.Value, ablation.Others.Value));
        Assert.True(ablation.Strongest.Low <= 0.5);
    }

    [Fact]
    public void Where_two_units_carry_it_no_single_one_does_and_the_smallest_set_has_both()
    {
        // unit 1 latches as unit 0 does, and either alone tips the read-out
        Model<double> model = HandMade.Latch();
        model.Parameters["weight_hh_l0"][1 * 4 + 1] = 3;
        (model.Parameters["head.weight"][1], model.Parameters["head.weight"][4 + 1]) = (-4, 4);
        model.Pack();
        UnitAblation ablation = Of(model, HandMade.Signs(lanes: 128));
        Assert.False(ablation.OneUnitCarries);
        Assert.Equal([new UnitPlace(0, 0), new UnitPlace(0, 1)], ablation.Smallest.OrderBy(unit => unit.Unit));
        Assert.True(ablation.WithoutSmallest!.Low <= ablation.Chance);
        Assert.Equal(1, ablation.WithoutAsMany!.Value);
    }

    [Fact]
    public void Where_nothing_is_known_no_unit_carries_it()
    {
        UnitAblation ablation = Of(HandMade.Latch(held: 0), HandMade.Signs(lanes: 128));
        Assert.False(ablation.OneUnitCarries);
        Assert.Empty(ablation.Smallest);
        Assert.Null(ablation.WithoutSmallest);
    }

    [Fact]
    public void In_the_carousel_silencing_takes_c_too()
    {
        UnitAblation ablation = Of(HandMade.Carousel(20), HandMade.Signs(lanes: 128, noise: 0.05));
        Assert.Equal([new UnitPlace(0, 0)], ablation.Smallest);
        Assert.Equal(1, ablation.Others.Value);
    }
}
