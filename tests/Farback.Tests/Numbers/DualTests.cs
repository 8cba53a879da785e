using Farback.Numbers;

namespace Farback.Tests.Numbers;

/// <summary>A dual number differentiates what it is run through, at the seams of a formula too.</summary>
public sealed class DualTests
{
    private static readonly double[] Tangents = [1, -1, 0.5, -3, 0];

    [Fact]
    public void Tanh_and_sigma_have_their_slope_at_exactly_zero_from_either_side()
    {
        foreach (double zero in new[] { 0.0, -0.0 })
        foreach (double tangent in Tangents)
        {
            Assert.Equal(tangent, Tanh<Dual>.Of(new(zero, tangent), out _).Tangent, 1e-16);
            Assert.Equal(tangent / 4, Sigmoid<Dual>.Of(new(zero, tangent), out _).Tangent, 1e-16);
        }
    }

    [Fact]
    public void Relu_is_flat_at_exactly_zero_as_its_slope_says()
    {
        foreach (double tangent in Tangents)
            Assert.Equal(0, Relu<Dual>.Of(new(0, tangent), out _).Tangent);
    }

    [Fact]
    public void Activations_differentiate_to_the_slope_that_they_return()
    {
        // both sides are a handful of operations; relative to the slope, which the tangent meets by another formula
        const double Tolerance = 1e-12;
        for (double z = -30; z <= 30; z += 0.037)
        {
            Near<Tanh<Dual>>(z);
            Near<Sigmoid<Dual>>(z);
        }
        static void Near<TActivation>(double z)
            where TActivation : struct, IActivation<Dual>
        {
            Dual of = TActivation.Of(new(z, 1), out Dual slope);
            // past |z| = 18 tanh is 1 to the last digit, and so the tangent of m/(m + 2) is its slope only to ε
            Assert.True(
                Math.Abs(of.Tangent - slope.Value) <= Tolerance * Math.Abs(slope.Value) + 1e-16,
                $"{typeof(TActivation).Name} at {z}: {of.Tangent}, slope {slope.Value}"
            );
        }
    }

    [Fact]
    public void Arithmetic_follows_the_rules_of_differentiation()
    {
        Dual a = new(3, 2),
            b = new(-4, 5);
        Assert.Equal((-12, 2 * -4 + 3 * 5), Both(a * b));
        Assert.Equal((-0.75, (2 - -0.75 * 5) / -4), Both(a / b));
        Assert.Equal((-1, 7), Both(a + b));
        Assert.Equal((7, -3), Both(a - b));
        Assert.Equal((-10, 7 + 2), Both(Dual.MultiplyAdd(a, b, a) - new Dual(1, 0)));
        Assert.Equal((3, 6 / (2 * 3.0)), Both(Dual.Sqrt(new(9, 6))));
        Assert.Equal((4, -5), Both(Dual.Abs(b)));
        Assert.Equal((-3, -2), Both(Dual.CopySign(a, b)));
        static (double, double) Both(Dual x) => (x.Value, x.Tangent);
    }
}
