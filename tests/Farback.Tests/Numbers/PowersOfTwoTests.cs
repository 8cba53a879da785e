using Farback.Numbers;

namespace Farback.Tests.Numbers;

/// <summary>Many logarithms at once are those of one at a time, wherever a number stands among the others.</summary>
public sealed class PowersOfTwoTests
{
    private static readonly double[] Numbers =
    [
        0,
        1,
        double.PositiveInfinity,
        double.NaN,
        double.Epsilon,
        3e-310,
        1e-300,
        0.7,
        Math.BitDecrement(1),
        Math.PI,
        1e300,
    ];

    [Fact]
    public void Logarithms_of_many_numbers_are_those_of_each()
    {
        for (int from = 0; from < Numbers.Length; from++)
        {
            double[] logarithms = new double[Numbers.Length - from];
            PowersOfTwo.Log2(Numbers.AsSpan(from), logarithms);
            for (int i = 0; i < logarithms.Length; i++)
            {
                double[] alone = new double[1];
                PowersOfTwo.Log2(Numbers.AsSpan(from + i, 1), alone);
                Assert.Equal(alone[0], logarithms[i]);
                Close(Math.Log2(Numbers[from + i]), logarithms[i]);
            }
        }
    }

    [Fact]
    public void Powers_of_minus_infinity_add_nothing_and_no_number_stays_none()
    {
        double[] exponents = [0, double.NegativeInfinity, 3, -1.5, 100, 0.25, double.NegativeInfinity];
        Close(exponents.Sum(double.Exp2), PowersOfTwo.Sum(exponents));
        Assert.True(double.IsNaN(PowersOfTwo.Sum([1, 2, 3, 4, 5, 6, 7, 8, double.NaN])));
        Assert.True(double.IsNaN(PowersOfTwo.Sum([double.NaN, 2, 3, 4, 5, 6, 7, 8, 9])));
        Assert.Equal(0, PowersOfTwo.Sum([.. Enumerable.Repeat(double.NegativeInfinity, 9)]));
    }

    // x ln 2 rounds once: of e^(x ln 2) that is |x| ln 2 units in the last place, of which the largest x has 70
    private const double Units = 100;

    private static void Close(double expected, double found)
    {
        if (double.IsFinite(expected))
            Assert.InRange(found, expected - Units * Error(expected), expected + Units * Error(expected));
        else
            Assert.Equal(expected, found);
    }

    private static double Error(double value) => Math.ScaleB(Math.Abs(value), -53);
}
