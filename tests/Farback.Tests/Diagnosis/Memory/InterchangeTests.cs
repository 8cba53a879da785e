using Farback.Diagnosis;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Tests.Diagnosis.Memory;

public sealed class InterchangeTests
{
    private static Interchange Of(Model<double> model, AskedPlaces asked) => new(model, ContrastPairs.Of(asked)!, HandMade.Loss);

    private static StatePart Part(Interchange interchange, string name) => interchange.Parts.Single(part => part.Name == name);

    [Fact]
    public void Pairs_are_asked_at_the_same_step_and_have_other_answers()
    {
        ContrastPairs pairs = ContrastPairs.Of(HandMade.Signs())!;
        Assert.Equal(64, pairs.Count);
        for (int lane = 0; lane < pairs.Count; lane++)
        {
            Assert.Equal(pairs.One.Times[lane], pairs.Other.Times[lane]);
            Assert.NotEqual(pairs.One.Class(lane), pairs.Other.Class(lane));
        }
    }

    [Fact]
    public void A_sentence_and_its_pair_differ_in_the_number_of_the_subject()
    {
        var task = new AgreementTask(new() { Fillers = 1, TestSentences = 20 });
        ContrastPairs pairs = ContrastPairs.Of(task.Test);
        Assert.True(pairs.Minimal);
        int cue = task.Test[0].Cue;
        for (int place = 0; place < pairs.One.Batch.Ids!.Length; place++)
            Assert.Equal(place / pairs.Count == cue, pairs.One.Batch.Ids[place] != pairs.Other.Batch.Ids![place]);
        Assert.All(Enumerable.Range(0, pairs.Count), lane => Assert.NotEqual(pairs.One.Class(lane), pairs.Other.Class(lane)));
    }

    [Fact]
    public void The_unit_that_holds_the_answer_flips_it_at_every_step_and_the_others_never()
    {
        Interchange interchange = Of(HandMade.Latch(), HandMade.Signs());
        Assert.Equal(1, interchange.Differs.Value);
        for (int lag = 0; lag <= 5; lag++)
        {
            Assert.Equal(1, interchange.Swap(Part(interchange, "whole state"), lag).Flipped.Value);
            Assert.Equal(1, interchange.Swap(StatePart.Units([(0, 0)]), lag).Flipped.Value);
            SwapEffect others = interchange.Swap(StatePart.Units([(0, 1), (0, 2), (0, 3)]), lag);
            Assert.Equal((0, 0), (others.Flipped.Value, others.Moved.Value));
        }
    }

    [Fact]
    public void A_state_from_before_the_cue_tells_nothing_of_it()
    {
        Interchange interchange = Of(HandMade.Register(8, 3), HandMade.Stream(3));
        Assert.Equal(1, interchange.Swap(Part(interchange, "whole state"), 3).Flipped.Value);
        Assert.Equal(0, interchange.Swap(Part(interchange, "whole state"), 4).Moved.Value);
        // the sign moves on one unit a step: it is in unit 3 − ℓ
        Assert.Equal(1, interchange.Swap(StatePart.Units([(0, 1)]), 2).Flipped.Value);
        Assert.Equal(0, interchange.Swap(StatePart.Units([(0, 1)]), 1).Flipped.Value);
        Assert.Equal(1, interchange.Hold(StatePart.Units([(0, 1)]), 3).Flipped.Value);
    }

    [Fact]
    public void What_the_carousel_carries_is_in_c_before_the_last_step_and_in_h_at_it()
    {
        Interchange interchange = Of(HandMade.Carousel(outputBias: 20), HandMade.Signs(noise: 0.05));
        StatePart h = Part(interchange, "h"),
            c = Part(interchange, "c");
        Assert.Equal((1, 0), (interchange.Swap(c, 1).Flipped.Value, interchange.Swap(h, 1).Flipped.Value));
        Assert.Equal((0, 1), (interchange.Swap(c, 0).Flipped.Value, interchange.Swap(h, 0).Flipped.Value));
    }

    [Fact]
    public void A_network_that_answers_alike_has_no_answer_to_flip()
    {
        SwapEffect swap = Of(HandMade.Latch(held: 0), HandMade.Signs(noise: 0)).Swap(new("all", (_, _, _) => true), 2);
        Assert.Equal(0, swap.Flipped.Count);
        Assert.Equal(64, swap.Pairs);
    }

    [Fact]
    public void For_a_small_difference_of_states_the_adjoint_foretells_the_change_of_the_loss()
    {
        // inputs of 10⁻⁴ about 0, where the latch is far from saturated: the remainder is second order
        const double Size = 1e-4;
        AskedPlaces signs = HandMade.Signs();
        var tiny = AskedPlaces.Last(
            Batch.OfValues(
                [.. signs.Batch.Values!.Select((x, place) => Size * x * (1 + place % 7))],
                signs.Batch.Times,
                signs.Lanes,
                1,
                signs.Batch.Targets
            )
        );
        Interchange interchange = Of(HandMade.Latch(held: 0.9), tiny);
        for (int lag = 1; lag <= 4; lag++)
            Assert.Equal(1, interchange.Swap(Part(interchange, "whole state"), lag).Adjoint!.Value, 1e-3);
    }

    [Fact]
    public void A_bidirectional_network_has_no_state_to_exchange()
    {
        Network network = HandMade.Latch().Network with { Bidirectional = true };
        Assert.Throws<ArgumentException>(() => Of(new(network, Initial.Default.Draw(network, 1)), HandMade.Signs()));
    }
}
