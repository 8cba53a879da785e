namespace Farback.Diagnosis;

/// <summary>Ridge regression, judged on what it was not fitted to.</summary>
/// <remarks>
///   W = argmin Σ_i ‖y_i − W x_i‖² + ρ n ‖W‖², features brought to mean 0 and variance 1 and targets to mean 0 on the fitted items alone, so the
///   intercept is free: W = (XᵀX + ρnI)⁻¹XᵀY = Xᵀ(XXᵀ + ρnI)⁻¹Y, whichever matrix is smaller. A class is a one among zeros and the largest
///   answer is said. All targets share one factorisation, so controls with shuffled labels cost little. A feature whose deviation is below
///   0.001 is left out: to a probe that scales features nothing is too small, but a read-out would need weights of a thousand to see it, and a
///   shut output gate would hide nothing. O(n d min(n, d)) a fold. Source: Hoerl &amp; Kennard 1970; probes: Alain &amp; Bengio 2016; controls: Hewitt &amp; Liang 2019.
/// </remarks>
public static class LinearProbe
{
    /// <summary>ρ: weak beside what a feature of variance 1 that tells the label has.</summary>
    public const double Ridge = 0.01;

    /// <summary>The deviation below which a feature counts as constant; states are of order 1.</summary>
    public const double Resolution = 1e-3;

    /// <summary>How many parts the items are cut into; each is answered by a probe fitted to the others.</summary>
    public const int Folds = 5;

    private const int PurposeOfFolds = 5005;

    /// <summary>The answers to every item, each from a probe that was not fitted to it.</summary>
    /// <param name="features">x_i, one row an item.</param>
    /// <param name="targets">y_i, one row an item.</param>
    /// <param name="ridge">ρ.</param>
    /// <param name="seed">The seed of the folds.</param>
    /// <exception cref="ArgumentException">There are fewer than two items, or not as many targets.</exception>
    public static double[][] CrossValidated(double[][] features, double[][] targets, double ridge = Ridge, long seed = 1)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(targets);
        if (features.Length < 2 || targets.Length != features.Length)
            throw new ArgumentException(
                $"probe: expected at least two items and a target for each, got {features.Length} items and {targets.Length} targets."
            );
        int[] order = [.. Enumerable.Range(0, features.Length)];
        new RandomStream(seed, PurposeOfFolds).Shuffle<int>(order);
        int folds = Math.Min(Folds, features.Length);
        var answers = new double[features.Length][];
        for (int fold = 0; fold < folds; fold++)
        {
            int[] held = [.. order.Where((_, at) => at % folds == fold)],
                fitted = [.. order.Where((_, at) => at % folds != fold)];
            double[][] said = Fit([.. fitted.Select(i => features[i])], [.. fitted.Select(i => targets[i])], ridge)([
                .. held.Select(i => features[i]),
            ]);
            for (int i = 0; i < held.Length; i++)
                answers[held[i]] = said[i];
        }
        return answers;
    }

    /// <summary>Fits a probe and returns what answers new items.</summary>
    public static Func<double[][], double[][]> Fit(double[][] features, double[][] targets, double ridge = Ridge)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(targets);
        int n = features.Length,
            outputs = targets[0].Length;
        double[] mean = Means(features),
            target = Means(targets),
            scale = [.. Enumerable.Range(0, mean.Length).Select(j => Scale(features, mean[j], j))];
        int[] used = [.. Enumerable.Range(0, mean.Length).Where(j => scale[j] > 0)];
        double[][] Standard(double[][] rows) => [.. rows.Select(row => used.Select(j => (row[j] - mean[j]) / scale[j]).ToArray())];
        double[][] x = Standard(features),
            y = [.. targets.Select(row => row.Zip(target, (v, m) => v - m).ToArray())];
        double[][] weights = used.Length == 0 ? [] : Solve(x, y, ridge * n); // [feature][output]
        return rows =>
            [
                .. Standard(rows)
                    .Select(row =>
                    {
                        double[] said = [.. target];
                        for (int j = 0; j < row.Length; j++)
                        for (int o = 0; o < outputs; o++)
                            said[o] += row[j] * weights[j][o];
                        return said;
                    }),
            ];
    }

    private static double[] Means(double[][] rows) => [.. Enumerable.Range(0, rows[0].Length).Select(j => rows.Average(row => row[j]))];

    // 0 for a feature that counts as constant
    private static double Scale(double[][] rows, double mean, int j)
    {
        double deviation = Math.Sqrt(rows.Average(row => (row[j] - mean) * (row[j] - mean)));
        return deviation >= Resolution ? deviation : 0;
    }

    private static double[][] Solve(double[][] x, double[][] y, double penalty)
    {
        int n = x.Length,
            d = x[0].Length,
            outputs = y[0].Length;
        double[][] columns = [.. Enumerable.Range(0, d).Select(j => x.Select(row => row[j]).ToArray())];
        if (d <= n)
        {
            double[][] right = [.. columns.Select(column => Combine(y, column, outputs))];
            return Cholesky(Gram(columns, penalty), right);
        }
        double[][] dual = Cholesky(Gram(x, penalty), y);
        return [.. columns.Select(column => Combine(dual, column, outputs))];
    }

    // Σ_i a_i rows_i
    private static double[] Combine(double[][] rows, double[] a, int outputs)
    {
        var sum = new double[outputs];
        for (int i = 0; i < rows.Length; i++)
            Add(sum, a[i], rows[i]);
        return sum;
    }

    private static double[][] Gram(double[][] rows, double penalty)
    {
        var gram = new double[rows.Length][];
        for (int i = 0; i < rows.Length; i++)
        {
            gram[i] = new double[rows.Length];
            for (int j = 0; j <= i; j++)
                gram[i][j] = Dot(rows[i], rows[j]);
            gram[i][i] += penalty;
        }
        return gram;
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Vector<double> sum = default;
        int i = 0;
        for (; i <= a.Length - Vector<double>.Count; i += Vector<double>.Count)
            sum += new Vector<double>(a[i..]) * new Vector<double>(b[i..]);
        double rest = Vector.Sum(sum);
        for (; i < a.Length; i++)
            rest += a[i] * b[i];
        return rest;
    }

    // A X = B by A = L Lᵀ; A's lower half is overwritten
    private static double[][] Cholesky(double[][] a, double[][] b)
    {
        int n = a.Length;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = a[i][j];
                sum -= Dot(a[i].AsSpan(0, j), a[j].AsSpan(0, j));
                a[i][j] = i == j ? Math.Sqrt(sum) : sum / a[j][j];
            }
        }
        double[][] x = [.. b.Select(row => row.ToArray())];
        for (int i = 0; i < n; i++)
        {
            for (int m = 0; m < i; m++)
                Add(x[i], -a[i][m], x[m]);
            Divide(x[i], a[i][i]);
        }
        for (int i = n - 1; i >= 0; i--)
        {
            for (int m = i + 1; m < n; m++)
                Add(x[i], -a[m][i], x[m]);
            Divide(x[i], a[i][i]);
        }
        return x;
    }

    // to += factor · from
    private static void Add(Span<double> to, double factor, ReadOnlySpan<double> from)
    {
        int i = 0;
        for (; i <= to.Length - Vector<double>.Count; i += Vector<double>.Count)
            (new Vector<double>(to[i..]) + factor * new Vector<double>(from[i..])).CopyTo(to[i..]);
        for (; i < to.Length; i++)
            to[i] += factor * from[i];
    }

    private static void Divide(Span<double> numbers, double divisor)
    {
        foreach (ref double number in numbers)
            number /= divisor;
    }
}
