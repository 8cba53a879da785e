namespace Farback.Diagnosis.Spectra;

/// <summary>The eigenvalues of a real matrix without symmetry: to Hessenberg form, then Francis' implicit double shifts.</summary>
/// <remarks>
///   Backward stable: those of a matrix within ε‖A‖ of the given one; about 10·n³. No eigenvectors, and no balancing, so that a matrix whose
///   rows differ by many powers of ten keeps only its large ones. Source: Golub &amp; Van Loan 2013, §7.4–7.5.
/// </remarks>
public static class Eigenvalues
{
    private const int MostSteps = 60; // for one eigenvalue; three are usual

    /// <summary>All n eigenvalues, the largest modulus first.</summary>
    /// <param name="matrix">Row by row, n×n; only read.</param>
    /// <param name="n">n.</param>
    /// <exception cref="ArgumentException">There are not n² numbers, or one is not finite.</exception>
    public static Complex[] Of(ReadOnlySpan<double> matrix, int n)
    {
        if (matrix.Length != n * n)
            throw new ArgumentException($"eigenvalues: expected {n}×{n} numbers, got {matrix.Length}.");
        foreach (double number in matrix)
            if (!double.IsFinite(number))
                throw new ArgumentException($"eigenvalues: expected finite numbers, got {number}.");
        double[] h = matrix.ToArray();
        ToHessenberg(h, n);
        var found = new Complex[n];
        int hi = n - 1,
            steps = 0;
        while (hi >= 0)
        {
            int lo = hi;
            while (lo > 0 && !IsSmall(h, n, lo))
                lo--;
            if (lo > 0)
                h[lo * n + lo - 1] = 0;
            if (lo == hi)
            {
                found[hi] = h[hi * n + hi];
                (hi, steps) = (hi - 1, 0);
            }
            else if (lo == hi - 1)
            {
                (found[lo], found[hi]) = OfTwo(h[lo * n + lo], h[lo * n + hi], h[hi * n + lo], h[hi * n + hi]);
                (hi, steps) = (hi - 2, 0);
            }
            else if (++steps > MostSteps)
                throw new ArithmeticException($"eigenvalues: no convergence after {MostSteps} steps at eigenvalue {hi}.");
            else
                Francis(h, n, lo, hi, exceptional: steps % 10 == 0);
        }
        return [.. found.OrderByDescending(one => one.Magnitude).ThenByDescending(one => one.Imaginary)];
    }

    /// <summary>ρ(A), the largest modulus.</summary>
    public static double SpectralRadius(ReadOnlySpan<double> matrix, int n) => Of(matrix, n)[0].Magnitude;

    private static bool IsSmall(double[] h, int n, int i)
    {
        double beside = Math.Abs(h[i * n + i]) + Math.Abs(h[(i - 1) * n + i - 1]);
        if (beside == 0)
            for (int j = Math.Max(0, i - 1); j < n; j++)
                beside += Math.Abs(h[(i - 1) * n + j]) + Math.Abs(h[i * n + j]);
        return Math.Abs(h[i * n + i - 1]) <= Math.ScaleB(1, -53) * beside;
    }

    private static (Complex, Complex) OfTwo(double a, double b, double c, double d)
    {
        double half = (a - d) / 2,
            square = half * half + b * c;
        if (square < 0)
            return (new(d + half, Math.Sqrt(-square)), new(d + half, -Math.Sqrt(-square)));
        double away = half + Math.CopySign(Math.Sqrt(square), half);
        return (d + away, away == 0 ? d : d - b * c / away);
    }

    private static void ToHessenberg(double[] h, int n)
    {
        double[] column = new double[n];
        for (int k = 0; k < n - 2; k++)
        {
            Span<double> v = column.AsSpan(0, n - k - 1);
            for (int i = 0; i < v.Length; i++)
                v[i] = h[(k + 1 + i) * n + k];
            Reflect(h, n, k + 1, v, 0, n - 1, 0, n - 1);
        }
    }

    // one sweep of the bulge: x, y, z is the first column of (H − s₁)(H − s₂)
    private static void Francis(double[] h, int n, int lo, int hi, bool exceptional)
    {
        double trace = h[(hi - 1) * n + hi - 1] + h[hi * n + hi],
            determinant = h[(hi - 1) * n + hi - 1] * h[hi * n + hi] - h[(hi - 1) * n + hi] * h[hi * n + hi - 1];
        if (exceptional)
        {
            double size = Math.Abs(h[hi * n + hi - 1]) + Math.Abs(h[(hi - 1) * n + hi - 2]);
            (trace, determinant) = (1.5 * size, size * size);
        }
        double a = h[lo * n + lo],
            below = h[(lo + 1) * n + lo];
        Span<double> v = stackalloc double[3];
        v[0] = a * a + h[lo * n + lo + 1] * below - trace * a + determinant;
        v[1] = below * (a + h[(lo + 1) * n + lo + 1] - trace);
        v[2] = below * h[(lo + 2) * n + lo + 1];
        for (int k = lo; k < hi; k++)
        {
            int size = Math.Min(3, hi - k + 1);
            if (k > lo)
                for (int i = 0; i < size; i++)
                    v[i] = h[(k + i) * n + k - 1];
            Reflect(h, n, k, v[..size], Math.Max(lo, k - 1), hi, lo, Math.Min(k + 3, hi));
        }
    }

    // H ← P H P with P = I − 2vvᵀ/vᵀv on rows and columns first …, which turns the given column into a multiple of e_1
    private static void Reflect(double[] h, int n, int first, Span<double> v, int columnFrom, int columnTo, int rowFrom, int rowTo)
    {
        double norm = Euclidean.Norm<double>(v);
        if (norm == 0)
            return;
        Real.Multiply<double>(v, 1 / norm);
        v[0] += Math.CopySign(1, v[0]);
        double β = 2 / Dense.Dot(v, v);
        for (int j = columnFrom; j <= columnTo; j++)
        {
            double sum = 0;
            for (int i = 0; i < v.Length; i++)
                sum += v[i] * h[(first + i) * n + j];
            for (int i = 0; i < v.Length; i++)
                h[(first + i) * n + j] -= β * sum * v[i];
        }
        for (int row = rowFrom; row <= rowTo; row++)
        {
            Span<double> at = h.AsSpan(row * n + first, v.Length);
            Dense.Add(at, -β * Dense.Dot(at, v), v);
        }
    }
}
