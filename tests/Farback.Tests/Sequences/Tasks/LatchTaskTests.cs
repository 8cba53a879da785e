using Farback.Cells;
using Farback.Sequences;

namespace Farback.Tests.Sequences.Tasks;

public sealed class LatchTaskTests
{
    [Theory]
    [InlineData(1, 1, 0.2)]
    [InlineData(20, 1, 0.2)]
    [InlineData(50, 3, 0.5)]
    public void The_first_steps_are_the_class_and_the_rest_is_noise_of_the_variance_that_was_asked_for(
        int length,
        int informative,
        double variance
    )
    {
        LatchTask task = new(length, informative, variance);
        Batch batch = TaskAnswers.Many(task);
        List<double> noise = [];
        HashSet<int> lengths = [];
        for (int lane = 0; lane < batch.Lanes; lane++)
        {
            Batch one = batch.Lane(lane);
            double[] values = one.Values!;
            int[] classes = ((ClassTargets)one.Targets).Classes;
            Assert.All(values[..informative], value => Assert.Equal(classes[^1] == 1 ? 1.0 : -1.0, value));
            Assert.All(classes[..^1], y => Assert.Equal(ClassTargets.Ignored, y));
            noise.AddRange(values[informative..]);
            lengths.Add(values.Length);
        }
        Assert.Equal(Enumerable.Range(length, length / 10 + 1), lengths.Order());
        Assert.Equal(lengths.Max() - 1 - (informative - 1), task.NeededLag);
        if (noise.Count == 0)
            return;
        // the mean of n numbers spreads by √(v/n), the mean of their squares by v·√(2/n)
        Assert.InRange(noise.Average(), -4 * Math.Sqrt(variance / noise.Count), 4 * Math.Sqrt(variance / noise.Count));
        double spread = variance * Math.Sqrt(2.0 / noise.Count);
        Assert.InRange(noise.Average(number => number * number), variance - 4 * spread, variance + 4 * spread);
    }

    [Fact]
    public void A_constant_answer_is_right_half_of_the_time()
    {
        const int lanes = 20_000;
        LatchTask task = new();
        Score score = TaskAnswers.Judge(task, TaskAnswers.Many(task, lanes), (_, _) => [0, 0])[0];
        double deviation = Math.Sqrt(0.25 / lanes);
        Assert.Equal(0.5, score.Baselines!.Single().Value);
        Assert.InRange(score.Value, 0.5 - 4 * deviation, 0.5 + 4 * deviation);
    }

    [Fact]
    public void A_small_Elman_network_latches_for_ten_steps() =>
        Assert.True(TaskAnswers.Learn(new LatchTask(10), AllCells.Elman, 16, 0.005, 400, "orthogonal") > 0.99);
}
