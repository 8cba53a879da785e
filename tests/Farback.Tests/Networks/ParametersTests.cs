using Farback.Cells;
using Farback.Networks;
using Farback.Numbers;

namespace Farback.Tests.Networks;

/// <summary>‖c θ‖ = |c| ‖θ‖, wherever θ lies in a double's range.</summary>
public sealed class ParametersTests
{
    [Theory]
    [InlineData(-1000)]
    [InlineData(-540)] // squares of all numbers are below the range
    [InlineData(-500)] // squares of some
    [InlineData(500)]
    [InlineData(1000)]
    public void A_power_of_two_comes_out_of_the_norm_to_the_last_bit(int power)
    {
        var parameters = new Parameters<double>(
            new Network
            {
                Cell = AllCells.Gru,
                Inputs = 2,
                Hidden = 3,
                Outputs = 2,
            }
        );
        var random = new RandomStream(72);
        foreach (ref double value in parameters.Values.AsSpan())
            value = random.NextNormal();
        double norm = parameters.Norm();
        double roundings = parameters.Values.Length * Math.ScaleB(1, -53); // of either order of the squares; the root halves them
        Assert.Equal(Math.Sqrt(parameters.Values.Sum(x => x * x)), norm, roundings * norm);
        foreach (ref double value in parameters.Values.AsSpan())
            value = Math.ScaleB(value, power);
        Assert.Equal(Math.ScaleB(norm, power), parameters.Norm());
    }

    [Fact]
    public void Zero_infinite_and_no_number_stay_what_they_are()
    {
        var parameters = new Parameters<float>(
            new Network
            {
                Cell = AllCells.Elman,
                Inputs = 1,
                Hidden = 2,
                Outputs = 1,
            }
        );
        Assert.Equal(0, parameters.Norm());
        parameters.Values[1] = float.NegativeInfinity;
        Assert.Equal(double.PositiveInfinity, parameters.Norm());
        parameters.Values[0] = float.NaN;
        Assert.True(double.IsNaN(parameters.Norm()));
    }
}
