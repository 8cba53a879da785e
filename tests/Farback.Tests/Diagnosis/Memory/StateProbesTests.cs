using Farback.Diagnosis;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Tests.Diagnosis.Memory;

public sealed class StateProbesTests
{
    private static ProbeResult Probe(Model<double> model, AskedPlaces asked, string part, int lag) =>
        new StateProbes(model, asked).Answer(
            StatePart
                .Of(model.Network)
                .Append(StatePart.Readable(model.Network))
                .Append(StatePart.Hidden(model.Network)!)
                .First(one => one?.Name == part),
            lag
        );

    [Fact]
    public void What_is_held_is_read_and_what_is_forgotten_is_at_the_level_of_its_controls()
    {
        for (int lag = 0; lag <= 5; lag++)
            Assert.Equal(1, Probe(HandMade.Latch(), HandMade.Signs(), "whole state", lag).Skill.Value);
        ProbeResult forgotten = Probe(HandMade.Latch(held: 0), HandMade.Signs(lanes: 256), "whole state", 0);
        Assert.True(forgotten.Skill.Low < forgotten.Control, $"{forgotten}");
        Assert.Equal(0.5, forgotten.Chance);
        // twenty shuffles of 256 tosses: four standard errors of one of them
        Assert.InRange(forgotten.Shuffled.Value, 0.5 - 0.125, 0.5 + 0.125);
    }

    [Fact]
    public void A_shut_output_gate_hides_from_h_what_c_holds_and_an_open_one_does_not()
    {
        AskedPlaces asked = HandMade.Signs(noise: 0.05);
        Assert.Equal(1, Probe(HandMade.Carousel(-20), asked, "c", 0).Skill.Value);
        Assert.Equal(1, Probe(HandMade.Carousel(-20), asked, "hidden from the read-out", 0).Skill.Value);
        Assert.True(Probe(HandMade.Carousel(-20), asked, "h", 0).Skill.High < 0.75);
        Assert.Equal(1, Probe(HandMade.Carousel(20), asked, "read-out's input", 0).Skill.Value);
    }

    [Fact]
    public void A_shuffled_label_of_a_probe_that_finds_everything_is_found_by_nothing()
    {
        ProbeResult held = Probe(HandMade.Latch(), HandMade.Signs(lanes: 256), "whole state", 0);
        Assert.True(held.Shuffled.High < 0.7);
        Assert.Null(held.ByGroup);
        Assert.Null(held.Untrained);
    }

    [Fact]
    public void The_untrained_network_is_probed_beside_the_trained_one()
    {
        ProbeResult probe = new StateProbes(HandMade.Latch(), HandMade.Signs(), HandMade.Latch(held: 0)).Answer(
            StatePart.Of(HandMade.Latch().Network)[0],
            0
        );
        Assert.Equal(1, probe.Skill.Value);
        Assert.True(probe.Untrained!.High < 0.75);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    public void A_register_of_four_units_recalls_four_inputs(int lag, bool recalls)
    {
        Model<double> register = HandMade.Register(4, 0);
        AskedPlaces past = HandMade.Stream(0).PastInput(lag);
        ProbeResult probe = new StateProbes(register, past).Answer(StatePart.Of(register.Network)[0], 0);
        // R² of numbers that are held exactly, but for the ridge's (ρ/(1+ρ))²
        if (recalls)
            Assert.Equal(1, probe.Skill.Value, 1e-3);
        else
            Assert.True(probe.Skill.High < 0.1, $"{probe.Skill}");
    }

    [Fact]
    public void A_remembered_subject_answers_the_control_task_and_a_remembered_number_does_not()
    {
        // the group is which of eight sequences came in; the register of all steps holds it, the latch holds the sign only
        int[] lanes = [.. Enumerable.Range(0, 256).Select(i => i % 8)];
        AskedPlaces eight = HandMade.Signs(lanes: 8);
        var asked = AskedPlaces.At(eight.Batch, lanes, [.. lanes.Select(lane => eight.Times[lane])], lanes);
        ProbeResult register = new StateProbes(HandMade.Register(12, 0), asked).Answer(
                StatePart.Of(HandMade.Register(12, 0).Network)[0],
                0
            ),
            latch = new StateProbes(HandMade.Latch(), asked).Answer(StatePart.Units([(0, 0)]), 3);
        Assert.Equal((1, 1), (register.Skill.Value, latch.Skill.Value));
        Assert.True(register.ByGroup!.Value > 0.9, $"{register.ByGroup}");
        Assert.True(latch.ByGroup!.Value < 0.9, $"{latch.ByGroup}");
    }
}
