using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Sequences;

public sealed class AgreementBatchTests
{
    [Fact]
    public void A_batch_holds_each_sentence_in_its_lane_and_no_loss_beyond_its_end()
    {
        AgreementTask task = AgreementKnobs.Task("mixed");
        Batch batch = AgreementTask.BatchOf(task.Test);
        int[] classes = ((ClassTargets)batch.Targets).Classes;
        Assert.Equal(task.Test.Count, batch.Lanes);
        Assert.Equal(task.Test.Max(sentence => sentence.Words), batch.Times);
        for (int lane = 0; lane < batch.Lanes; lane++)
        {
            AgreementSentence sentence = task.Test[lane];
            Assert.Equal(sentence.Words, batch.Lengths[lane]);
            for (int time = 0; time < batch.Times; time++)
            {
                int place = time * batch.Lanes + lane;
                Assert.Equal(time < sentence.Words, batch.HasLoss(time, lane));
                if (time < sentence.Words)
                    Assert.Equal((sentence.Inputs[time], sentence.Targets[time]), (batch.Ids![place], classes[place]));
                else
                    Assert.Equal(ClassTargets.Ignored, classes[place]);
            }
        }
    }

    [Fact]
    public void A_delayed_batch_has_its_losses_in_the_second_half_of_each_lane_only()
    {
        AgreementTask task = AgreementKnobs.Task("delayed, mixed");
        Batch batch = AgreementTask.BatchOf(task.Test);
        for (int lane = 0; lane < batch.Lanes; lane++)
        for (int time = 0; time < batch.Times; time++)
            Assert.Equal(time >= batch.Lengths[lane] / 2 && time < batch.Lengths[lane], batch.HasLoss(time, lane));
    }

    [Fact]
    public void Sampling_is_reproducible_and_draws_training_sentences_evenly()
    {
        AgreementTask task = AgreementKnobs.Task("no fillers");
        Batch batch = task.Sample(new RandomStream(3), 8000);
        Assert.Equal(batch.Ids, task.Sample(new RandomStream(3), 8000).Ids);
        Assert.NotEqual(batch.Ids, task.Sample(new RandomStream(4), 8000).Ids);

        Dictionary<string, int> expected = task
            .Train.GroupBy(sentence => sentence.Text)
            .ToDictionary(group => group.Key, group => group.Count());
        Dictionary<string, int> drawn = [];
        for (int lane = 0; lane < batch.Lanes; lane++)
        {
            string text = string.Join(
                ' ',
                Enumerable.Range(0, batch.Times).Select(time => task.Vocabulary.InputWords[batch.Ids![time * batch.Lanes + lane]])
            );
            Assert.True(expected.ContainsKey(text), text);
            drawn[text] = drawn.GetValueOrDefault(text) + 1;
        }
        // χ² = Σ(found − expected)²/expected with m − 1 degrees of freedom: mean m − 1, standard deviation √(2(m − 1)); 5 of those.
        int freedom = expected.Count - 1;
        double chiSquared = expected.Sum(pair =>
        {
            double due = 8000.0 * pair.Value / task.Train.Count;
            double off = drawn.GetValueOrDefault(pair.Key) - due;
            return off * off / due;
        });
        double spread = 5 * Math.Sqrt(2 * freedom);
        Assert.InRange(chiSquared, freedom - spread, freedom + spread);
    }

    [Fact]
    public void An_empty_batch_and_no_lanes_are_errors()
    {
        AgreementTask task = AgreementKnobs.Task("no fillers");
        Assert.Throws<ArgumentException>(() => AgreementTask.BatchOf([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => task.Sample(new RandomStream(1), 0));
    }

    [Theory]
    [InlineData("the cat", "its subject second")]
    [InlineData("cats the be hungry .", "its subject second")]
    [InlineData("the cats being hungry .", "« be » once")]
    [InlineData("the cats be be .", "« be » once")]
    [InlineData("the cats be <go>", "leave it out")]
    [InlineData("the unicorn be old .", "« unicorn » is not among the 85 words")]
    public void A_sentence_of_ones_own_has_to_have_a_subject_and_a_verb(string text, string said)
    {
        AgreementTask task = AgreementKnobs.Task("no fillers");
        var error = Assert.Throws<ArgumentException>(() => task.Read(text));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_description_shows_input_and_target_one_under_the_other()
    {
        TaskDescription description = AgreementTask.Describe();
        Assert.Equal("agreement", description.Name);
        Assert.Equal(3, description.Examples.Count);
        Assert.Equal(
            "the   cats  , being gray and happy   , be      hungry .\n" + "le(s) chats , étant gris et  heureux , étaient affamé .",
            description.Examples[0].Aligned()
        );
        Assert.Equal("4", description.Knobs.Single(knob => knob.Name == "fillers").Default);
        Assert.Equal(
            typeof(AgreementOptions).GetProperties().Where(property => property.CanWrite).Select(property => property.Name),
            description.Knobs.Select(knob => string.Concat(knob.Name.Split('-').Select(part => char.ToUpperInvariant(part[0]) + part[1..])))
        );
    }
}
