using Farback.Networks;

namespace Farback.Tests.Networks;

/// <summary>p_c = e^{z_c} / Σ_j e^{z_j}, however large the logits.</summary>
public sealed class ProbabilitiesTests
{
    private const double Tolerance = 4e-16; // a few roundings of numbers below 1

    [Fact]
    public void They_are_the_softmax_of_the_logits_and_sum_to_one()
    {
        double[] z = [0.3, -1.2, 2.5, 0, 1, 1, -3, 0.7, 0.1];
        double[] p = Probabilities.Of<double>(z);
        double total = z.Sum(Math.Exp);
        for (int c = 0; c < z.Length; c++)
            Assert.Equal(Math.Exp(z[c]) / total, p[c], Tolerance);
        Assert.Equal(1, p.Sum(), 4 * Tolerance);
        Assert.Equal(2, Probabilities.Largest<double>(z));
    }

    [Fact]
    public void Huge_logits_and_impossible_classes_are_right()
    {
        Assert.Equal([0.5, 0.5, 0], Probabilities.Of<double>([1e300, 1e300, double.NegativeInfinity]));
        Assert.Equal([1.0], Probabilities.Of<float>([-1e30f]));
        Assert.All(Probabilities.Of<double>([0, double.NaN]), p => Assert.True(double.IsNaN(p)));
    }

    [Fact]
    public void The_first_of_equals_is_the_largest()
    {
        Assert.Equal(1, Probabilities.Largest<double>([0, 2, 2]));
        Assert.Throws<ArgumentException>(() => Probabilities.Largest<double>([]));
    }
}
