using Farback.Cells;
using Farback.Sequences;

namespace Farback.Tests.Sequences.Tasks;

public sealed class CopyTaskTests
{
    [Theory]
    [InlineData(1, 1, 2)]
    [InlineData(5, 3, 4)]
    [InlineData(50, 10, 8)]
    public void Symbols_come_blanks_a_delimiter_and_blanks_and_the_symbols_are_to_be_said_again(int delay, int copied, int symbols)
    {
        CopyTask task = new(delay, copied, symbols);
        Batch batch = TaskAnswers.Many(task, 500);
        HashSet<string> seen = [];
        for (int lane = 0; lane < batch.Lanes; lane++)
        {
            Batch one = batch.Lane(lane);
            string[] inputs = [.. one.Ids!.Select(id => task.InputWords[id])];
            string[] targets = [.. ((ClassTargets)one.Targets).Classes.Select(y => task.OutputWords[y])];
            string[] shown = inputs[..copied];
            Assert.DoesNotContain("_", shown);
            Assert.DoesNotContain(":", shown);
            Assert.Equal([.. shown, .. Enumerable.Repeat("_", delay - 1), ":", .. Enumerable.Repeat("_", copied)], inputs);
            Assert.Equal([.. Enumerable.Repeat("_", delay + copied), .. shown], targets);
            for (int time = delay + copied; time < inputs.Length; time++)
                Assert.Equal(inputs[time - task.NeededLag!.Value], targets[time]);
            seen.UnionWith(shown);
        }
        // 500 draws miss one of 8 symbols with probability 8·(7/8)^5000, or one of 2 with 2^−499
        Assert.Equal(symbols, seen.Count);
    }

    [Fact]
    public void Knowing_when_but_not_what_costs_ten_times_ln_8_over_the_length_and_an_eighth_of_the_symbols_is_right_by_chance()
    {
        const int delay = 20,
            lanes = 4000;
        CopyTask task = new(delay);
        Assert.Equal(10 * Math.Log(8) / (delay + 20), task.Baseline);
        // certain of the blank while it is due, then even among the symbols; what is added to all logits changes nothing
        double[] blank = [.. Enumerable.Repeat(-997.0, 8), 3];
        double[] any = [.. Enumerable.Repeat(5.0, 8), -995];
        var scores = TaskAnswers.Judge(task, TaskAnswers.Many(task, lanes), (time, _) => time < delay + 10 ? blank : any);
        Assert.Equal("recalled symbols", scores[0].Name);
        Assert.Equal(10 * lanes, scores[0].Count);
        Assert.Equal(1.0 / 8, scores[0].Baselines!.Single().Value);
        double deviation = Math.Sqrt(7.0 / 64 / (10 * lanes));
        Assert.InRange(scores[0].Value, 0.125 - 4 * deviation, 0.125 + 4 * deviation);
        // the same at every place, so there is no spread: only the rounding of a sum of 160,000 terms is left
        Assert.Equal(task.Baseline, scores[1].Value, 1e-10);
        Assert.Equal(task.Baseline, scores[1].Baselines!.Single().Value);
        Assert.Equal(40 * lanes, scores[1].Count);
        Assert.Equal(["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"], scores[0].Breakdown!.Select(part => part.Key));
        Assert.All(scores[0].Breakdown!, part => Assert.Equal(lanes, part.Count));
    }

    [Fact]
    public void A_small_GRU_recalls_two_symbols_after_three_steps() =>
        Assert.True(TaskAnswers.Learn(new CopyTask(3, 2, 3), AllCells.Gru, 24, 0.01, 500) > 0.99);
}
