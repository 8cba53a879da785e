using Farback.Diagnosis;
using Farback.Numbers;

namespace Farback.Tests.Diagnosis.Memory;

public sealed class LinearProbeTests
{
    // a system of at most 30 unknowns whose smallest pivot is ρn: condition below 10⁴
    private const double Tolerance = 1e-10;

    [Fact]
    public void One_feature_has_the_slope_that_is_worked_by_hand()
    {
        // x̄ = 3, variance 2; standardised x'x = n; slope of y = 10 x + 1 is 10·√2·n/(n + ρn)
        Func<double[][], double[][]> probe = LinearProbe.Fit(
            [
                [1],
                [2],
                [3],
                [4],
                [5],
            ],
            [
                [11],
                [21],
                [31],
                [41],
                [51],
            ],
            ridge: 0.25
        );
        Assert.Equal(
            31,
            probe([
                [3],
            ])[0][0],
            Tolerance
        );
        Assert.Equal(
            31 + 10 * 2 / 1.25,
            probe([
                [5],
            ])[0][0],
            Tolerance
        );
    }

    [Theory]
    [InlineData(20, 4)]
    [InlineData(8, 30)] // more features than items: the dual
    public void It_solves_the_normal_equations(int items, int features)
    {
        const double Ridge = 0.03;
        var random = new RandomStream(items);
        double[][] x =
        [
            .. Enumerable.Range(0, items).Select(_ => Enumerable.Range(0, features).Select(_ => random.NextNormal()).ToArray()),
        ];
        double[][] y = [.. x.Select(row => new[] { row[0] - row[1] + 0.1 * random.NextNormal(), random.NextNormal() })];
        double[] mean = [.. Enumerable.Range(0, features).Select(j => x.Average(row => row[j]))],
            deviation = [.. Enumerable.Range(0, features).Select(j => Math.Sqrt(x.Average(row => Math.Pow(row[j] - mean[j], 2))))];
        double[] Standard(double[] row) => [.. row.Select((v, j) => (v - mean[j]) / deviation[j])];
        double[][] z = [.. x.Select(Standard)];
        var matrix = new double[features, features];
        for (int i = 0; i < features; i++)
        for (int j = 0; j < features; j++)
            matrix[i, j] = z.Sum(row => row[i] * row[j]) + (i == j ? Ridge * items : 0);
        double[] fresh = [.. Enumerable.Range(0, features).Select(_ => random.NextNormal())];
        double[] said = LinearProbe.Fit(x, y, Ridge)([fresh])[0];
        for (int output = 0; output < 2; output++)
        {
            double average = y.Average(row => row[output]);
            double[] weights = Gauss(
                matrix,
                [.. Enumerable.Range(0, features).Select(j => z.Zip(y, (a, b) => a[j] * (b[output] - average)).Sum())]
            );
            Assert.Equal(average + Standard(fresh).Zip(weights, (a, b) => a * b).Sum(), said[output], Tolerance);
        }
    }

    [Fact]
    public void An_item_is_never_answered_by_a_probe_that_was_fitted_to_it()
    {
        // one feature an item: whoever has seen it knows its label, whoever has not knows nothing
        const int Items = 20;
        double[][] x = [.. Enumerable.Range(0, Items).Select(i => Enumerable.Range(0, Items).Select(j => i == j ? 1.0 : 0).ToArray())];
        double[][] y = [.. Enumerable.Range(0, Items).Select(i => new[] { i % 2 == 0 ? 1.0 : -1 })];
        int Right(double[][] said) => said.Where((answer, i) => answer[0] > 0 == (i % 2 == 0)).Count();
        Assert.Equal(Items, Right(LinearProbe.Fit(x, y)(x)));
        Assert.True(Right(LinearProbe.CrossValidated(x, y)) <= Items / 2);
    }

    [Fact]
    public void What_is_too_faint_for_a_read_out_is_not_read()
    {
        double[][] y = [.. Enumerable.Range(0, 10).Select(i => new[] { i % 2 == 0 ? 1.0 : -1 })];
        double[] Answers(double size) =>
            [
                .. LinearProbe.Fit([.. y.Select(row => new[] { 5 + size * row[0] })], y)([
                    [5 + size],
                ])[0],
            ];
        Assert.True(Answers(1.1 * LinearProbe.Resolution)[0] > 0.9);
        Assert.Equal(0, Answers(0.9 * LinearProbe.Resolution)[0], Tolerance);
    }

    private static double[] Gauss(double[,] matrix, double[] right)
    {
        double[,] a = (double[,])matrix.Clone();
        double[] b = [.. right];
        int n = b.Length;
        for (int pivot = 0; pivot < n; pivot++)
        for (int row = 0; row < n; row++)
        {
            if (row == pivot)
                continue;
            double factor = a[row, pivot] / a[pivot, pivot];
            for (int column = 0; column < n; column++)
                a[row, column] -= factor * a[pivot, column];
            b[row] -= factor * b[pivot];
        }
        return [.. b.Select((value, i) => value / a[i, i])];
    }
}
