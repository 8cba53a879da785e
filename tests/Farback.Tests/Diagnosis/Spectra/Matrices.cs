using Farback.Numbers;

namespace Farback.Tests.Diagnosis.Spectra;

/// <summary>Small dense matrices, row by row, for oracles that share no line with what they test.</summary>
internal static class Matrices
{
    public static double[] Gaussian(int n, RandomStream random) => [.. Enumerable.Range(0, n * n).Select(_ => random.NextNormal())];

    public static double[] Product(double[] a, double[] b, int n)
    {
        double[] product = new double[n * n];
        for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
        for (int m = 0; m < n; m++)
            product[i * n + j] += a[i * n + m] * b[m * n + j];
        return product;
    }

    public static double[] Transpose(double[] a, int n) => [.. Enumerable.Range(0, n * n).Select(i => a[i % n * n + i / n])];

    public static double[] Diagonal(params double[] entries) =>
        [
            .. Enumerable
                .Range(0, entries.Length * entries.Length)
                .Select(i => i % (entries.Length + 1) == 0 ? entries[i / entries.Length] : 0),
        ];

    /// <summary>By Gram–Schmidt, twice.</summary>
    public static double[] Orthogonal(int n, RandomStream random)
    {
        double[] q = Gaussian(n, random);
        for (int row = 0; row < n; row++)
        {
            Span<double> own = q.AsSpan(row * n, n);
            for (int pass = 0; pass < 2; pass++)
            for (int other = 0; other < row; other++)
            {
                double along = 0;
                for (int i = 0; i < n; i++)
                    along += own[i] * q[other * n + i];
                for (int i = 0; i < n; i++)
                    own[i] -= along * q[other * n + i];
            }
            double norm = 0;
            foreach (double x in own)
                norm += x * x;
            foreach (ref double x in own)
                x /= Math.Sqrt(norm);
        }
        return q;
    }

    /// <summary>ln|det| by elimination with the largest pivot of each column.</summary>
    public static double LogDeterminant(double[] matrix, int n)
    {
        double[] a = [.. matrix];
        double log = 0;
        for (int column = 0; column < n; column++)
        {
            int pivot = Enumerable.Range(column, n - column).MaxBy(row => Math.Abs(a[row * n + column]));
            for (int j = 0; j < n; j++)
                (a[column * n + j], a[pivot * n + j]) = (a[pivot * n + j], a[column * n + j]);
            log += Math.Log(Math.Abs(a[column * n + column]));
            for (int row = column + 1; row < n; row++)
            {
                double factor = a[row * n + column] / a[column * n + column];
                for (int j = column; j < n; j++)
                    a[row * n + j] -= factor * a[column * n + j];
            }
        }
        return log;
    }

    /// <summary>The k-th compound: the determinants of all k×k minors, so that C(AB) = C(A)C(B) and σ_1(C_k) = σ_1 … σ_k.</summary>
    public static (double[] Matrix, int Size) Compound(double[] a, int n, int k)
    {
        int[][] choices = [.. Choices(n, k)];
        double[] compound = new double[choices.Length * choices.Length];
        for (int i = 0; i < choices.Length; i++)
        for (int j = 0; j < choices.Length; j++)
            compound[i * choices.Length + j] = Determinant(
                [.. choices[i].SelectMany(row => choices[j].Select(column => a[row * n + column]))],
                k
            );
        return (compound, choices.Length);
    }

    // by the first row's minors: exact to rounding in a few products
    private static double Determinant(double[] a, int n)
    {
        if (n == 1)
            return a[0];
        double sum = 0;
        for (int j = 0; j < n; j++)
            sum +=
                (j % 2 == 0 ? 1 : -1)
                * a[j]
                * Determinant([.. Enumerable.Range(n, n * n - n).Where(i => i % n != j).Select(i => a[i])], n - 1);
        return sum;
    }

    private static IEnumerable<int[]> Choices(int n, int k) =>
        k == 0
            ?
            [
                [],
            ]
            : Enumerable
                .Range(0, n)
                .SelectMany(first => Choices(n - first - 1, k - 1).Select(rest => (int[])[first, .. rest.Select(i => i + first + 1)]));
}
