using Farback.Cells;
using Farback.Sequences;

namespace Farback.Tests.Sequences.Tasks;

public sealed class ParityTaskTests
{
    [Fact]
    public void The_class_is_the_parity_of_the_ones_at_the_last_step_and_every_bit_turns_it()
    {
        ParityTask task = new(9);
        Batch batch = TaskAnswers.Many(task);
        for (int lane = 0; lane < batch.Lanes; lane++)
        {
            Batch one = batch.Lane(lane);
            int[] classes = ((ClassTargets)one.Targets).Classes;
            Assert.All(classes[..^1], y => Assert.Equal(ClassTargets.Ignored, y));
            Assert.Equal(one.Ids!.Count(bit => bit == 1) % 2 == 0 ? "even" : "odd", task.OutputWords[classes[^1]]);
        }
        Assert.Equal(8, task.NeededLag);
    }

    [Fact]
    public void A_constant_answer_is_right_half_of_the_time()
    {
        const int lanes = 20_000;
        ParityTask task = new();
        Score score = TaskAnswers.Judge(task, TaskAnswers.Many(task, lanes), (_, _) => [0, 1])[0];
        double deviation = Math.Sqrt(0.25 / lanes);
        Assert.Equal(0.5, score.Baselines!.Single().Value);
        Assert.InRange(score.Value, 0.5 - 4 * deviation, 0.5 + 4 * deviation);
    }

    [Fact]
    public void A_small_GRU_learns_the_parity_of_three_bits() =>
        Assert.True(TaskAnswers.Learn(new ParityTask(3), AllCells.Gru, 16, 0.02, 1000) > 0.99);
}
