using Farback.Cells;
using Farback.Sequences;

namespace Farback.Tests.Sequences.Tasks;

public sealed class TemporalOrderTaskTests
{
    [Theory]
    [InlineData(10, 10)]
    [InlineData(20, 50)]
    [InlineData(100, 110)]
    public void The_class_is_the_order_of_the_two_symbols_which_stand_in_the_second_and_the_fifth_tenth(int shortest, int longest)
    {
        TemporalOrderTask task = new(shortest, longest);
        Batch batch = TaskAnswers.Many(task, 6000);
        Assert.Equal(longest, batch.Times);
        HashSet<int> lengths = [];
        int furthest = 0;
        for (int lane = 0; lane < batch.Lanes; lane++)
        {
            Batch one = batch.Lane(lane);
            int length = batch.Lengths[lane];
            string[] words = [.. one.Ids!.Select(id => task.InputWords[id])];
            int[] relevant = [.. Enumerable.Range(0, length).Where(time => words[time] is "X" or "Y")];
            Assert.Equal(2, relevant.Length);
            Assert.InRange(relevant[0], length / 10, 2 * length / 10);
            Assert.InRange(relevant[1], 4 * length / 10, 5 * length / 10);
            Assert.Equal(("E", "B"), (words[0], words[^1]));
            Assert.All(
                words[1..^1].Where(word => word is not ("X" or "Y")),
                word => Assert.Contains(word, "abcd", StringComparison.Ordinal)
            );
            int[] classes = ((ClassTargets)one.Targets).Classes;
            Assert.All(classes[..^1], y => Assert.Equal(ClassTargets.Ignored, y));
            Assert.Equal(words[relevant[0]] + words[relevant[1]], task.OutputWords[classes[^1]]);
            lengths.Add(length);
            furthest = Math.Max(furthest, length - 1 - relevant[0]);
        }
        // the rarest of it, one length of 31 with one place of 6, is missed by 6000 draws with probability (1 − 1/186)^6000 = 9e-15
        Assert.Equal(longest - shortest + 1, lengths.Count);
        Assert.Equal(task.NeededLag, furthest);
    }

    [Fact]
    public void A_constant_answer_gets_a_quarter_and_even_odds_cost_ln_4()
    {
        const int lanes = 20_000;
        TemporalOrderTask task = new();
        Batch batch = TaskAnswers.Many(task, lanes);
        double deviation = Math.Sqrt(0.25 * 0.75 / lanes);
        for (int constant = 0; constant < 4; constant++)
        {
            double[] logits = new double[4];
            logits[constant] = 1e-12;
            var scores = TaskAnswers.Judge(task, batch, (_, _) => logits);
            Assert.Equal(0.25, scores[0].Baselines!.Single().Value);
            Assert.InRange(scores[0].Value, 0.25 - 4 * deviation, 0.25 + 4 * deviation);
            Assert.Equal(Math.Log(4), scores[1].Value, 1e-9);
            Assert.Equal(Math.Log(4), scores[1].Baselines!.Single().Value);
            Assert.Equal(["XX", "XY", "YX", "YY"], scores[0].Breakdown!.Select(part => part.Key));
            Assert.Equal(Enumerable.Range(0, 4).Select(y => y == constant ? 1.0 : 0.0), scores[0].Breakdown!.Select(part => part.Value));
        }
    }

    [Fact]
    public void A_small_GRU_learns_the_order_in_sequences_of_ten_to_fourteen() =>
        Assert.True(
            TaskAnswers.Learn(new TemporalOrderTask(10, 14), AllCells.Gru, 24, 0.01, 400, embedding: 6) > TemporalOrderTask.Learned
        );
}
