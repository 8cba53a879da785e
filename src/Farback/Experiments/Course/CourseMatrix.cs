namespace Farback.Experiments;

/// <summary>The few operations on matrices that the exercise's own lines are made of.</summary>
internal static class CourseMatrix
{
    /// <summary>a @ b.</summary>
    public static CourseArray Dot(CourseArray a, CourseArray b) =>
        Product(a.Shape[0], b.Shape[1], a.Shape[1], (i, l) => a[i, l], (l, j) => b[l, j]);

    /// <summary>a.T @ b.</summary>
    public static CourseArray TransposedDot(CourseArray a, CourseArray b) =>
        Product(a.Shape[1], b.Shape[1], a.Shape[0], (i, l) => a[l, i], (l, j) => b[l, j]);

    /// <summary>a @ b.T.</summary>
    public static CourseArray DotTransposed(CourseArray a, CourseArray b) =>
        Product(a.Shape[0], b.Shape[0], a.Shape[1], (i, l) => a[i, l], (l, j) => b[j, l]);

    /// <summary>f of every number.</summary>
    public static CourseArray Map(CourseArray a, Func<double, double> f) => new([.. a.Shape], [.. a.Data.Select(f)]);

    /// <summary>f of every pair of numbers; a single column goes with every column.</summary>
    public static CourseArray Map(CourseArray a, CourseArray b, Func<double, double, double> f)
    {
        var result = new CourseArray([.. a.Shape]);
        bool column = b.Shape[1] == 1 && a.Shape[1] > 1;
        for (int i = 0; i < a.Shape[0]; i++)
        for (int j = 0; j < a.Shape[1]; j++)
            result[i, j] = f(a[i, j], b[i, column ? 0 : j]);
        return result;
    }

    /// <summary>a + b.</summary>
    public static CourseArray Plus(CourseArray a, CourseArray b) => Map(a, b, (x, y) => x + y);

    /// <summary>a * b, number by number.</summary>
    public static CourseArray Times(CourseArray a, CourseArray b) => Map(a, b, (x, y) => x * y);

    /// <summary>The sum over sequences: np.sum(a, axis=1, keepdims=True).</summary>
    public static CourseArray SumOverSequences(CourseArray a)
    {
        var sum = new CourseArray(a.Shape[0], 1);
        for (int i = 0; i < a.Shape[0]; i++)
        for (int j = 0; j < a.Shape[1]; j++)
            sum[i, 0] += a[i, j];
        return sum;
    }

    /// <summary>One above the other.</summary>
    public static CourseArray Stack(CourseArray above, CourseArray below) =>
        new([above.Shape[0] + below.Shape[0], above.Shape[1]], [.. above.Data, .. below.Data]);

    /// <summary>w[:, first:first + count].</summary>
    public static CourseArray Columns(CourseArray w, int first, int count)
    {
        var columns = new CourseArray(w.Shape[0], count);
        for (int i = 0; i < w.Shape[0]; i++)
        for (int j = 0; j < count; j++)
            columns[i, j] = w[i, first + j];
        return columns;
    }

    /// <summary>softmax down each column, or, by mistake, along each row.</summary>
    public static CourseArray Softmax(CourseArray logits, bool alongRows = false)
    {
        CourseArray e = Map(logits, Math.Exp);
        var result = new CourseArray([.. e.Shape]);
        for (int i = 0; i < e.Shape[0]; i++)
        for (int j = 0; j < e.Shape[1]; j++)
            result[i, j] =
                e[i, j]
                / (alongRows ? Enumerable.Range(0, e.Shape[1]).Sum(l => e[i, l]) : Enumerable.Range(0, e.Shape[0]).Sum(l => e[l, j]));
        return result;
    }

    private static CourseArray Product(int rows, int columns, int inner, Func<int, int, double> a, Func<int, int, double> b)
    {
        var result = new CourseArray(rows, columns);
        for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
        for (int l = 0; l < inner; l++)
            result[i, j] += a(i, l) * b(l, j);
        return result;
    }
}
