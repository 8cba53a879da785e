using Farback.Diagnosis;
using Farback.Numbers;

namespace Farback.Tests.Diagnosis;

/// <summary>σ_max at the ends of a double's range, and of matrices that one start vector does not see.</summary>
public sealed class SpectralNormTests
{
    private const double Rounding = 1e-14; // sums of two squares and their root

    [Theory]
    [InlineData(1e200)]
    [InlineData(1e-200)]
    [InlineData(1e308)]
    [InlineData(5e-324)]
    public void A_multiple_of_the_identity_stretches_by_that_multiple(double size) =>
        Assert.Equal(1, SpectralNorm.Of([size, 0, 0, 0, size, 0, 0, 0, size], 3, 3) / size, Rounding);

    [Theory]
    [InlineData(-900)]
    [InlineData(900)]
    public void A_power_of_two_comes_out_of_the_norm_to_the_last_bit(int power)
    {
        var random = new RandomStream(71);
        double[] matrix = [.. Enumerable.Range(0, 12).Select(_ => random.NextNormal())];
        double norm = SpectralNorm.Of(matrix, 4, 3);
        Assert.Equal(Math.ScaleB(norm, power), SpectralNorm.Of([.. matrix.Select(x => Math.ScaleB(x, power))], 4, 3));
    }

    [Fact]
    public void A_row_at_a_right_angle_to_the_start_is_as_long_as_it_is()
    {
        (double first, double second) = (1 + 0.1 * Math.Sin(1), 1 + 0.1 * Math.Sin(2)); // where the iteration starts
        double[] row = [3 * second, -3 * first];
        double length = Math.Sqrt(row.Sum(x => x * x));
        Assert.Equal(length, SpectralNorm.Of(row, 1, 2), Rounding * length);
        Assert.Equal(length, SpectralNorm.Of([0, 0, .. row], 2, 2), Rounding * length);
    }

    [Fact]
    public void Nothing_is_zero_and_what_is_no_number_is_none()
    {
        Assert.Equal(0, SpectralNorm.Of([0, 0, 0, 0], 2, 2));
        Assert.True(double.IsNaN(SpectralNorm.Of([1, double.NaN, 0, 1], 2, 2)));
        Assert.Equal(double.PositiveInfinity, SpectralNorm.Of([1, double.NegativeInfinity, 0, 1], 2, 2));
    }
}
