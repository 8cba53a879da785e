using Farback.Diagnosis;
using Farback.Experiments;
using Farback.Gradients;
using Farback.Reports;

namespace Farback.Tests.Experiments;

/// <summary>The sentences follow the numbers, also when they surprise.</summary>
public sealed class AnswersTests
{
    private const int Lag = 21;

    private static LagProfile Profile(double log10AtLag, double? halfLife = 2.5, double? rate = 0.28, bool measured = true) =>
        new()
        {
            Points = measured ? [new(0, 0, 0, 0, 0, 64), new(Lag, log10AtLag, log10AtLag, log10AtLag, log10AtLag, 64)] : [],
            Rate = rate,
            HalfLife = halfLife,
            Tenth = new(0.1, 4, false, 5, 4, 4),
            Hundredth = new(0.01, 8, false, 9, 8, 8),
            Cohort = 64,
            Dropped = 0,
        };

    private static NetworkReport Network(string name, int? reached, double accuracy, LagProfile profile)
    {
        var horizon = new Horizon(0.01, reached, reached >= Lag, null, null, null);
        return new()
        {
            Name = name,
            Verdict = Verdict.Of(Lag, horizon, accuracy, chance: 0.5),
            Cards = [],
            Sentences = [],
            ShownFirst = 0,
            ProfileBefore = profile,
            ProfileAfter = profile,
            Log10BoundPerStep = null,
            SharesBefore = [],
            SharesAfter = [],
            Roles = [],
            Accuracy = [],
            Runs = [],
            Details = [],
        };
    }

    private static RunResult Run(double verb, int reached = 8)
    {
        var horizon = new Horizon(0.01, reached, reached >= Lag, null, null, null);
        return new(1, verb, 1, 100, null, 0.1, horizon, horizon);
    }

    private static string Sentence(params NetworkReport[] networks) => Answers.Sentence(networks, Lag);

    [Fact]
    public void Not_learned_and_out_of_reach_is_no() =>
        Assert.Equal(
            "Not in the Elman network: 1 part in 1,000,000 of the error at “was” gets back to “cat”, 21 words earlier, and 52.5 % of the verbs come out right (guessing: 50 %).",
            Sentence(Network("Elman", 8, 0.525, Profile(-6)))
        );

    [Fact]
    public void Within_reach_and_not_learned_is_it_could_but_did_not() =>
        Assert.Equal(
            "In the GRU network it could, but did not: 10 % of the error at “was” gets back to “cat”, 21 words earlier, yet only 60 % of the verbs come out right (guessing: 50 %).",
            Sentence(Network("GRU", 21, 0.6, Profile(-1)))
        );

    [Fact]
    public void Within_reach_and_learned_is_yes() =>
        Assert.Equal(
            "In the LSTM network, yes: 50 % of the error at “was” gets back to “cat”, 21 words earlier, and 100 % of the verbs come out right.",
            Sentence(Network("LSTM", 21, 1, Profile(Math.Log10(0.5))))
        );

    [Fact]
    public void Learned_although_little_arrives_is_said_as_the_surprise_it_is() =>
        Assert.Equal(
            "In the Elman network, yes, although only 1 part in 5,000 of the error at “was” gets back to “cat”, 21 words earlier: 99.5 % of the verbs come out right.",
            Sentence(Network("Elman", 8, 0.995, Profile(Math.Log10(0.0002))))
        );

    [Fact]
    public void Each_network_has_its_clause_and_only_the_first_says_what_arrives_where()
    {
        string both = Sentence(Network("Elman", 8, 0.5, Profile(-6)), Network("LSTM", 21, 1, Profile(Math.Log10(0.5))));
        Assert.Equal(
            "Not in the Elman network: 1 part in 1,000,000 of the error at “was” gets back to “cat”, 21 words earlier, and 50 % of the verbs come out right (guessing: 50 %); in the LSTM network, yes: 50 % arrives, and 100 % of the verbs come out right.",
            both
        );
    }

    [Fact]
    public void The_sentence_turns_with_the_numbers_and_not_with_the_name()
    {
        LagProfile near = Profile(-6),
            far = Profile(-1);
        Assert.StartsWith("Not in the LSTM network", Sentence(Network("LSTM", 8, 0.5, near)), StringComparison.Ordinal);
        Assert.StartsWith("In the LSTM network it could, but did not", Sentence(Network("LSTM", 21, 0.5, far)), StringComparison.Ordinal);
        Assert.StartsWith("In the LSTM network, yes:", Sentence(Network("LSTM", 21, 0.99, far)), StringComparison.Ordinal);
        Assert.StartsWith("In the Elman network, yes:", Sentence(Network("Elman", 21, 0.99, far)), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_lag_was_not_measured_nothing_is_claimed_to_arrive() =>
        Assert.Contains(
            "nothing of the error",
            Sentence(Network("Elman", null, 0.5, Profile(0, measured: false))),
            StringComparison.Ordinal
        );

    [Fact]
    public void The_cards_carry_the_numbers_of_the_verdict_and_of_every_run()
    {
        Verdict verdict = Verdict.Of(Lag, new(0.01, 8, false, 9, 7, 9), 0.525, 0.5);
        IReadOnlyList<Card> cards = Answers.Cards(verdict, Profile(-6), [Run(0.5), Run(0.525), Run(0.99)]);
        Assert.Equal(["Did it learn?", "Half-life", "Words back: needed / reached"], cards.Select(card => card.Title));
        Assert.Equal(["cannot learn it · 50, 52, 99 %", "2.5 words", "21 / 8"], cards.Select(card => card.Value));
        Assert.Contains("1 of 3 trainings learned", cards[0].Sentence, StringComparison.Ordinal);
        Assert.Contains("every 2.5 words", cards[1].Sentence, StringComparison.Ordinal);
        Assert.Contains(
            "A hundredth of the error gets 8 words back at best; “cat” is 21 back.",
            cards[2].Sentence,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_cards_say_where_there_is_no_number_and_why()
    {
        Verdict far = Verdict.Of(Lag, new(0.01, Lag, true, null, null, null), 1, 0.5);
        IReadOnlyList<Card> cards = Answers.Cards(far, Profile(0.5, halfLife: null, rate: -0.01), [Run(1, reached: Lag)]);
        Assert.Equal("does not fade", cards[1].Value);
        Assert.Equal("Going back, the error does not shrink.", cards[1].Sentence);
        Assert.Equal("21 / ≥ 21", cards[2].Value);
        Assert.Contains("gets back to “cat” (1 of 1 training)", cards[2].Sentence, StringComparison.Ordinal);

        Verdict none = Verdict.Of(Lag, new(0.01, null, false, 0, null, null), 0.5, 0.5);
        cards = Answers.Cards(none, Profile(0, halfLife: null, rate: null, measured: false), [Run(0.5)]);
        Assert.Equal("Too few words to tell.", cards[1].Sentence);
        Assert.Equal("21 / none", cards[2].Value);
        Assert.Contains("not even a hundredth", cards[2].Sentence, StringComparison.Ordinal);
    }
}
