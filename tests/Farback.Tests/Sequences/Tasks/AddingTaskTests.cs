using Farback.Cells;
using Farback.Sequences;

namespace Farback.Tests.Sequences.Tasks;

public sealed class AddingTaskTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(11)]
    [InlineData(50)]
    public void The_target_is_the_sum_of_the_two_marked_numbers_at_the_last_step_one_in_each_half(int length)
    {
        AddingTask task = new(length);
        Batch batch = TaskAnswers.Many(task);
        int furthest = 0;
        HashSet<int> places = [];
        for (int lane = 0; lane < batch.Lanes; lane++)
        {
            double[] values = batch.Lane(lane).Values!;
            int[] marked = [.. Enumerable.Range(0, length).Where(time => values[2 * time + 1] == 1)];
            Assert.Equal(2, marked.Length);
            Assert.All(Enumerable.Range(0, length).Except(marked), time => Assert.Equal(0, values[2 * time + 1]));
            Assert.All(Enumerable.Range(0, length), time => Assert.InRange(values[2 * time], 0, 1));
            Assert.True(2 * marked[0] < length && 2 * marked[1] >= length);
            Assert.Equal([length - 1], Enumerable.Range(0, length).Where(time => batch.HasLoss(time, lane)));
            double target = ((ValueTargets)batch.Targets).At((length - 1) * batch.Lanes + lane)[0];
            Assert.Equal(values[2 * marked[0]] + values[2 * marked[1]], target);
            furthest = Math.Max(furthest, length - 1 - marked[0]);
            places.UnionWith(marked);
        }
        // 4000 draws miss one of 25 places with probability 25·(24/25)^4000 < 1e-69
        Assert.Equal(task.NeededLag, furthest);
        Assert.Equal(length, places.Count);
    }

    [Fact]
    public void Always_saying_one_gets_a_sixth_and_no_other_constant_gets_less()
    {
        const int lanes = 40_000;
        AddingTask task = new(10);
        Batch batch = TaskAnswers.Many(task, lanes);
        Score score = TaskAnswers.Judge(task, batch, (_, _) => [1])[0];
        // (s − 1)² for a sum s of two uniform numbers: E[(s − 1)⁴] = 1/15, so its variance is 1/15 − 1/36 = 7/180
        double deviation = Math.Sqrt(7.0 / 180 / lanes);
        Assert.Equal(1.0 / 6, score.Baselines!.Single().Value);
        Assert.Equal((lanes, false), (score.Count, score.HigherIsBetter));
        Assert.InRange(score.Value, 1.0 / 6 - 4 * deviation, 1.0 / 6 + 4 * deviation);
        Assert.True(TaskAnswers.Judge(task, batch, (_, _) => [0.9])[0].Value > score.Value);
        Assert.True(TaskAnswers.Judge(task, batch, (_, _) => [1.1])[0].Value > score.Value);
        Assert.True(double.IsNaN(task.NewJudge().Scores[0].Value));
    }

    [Fact]
    public void A_small_LSTM_learns_to_add_over_ten_steps() =>
        Assert.True(TaskAnswers.Learn(new AddingTask(10), AllCells.Lstm, 24, 0.01, 600, "forget=1") < AddingTask.Learned);
}
