namespace Farback.Diagnosis.Spectra;

/// <summary>M = J_t J_{t−1} … J_{k+1}, kept as T·D·Q so that two thousand factors neither overflow nor drown the small singular values.</summary>
/// <remarks>
///   Q has orthonormal rows, D = diag(e^d) lives in its logarithms, T is well conditioned with columns of order one. A factor more, k
///   descending:
///     Q J = Π L Q'   rows by Gram–Schmidt, the row with the largest e^d·‖remainder‖ first, so that D stays sorted
///     d'_j = d_Π(j) + ln L_jj   T' = T Π (D L D'⁻¹), whose factor has entries of at most 1
///   Each J is rounded once, relative to ‖J‖: a singular value of a single factor below ε‖J‖ cannot be told from zero and ends as one,
///   d = −∞. Cost n³ for the product and some 3n³ for the rest; Π L_ii alone, without T, misses the singular values of a
///   non-normal product. Source: Dieci, Russell &amp; Van Vleck 1997; with the pivots as in Loh &amp; Gubernatis 1992.
/// </remarks>
public sealed class ScaledProduct
{
    private const double Rounding = 1.2e-16; // a little more than 2⁻⁵³

    private readonly int _n;
    private double[] _q,
        _next;
    private double[] _t,
        _tNext; // column j of T is row j here
    private readonly double[] _d,
        _l,
        _norm,
        _first;
    private readonly int[] _from;

    /// <summary>The identity on n coordinates.</summary>
    public ScaledProduct(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        _n = n;
        (_q, _next, _t, _tNext, _l) = (new double[n * n], new double[n * n], new double[n * n], new double[n * n], new double[n * n]);
        (_d, _norm, _first, _from) = (new double[n], new double[n], new double[n], new int[n]);
        for (int i = 0; i < n; i++)
            _q[i * n + i] = _t[i * n + i] = 1;
    }

    /// <summary>n.</summary>
    public int Size => _n;

    /// <summary>d, the largest first: d/steps are the finite-time Lyapunov exponents, and Σd = ln|det M| exactly. −∞ for what is zero.</summary>
    public ReadOnlySpan<double> LogScales => _d;

    /// <summary>M ← M·J.</summary>
    /// <param name="jacobian">J row by row, n×n; only read.</param>
    public void Multiply(ReadOnlySpan<double> jacobian)
    {
        if (jacobian.Length != _n * _n)
            throw new ArgumentException($"product: expected {_n}×{_n} numbers, got {jacobian.Length}.");
        Array.Clear(_next);
        for (int i = 0; i < _n; i++)
        {
            for (int m = 0; m < _n; m++)
                if (_q[i * _n + m] is not 0 and double factor)
                    Dense.Add(Row(_next, i), factor, jacobian.Slice(m * _n, _n));
            _first[i] = _norm[i] = Euclidean.Norm<double>(Row(_next, i));
            _from[i] = i;
        }
        (_q, _next) = (_next, _q);
        Orthonormalise();
        (_t, _tNext) = (_tNext, _t);
    }

    // pivoted Gram–Schmidt on the rows of Q J, column j of T' as soon as its row is chosen
    private void Orthonormalise()
    {
        for (int j = 0; j < _n; j++)
        {
            int pivot = j;
            for (int i = j + 1; i < _n; i++)
                if (Weight(i) > Weight(pivot))
                    pivot = i;
            double weight = Weight(pivot);
            Swap(j, pivot);
            Span<double> q = Row(_q, j),
                column = Row(_tNext, j);
            column.Clear();
            if (double.IsNegativeInfinity(weight))
            {
                q.Clear();
                _d[j] = weight;
                _norm[j] = 0;
                continue;
            }
            Real.Multiply<double>(q, 1 / _norm[j]);
            for (int m = 0; m < j; m++) // twice is enough (Kahan); what comes out is rounding and belongs to no L
                Dense.Add(q, -Dense.Dot(q, Row(_q, m)), Row(_q, m));
            Real.Multiply<double>(q, 1 / Euclidean.Norm<double>(q));
            Dense.Add(column, 1, Row(_t, _from[j]));
            for (int i = j + 1; i < _n; i++)
            {
                if (double.IsNegativeInfinity(_d[i]))
                    continue;
                Span<double> rest = Row(_q, i);
                double along = Dense.Dot(rest, q);
                Dense.Add(rest, -along, q);
                _norm[i] = Euclidean.Norm<double>(rest);
                Dense.Add(column, along * Math.Exp(_d[i] - weight), Row(_t, _from[i]));
            }
            _d[j] = weight;
        }
    }

    // ln(e^d · what is left of the row); what is left of rounding alone is nothing
    private double Weight(int row) =>
        double.IsNaN(_norm[row]) ? double.NaN
        : _norm[row] > _n * Rounding * _first[row] ? _d[row] + Math.Log(_norm[row])
        : double.NegativeInfinity;

    private void Swap(int a, int b)
    {
        if (a == b)
            return;
        Span<double> first = Row(_q, a),
            second = Row(_q, b);
        for (int i = 0; i < _n; i++)
            (first[i], second[i]) = (second[i], first[i]);
        (_d[a], _d[b]) = (_d[b], _d[a]);
        (_norm[a], _norm[b]) = (_norm[b], _norm[a]);
        (_first[a], _first[b]) = (_first[b], _first[a]);
        (_from[a], _from[b]) = (_from[b], _from[a]);
    }

    /// <summary>ln σ_1 ≥ … ≥ ln σ_n of M, and its first singular directions.</summary>
    /// <remarks>One-sided Jacobi on the columns of T·D, see <see cref="ScaledColumns"/>; about n³ · 20.</remarks>
    public SingularValues SingularValues()
    {
        var columns = new ScaledColumns(_t, _d);
        columns.Orthogonalise();
        double[] left = columns.Direction(0);
        return new(columns.LogLengths, left, Apply(left).Direction);
    }

    /// <summary>The row λM: ln‖λM‖ and its direction; −∞ and zeros where nothing is left.</summary>
    public (double LogNorm, double[] Direction) Apply(ReadOnlySpan<double> row)
    {
        if (row.Length != _n)
            throw new ArgumentException($"product: expected a row of {_n} numbers, got {row.Length}.");
        var result = new double[_n];
        double[] along = new double[_n];
        double largest = double.NegativeInfinity;
        for (int j = 0; j < _n; j++)
        {
            along[j] = Dense.Dot(row, Row(_t, j));
            largest = Math.Max(largest, along[j] == 0 ? double.NegativeInfinity : _d[j] + Math.Log(Math.Abs(along[j])));
        }
        if (!double.IsFinite(largest))
            return (largest, result);
        for (int j = 0; j < _n; j++)
            if (along[j] != 0)
                Dense.Add(result, Math.Sign(along[j]) * Math.Exp(_d[j] + Math.Log(Math.Abs(along[j])) - largest), Row(_q, j));
        double norm = Euclidean.Norm<double>(result);
        Real.Multiply<double>(result, 1 / norm);
        return (largest + Math.Log(norm), result);
    }

    private Span<double> Row(double[] matrix, int row) => matrix.AsSpan(row * _n, _n);
}

/// <summary>What a matrix does to lengths.</summary>
/// <param name="Log">ln σ_1 ≥ … ≥ ln σ_n; −∞ for zero.</param>
/// <param name="Left">u_1, where a later adjoint must point for most of it to arrive.</param>
/// <param name="Right">v_1, where what arrives points then.</param>
public sealed record SingularValues(IReadOnlyList<double> Log, IReadOnlyList<double> Left, IReadOnlyList<double> Right);
