using Farback.Sequences;

namespace Farback.Tests.Sequences;

public sealed class AgreementOptionsTests
{
    public static TheoryData<string> Knobs => AgreementKnobs.All;

    [Theory]
    [MemberData(nameof(Knobs))]
    public void The_lag_is_the_verbs_time_less_the_subjects_and_what_the_knobs_promise(string knobs)
    {
        AgreementTask task = AgreementKnobs.Task(knobs);
        AgreementOptions options = task.Options;
        int fewest = options.FewestFillers ?? options.Fillers;
        HashSet<int> promised = [.. Enumerable.Range(fewest, options.Fillers - fewest + 1).Select(options.LagOf)];
        HashSet<int> found = [];
        foreach (AgreementSentence sentence in AgreementKnobs.Everything(task))
        {
            string[] words = sentence.Text.Split(' ');
            int verb = Array.IndexOf(words, "be") + (options.Delayed ? words.Length : 0);
            Assert.Equal(verb, sentence.Verb);
            Assert.True(task.Vocabulary.IsNoun(sentence.Inputs[sentence.Cue]));
            Assert.Equal(verb - 1, sentence.Lag);
            found.Add(sentence.Lag);
        }
        Assert.Equal(promised.Order(), found.Order());
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(5, 1)]
    [InlineData(11, 4)]
    [InlineData(21, 9)]
    [InlineData(41, 19)]
    [InlineData(1001, 499)]
    public void Fillers_for_a_lag_give_that_lag(int lag, int fillers)
    {
        AgreementOptions options = new() { Sentences = 4, TestSentences = 4 };
        Assert.Equal(fillers, options.FillersForLag(lag));
        AgreementTask task = new(options with { Fillers = fillers });
        Assert.All(AgreementKnobs.Everything(task), sentence => Assert.Equal(lag, sentence.Lag));
    }

    [Fact]
    public void Every_lag_but_two_and_three_can_be_had_with_at_most_one_phrase_or_clause()
    {
        AgreementOptions[] shapes = [new(), new() { PrepositionalPhrases = 1 }, new() { RelativeClauses = 1 }];
        var reached = shapes.SelectMany(shape => Enumerable.Range(0, 100).Select(shape.LagOf)).Where(lag => lag <= 150).Distinct().Order();
        Assert.Equal(Enumerable.Range(1, 150).Except([2, 3]), reached);
    }

    [Fact]
    public void A_lag_between_two_templates_names_its_neighbours()
    {
        var error = Assert.Throws<ArgumentException>(() => new AgreementOptions().FillersForLag(20));
        Assert.Equal(
            "lag: 20 cannot be had with 0 prepositional phrases, 0 relative clauses; expected 19 or 21. "
                + "A prepositional phrase shifts every lag by 3, a relative clause by 4.",
            error.Message
        );
        Assert.Contains(
            "at least 1.",
            Assert.Throws<ArgumentException>(() => new AgreementOptions().FillersForLag(0)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "at most 20003.",
            Assert.Throws<ArgumentException>(() => new AgreementOptions().FillersForLag(1 << 20)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Shifts_by_a_phrase_or_a_clause_are_what_the_error_says()
    {
        foreach (bool delayed in (bool[])[false, true])
        {
            int factor = delayed ? 2 : 1;
            AgreementOptions options = new() { Delayed = delayed };
            int lag = options.LagOf(3);
            Assert.Equal(lag + 3 * factor, (options with { PrepositionalPhrases = 1 }).LagOf(3));
            Assert.Equal(lag + 4 * factor, (options with { RelativeClauses = 1 }).LagOf(3));
        }
    }

    [Fact]
    public void Every_value_out_of_range_gets_its_own_sentence()
    {
        AgreementOptions options = new()
        {
            Fillers = -1,
            PrepositionalPhrases = 1,
            TestAttractors = 2,
            Nouns = 33,
            Adjectives = 1,
            Sentences = 0,
            RelativeClauses = 99,
        };
        Assert.Equal(
            [
                "Fillers: expected 0 to 10000, got -1; it counts the filler pairs « and ADJECTIVE ».",
                "TestAttractors: expected 0 to 1, got 2; only the nouns of the prepositional phrases can attract, so raise PrepositionalPhrases for more.",
                "RelativeClauses: expected 0 to 16, got 99; it counts the clauses « , which seemed gray ».",
                "Nouns: expected 2 to 32, got 33; so many are in the built-in list.",
                "Adjectives: expected 2 to 32, got 1; two are the least, since none follows itself, and 32 are built in.",
                "Sentences: expected 2 to 1000000, got 0; one for each number is the least.",
            ],
            options.Problems()
        );
        var error = Assert.Throws<ArgumentException>(() => new AgreementTask(options));
        Assert.Equal(string.Join(Environment.NewLine, options.Problems()), error.Message);
        Assert.Contains(
            "FewestFillers: expected 0 to 4, got 5",
            (new AgreementOptions { FewestFillers = 5 }).Problems()[0],
            StringComparison.Ordinal
        );
        Assert.Empty(new AgreementOptions().Problems());
    }

    [Fact]
    public void Too_few_different_sentences_are_an_error_that_says_how_many_there_are()
    {
        // 2 nouns × 3 predicates are 6 bare frames; half are kept for testing, each in two numbers.
        AgreementOptions options = new()
        {
            Fillers = 0,
            Nouns = 2,
            Adjectives = 3,
            TestSentences = 7,
        };
        var error = Assert.Throws<ArgumentException>(() => new AgreementTask(options));
        Assert.Equal(
            "TestSentences: 7 different sentences are needed with 0 filler pairs, but only 6 exist there that share no frame with training "
                + "(half of 6 frames, 1 to a frame and number). Ask for fewer, or for more Fillers, Nouns (now 2) or Adjectives (now 3).",
            error.Message
        );
        AgreementTask all = new(options with { TestSentences = 6 });
        Assert.Equal(6, all.Test.Select(sentence => sentence.Text).Distinct().Count());
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1, 0, 0)]
    [InlineData(3, 0, 0)]
    [InlineData(0, 1, 0)]
    [InlineData(2, 0, 1)]
    [InlineData(1, 1, 1)]
    public void Frames_are_counted_as_drawing_finds_them(int fillers, int phrases, int clauses)
    {
        // Draws enough to meet every sentence: at most 2568 of them, each missed with probability (1 − 1/1284)^30000 = 7e-11.
        AgreementOptions options = new()
        {
            Nouns = 3,
            Adjectives = 3,
            Fillers = fillers,
            PrepositionalPhrases = phrases,
            RelativeClauses = clauses,
            Sentences = 60_000,
            TestSentences = 2,
        };
        int[] choices =
        [
            3,
            .. Enumerable.Repeat(4 * 2, phrases),
            .. Enumerable.Repeat(3, clauses),
            .. Enumerable.Range(0, fillers).Select(pair => pair == 0 ? 3 : 2),
        ];
        bool bare = fillers + phrases + clauses == 0;
        int frames = choices.Aggregate(bare ? 3 : 1, (product, choice) => product * choice);
        int sentences = (bare ? 1 : 3) * (1 << phrases) * 2;
        // Two frames are set apart for the two test sentences.
        AgreementTask task = new(options);
        Assert.Equal((frames - 2) * sentences, task.DistinctTrain);
    }
}
