using Farback.Networks;
using Farback.Sequences;

namespace Farback.Tests.Networks;

public sealed class ValueLossTests
{
    private const double Infinity = double.PositiveInfinity;
    private const double Epsilon = 2.220446049250313e-16;

    [Fact]
    public void A_squared_error_has_no_half() => AssertLoss(new SquaredError(), [3, -1], [1, 1], 8, [4, -4]);

    [Fact]
    public void An_absolute_error_has_slope_zero_at_its_kink() => AssertLoss(new AbsoluteError(), [3, 1, -1], [1, 1, 1], 4, [1, 0, -1]);

    [Fact]
    public void Huber_is_a_parabola_within_delta_and_a_line_beyond() =>
        // ½ + ½·4, then 2·(5 − 1)
        AssertLoss(new Huber(2), [1, -2, 5], [0, 0, 0], 0.5 + 2 + 8, [1, -2, 2]);

    [Fact]
    public void The_smooth_absolute_error_is_huber_over_beta() =>
        AssertLoss(Huber.SmoothAbsolute(2), [1, -2, 5], [0, 0, 0], (0.5 + 2 + 8) / 2, [0.5, -1, 1]);

    [Fact]
    public void At_infinity_the_errors_are_infinite_and_the_slopes_are_their_limits()
    {
        AssertLoss(new SquaredError(), [Infinity], [0], Infinity, [Infinity]);
        AssertLoss(new AbsoluteError(), [-Infinity], [0], Infinity, [-1]);
        AssertLoss(new Huber(2), [-Infinity], [0], Infinity, [-2]);
        AssertLoss(Huber.SmoothAbsolute(2), [Infinity], [0], Infinity, [1]);
    }

    [Fact]
    public void Binary_cross_entropy_is_its_textbook_formula_where_that_is_safe()
    {
        foreach (double z in new[] { -2.5, -0.3, 0, 0.8, 3 })
        foreach (double y in new[] { 0, 0.2, 0.5, 1 })
        {
            double p = 1 / (1 + Math.Exp(-z));
            double expected = -y * Math.Log(p) - (1 - y) * Math.Log(1 - p);
            double[] gradient = new double[1];
            double loss = Evaluate(new BinaryCrossEntropy(), [z], [y], gradient);
            // 1 − p costs the textbook up to e³ roundings
            Assert.Equal(expected, loss, 40 * Epsilon);
            Assert.Equal(p - y, gradient[0], 4 * Epsilon);
        }
    }

    [Theory]
    [InlineData(300, 1, -1)]
    [InlineData(-300, 0, 1)]
    public void A_confident_binary_prediction_keeps_every_digit(double logit, double target, double sign)
    {
        double tail = Math.Exp(-300);
        double[] gradient = new double[1];
        double loss = Evaluate(new BinaryCrossEntropy(), [logit], [target], gradient);
        Close.Normwise([tail], [loss], 4 * Epsilon, "loss");
        Close.Normwise([sign * tail], gradient, 4 * Epsilon, "gradient");
    }

    [Fact]
    public void A_certain_binary_prediction_costs_nothing_or_everything()
    {
        AssertLoss(new BinaryCrossEntropy(), [Infinity], [1], 0, [0]);
        AssertLoss(new BinaryCrossEntropy(), [-Infinity], [0], 0, [0]);
        AssertLoss(new BinaryCrossEntropy(), [Infinity], [0], Infinity, [1]);
        AssertLoss(new BinaryCrossEntropy(), [-Infinity], [1], Infinity, [-1]);
        AssertLoss(new BinaryCrossEntropy(), [-Infinity], [0.25], Infinity, [-0.25]);
    }

    [Fact]
    public void A_mean_counts_every_number() =>
        Assert.Equal(3, new SquaredError().WeightInMean([1, 2, 3], new ValueTargets([0, 0, 0], 3), 0));

    [Fact]
    public void Constants_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Huber(0));
        Assert.Throws<ArgumentException>(() => Huber.SmoothAbsolute(double.NaN));
        Assert.Throws<ArgumentException>(() => new SoftmaxCrossEntropy(smoothing: 1.5));
        Assert.Throws<ArgumentException>(() => new SoftmaxCrossEntropy([1, -1]));
        Assert.Throws<ArgumentException>(() =>
            new SoftmaxCrossEntropy([1, 1]).Evaluate([0, 0, 0], new ClassTargets([0]), 0, new double[3])
        );
    }

    private static void AssertLoss(Loss loss, double[] output, double[] target, double expected, double[] slope)
    {
        double[] gradient = new double[output.Length];
        Assert.Equal(expected, Evaluate(loss, output, target, gradient));
        Assert.Equal(slope, gradient);
    }

    // at the second place of two, so that a loss that looks at the first is caught
    private static double Evaluate(Loss loss, double[] output, double[] target, double[] gradient)
    {
        double[] elsewhere = [.. target.Select(y => y + 17)];
        return loss.Evaluate(output, new ValueTargets([.. elsewhere, .. target], target.Length), 1, gradient);
    }
}
