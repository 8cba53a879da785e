using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Networks;

/// <summary>Laws that hold for every loss; a new loss is one line in the list.</summary>
public sealed class EveryLossTests
{
    private const int Outputs = 4;
    private const int Seed = 11;

    private static readonly Dictionary<string, Loss> All = new()
    {
        ["cross entropy"] = new SoftmaxCrossEntropy(),
        ["cross entropy, smoothed"] = new SoftmaxCrossEntropy(smoothing: 0.2),
        ["cross entropy, weighted"] = new SoftmaxCrossEntropy([0.5, 2, 0, 1]),
        ["cross entropy, both"] = new SoftmaxCrossEntropy([0.5, 2, 0, 1], 0.1),
        ["binary cross entropy"] = new BinaryCrossEntropy(),
        ["squared error"] = new SquaredError(),
        ["absolute error"] = new AbsoluteError(),
        ["Huber"] = new Huber(0.7),
        ["smooth absolute error"] = Huber.SmoothAbsolute(0.3),
    };

    public static TheoryData<string> Names => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_is_the_slope_that_finite_differences_see(string name)
    {
        // step h: truncation h²/6·ℓ''' ~ 1e-11, rounding ε|L|/h ~ 1e-11|L|
        const double Step = 1e-5;
        RandomStream random = new(Seed);
        for (int trial = 0; trial < 20; trial++)
        {
            (double[] output, Targets targets) = Draw(All[name], random);
            double[] gradient = new double[Outputs],
                unused = new double[Outputs];
            double loss = All[name].Evaluate(output, targets, 0, gradient);
            double tolerance = 1e-6 * gradient.Max(Math.Abs) + 1e-10 * Math.Max(1, Math.Abs(loss));
            for (int j = 0; j < Outputs; j++)
            {
                double[] moved = [.. output];
                moved[j] = output[j] + Step;
                double above = All[name].Evaluate(moved, targets, 0, unused);
                moved[j] = output[j] - Step;
                double below = All[name].Evaluate(moved, targets, 0, unused);
                double difference = (above - below) / (2 * Step);
                Assert.True(
                    Math.Abs(difference - gradient[j]) <= tolerance,
                    $"{name}, trial {trial}, seed {Seed}, output {j}: slope {gradient[j]}, differences {difference}."
                );
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_nan_in_the_read_out_reaches_the_loss_and_its_own_gradient(string name)
    {
        for (int j = 0; j < Outputs; j++)
        {
            (double[] output, Targets targets) = Draw(All[name], new RandomStream(Seed));
            output[j] = double.NaN;
            double[] gradient = new double[Outputs];
            Assert.True(double.IsNaN(All[name].Evaluate(output, targets, 0, gradient)));
            Assert.True(double.IsNaN(gradient[j]));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_is_overwritten_and_nothing_is_allocated(string name)
    {
        (double[] output, Targets targets) = Draw(All[name], new RandomStream(Seed));
        double[] gradient = new double[Outputs],
            again = [1, 2, 3, double.NaN];
        double first = All[name].Evaluate(output, targets, 0, gradient);
        double second = All[name].Evaluate(output, targets, 0, again);
        Assert.Equal(first, second);
        Assert.Equal(gradient, again);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int trial = 0; trial < 100; trial++)
        {
            All[name].Evaluate(output, targets, 0, gradient);
            All[name].WeightInMean(output, targets, 0);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Targets_of_the_wrong_kind_are_named_in_the_error(string name)
    {
        Targets wrong = All[name] is SoftmaxCrossEntropy ? new ValueTargets(new double[Outputs], Outputs) : new ClassTargets([0]);
        var error = Assert.Throws<ArgumentException>(() => All[name].Evaluate(new double[Outputs], wrong, 0, new double[Outputs]));
        Assert.Contains(wrong.GetType().Name, error.Message, StringComparison.Ordinal);
    }

    private static (double[] Output, Targets Targets) Draw(Loss loss, RandomStream random)
    {
        double[] output = Numbers(() => random.NextUniform(-3, 3));
        Targets targets = loss switch
        {
            // class 2 has no weight: its gradient alone could be 0 everywhere
            SoftmaxCrossEntropy => new ClassTargets([new[] { 0, 1, 3 }[random.Next(3)]]),
            BinaryCrossEntropy => new ValueTargets(Numbers(random.NextDouble), Outputs),
            _ => new ValueTargets(Numbers(random.NextNormal), Outputs),
        };
        return (output, targets);
    }

    private static double[] Numbers(Func<double> draw) => [.. Enumerable.Range(0, Outputs).Select(_ => draw())];
}
