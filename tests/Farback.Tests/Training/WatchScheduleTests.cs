using Farback.Training;

namespace Farback.Tests.Training;

/// <summary>How often a training may be looked at is arithmetic: the same costs give the same steps.</summary>
public sealed class WatchScheduleTests
{
    [Theory]
    [InlineData(0.002, 0.001, 100)] // 2 steps a look: 2·0.97/0.03 = 64.7
    [InlineData(0.001, 0.001, 50)] // 32.3
    [InlineData(0.0001, 0.001, 5)] // 3.2
    [InlineData(0.00001, 0.001, 1)] // 0.3
    [InlineData(0.1, 0.001, 5000)] // 3233
    public void The_interval_is_the_next_round_number_that_stays_within_the_budget(double look, double step, long expected)
    {
        WatchCost cost = new(Watched: 0, LastLook: look, Trained: 1000 * step, Steps: 1000);
        Assert.Equal(expected, WatchSchedule.Auto.Interval(cost));
        Assert.True(look / (expected * step + look) <= WatchSchedule.DefaultBudget);
    }

    [Fact]
    public void Looks_that_cost_what_they_may_never_pass_the_budget_and_pay_off_the_first()
    {
        foreach (double budget in (double[])[0.01, 0.03, 0.2])
        {
            WatchSchedule schedule = WatchSchedule.Within(budget);
            double watched = 0.15, // the initial look, compiled
                last = 0;
            int looks = 1;
            for (long step = 1; step <= 100_000; step++)
            {
                WatchCost cost = new(watched, last, step * 0.001, step);
                if (!schedule.IsDue(step, cost))
                    continue;
                double before = cost.Share;
                (watched, last) = (watched + 0.002, 0.002);
                double share = watched / (watched + step * 0.001);
                // the second look has no price yet, so it alone may pass, by itself
                Assert.True(share <= budget + (looks == 1 ? 0.002 / (step * 0.001) : 1e-12), $"{budget}: {share} after step {step}");
                looks++;
            }
            // and uses more than a third of it: round numbers are at most 2.5 times further apart than need be
            Assert.True(looks * 0.002 > budget * 100 / 3, $"{looks} looks with a budget of {budget}");
        }
    }

    [Fact]
    public void Fixed_steps_ask_no_price()
    {
        WatchSchedule schedule = WatchSchedule.Every(40);
        WatchCost dear = new(1e6, 1e6, 1, 1);
        Assert.Equal([0, 40, 80], Enumerable.Range(0, 100).Select(step => (long)step).Where(step => schedule.IsDue(step, dear)));
        Assert.False(WatchSchedule.Off.IsDue(0, default));
        Assert.True(WatchSchedule.Auto.IsDue(0, default));
    }

    [Theory]
    [InlineData("auto", "auto")]
    [InlineData("auto=3", "auto")]
    [InlineData("auto=0.5%", "auto=0.5")]
    [InlineData("off", "off")]
    [InlineData("250", "250")]
    public void It_is_written_as_it_is_read(string text, string written)
    {
        WatchSchedule schedule = WatchSchedule.Parse(text);
        Assert.Equal(written, schedule.ToString());
        Assert.Equal(schedule, WatchSchedule.Parse(written));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("often")]
    [InlineData("auto=")]
    [InlineData("auto=0")]
    [InlineData("auto=100")]
    [InlineData("auto=NaN")]
    public void Anything_else_is_refused_with_what_is_expected(string text) =>
        Assert.Contains(
            "watch: expected",
            Assert.Throws<ArgumentException>(() => WatchSchedule.Parse(text)).Message,
            StringComparison.Ordinal
        );
}
