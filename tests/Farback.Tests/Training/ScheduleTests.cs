using Farback.Training;

namespace Farback.Tests.Training;

public sealed class ScheduleTests
{
    [Fact]
    public void A_constant_rate_never_changes()
    {
        ConstantRate schedule = new(0.25);
        Assert.Equal(0.25, schedule.At(0));
        Assert.Equal(0.25, schedule.At(long.MaxValue));
    }

    [Fact]
    public void A_warm_up_rises_in_equal_stairs_and_hands_over()
    {
        WarmUp schedule = new(4, new StepDecay(8, 2, 0.5));
        Assert.Equal([2, 4, 6, 8, 8, 8, 4, 4, 2], Rates(schedule, 9));
        Assert.Equal([8, 8, 4], Rates(new WarmUp(0, schedule.Then), 3));
    }

    [Fact]
    public void A_cosine_falls_from_rate_to_floor_and_stays()
    {
        // cos 60° = ½, cos 90° = 0, cos 120° = −½
        CosineDecay schedule = new(9, 6, 1);
        Assert.Equal(9, schedule.At(0));
        Assert.Equal(7, schedule.At(2), 1e-14);
        Assert.Equal(5, schedule.At(3));
        Assert.Equal(3, schedule.At(4), 1e-14);
        Assert.Equal(1, schedule.At(6));
        Assert.Equal(1, schedule.At(1000));
    }

    [Fact]
    public void A_staircase_drops_every_so_many_steps() => Assert.Equal([16, 16, 16, 4, 4, 4, 1], Rates(new StepDecay(16, 3, 0.25), 7));

    [Fact]
    public void An_exponential_drops_at_every_step() => Assert.Equal([16, 8, 4, 2, 1], Rates(new ExponentialDecay(16, 0.5), 5));

    [Fact]
    public void Two_schedules_of_the_same_numbers_are_equal() =>
        Assert.Equal(new WarmUp(3, new CosineDecay(1, 10)), new WarmUp(3, new CosineDecay(1, 10)));

    [Fact]
    public void Steps_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConstantRate(1).At(-1));
        Assert.Throws<ArgumentException>(() => new WarmUp(-1, new ConstantRate(1)));
        Assert.Throws<ArgumentException>(() => new CosineDecay(1, 0));
        Assert.Throws<ArgumentException>(() => new StepDecay(1, 0));
    }

    private static double[] Rates(Schedule schedule, int steps) => [.. Enumerable.Range(0, steps).Select(step => schedule.At(step))];
}
