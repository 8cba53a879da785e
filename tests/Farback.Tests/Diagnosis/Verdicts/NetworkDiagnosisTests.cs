using Farback.Adjoints;
using Farback.Diagnosis;

namespace Farback.Tests.Diagnosis.Verdicts;

/// <summary>The rules are a function of the numbers: each flips where its number crosses its threshold, and on nothing else.</summary>
public sealed class NetworkDiagnosisTests
{
    private static readonly PastExchanged Used = new(19, At(0.5), At(0.8), At(0.7), 0.001);
    private static readonly PastExchanged Unused = new(19, At(0.8), At(0.8), At(0), 0.6);

    private static readonly Evidence Fine = new()
    {
        Cell = "lstm",
        HasGates = true,
        Sequences = 64,
        Trained = false,
        NeededLag = 20,
        Source = LagSource.Task,
        MeasuredLag = 20,
        Growth = At(0.5),
        Peak = At(1.5),
        PeakLag = 3,
        Skill = At(0.5),
        Chance = 0.5,
        Floor = 0.01,
        InputAlone = At(0.5),
        Gates = [new("layer 0", "o", At(0.1), At(0.1), null), new("layer 0", "", At(0), null, At(0.1))],
    };

    private static Estimate At(double value, double width = 0.1) => new(value, value * (1 - width), value * (1 + width), 64);

    private static Condition Of(Evidence evidence) => NetworkDiagnosis.Of(evidence).Condition;

    [Fact]
    public void Numbers_within_every_threshold_are_healthy() => Assert.Equal(Condition.Healthy, Of(Fine));

    [Theory]
    [InlineData(0.005, Condition.Vanishing)]
    [InlineData(0.0101, Condition.Undecided)] // straddles
    [InlineData(0.02, Condition.Healthy)]
    [InlineData(0, Condition.Vanishing)]
    public void Vanishing_flips_where_the_whole_interval_leaves_a_hundredth(double growth, Condition expected) =>
        Assert.Equal(expected, Of(Fine with { Growth = At(growth) }));

    [Theory]
    [InlineData(150, Condition.Exploding)]
    [InlineData(101, Condition.Undecided)]
    [InlineData(80, Condition.Healthy)]
    public void Exploding_flips_at_a_hundred(double peak, Condition expected) => Assert.Equal(expected, Of(Fine with { Peak = At(peak) }));

    [Theory]
    [InlineData(0.6, Condition.Saturated)]
    [InlineData(0.51, Condition.Undecided)]
    [InlineData(0.4, Condition.Healthy)]
    public void Saturated_flips_at_half_of_the_places(double flat, Condition expected) =>
        Assert.Equal(expected, Of(Fine with { Gates = [new("layer 0", "g", At(flat), null, null)] }));

    [Theory]
    [InlineData(0.6, Condition.Hidden)]
    [InlineData(0.4, Condition.Healthy)]
    public void A_shut_output_gate_hides_the_state(double shut, Condition expected) =>
        Assert.Equal(expected, Of(Fine with { Gates = [new("layer 0", "o", At(0), At(shut), null)] }));

    [Theory]
    [InlineData(0.5, Condition.DeadUnits)]
    [InlineData(0.49, Condition.Healthy)]
    public void Dead_units_flip_at_half_of_them(double dead, Condition expected) =>
        Assert.Equal(expected, Of(Fine with { Gates = [new("layer 0", "", At(0), null, At(dead))] }));

    [Theory]
    [InlineData(0.6, Condition.CutByTruncation)]
    [InlineData(0.5, Condition.Healthy)]
    public void A_window_cuts_where_most_places_cannot_reach_back(double cut, Condition expected) =>
        Assert.Equal(expected, Of(Fine with { Truncation = new Truncation(10, 5), Cut = At(cut) }));

    [Theory]
    [InlineData(0.995, Condition.NoPastNeeded)]
    [InlineData(0.98, Condition.Healthy)]
    public void What_the_present_input_tells_needs_no_past(double alone, Condition expected) =>
        Assert.Equal(expected, Of(Fine with { InputAlone = At(alone) }));

    [Fact]
    public void A_trained_network_that_is_right_without_its_past_needs_none()
    {
        Evidence right = Fine with { Trained = true, Skill = At(1), WithoutPast = new(0, At(1), At(1), At(0), 0.5) };
        Assert.Equal(Condition.NoPastNeeded, Of(right));
        Assert.Equal(Condition.Healthy, Of(right with { WithoutPast = new(0, At(0.5), At(1), At(3), 0.001) }));
    }

    [Fact]
    public void A_gradient_that_arrives_and_is_not_used_flips_with_the_exchange()
    {
        Evidence trained = Fine with { Trained = true };
        Assert.Equal(Condition.NotUsed, Of(trained with { WithoutNeeded = Unused }));
        Assert.Equal(Condition.Healthy, Of(trained with { WithoutNeeded = Used }));
        // significant in the fifteenth digit is not used
        Assert.Equal(Condition.NotUsed, Of(trained with { WithoutNeeded = Used with { LossChange = At(0.009) } }));
        Assert.Equal(Condition.Healthy, Of(trained with { WithoutNeeded = Used with { LossChange = At(0.011) } }));
        Assert.Equal(Condition.NotUsed, Of(trained with { WithoutNeeded = Used with { PValue = 0.06 } }));
        Assert.Equal(Condition.Undecided, Of(trained));
        // what does not arrive is not "fine but not used"
        Assert.Equal(Condition.Vanishing, Of(trained with { WithoutNeeded = Unused, Growth = At(1e-6) }));
    }

    [Fact]
    public void Behaviour_goes_first_a_network_that_is_right_has_notes_and_no_findings()
    {
        Evidence faded = Fine with { Trained = true, Growth = At(1e-6), Skill = At(0.99) };
        NetworkDiagnosis right = NetworkDiagnosis.Of(faded);
        Assert.Equal(Condition.Healthy, right.Condition);
        Assert.Equal([Condition.Vanishing], right.Notes.Select(note => note.Condition));
        Assert.Equal(Condition.Vanishing, Of(faded with { Skill = At(0.98) }));
    }

    [Fact]
    public void The_cause_names_the_verdict_and_its_consequence_is_still_told()
    {
        NetworkDiagnosis both = NetworkDiagnosis.Of(Fine with { Growth = At(1e-6), Gates = [new("layer 0", "", At(0.9), null, null)] });
        Assert.Equal([Condition.Saturated, Condition.Vanishing], both.Findings.Select(finding => finding.Condition));
    }

    [Fact]
    public void Without_a_needed_lag_nothing_vanishes_and_what_explodes_does()
    {
        Evidence unknown = Fine with { NeededLag = null, Source = LagSource.Unknown, MeasuredLag = null, Growth = null };
        NetworkDiagnosis undecided = NetworkDiagnosis.Of(unknown);
        Assert.Equal(Condition.Undecided, undecided.Condition);
        Assert.Contains("--needed-lag", undecided.Findings[0].Remedies[0].Try, StringComparison.Ordinal);
        Assert.Equal(Condition.Exploding, Of(unknown with { Peak = At(1e4) }));
    }

    [Fact]
    public void What_was_measured_short_of_the_needed_lag_decides_nothing_unless_it_is_gone_already()
    {
        Assert.Equal(Condition.Undecided, Of(Fine with { MeasuredLag = 10 }));
        Assert.Equal(Condition.Vanishing, Of(Fine with { MeasuredLag = 10, Growth = At(1e-5) }));
    }

    [Theory]
    [InlineData(20)]
    [InlineData(null)] // whoever says how far back
    public void Too_few_that_are_no_number_to_call_it_exploding_are_counted_and_nothing_else_is_blamed(int? needed)
    {
        NetworkDiagnosis one = NetworkDiagnosis.Of(
            Fine with
            {
                NotFinite = 1.0 / 64,
                NeededLag = needed,
                MeasuredLag = null,
                Growth = null,
                Peak = null,
            }
        );
        Assert.Equal(Condition.Undecided, one.Condition);
        Assert.StartsWith("in 1 of 64 sequences", one.Findings[0].Because, StringComparison.Ordinal);
        Assert.Contains("--clip", one.Findings[0].Remedies[0].Options, StringComparison.Ordinal);
        Assert.Equal(Condition.Exploding, Of(Fine with { NotFinite = 0.5 }));
    }

    [Fact]
    public void A_state_that_is_no_number_has_exploded() => Assert.Equal(Condition.Exploding, Of(Fine with { NotFinite = 1 }));

    [Fact]
    public void What_a_probe_finds_only_behind_the_read_out_is_hidden()
    {
        ProbeResult Probe(double skill) => new("part", 0, At(skill, 0.01), 0.5, At(0.5), null, null);
        Evidence trained = Fine with { Trained = true, WithoutNeeded = Used };
        Assert.Equal(Condition.Hidden, Of(trained with { Readable = Probe(0.5), Behind = Probe(0.95) }));
        Assert.Equal(Condition.Healthy, Of(trained with { Readable = Probe(0.95), Behind = Probe(0.95) }));
    }

    [Fact]
    public void Every_condition_but_healthy_has_a_rule_with_a_source_a_remedy_and_a_way_to_change_ones_mind()
    {
        foreach (Condition condition in Enum.GetValues<Condition>())
        {
            Assert.Equal(condition, Conditions.Named(condition.Word()));
            Assert.NotEmpty(Remedies.ChangeOf(condition));
            if (condition == Condition.Healthy)
                continue;
            Assert.NotEmpty(Rules.Of(condition).Source);
            Assert.NotEmpty(Remedies.For(condition, Fine));
        }
        Assert.Throws<ArgumentException>(() => Rules.Of(Condition.Healthy));
        Assert.Throws<ArgumentException>(() => Conditions.Named("ill"));
    }
}
