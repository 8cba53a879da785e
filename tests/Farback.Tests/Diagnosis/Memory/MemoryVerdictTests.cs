using Farback.Diagnosis;
using Farback.Gradients;

namespace Farback.Tests.Diagnosis.Memory;

/// <summary>Each rule of the decision, fed numbers on both sides of its threshold.</summary>
public sealed class MemoryVerdictTests
{
    private const double Control = 0.6; // so that 0.8 is half of the way to 1

    private static Estimate Near(double value, double half = 0.03) => new(value, value - half, value + half, 256);

    private static Horizon Reach(int? lag, bool atLeast = false) => new(0.01, lag, atLeast, null, null, null);

    // wrong answers, held nowhere, a gradient that does not reach
    private static readonly MemoryEvidence Lost = new(Near(0.5), Control, Near(0.5), Near(0.55), Near(0.5), Near(0.5), Reach(3), 11);

    private static MemoryOutcome Of(MemoryEvidence evidence) => MemoryVerdict.Of(evidence).Outcome;

    [Theory]
    [InlineData(0.99, MemoryOutcome.Remembers)]
    [InlineData(0.989, MemoryOutcome.NotRetained)]
    public void Right_answers_are_remembered_whatever_else(double skill, MemoryOutcome outcome) =>
        Assert.Equal(outcome, Of(Lost with { Skill = new(skill, skill - 0.02, 1, 256) }));

    [Theory]
    [InlineData(10, MemoryOutcome.NotRetained)]
    [InlineData(11, MemoryOutcome.NeverLearned)]
    [InlineData(null, MemoryOutcome.NotRetained)]
    public void Held_nowhere_it_depends_on_how_far_the_gradient_reaches(int? reached, MemoryOutcome outcome) =>
        Assert.Equal(outcome, Of(Lost with { Reached = Reach(reached) }));

    [Fact]
    public void A_gradient_that_was_not_measured_reproaches_nobody()
    {
        Assert.Equal(MemoryOutcome.NotRetained, Of(Lost with { Reached = null }));
        Assert.Equal(MemoryOutcome.NotRetained, Of(Lost with { NeededLag = null, Reached = Reach(50) }));
        Assert.Equal(MemoryOutcome.NotRetained, Of(Lost with { Reached = Reach(5, atLeast: true) }));
    }

    [Theory]
    [InlineData(0.84, 0.95, MemoryOutcome.RetainedNotReadOut)] // clears 0.8, and the refit is better
    [InlineData(0.84, 0.50, MemoryOutcome.Undecided)] // the refit is no better
    [InlineData(0.82, 0.95, MemoryOutcome.Undecided)] // straddles
    [InlineData(0.76, 0.50, MemoryOutcome.NotRetained)] // below
    public void Held_by_what_is_read_it_is_for_the_read_out_to_use(double readable, double refitted, MemoryOutcome outcome) =>
        Assert.Equal(outcome, Of(Lost with { Readable = Near(readable), ReadOutRefitted = Near(refitted) }));

    [Fact]
    public void Without_a_refit_the_probe_decides_alone() =>
        Assert.Equal(MemoryOutcome.RetainedNotReadOut, Of(Lost with { Readable = Near(0.95), ReadOutRefitted = null }));

    [Theory]
    [InlineData(0.5, 0.95, MemoryOutcome.Hidden)]
    [InlineData(0.5, 0.5, MemoryOutcome.NotRetained)]
    [InlineData(0.95, 0.95, MemoryOutcome.RetainedNotReadOut)]
    [InlineData(0.8, 0.95, MemoryOutcome.Undecided)]
    public void Held_behind_the_gate_only_it_is_hidden(double readable, double behind, MemoryOutcome outcome) =>
        Assert.Equal(
            outcome,
            Of(
                Lost with
                {
                    Readable = Near(readable),
                    Behind = Near(behind),
                    Anywhere = Near(Math.Max(readable, behind)),
                    ReadOutRefitted = readable > 0.9 ? Near(0.95) : Near(0.5),
                }
            )
        );

    [Theory]
    [InlineData(0.6, MemoryOutcome.RetainedNotReadOut)]
    [InlineData(0.85, MemoryOutcome.NotRetained)] // shuffles that do as well take the finding away
    public void What_the_controls_reach_counts_for_nothing(double control, MemoryOutcome outcome) =>
        Assert.Equal(
            outcome,
            Of(Lost with { Control = control, Readable = Near(0.86), Anywhere = Near(0.86), ReadOutRefitted = Near(0.86) })
        );

    [Fact]
    public void A_cell_that_hides_nothing_has_nothing_hidden() => Assert.Equal(MemoryOutcome.NotRetained, Of(Lost with { Behind = null }));

    [Fact]
    public void Every_decision_says_why_what_to_try_and_what_would_change_it()
    {
        MemoryVerdict verdict = MemoryVerdict.Of(Lost);
        Assert.Contains("3 steps, 11 are needed", verdict.Because, StringComparison.Ordinal);
        Assert.Equal("not retained", verdict.Words);
        Assert.Equal(5, verdict.Tests.Count);
        Assert.All(new[] { verdict.Remedy, verdict.WouldChange }, Assert.NotEmpty);
    }
}
