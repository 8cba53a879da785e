using Farback.Diagnosis;
using Farback.Numbers;

namespace Farback.Tests.Diagnosis.Memory;

public sealed class EstimateTests
{
    // Wilson's intervals as Brown, Cai & DasGupta 2001 and any statistics package have them, to the digits written here
    [Theory]
    [InlineData(0, 10, 0.0000, 0.2775)]
    [InlineData(5, 10, 0.2366, 0.7634)]
    [InlineData(10, 10, 0.7225, 1.0000)]
    [InlineData(95, 100, 0.8882, 0.9785)]
    public void A_share_has_wilsons_interval(int right, int count, double low, double high)
    {
        Estimate share = Estimate.OfShare(right, count);
        Assert.Equal((double)right / count, share.Value);
        Assert.Equal(low, share.Low, 5e-5);
        Assert.Equal(high, share.High, 5e-5);
    }

    [Fact]
    public void The_bootstrap_of_a_mean_is_as_wide_as_theory_says()
    {
        var random = new RandomStream(3);
        double[] values = [.. Enumerable.Range(0, 400).Select(_ => random.NextNormal())];
        Estimate mean = Estimate.OfMean(values);
        double s = Math.Sqrt(values.Sum(x => (x - values.Average()) * (x - values.Average())) / values.Length),
            width = 2 * 1.96 * s / Math.Sqrt(values.Length);
        // a quantile of 1000 resamples is off by some 2.5 % of the width at each end; four standard errors of both
        Assert.Equal(width, mean.High - mean.Low, 0.15 * width);
        Assert.Equal(values.Average(), mean.Value, 1e-12);
        Assert.Equal(mean, Estimate.OfMean(values));
    }

    [Fact]
    public void What_does_not_vary_has_no_width_and_nothing_is_nothing()
    {
        Estimate constant = Estimate.OfMean([2, 2, 2]);
        Assert.Equal((2, 2, 2), (constant.Value, constant.Low, constant.High));
        Assert.Equal(0, Estimate.OfMean([]).Count);
        Assert.True(double.IsNaN(Estimate.OfShare(0, 0).Value));
    }

    [Fact]
    public void Tossed_signs_give_the_probability_that_counting_all_of_them_gives()
    {
        double[] differences = [1, 2, -0.5, 3, 0.7, -0.2, 1.1, 0.4];
        int oneSided = 0,
            bothSides = 0;
        for (int signs = 0; signs < 256; signs++)
        {
            double sum = differences.Select((d, i) => (signs >> i & 1) == 0 ? d : -d).Sum();
            oneSided += sum >= differences.Sum() - 1e-12 ? 1 : 0;
            bothSides += Math.Abs(sum) >= differences.Sum() - 1e-12 ? 1 : 0;
        }
        // four standard errors of a share of 4095 tosses
        double Slack(double p) => 4 * Math.Sqrt(p * (1 - p) / 4095) + 1.0 / 4096;
        Assert.Equal(oneSided / 256.0, SignFlips.PValue(differences, bothSigns: false), Slack(oneSided / 256.0));
        Assert.Equal(bothSides / 256.0, SignFlips.PValue(differences, bothSigns: true), Slack(bothSides / 256.0));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void A_difference_that_is_no_number_shows_nothing(double broken)
    {
        Assert.True(double.IsNaN(SignFlips.PValue([broken, 1, 2], bothSigns: false)));
        Assert.True(double.IsNaN(SignFlips.PValue([1, broken, 2], bothSigns: true)));
    }

    [Fact]
    public void No_difference_is_no_evidence_and_a_loss_that_falls_is_none_that_it_rises()
    {
        Assert.Equal(1, SignFlips.PValue([0, 0, 0], bothSigns: true));
        double[] falls = [-1, -1.1, -0.9, -1, -1.2, -0.8, -1, -1];
        Assert.True(SignFlips.PValue(falls, bothSigns: false) > 0.99);
        Assert.True(SignFlips.PValue(falls, bothSigns: true) < 0.02);
    }
}
