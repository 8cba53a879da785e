using System.Runtime.CompilerServices;
using Farback.Numbers;
using Farback.Tests.Laws;

namespace Farback.Tests.Numbers;

/// <summary>tanh, σ and their slopes against double's own functions over the whole range, at every width.</summary>
public sealed class ActivationTests
{
    // float: the polynomial's 4.5e-7 and the rounding of the operations after it; double: 5 ulp of a few operations
    private const double InFloat = 1e-6;
    private const double InDouble = 1e-15;

    private const double SmallestNormal = 1.1754943508222875e-38;
    private const double LastSlope = 43.66; // beyond it tanh's slope in float stays where it is

    public static TheoryData<Width> EveryWidth => [.. Enum.GetValues<Width>()];

    [Theory]
    [MemberData(nameof(EveryWidth))]
    public void Values_and_slopes_are_right_to_the_last_digits_over_the_whole_range(Width width)
    {
        LawCell.Require(width);
        // tanh's slope is e^(−2|z|) out there, and stays at e⁻⁸⁷ (e⁻⁷⁰⁸) from |z| = 43.5 (354) on
        foreach (double z in Range(43))
        {
            float single = (float)z;
            Near(Tanh(single), Of<float>(width, single, sigmoid: false), InFloat, single);
            Near(Sigma(single), Of<float>(width, single, sigmoid: true), InFloat, single);
        }
        foreach (double z in Range(350))
        {
            Near(Tanh(z), Of<double>(width, z, sigmoid: false), InDouble, z);
            Near(Sigma(z), Of<double>(width, z, sigmoid: true), InDouble, z);
        }
    }

    [Theory]
    [MemberData(nameof(EveryWidth))]
    public void Every_exponent_of_a_float_is_right_at_its_edges_and_between(Width width)
    {
        LawCell.Require(width);
        var random = new RandomStream(6);
        for (uint head = 0; head < 512; head++) // sign and exponent
        {
            uint first = head << 23;
            Check(first);
            Check(first + 1);
            Check(first + 0x7FFFFF);
            for (int i = 0; i < 20; i++)
                Check(first + (uint)random.Next(1 << 23));
        }

        void Check(uint bits)
        {
            float z = BitConverter.UInt32BitsToSingle(bits);
            (double tanh, double slope) = Of<float>(width, z, sigmoid: false);
            (double sigma, double sigmaSlope) = Of<float>(width, z, sigmoid: true);
            if (float.IsNaN(z))
            {
                Assert.True(double.IsNaN(tanh) && double.IsNaN(sigma), $"at {bits:x8}: {tanh}, {sigma}");
                return;
            }
            // what lies below the normal numbers is kept to their last digit, which is 2⁻¹⁴⁹
            (double Value, double Slope) expected = Tanh(z);
            double floor = Math.Abs(expected.Value) < SmallestNormal ? Math.ScaleB(1, -149) : 0;
            Assert.True(
                Math.Abs(tanh - expected.Value) <= InFloat * Math.Abs(expected.Value) + floor,
                $"tanh {z:r}: {tanh:r}, expected {expected.Value:r}"
            );
            if (Math.Abs(z) < LastSlope)
                Near((0, expected.Slope), (0, slope), InFloat, z);
            else
                Assert.InRange(slope, SmallestNormal, 4 * Math.Exp(-2 * LastSlope));
            expected = Sigma(z);
            if (expected.Value >= SmallestNormal)
                Near((expected.Value, 0), (sigma, 0), InFloat, z);
            else
                Assert.InRange(sigma, 0, 2 * SmallestNormal);
            if (expected.Slope >= SmallestNormal * (1 + InFloat))
                Near((0, expected.Slope), (0, sigmaSlope), InFloat, z);
        }
    }

    [Theory]
    [MemberData(nameof(EveryWidth))]
    public void Infinities_give_the_limits_and_nan_goes_through(Width width)
    {
        LawCell.Require(width);
        Both<float>();
        Both<double>();
        void Both<T>()
            where T : unmanaged
        {
            Assert.Equal(1, Of<T>(width, double.PositiveInfinity, true).Value);
            Assert.Equal(0, Of<T>(width, double.NegativeInfinity, true).Value);
            Assert.Equal(0.5, Of<T>(width, 0, true).Value);
            Assert.Equal(1, Of<T>(width, double.PositiveInfinity, false).Value);
            Assert.Equal(-1, Of<T>(width, double.NegativeInfinity, false).Value);
            Assert.Equal(0, Of<T>(width, 0, false).Value);
            Assert.Equal(1, Of<T>(width, 0, false).Slope);
            Assert.Equal(0.25, Of<T>(width, 0, true).Slope);
            Assert.True(double.IsNaN(Of<T>(width, double.NaN, true).Value));
            Assert.True(double.IsNaN(Of<T>(width, double.NaN, false).Value));
            Assert.True(double.IsNaN(Of<T>(width, double.NaN, false).Slope));
        }
    }

    [Theory]
    [MemberData(nameof(EveryWidth))]
    public void A_saturated_slope_is_small_and_not_zero(Width width)
    {
        LawCell.Require(width);
        // where h rounds to 1, 1 − h² is 0
        Assert.Equal(1, Of<float>(width, 10, false).Value);
        Near((0, 4 * Math.Exp(-20)), (0, Of<float>(width, 10, false).Slope), 1e-6, 10);
        Near((0, 4 * Math.Exp(-60)), (0, Of<double>(width, 30, false).Slope), 1e-14, 30);
    }

    private static IEnumerable<double> Range(double limit)
    {
        var random = new RandomStream(5);
        for (int i = 0; i < 4000; i++)
            yield return random.NextUniform(-limit, limit);
        // near zero, where tanh z ≈ z loses its digits first
        for (int i = 0; i < 4000; i++)
            yield return Math.ScaleB(random.NextUniform(-1, 1), -random.Next(30));
    }

    // m = e^(2z) − 1 by Kahan's correction, so that nothing cancels near zero; slopes from z, never from 1 − h²
    private static (double Value, double Slope) Tanh(double z)
    {
        double e = Math.Exp(-2 * Math.Abs(z));
        return (Math.Abs(z) < 0.1 ? Series(z) : Math.Tanh(z), 4 * e / ((1 + e) * (1 + e)));
    }

    // z − z³/3 + 2z⁵/15 − … to z¹⁹: below 0.1 the rest is below 1e-20
    private static double Series(double z)
    {
        double[] coefficients =
        [
            1,
            -1 / 3.0,
            2 / 15.0,
            -17 / 315.0,
            62 / 2835.0,
            -1382 / 155925.0,
            21844 / 6081075.0,
            -929569 / 638512875.0,
            6404582 / 10854718875.0,
        ];
        return z * coefficients.Reverse().Aggregate(0.0, (sum, c) => sum * z * z + c);
    }

    private static (double Value, double Slope) Sigma(double z)
    {
        double e = Math.Exp(-Math.Abs(z));
        return ((z > 0 ? 1 : e) / (1 + e), e / ((1 + e) * (1 + e)));
    }

    private static void Near((double Value, double Slope) expected, (double Value, double Slope) found, double tolerance, double z)
    {
        Assert.True(
            Math.Abs(found.Value - expected.Value) <= tolerance * Math.Abs(expected.Value),
            $"at {z:r}: {found.Value:r}, expected {expected.Value:r}"
        );
        Assert.True(
            Math.Abs(found.Slope - expected.Slope) <= 2 * tolerance * expected.Slope,
            $"at {z:r}: slope {found.Slope:r}, expected {expected.Slope:r}"
        );
    }

    private static (double Value, double Slope) Of<T>(Width width, double z, bool sigmoid)
        where T : unmanaged
    {
        bool single = typeof(T) == typeof(float);
        return width switch
        {
            Width.Scalar => single ? Run<Scalar<float>, float>(z, sigmoid) : Run<Scalar<double>, double>(z, sigmoid),
            Width.Bits128 => single ? Run<Lanes128<float>, float>(z, sigmoid) : Run<Lanes128<double>, double>(z, sigmoid),
            Width.Bits256 => single ? Run<Lanes256<float>, float>(z, sigmoid) : Run<Lanes256<double>, double>(z, sigmoid),
            _ => single ? Run<Lanes512<float>, float>(z, sigmoid) : Run<Lanes512<double>, double>(z, sigmoid),
        };
    }

    private static (double Value, double Slope) Run<V, T>(double z, bool sigmoid)
        where V : struct, INumbers<V>
        where T : unmanaged
    {
        V slope;
        V value = sigmoid ? Sigmoid<V>.Of(z, out slope) : Tanh<V>.Of(z, out slope);
        return (Real.ToDouble(Unsafe.As<V, T>(ref value)), Real.ToDouble(Unsafe.As<V, T>(ref slope)));
    }
}
