using Farback.Gradients;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Gradients;

/// <summary>What is said of all loss times from a few of them, on numbers whose sum is known.</summary>
public sealed class SampledSumTests
{
    private const int Times = 100,
        Lags = 60,
        Trials = 2000;

    private static readonly Batch s_batch = Batch.OfIds(new int[Times], Times, 1, new ClassTargets(new int[Times]));

    [Fact]
    public void Every_loss_time_of_a_stratum_is_drawn_as_often_as_every_other()
    {
        RandomStream random = new(3);
        var drawn = new int[Times];
        for (int trial = 0; trial < Trials; trial++)
        {
            LossTimeSample sample = LossTimeSample.Draw(s_batch, Lags, 8, random);
            Assert.Equal([40, 60], sample.Strata.Select(stratum => stratum.Of));
            foreach (int t in sample.Times)
                drawn[t]++;
        }
        for (int t = 0; t < Times; t++)
        {
            double p = t >= Lags ? 4.0 / 40 : 4.0 / 60,
                deviation = Math.Sqrt(Trials * p * (1 - p));
            Assert.True(Math.Abs(drawn[t] - Trials * p) < 5 * deviation, $"loss time {t} was drawn {drawn[t]} times of {Trials}");
        }
    }

    [Fact]
    public void What_one_stratum_lacks_is_drawn_from_the_other()
    {
        RandomStream random = new(3);
        Assert.Equal([1, 7], LossTimeSample.Draw(s_batch, Times - 1, 8, random).Strata.Select(stratum => stratum.Times.Count));
        Assert.Equal([7, 1], LossTimeSample.Draw(s_batch, 1, 8, random).Strata.Select(stratum => stratum.Times.Count));
        Assert.Equal([8], LossTimeSample.Draw(s_batch, 0, 8, random).Strata.Select(stratum => stratum.Times.Count));
        Assert.Equal(Enumerable.Range(0, Times), LossTimeSample.Draw(s_batch, Lags, 1000, random).Times);
    }

    [Fact]
    public void The_estimate_has_no_bias_and_its_interval_covers_the_sum_nearly_as_often_as_it_says()
    {
        RandomStream random = new(11);
        double sum = 0,
            squares = 0;
        int covered = 0;
        for (int trial = 0; trial < Trials; trial++)
        {
            double[] numbers = [.. Enumerable.Range(0, Times).Select(t => (t >= Lags ? 3 : -1) + random.NextNormal())];
            SampledSum estimate = SampledSum.Of(LossTimeSample.Draw(s_batch, Lags, 8, random), t => numbers[t], random);
            double error = estimate.Value - numbers.Sum();
            sum += error;
            squares += error * error;
            covered += estimate.Low <= numbers.Sum() && numbers.Sum() <= estimate.High ? 1 : 0;
        }
        double deviation = Math.Sqrt(squares / Trials / Trials);
        Assert.True(Math.Abs(sum / Trials) < 4 * deviation, $"bias {sum / Trials} ± {deviation}");
        // four draws of a stratum: the variance is right, but Student's t with 3 + 3 degrees is 1.94 where the normal's is 1.64, and the
        // bootstrap knows nothing of it. 4 deviations of a share of 2,000 trials are 0.035
        Assert.InRange((double)covered / Trials, 0.78, 0.90);
    }

    [Fact]
    public void With_many_draws_it_covers_as_often_as_it_says()
    {
        RandomStream random = new(12);
        int covered = 0;
        for (int trial = 0; trial < Trials; trial++)
        {
            double[] numbers = [.. Enumerable.Range(0, Times).Select(_ => random.NextNormal())];
            SampledSum estimate = SampledSum.Of(LossTimeSample.Draw(s_batch, Lags, 60, random), t => numbers[t], random);
            covered += estimate.Low <= numbers.Sum() && numbers.Sum() <= estimate.High ? 1 : 0;
        }
        Assert.InRange((double)covered / Trials, 0.86, 0.93);
    }

    [Fact]
    public void One_draw_of_many_says_nothing_of_its_error_and_all_of_them_have_none()
    {
        RandomStream random = new(1);
        SampledSum one = SampledSum.Of(LossTimeSample.Draw(s_batch, 0, 1, random), t => t, random),
            all = SampledSum.Of(LossTimeSample.Draw(s_batch, Lags, Times, random), t => t, random);
        Assert.Null(one.Low);
        Assert.Null(one.High);
        Assert.Equal(Times * (Times - 1) / 2.0, all.Value, 1e-9);
        Assert.Equal(all.Value, all.Low!.Value, 1e-9);
        Assert.Equal(all.Value, all.High!.Value, 1e-9);
    }
}
