using Farback.Diagnosis;
using Farback.Gradients;

namespace Farback.Tests.Diagnosis;

/// <summary>Behaviour first; without it the horizon decides.</summary>
public sealed class VerdictTests
{
    private static Horizon Reaching(int? lag, bool atLeast = false) => new(0.01, lag, atLeast, null, null, null);

    [Fact]
    public void Behaviour_counts_from_ninety_nine_per_cent_on_whatever_the_gradient_says()
    {
        Assert.Equal(Outcome.Did, Verdict.Of(21, Reaching(null), 0.99, 0.5).Outcome);
        Assert.Equal(Outcome.Did, Verdict.Of(21, Reaching(30), 1, 0.5).Outcome);
        Assert.NotEqual(Outcome.Did, Verdict.Of(21, Reaching(30), Math.BitDecrement(0.99), 0.5).Outcome);
    }

    [Fact]
    public void A_horizon_at_the_needed_lag_is_enough_and_one_short_of_it_is_not()
    {
        Assert.Equal(Outcome.CouldDidNot, Verdict.Of(21, Reaching(21), 0.5, 0.5).Outcome);
        Assert.Equal(Outcome.CouldDidNot, Verdict.Of(21, Reaching(21, atLeast: true), 0.5, 0.5).Outcome);
        Assert.Equal(Outcome.CannotLearn, Verdict.Of(21, Reaching(20), 0.5, 0.5).Outcome);
        Assert.Equal(Outcome.CannotLearn, Verdict.Of(21, Reaching(null), 0.5, 0.5).Outcome);
    }

    [Fact]
    public void A_horizon_that_was_not_measured_to_the_needed_lag_decides_nothing()
    {
        var error = Assert.Throws<ArgumentException>(() => Verdict.Of(21, Reaching(10, atLeast: true), 0.5, 0.5));
        Assert.Contains("10 or more", error.Message);
        Assert.Equal(Outcome.Did, Verdict.Of(21, Reaching(10, atLeast: true), 1, 0.5).Outcome);
    }

    [Fact]
    public void A_horizon_that_was_not_measured_at_all_decides_nothing()
    {
        Horizon unmeasured = Reaching(null) with { IsMeasured = false };
        var error = Assert.Throws<ArgumentException>(() => Verdict.Of(21, unmeasured, 0.5, 0.5));
        Assert.Contains("not measured", error.Message);
        Assert.Equal(Outcome.Did, Verdict.Of(21, unmeasured, 1, 0.5).Outcome);
    }

    [Fact]
    public void An_accuracy_that_is_no_number_is_not_learned() =>
        Assert.Equal(Outcome.CannotLearn, Verdict.Of(5, Reaching(2), double.NaN, 0.5).Outcome);

    [Fact]
    public void The_verdict_keeps_the_numbers_that_it_rests_on()
    {
        Verdict verdict = Verdict.Of(21, Reaching(12), 0.52, 0.5);
        Assert.Equal((21, 12, 0.52, 0.5), (verdict.NeededLag, verdict.Reached.Lag, verdict.Accuracy, verdict.Chance));
        Assert.Equal("cannot learn it", verdict.Words);
        Assert.Equal("did", Verdict.Of(21, Reaching(12), 1, 0.5).Words);
        Assert.Equal("could, did not", Verdict.Of(12, Reaching(12), 0.5, 0.5).Words);
    }
}
