using Farback.Numbers;

namespace Farback.Tests.Numbers;

/// <summary>What is done by the register is what is done number by number, bit for bit, for every length.</summary>
public sealed class RealTests
{
    [Fact]
    public void Floats() => AreAsOneByOne<float>();

    [Fact]
    public void Doubles() => AreAsOneByOne<double>();

    [Fact]
    public void Dual_numbers() => AreAsOneByOne<Dual>();

    private static void AreAsOneByOne<T>()
        where T : unmanaged
    {
        var random = new RandomStream(11);
        for (int count = 0; count <= 40; count++)
        {
            T[] numbers = [.. Enumerable.Range(0, count).Select(_ => Real.From<T>(random.NextNormal()))];
            T[] others = [.. Enumerable.Range(0, count).Select(_ => Real.From<T>(1e-3 * random.NextNormal()))];
            double[] expected = [.. numbers.Select(Real.ToDouble)];

            double[] doubles = new double[count];
            Real.ToDouble<T>(numbers, doubles);
            Assert.Equal(expected, doubles);

            T[] back = new T[count];
            Real.From<T>(doubles, back);
            Assert.Equal(expected, back.Select(Real.ToDouble));

            Real.Add<T>(others, back);
            Assert.Equal(
                numbers.Zip(others, (a, b) => Real.ToDouble(Real.From<T>(Real.ToDouble(a) + Real.ToDouble(b)))),
                back.Select(Real.ToDouble)
            );

            Real.Multiply<double>(doubles, 0.3);
            Assert.Equal(expected.Select(x => 0.3 * x), doubles);
        }
    }

    [Fact]
    public void Dual_numbers_are_added_with_their_tangents()
    {
        Dual[] sum = [new(1, 2)];
        Real.Add<Dual>([new(3, 4)], sum);
        Assert.Equal((4, 6), (sum[0].Value, sum[0].Tangent));
    }

    [Fact]
    public void Squares_of_every_kind_of_number_are_added_in_one_order()
    {
        var random = new RandomStream(12);
        for (int count = 0; count <= 40; count++)
        {
            float[] floats = [.. Enumerable.Range(0, count).Select(_ => (float)random.NextNormal())];
            double[] doubles = [.. floats.Select(x => (double)x)];
            Dual[] duals = [.. doubles.Select(x => new Dual(x))];
            double square = Euclidean.Square<double>(doubles);
            Assert.Equal(square, Euclidean.Square<float>(floats));
            Assert.Equal(square, Euclidean.Square<Dual>(duals));
            Assert.Equal(doubles.Sum(x => x * x), square, count * Math.ScaleB(square, -53));
        }
    }
}
