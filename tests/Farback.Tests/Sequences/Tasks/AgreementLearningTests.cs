using Farback.Cells;
using Farback.Sequences;

namespace Farback.Tests.Sequences.Tasks;

public sealed class AgreementLearningTests
{
    public static TheoryData<string> Knobs => AgreementKnobs.All;

    [Fact]
    public void Training_batches_are_those_that_the_task_samples()
    {
        AgreementLearning learning = new(AgreementKnobs.Task("mixed"));
        Batch expected = learning.Task.Sample(new TaskPlace(5).Random, 9);
        Batch found = learning.Next(new TaskPlace(5), 9);
        Assert.Equal(TaskAnswers.Lanes(expected), TaskAnswers.Lanes(found));
    }

    [Fact]
    public void The_first_half_of_the_test_sentences_validates_and_the_second_tests()
    {
        AgreementLearning learning = new(AgreementKnobs.Task("mixed"));
        int half = learning.Task.Test.Count / 2;
        string[] all = [.. learning.Task.Test.SelectMany(sentence => TaskAnswers.Lanes(AgreementTask.BatchOf([sentence])))];
        Assert.Equal(all[..half], learning.Held(Split.Validation, 7).SelectMany(TaskAnswers.Lanes));
        Assert.Equal(all[half..], learning.Held(Split.Test, 7).SelectMany(TaskAnswers.Lanes));
        Assert.Equal(learning.Task.Train.Count, learning.Held(Split.Training, 100).Sum(batch => batch.Lanes));
    }

    [Theory]
    [MemberData(nameof(Knobs))]
    public void The_judge_counts_as_the_accuracy_of_the_sentences_does(string knobs)
    {
        AgreementLearning learning = new(AgreementKnobs.Task(knobs));
        int outputs = learning.Outputs;
        // right but for the verbs of sentences that begin with an even subject
        int Say(AgreementSentence sentence, int time) =>
            time == sentence.Verb && sentence.Inputs[sentence.Cue] % 4 < 2 ? outputs - 1 : sentence.Targets[time];

        int half = learning.Task.Test.Count / 2;
        AgreementSentence[] tested = [.. learning.Task.Test.Skip(half)];
        Judge judge = learning.NewJudge();
        int done = 0;
        foreach (Batch batch in learning.Held(Split.Test, 13))
        {
            AgreementSentence[] part = tested[done..(done += batch.Lanes)];
            judge.Add(
                batch,
                (time, lane) => (double[])[.. Enumerable.Range(0, outputs).Select(y => y == Say(part[lane], time) ? 1.0 : 0.0)]
            );
        }
        AgreementAccuracy expected = tested
            .Select(sentence => AgreementAccuracy.Of([.. sentence.Targets.Select((_, time) => Say(sentence, time))], [sentence]))
            .Aggregate((one, other) => one.Plus(other));

        Score verb = judge.Scores[0],
            words = judge.Scores[1];
        Assert.Equal(("verb accuracy", expected.Verb.Share, expected.Verb.Count), (verb.Name, verb.Value, verb.Count));
        Assert.InRange(verb.Value, 0.05, 0.95);
        Assert.Equal(("word accuracy", 1.0, expected.Words.Count), (words.Name, words.Value, words.Count));
        Assert.InRange(verb.Baselines!.Single().Value, 0.5, 0.6);
        Assert.Equal(
            expected.VerbByLag.Select(part => ("lag", $"{part.Key}", part.Value.Share, part.Value.Count)),
            verb.Breakdown!.Where(part => part.By == "lag").Select(part => (part.By, part.Key, part.Value, part.Count))
        );
        Assert.Equal(
            expected.VerbByAttractors.Select(part => ("attractors", $"{part.Key}", part.Value.Share, part.Value.Count)),
            verb.Breakdown!.Where(part => part.By == "attractors").Select(part => (part.By, part.Key, part.Value, part.Count))
        );
    }

    [Fact]
    public void A_small_Elman_network_learns_the_verb_at_lag_five() =>
        Assert.True(
            TaskAnswers.Learn(new AgreementLearning(new AgreementOptions { Fillers = 1 }), AllCells.Elman, 24, 0.01, 1000, "orthogonal")
                > 0.99
        );
}
