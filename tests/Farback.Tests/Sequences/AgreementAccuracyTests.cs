using Farback.Sequences;

namespace Farback.Tests.Sequences;

public sealed class AgreementAccuracyTests
{
    public static TheoryData<string> Knobs => AgreementKnobs.All;

    [Theory]
    [MemberData(nameof(Knobs))]
    public void Without_memory_every_word_is_right_and_half_of_the_verbs(string knobs)
    {
        AgreementTask task = AgreementKnobs.Task(knobs);
        AgreementAccuracy accuracy = AgreementAccuracy.Of(
            Predict(
                task.Test,
                (sentence, time) =>
                    time == sentence.Verb ? task.Vocabulary.VerbOfMany : task.Vocabulary.GlossOf(sentence.Inputs[time - sentence.WordLag])
            ),
            task.Test
        );
        Assert.Equal(1, accuracy.Words.Share);
        Assert.Equal(task.Test.Sum(sentence => sentence.Words) - task.Test.Count, accuracy.Words.Count);
        Assert.Equal(task.Test.Count, accuracy.Verb.Count);
        Assert.InRange(2 * accuracy.Verb.Right - accuracy.Verb.Count, -1, 1);
        Assert.Equal(1, accuracy.VerbOfMany.Share);
    }

    [Fact]
    public void A_network_that_follows_the_nearest_noun_is_right_without_attractors_and_wrong_with_all()
    {
        AgreementTask task = AgreementKnobs.Task("phrases");
        AgreementAccuracy accuracy = AgreementAccuracy.Of(
            Predict(
                task.Test,
                (sentence, time) =>
                    time != sentence.Verb ? 0
                    : task.Vocabulary.IsPlural(sentence.Inputs[..time].Last(task.Vocabulary.IsNoun)) ? task.Vocabulary.VerbOfMany
                    : task.Vocabulary.VerbOfOne
            ),
            task.Test
        );
        Assert.Equal([0, 1, 2], accuracy.VerbByAttractors.Keys);
        Assert.Equal(1, accuracy.VerbByAttractors[0].Share);
        Assert.InRange(accuracy.VerbByAttractors[1].Share, 0.2, 0.8);
        Assert.Equal(0, accuracy.VerbByAttractors[2].Share);
        Assert.Equal(0, accuracy.Words.Right);
    }

    [Fact]
    public void Verbs_are_told_apart_by_lag_and_batches_add_up()
    {
        AgreementTask task = AgreementKnobs.Task("mixed");
        Func<AgreementSentence, int, int> remembersNineSteps = (sentence, time) =>
            time == sentence.Verb && sentence.Lag > 9 ? -1 : sentence.Targets[time];
        AgreementAccuracy whole = AgreementAccuracy.Of(Predict(task.Test, remembersNineSteps), task.Test);
        Assert.Equal([1, 5, 7, 9, 11, 13, 15], whole.VerbByLag.Keys);
        foreach ((int lag, Tally tally) in whole.VerbByLag)
            Assert.Equal(lag <= 9 ? 1 : 0, tally.Share);
        Assert.Equal([0], whole.WordsByLag.Keys);

        AgreementAccuracy sum = task
            .Test.Chunk(32)
            .Select(part => AgreementAccuracy.Of(Predict(part, remembersNineSteps), part))
            .Aggregate((one, other) => one.Plus(other));
        Assert.Equal(whole.Words, sum.Words);
        Assert.Equal(whole.Verb, sum.Verb);
        Assert.Equal(whole.VerbOfMany, sum.VerbOfMany);
        Assert.Equal(whole.VerbByLag, sum.VerbByLag);
        Assert.Equal(whole.VerbByAttractors, sum.VerbByAttractors);
    }

    [Fact]
    public void Delayed_words_are_counted_by_the_length_they_wait()
    {
        AgreementTask task = AgreementKnobs.Task("delayed, mixed");
        AgreementAccuracy accuracy = AgreementAccuracy.Of(Predict(task.Test, (sentence, time) => sentence.Targets[time]), task.Test);
        Assert.Equal(task.Test.Select(sentence => sentence.Words).Distinct().Order(), accuracy.WordsByLag.Keys);
        Assert.Equal(1, accuracy.Words.Share);
        Assert.Equal(1, accuracy.Verb.Share);
    }

    [Fact]
    public void Too_few_predictions_are_an_error_and_nothing_counted_has_no_share()
    {
        AgreementTask task = AgreementKnobs.Task("no fillers");
        AgreementSentence[] two = [.. task.Test.Take(2)];
        var error = Assert.Throws<ArgumentException>(() => AgreementAccuracy.Of(new int[9], two));
        Assert.Equal("predicted: expected a multiple of 2 lanes and at least 10 words (5 steps × 2 lanes), got 9.", error.Message);
        Assert.Throws<ArgumentException>(() => AgreementAccuracy.Of(new int[11], two));
        Assert.True(double.IsNaN(AgreementAccuracy.Of([], []).Verb.Share));
    }

    private static int[] Predict(IReadOnlyList<AgreementSentence> sentences, Func<AgreementSentence, int, int> say)
    {
        int lanes = sentences.Count;
        int[] predicted = new int[sentences.Max(sentence => sentence.Targets.Length) * lanes];
        Array.Fill(predicted, -7);
        for (int lane = 0; lane < lanes; lane++)
        for (int time = 0; time < sentences[lane].Targets.Length; time++)
            if (sentences[lane].Targets[time] != ClassTargets.Ignored)
                predicted[time * lanes + lane] = say(sentences[lane], time);
        return predicted;
    }
}
