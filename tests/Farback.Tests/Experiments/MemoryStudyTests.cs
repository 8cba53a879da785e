using System.Text.Json;
using Farback.Cells;
using Farback.Diagnosis;
using Farback.Experiments;
using Farback.Networks;
using Farback.Sequences;
using Farback.Tests.Diagnosis.Memory;
using Farback.Training;

namespace Farback.Tests.Experiments;

/// <summary>Networks built to be ill in one way each, and the decision that names it.</summary>
public sealed class MemoryStudyTests
{
    // three steps tell the class; the noise is too small for a sum of it to outweigh them
    private static readonly LatchTask Task = new(length: 9, variance: 0.01, held: 64);

    private static readonly MemoryStudyOptions Options = new()
    {
        Sequences = 64,
        RefitSteps = 200,
        RefitRate = 0.05,
    };

    private static MemoryStudy Of(Model<double> model) =>
        MemoryStudy.Of(
            model.Network,
            model.Parameters,
            Initial.Default.Draw(model.Network, 5),
            Task,
            Options,
            cancel: TestContext.Current.CancellationToken
        );

    [Fact]
    public void A_latch_remembers()
    {
        MemoryStudy study = Of(HandMade.Latch());
        Assert.Equal(MemoryOutcome.Remembers, study.Verdict.Outcome);
        Assert.True(study.Ablation.OneUnitCarries);
        Assert.Equal(Task.NeededLag, study.NeededLag);
    }

    [Fact]
    public void A_read_out_that_looks_at_another_unit_does_not_read_out_what_is_retained()
    {
        MemoryStudy study = Of(HandMade.Latch(readUnit: 2));
        Assert.Equal(MemoryOutcome.RetainedNotReadOut, study.Verdict.Outcome);
        Assert.Equal(1, study.Refits.Single(refit => refit.Part == RefitPart.ReadOut).After.Value);
    }

    [Fact]
    public void A_shut_output_gate_hides_what_is_retained()
    {
        MemoryStudy study = Of(HandMade.Carousel(-20));
        Assert.Equal(MemoryOutcome.Hidden, study.Verdict.Outcome);
        Assert.Equal(MemoryOutcome.Remembers, Of(HandMade.Carousel(20)).Verdict.Outcome);
    }

    [Fact]
    public void A_network_without_recurrence_does_not_retain()
    {
        MemoryStudy study = Of(HandMade.Latch(held: 0));
        // the untrained control is a network too: what its gradient reaches decides between the two ways of not having learned
        Assert.Equal(
            study.ReachedUntrained.Lag >= study.NeededLag ? MemoryOutcome.NeverLearned : MemoryOutcome.NotRetained,
            study.Verdict.Outcome
        );
        Assert.Null(study.Inputs.Used.Lag is > 0 ? study.Inputs.Used.Lag : null);
    }

    [Fact]
    public void A_network_of_two_layers_on_numbers_is_asked_too()
    {
        var adding = new AddingTask(length: 6, held: 40);
        Network network = TaskTraining.NetworkFor(adding, AllCells.Lstm, hidden: 5, layers: 2);
        Parameters<double> weights = Initial.Default.Draw(network, 1);
        MemoryStudy study = MemoryStudy.Of(
            network,
            weights,
            weights,
            adding,
            Options with
            {
                RefitSteps = 3,
            },
            cancel: TestContext.Current.CancellationToken
        );
        Assert.Empty(study.Swaps); // numbers do not flip
        Assert.NotEqual(MemoryOutcome.Remembers, study.Verdict.Outcome);
        Assert.Equal(0, study.Chance);
        Assert.Contains(study.Probes, probe => probe.Part == "layer 1");
        Assert.Contains("## Does one unit carry it?", MemoryText.Of(study), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_lengths_are_mixed_the_longest_are_asked_and_none_of_them_was_trained_on()
    {
        var task = new AgreementLearning(
            new AgreementOptions
            {
                Fillers = 3,
                FewestFillers = 0,
                TestSentences = 80,
            }
        );
        (AskedPlaces asked, ContrastPairs? pairs) = MemoryStudy.Ask(task, 64);
        Assert.Equal(64, asked.Lanes);
        Assert.All(asked.Times, t => Assert.Equal(1 + task.NeededLag, t));
        Assert.Equal(64, pairs!.Count);
        HashSet<string> trained = [.. task.Task.Train.Select(sentence => string.Join(' ', sentence.Inputs))];
        for (int lane = 0; lane < asked.Lanes; lane++)
            Assert.DoesNotContain(
                string.Join(
                    ' ',
                    Enumerable.Range(0, asked.Batch.Lengths[lane]).Select(time => asked.Batch.Ids![time * asked.Lanes + lane])
                ),
                trained
            );
    }

    [Fact]
    public void The_units_that_carry_it_are_enough_to_flip_it()
    {
        MemoryStudy study = Of(HandMade.Latch());
        Assert.Equal(1, study.Carried!.Flipped.Value);
    }

    [Fact]
    public void The_same_network_gives_the_same_study()
    {
        string Text(Model<double> model) => MemoryText.Of(Of(model));
        Assert.Equal(Text(HandMade.Latch()), Text(HandMade.Latch()));
    }

    [Theory]
    [InlineData(5, 32, null, new[] { 0, 1, 2, 3, 4, 5 })]
    [InlineData(100, 6, null, new[] { 0, 1, 5, 22, 100 })]
    [InlineData(100, 6, 70, new[] { 0, 1, 5, 22, 70, 100 })]
    public void Lags_are_all_of_them_or_ever_sparser_with_the_needed_one_among_them(int longest, int most, int? needed, int[] lags) =>
        Assert.Equal(lags, MemoryStudy.Spread(longest, most, needed));
}
