using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Networks;

public sealed class SoftmaxCrossEntropyTests
{
    private const double Epsilon = 2.220446049250313e-16;

    [Fact]
    public void The_loss_of_even_odds_is_the_logarithm_of_the_number_of_classes()
    {
        double[] gradient = new double[4];
        double loss = new SoftmaxCrossEntropy().Evaluate([3, 3, 3, 3], Class(1), 0, gradient);
        Assert.Equal(Math.Log(4), loss, Epsilon);
        Assert.Equal([0.25, -0.75, 0.25, 0.25], gradient);
    }

    [Fact]
    public void The_naive_formula_agrees_where_it_is_safe()
    {
        // K exponentials, a sum, a quotient and a logarithm on each side
        const double Roundings = 20 * Epsilon;
        const int Seed = 3;
        RandomStream random = new(Seed);
        double[] weights = [0.3, 1, 2.5, 0.7, 1.1];
        const double Smoothing = 0.15;
        for (int y = 0; y < 5; y++)
        {
            double[] z = [.. Enumerable.Range(0, 5).Select(_ => random.NextUniform(-4, 4))];
            double total = z.Sum(Math.Exp);
            double[] p = [.. z.Select(v => Math.Exp(v) / total)];
            double expected = -(1 - Smoothing) * weights[y] * Math.Log(p[y]);
            for (int c = 0; c < 5; c++)
                expected -= Smoothing / 5 * weights[c] * Math.Log(p[c]);
            double[] slope =
            [
                .. Enumerable
                    .Range(0, 5)
                    .Select(c =>
                        (1 - Smoothing) * weights[y] * (p[c] - (c == y ? 1 : 0)) + Smoothing / 5 * (p[c] * weights.Sum() - weights[c])
                    ),
            ];
            double[] gradient = new double[5];
            double loss = new SoftmaxCrossEntropy(weights, Smoothing).Evaluate(z, Class(y), 0, gradient);
            Close.Normwise([expected], [loss], Roundings, $"loss, seed {Seed}");
            Close.Normwise(slope, gradient, Roundings, $"gradient, seed {Seed}");
        }
    }

    [Fact]
    public void A_confident_prediction_keeps_every_digit_of_its_tiny_seed()
    {
        // L = ln(1 + 2e⁻⁴⁰⁰) and dL/dz_y = −2e⁻⁴⁰⁰/(1 + 2e⁻⁴⁰⁰) are both ±2e⁻⁴⁰⁰ to 1e-173
        double e = Math.Exp(-400);
        double[] gradient = new double[3];
        double loss = new SoftmaxCrossEntropy().Evaluate([400, 0, 0], Class(0), 0, gradient);
        Close.Normwise([2 * e], [loss], 4 * Epsilon, "loss");
        Close.Normwise([-2 * e, e, e], gradient, 4 * Epsilon, "gradient");
    }

    [Fact]
    public void A_common_shift_of_the_logits_changes_nothing()
    {
        double[] gradient = new double[3],
            shifted = new double[3];
        SoftmaxCrossEntropy loss = new(smoothing: 0.1);
        // a shift by a power of two far above the logits' last bits, so that it is exact
        double first = loss.Evaluate([1.5, -2.25, 0.5], Class(2), 0, gradient);
        double second = loss.Evaluate([1.5 + 65536, -2.25 + 65536, 0.5 + 65536], Class(2), 0, shifted);
        Assert.Equal(first, second);
        Assert.Equal(gradient, shifted);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.3)]
    public void Every_width_gives_the_same_bits(double smoothing)
    {
        const int Seed = 5;
        foreach (int classes in new[] { 1, 2, 3, 7, 8, 33 })
        {
            RandomStream random = new(Seed);
            double[] z = [.. Enumerable.Range(0, classes).Select(_ => random.NextUniform(-30, 30))];
            double[] expected = new double[classes];
            double scalar = With(Width.Scalar).Evaluate(z, Class(classes / 2), 0, expected);
            foreach (Width width in Widths.Supported)
            {
                double[] found = new double[classes];
                Assert.Equal(scalar, With(width).Evaluate(z, Class(classes / 2), 0, found));
                Assert.Equal(expected, found);
            }
        }
        SoftmaxCrossEntropy With(Width width) => new(smoothing: smoothing) { Width = width };
    }

    [Fact]
    public void An_impossible_class_has_no_probability_and_an_infinite_loss()
    {
        double[] gradient = new double[3];
        double[] logits = [0, double.NegativeInfinity, 0];
        Assert.Equal(Math.Log(2), new SoftmaxCrossEntropy().Evaluate(logits, Class(0), 0, gradient), Epsilon);
        Assert.Equal([-0.5, 0, 0.5], gradient);
        Assert.Equal(double.PositiveInfinity, new SoftmaxCrossEntropy().Evaluate(logits, Class(1), 0, gradient));
        Assert.Equal([0.5, -1, 0.5], gradient);
        Assert.Equal(double.PositiveInfinity, new SoftmaxCrossEntropy(smoothing: 0.1).Evaluate(logits, Class(0), 0, gradient));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void An_infinite_logit_makes_everything_nan_as_in_pytorch(int target)
    {
        double[] gradient = new double[3];
        double loss = new SoftmaxCrossEntropy().Evaluate([0, double.PositiveInfinity, 1], Class(target), 0, gradient);
        Assert.True(double.IsNaN(loss));
        Assert.All(gradient, g => Assert.True(double.IsNaN(g)));
    }

    [Fact]
    public void A_mean_counts_a_place_with_the_weight_of_its_class()
    {
        ClassTargets targets = new([2, 0, -100, 1]);
        SoftmaxCrossEntropy weighted = new([0.25, 4, 1], 0.1);
        Assert.Equal(1, weighted.WeightInMean([0, 0, 0], targets, 0));
        Assert.Equal(0.25, weighted.WeightInMean([0, 0, 0], targets, 1));
        Assert.Equal(4, weighted.WeightInMean([0, 0, 0], targets, 3));
        Assert.Equal(1, new SoftmaxCrossEntropy().WeightInMean([0, 0, 0], targets, 3));
        Assert.False(targets.IsPresent(2));
    }

    [Fact]
    public void A_class_beyond_the_read_out_is_named_with_its_place()
    {
        var error = Assert.Throws<ArgumentException>(() =>
            new SoftmaxCrossEntropy().Evaluate([0, 0], new ClassTargets([0, 7]), 1, new double[2])
        );
        Assert.Contains("place 1 has class 7, expected 0 to 1", error.Message, StringComparison.Ordinal);
    }

    private static ClassTargets Class(int y) => new([y]);
}
