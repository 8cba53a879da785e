using Farback.Diagnosis;
using Farback.Sequences;

namespace Farback.Tests.Diagnosis.Memory;

public sealed class PastExchangedTests
{
    [Theory]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(8, true)]
    public void An_answer_stays_right_while_its_own_cue_is_among_what_is_kept(int kept, bool right)
    {
        PastExchanged past = PastExchanged.Of(HandMade.Register(8, 3), HandMade.Stream(3), HandMade.Loss, kept);
        Assert.Equal(1, past.Whole.Value);
        if (right)
            Assert.Equal(1, past.Skill.Value);
        else
            Assert.True(past.Skill.Low < 0.5 && past.Skill.High > 0.5, $"{past.Skill}");
    }

    [Fact]
    public void Words_that_need_no_context_are_asked_anywhere_but_at_the_verb()
    {
        var task = new AgreementTask(new() { Fillers = 2, TestSentences = 40 });
        AskedPlaces words = AskedPlaces.Words(task.Test);
        Assert.All(Enumerable.Range(0, words.Lanes), lane => Assert.NotEqual(task.Test[lane].Verb, words.Times[lane]));
        Assert.True(words.Times.Distinct().Count() > 3);
        Assert.All(Enumerable.Range(0, words.Lanes), lane => Assert.Equal(task.Test[lane].Targets[words.Times[lane]], words.Class(lane)));
    }

    [Fact]
    public void Only_the_asked_place_has_a_target_and_sequences_without_one_are_left_out()
    {
        int[] classes = [0, 1, ClassTargets.Ignored, 1, ClassTargets.Ignored, ClassTargets.Ignored];
        AskedPlaces asked = AskedPlaces.Last(Batch.OfIds([5, 6, 7, 8, 9, 10], 2, 3, new ClassTargets(classes)));
        Assert.Equal([1], asked.Times); // lane 1 has its only target at the first step, lane 2 has none
        Assert.Equal([5, 8], asked.Batch.Ids!);
        Assert.False(asked.Batch.HasLoss(0, 0));
        Assert.Throws<ArgumentException>(() => AskedPlaces.Last(Batch.OfIds([1, 2], 2, 1, ClassTargets.None(2))));
    }
}
