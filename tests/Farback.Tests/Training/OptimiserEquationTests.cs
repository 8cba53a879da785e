using Farback.Training;

namespace Farback.Tests.Training;

/// <summary>Each rule against plain formulas written from PyTorch's documentation, and against numbers worked by hand.</summary>
public sealed class OptimiserEquationTests
{
    // three steps of at most twenty roundings each
    private const double Roundings = 60 * 2.220446049250313e-16;
    private const double Rate = 0.1;

    private static readonly double[] Start = [1, -0.5, 2];
    private static readonly double[][] Gradients =
    [
        [0.3, -1.2, 0],
        [-0.7, 0.4, 5],
        [0.1, 0.9, -1e-3],
    ];

    /// <summary>One number's rule: (parameter, gradient, memory, step from 1) → parameter.</summary>
    private delegate double Rule(double p, double g, Dictionary<string, double> memory, int t);

    [Fact]
    public void Gradient_descent_steps_against_the_gradient()
    {
        double[] parameters = [1, 2];
        new Sgd<double>(2).Step(parameters, [0.5, -4], 0.25);
        Assert.Equal([0.875, 3], parameters);
        Assert.Empty(new Sgd<double>(2).State);
    }

    [Fact]
    public void Momentum_worked_by_hand()
    {
        // v = 1, 1.5, 1.75 with μ = ½ and g = 1
        double[] parameters = [4];
        Sgd<double> sgd = new(1, 0.5);
        Walk(sgd, parameters, [4 - 1, 3 - 1.5, 1.5 - 1.75]);
    }

    [Fact]
    public void Nesterov_worked_by_hand()
    {
        // g + μv = 1.5, 1.75, 1.875
        double[] parameters = [4];
        Nesterov<double> nesterov = new(1, 0.5);
        Walk(nesterov, parameters, [4 - 1.5, 2.5 - 1.75, 0.75 - 1.875]);
    }

    private static void Walk(Optimiser<double> optimiser, double[] parameters, double[] expected)
    {
        foreach (double next in expected)
        {
            optimiser.Step(parameters, [1], 1);
            Assert.Equal(next, parameters[0]);
        }
    }

    [Theory]
    [InlineData(1e-5)]
    [InlineData(1.0)]
    [InlineData(1e5)]
    public void The_first_step_of_adam_is_the_learning_rate_whatever_the_gradient(double gradient)
    {
        double[] parameters = [0, 0, 0];
        new Adam<double>(3, epsilon: 0).Step(parameters, [gradient, -gradient, gradient], Rate);
        Close.Normwise([-Rate, Rate, -Rate], parameters, Roundings, "parameters");
    }

    [Fact]
    public void Sgd_with_momentum_and_decay_is_that_of_pytorch() =>
        AssertRule(
            new Sgd<double>(3, 0.9, 0.02),
            (p, g, memory, t) =>
            {
                g += 0.02 * p;
                double b = t > 1 ? 0.9 * memory["momentum_buffer"] + g : g;
                memory["momentum_buffer"] = b;
                return p - Rate * b;
            }
        );

    [Fact]
    public void Nesterov_is_that_of_pytorch() =>
        AssertRule(
            new Nesterov<double>(3, 0.9, 0.02),
            (p, g, memory, t) =>
            {
                g += 0.02 * p;
                double b = t > 1 ? 0.9 * memory["momentum_buffer"] + g : g;
                memory["momentum_buffer"] = b;
                return p - Rate * (g + 0.9 * b);
            }
        );

    [Fact]
    public void RmsProp_adds_epsilon_outside_the_root_as_pytorch_does() =>
        AssertRule(
            new RmsProp<double>(3, 0.95, 0.1),
            (p, g, memory, _) =>
            {
                double v = 0.95 * memory.GetValueOrDefault("square_avg") + 0.05 * g * g;
                memory["square_avg"] = v;
                return p - Rate * g / (Math.Sqrt(v) + 0.1);
            }
        );

    [Fact]
    public void Centred_RmsProp_with_momentum_and_decay_is_that_of_pytorch() =>
        AssertRule(
            new RmsProp<double>(3, 0.8, 0.1, 0.7, 0.02, centred: true),
            (p, g, memory, _) =>
            {
                g += 0.02 * p;
                double v = 0.8 * memory.GetValueOrDefault("square_avg") + 0.2 * g * g;
                double mean = 0.8 * memory.GetValueOrDefault("grad_avg") + 0.2 * g;
                double b = 0.7 * memory.GetValueOrDefault("momentum_buffer") + g / (Math.Sqrt(v - mean * mean) + 0.1);
                memory["square_avg"] = v;
                memory["grad_avg"] = mean;
                memory["momentum_buffer"] = b;
                return p - Rate * b;
            }
        );

    [Fact]
    public void A_variance_that_rounding_makes_negative_counts_as_zero()
    {
        double[] gradient = [.. Enumerable.Range(1, 100).Select(i => i / 7.0)];
        double[] parameters = new double[100];
        RmsProp<double> rmsProp = new(100, 0.9, epsilon: 1, centred: true);
        bool seen = false;
        for (int step = 0; step < 500; step++)
        {
            rmsProp.Step(parameters, gradient, 1e-3);
            double[] square = rmsProp.State[0].Values,
                mean = rmsProp.State[1].Values;
            seen |= square.Zip(mean).Any(s => s.First - s.Second * s.Second < 0);
        }
        Assert.True(seen, "No variance was rounded below zero: the test shows nothing.");
        Assert.All(parameters, p => Assert.True(double.IsFinite(p)));
    }

    [Fact]
    public void Adam_divides_by_the_corrected_second_moment_as_pytorch_does() =>
        AssertRule(
            new Adam<double>(3, 0.8, 0.95, 0.1, 0.02),
            (p, g, memory, t) =>
            {
                g += 0.02 * p;
                (double m, double v) = Moments(memory, g);
                double mHat = m / (1 - Math.Pow(0.8, t));
                double vHat = v / (1 - Math.Pow(0.95, t));
                return p - Rate * mHat / (Math.Sqrt(vHat) + 0.1);
            }
        );

    [Fact]
    public void AdamW_decays_the_weights_outside_the_moments_as_pytorch_does() =>
        AssertRule(
            new AdamW<double>(3, 0.8, 0.95, 0.1, 0.02),
            (p, g, memory, t) =>
            {
                p -= Rate * 0.02 * p;
                (double m, double v) = Moments(memory, g);
                double mHat = m / (1 - Math.Pow(0.8, t));
                double vHat = v / (1 - Math.Pow(0.95, t));
                return p - Rate * mHat / (Math.Sqrt(vHat) + 0.1);
            }
        );

    private static (double M, double V) Moments(Dictionary<string, double> memory, double g)
    {
        double m = 0.8 * memory.GetValueOrDefault("exp_avg") + 0.2 * g;
        double v = 0.95 * memory.GetValueOrDefault("exp_avg_sq") + 0.05 * g * g;
        (memory["exp_avg"], memory["exp_avg_sq"]) = (m, v);
        return (m, v);
    }

    [Fact]
    public void AdamW_without_decay_is_adam_bit_for_bit()
    {
        double[] one = [.. Start],
            other = [.. Start];
        Adam<double> adam = new(3);
        AdamW<double> adamW = new(3, weightDecay: 0);
        foreach (double[] gradient in Gradients)
        {
            adam.Step(one, gradient, Rate);
            adamW.Step(other, gradient, Rate);
        }
        Assert.Equal(one, other);
    }

    [Fact]
    public void Adagrad_sums_the_squares_and_lowers_its_rate_as_pytorch_does() =>
        AssertRule(
            new Adagrad<double>(3, 0.3, 0.1, 0.02, 0.5),
            (p, g, memory, t) =>
            {
                g += 0.02 * p;
                double sum = memory.GetValueOrDefault("sum", 0.5) + g * g;
                memory["sum"] = sum;
                return p - Rate / (1 + (t - 1) * 0.3) * g / (Math.Sqrt(sum) + 0.1);
            }
        );

    [Fact]
    public void A_gradient_that_has_always_been_zero_moves_nothing()
    {
        foreach (
            Optimiser<float> optimiser in new Optimiser<float>[]
            {
                new Adam<float>(1),
                new AdamW<float>(1, weightDecay: 0),
                new RmsProp<float>(1),
                new Adagrad<float>(1),
            }
        )
        {
            float[] parameters = [3];
            optimiser.Step(parameters, [0], Rate);
            Assert.Equal(3, parameters[0]);
        }
    }

    [Fact]
    public void Constants_outside_their_range_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Sgd<double>(1, 1));
        Assert.Throws<ArgumentException>(() => new Nesterov<double>(1, -0.1));
        Assert.Throws<ArgumentException>(() => new Adam<double>(1, beta2: 1));
        Assert.Throws<ArgumentException>(() => new AdamW<double>(1, weightDecay: -1));
        Assert.Throws<ArgumentException>(() => new RmsProp<double>(1, epsilon: double.NaN));
        Assert.Throws<ArgumentException>(() => new Adagrad<double>(1, initialSum: -1));
        Assert.Throws<NotSupportedException>(() => new Adam<Half>(1));
    }

    private static void AssertRule(Optimiser<double> optimiser, Rule rule)
    {
        double[] found = [.. Start],
            expected = [.. Start];
        Dictionary<string, double>[] memories =
        [
            [],
            [],
            [],
        ];
        for (int step = 0; step < Gradients.Length; step++)
        {
            optimiser.Step(found, Gradients[step], Rate);
            for (int i = 0; i < expected.Length; i++)
                expected[i] = rule(expected[i], Gradients[step][i], memories[i], step + 1);
            Close.Normwise(expected, found, Roundings, $"parameters after step {step + 1}");
        }
        Assert.Equal(memories[0].Count, optimiser.State.Count);
        foreach ((string name, double[] values) in optimiser.State)
            Close.Normwise([.. memories.Select(m => m[name])], values, Roundings, name);
    }
}
