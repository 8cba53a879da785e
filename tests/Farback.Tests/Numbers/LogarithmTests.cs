using Farback.Numbers;

namespace Farback.Tests.Numbers;

public sealed class LogarithmTests
{
    [Theory]
    [InlineData(1e-300)]
    [InlineData(-1e-17)]
    [InlineData(1e-9)]
    [InlineData(-1e-5)]
    [InlineData(1e-3)]
    public void The_logarithm_next_to_one_follows_its_series(double x)
    {
        // what is left out is x⁶/6, relative to x below 2e-16 for |x| ≤ 1e-3
        double series = x * (1 + x * (-1 / 2.0 + x * (1 / 3.0 + x * (-1 / 4.0 + x / 5))));
        Close.Normwise([series], [Logarithm.OfOnePlus(x)], 1e-15, "ln(1 + x)");
    }

    [Fact]
    public void Far_from_one_it_is_the_logarithm_itself()
    {
        Assert.Equal(Math.Log(3), Logarithm.OfOnePlus(2), 4e-16);
        Assert.Equal(Math.Log(1e300), Logarithm.OfOnePlus(1e300), 2e-13);
        Assert.Equal(double.PositiveInfinity, Logarithm.OfOnePlus(double.PositiveInfinity));
        Assert.Equal(double.NegativeInfinity, Logarithm.OfOnePlus(-1));
        Assert.Equal(double.NaN, Logarithm.OfOnePlus(-2));
        Assert.Equal(double.NaN, Logarithm.OfOnePlus(double.NaN));
        Assert.Equal(0, Logarithm.OfOnePlus(0));
    }
}
