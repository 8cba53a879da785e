using Farback.Numbers;
using Farback.Training;

namespace Farback.Tests.Training;

public sealed class ClippingTests
{
    private const double Roundings = 8 * 2.220446049250313e-16;

    [Fact]
    public void A_long_gradient_is_scaled_by_the_coefficient_of_pytorch()
    {
        double[] gradient = [3, -4, 12];
        Assert.Equal(13, Clipping.ByNorm<double>(gradient, 2));
        double coefficient = 2 / (13 + 1e-6);
        Assert.Equal([3 * coefficient, -4 * coefficient, 12 * coefficient], gradient);
    }

    [Fact]
    public void A_short_gradient_is_left_alone()
    {
        float[] gradient = [0.3f, -0.4f];
        Assert.Equal(0.5, Clipping.ByNorm<float>(gradient, 0.6), 1e-7);
        Assert.Equal([0.3f, -0.4f], gradient);
    }

    [Fact]
    public void A_gradient_just_at_the_limit_is_shortened_by_the_guard()
    {
        // 5/(5 + 1e-6) < 1: what PyTorch does
        double[] gradient = [3, 4];
        Clipping.ByNorm<double>(gradient, 5);
        Assert.Equal(3 * (5 / (5 + 1e-6)), gradient[0]);
    }

    [Theory]
    [InlineData(1e200)]
    [InlineData(1e-200)]
    [InlineData(1e-310)]
    [InlineData(1e308)]
    public void A_norm_is_right_where_its_squares_are_out_of_range(double size)
    {
        // subnormal entries carry up to 5e-324/1e-310 of rounding of their own
        double tolerance = Math.Max(Roundings, 5e-324 / size);
        double norm = Euclidean.Norm<double>([size, 0, -size]);
        Assert.True(Math.Abs(norm / size - Math.Sqrt(2)) <= 2 * tolerance, $"{norm}");
    }

    [Fact]
    public void An_exploded_gradient_keeps_its_direction()
    {
        double[] gradient = [3e200, -4e200];
        Assert.Equal(1, Clipping.ByNorm<double>(gradient, 1) / 5e200, Roundings);
        Close.Normwise([0.6, -0.8], gradient, Roundings, "direction");
    }

    [Fact]
    public void A_gradient_of_floats_is_summed_in_double()
    {
        // in float 2²⁴ + 1 = 2²⁴
        float[] gradient = [4096, .. Enumerable.Repeat(1f, 4096)];
        Assert.Equal(Math.Sqrt(4096.0 * 4096 + 4096), Euclidean.Norm<float>(gradient));
    }

    [Fact]
    public void Nothing_and_zeros_have_norm_zero()
    {
        Assert.Equal(0, Clipping.ByNorm<double>([], 1));
        double[] gradient = [0, -0.0];
        Assert.Equal(0, Clipping.ByNorm<double>(gradient, 1));
        Assert.Equal([0, -0.0], gradient);
    }

    [Fact]
    public void Infinity_and_nan_go_through_as_in_pytorch()
    {
        double[] infinite = [1, double.NegativeInfinity];
        Assert.Equal(double.PositiveInfinity, Clipping.ByNorm<double>(infinite, 1));
        Assert.Equal([0, double.NaN], infinite);
        double[] nan = [1, double.NaN, double.PositiveInfinity];
        Assert.Equal(double.NaN, Clipping.ByNorm<double>(nan, 1));
        Assert.All(nan, g => Assert.True(double.IsNaN(g)));
    }

    [Fact]
    public void Clipping_by_value_cuts_each_number()
    {
        double[] gradient = [2, -2, 0.5, -0.5, double.NaN, double.PositiveInfinity];
        Clipping.ByValue<double>(gradient, 1);
        Assert.Equal([1, -1, 0.5, -0.5, double.NaN, 1], gradient);
    }

    [Fact]
    public void A_limit_that_is_not_positive_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Clipping.ByNorm<double>([1], 0));
        Assert.Throws<ArgumentException>(() => Clipping.ByValue<double>([1], double.NaN));
    }

    [Fact]
    public void A_norm_and_a_clip_allocate_nothing()
    {
        double[] gradient = [.. Enumerable.Repeat(1.0, 33)];
        Clipping.ByNorm<double>(gradient, 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int trial = 0; trial < 100; trial++)
        {
            Clipping.ByNorm<double>(gradient, 0.5);
            Clipping.ByValue<double>(gradient, 0.1);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
