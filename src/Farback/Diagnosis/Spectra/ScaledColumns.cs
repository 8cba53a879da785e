namespace Farback.Diagnosis.Spectra;

/// <summary>Columns with logarithmic lengths, turned in their planes until all are orthogonal: then the lengths are the singular values.</summary>
/// <remarks>
///   One-sided Jacobi (Hestenes 1958). Of T·D with T well conditioned it finds every singular value to a relative ε·κ(T), however far
///   the lengths in D lie apart (Demmel &amp; Veselić 1992): for the pair a, b with ‖b‖ = r‖a‖, r ≤ 1, and cosine g
///     τ = 2 g r / ((1 − r²) + √((1 − r²)² + 4 g² r²))   a' = (a + τ b)/√(1 + τ²)   b' = (b − τ a)/√(1 + τ²)
///   and τ/r stays finite where r underflows: then b' is b without its part along a.
/// </remarks>
internal sealed class ScaledColumns
{
    private const int Sweeps = 60;
    private const double Orthogonal = 1e-14; // some √n·ε: what two unit vectors' inner product is rounded by

    private readonly double[][] _columns;
    private readonly double[] _logs;

    /// <summary>Columns given one after the other, each to be multiplied by e^log.</summary>
    public ScaledColumns(ReadOnlySpan<double> columns, ReadOnlySpan<double> logs)
    {
        int n = logs.Length,
            rows = columns.Length / n;
        (_columns, _logs) = (new double[n][], logs.ToArray());
        for (int j = 0; j < n; j++)
        {
            _columns[j] = columns.Slice(j * rows, rows).ToArray();
            Normalise(j);
        }
    }

    /// <summary>ln of the lengths, the largest first once <see cref="Orthogonalise"/> has run.</summary>
    public IReadOnlyList<double> LogLengths => _logs;

    /// <summary>The unit vector along a column; zeros where the length is 0.</summary>
    public double[] Direction(int column) => _columns[column];

    public void Orthogonalise()
    {
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            Sort();
            bool turned = false;
            for (int i = 0; i < _logs.Length - 1; i++)
            for (int j = i + 1; j < _logs.Length; j++)
                turned |= _logs[i] >= _logs[j] ? Turn(i, j) : Turn(j, i);
            if (!turned)
                break;
        }
        Sort();
    }

    private void Sort()
    {
        int[] order = [.. Enumerable.Range(0, _logs.Length).OrderByDescending(j => _logs[j])];
        double[][] columns = [.. order.Select(j => _columns[j])];
        double[] logs = [.. order.Select(j => _logs[j])];
        columns.CopyTo(_columns, 0);
        logs.CopyTo(_logs, 0);
    }

    private bool Turn(int longer, int shorter)
    {
        double g = Dense.Dot(_columns[longer], _columns[shorter]);
        if (!(Math.Abs(g) > Orthogonal) || double.IsNegativeInfinity(_logs[shorter]))
            return false;
        double r = Math.Exp(_logs[shorter] - _logs[longer]),
            gap = (1 - r) * (1 + r),
            perR = 2 * g / (gap + Math.Sqrt(gap * gap + 4 * g * g * r * r)),
            τ = perR * r,
            c = 1 / Math.Sqrt(1 + τ * τ);
        Span<double> a = _columns[longer],
            b = _columns[shorter];
        for (int i = 0; i < a.Length; i++)
            (a[i], b[i]) = (c * (a[i] + τ * r * b[i]), c * (b[i] - perR * a[i]));
        Normalise(longer);
        Normalise(shorter);
        return true;
    }

    private void Normalise(int column)
    {
        double norm = Euclidean.Norm<double>(_columns[column]);
        if (norm == 0 || double.IsNegativeInfinity(_logs[column]))
        {
            Array.Clear(_columns[column]);
            _logs[column] = double.NegativeInfinity;
            return;
        }
        Real.Multiply<double>(_columns[column], 1 / norm);
        _logs[column] += Math.Log(norm);
    }
}
