using Farback.Tiles;

namespace Farback.Adjoints;

/// <summary>The power of two that each row of a map carries, so that neither float nor double loses it on a long way back.</summary>
/// <remarks>The true row is the stored one times 2^exponent. Multiplying by powers of two rounds nothing.</remarks>
internal static unsafe class RowPowers<T>
    where T : unmanaged
{
    /// <summary>The exponent of a row that nothing has reached.</summary>
    public const int Nothing = int.MinValue;

    private const double Tolerated = 1L << 40; // rows are rescaled when their squared norm leaves 2^±40
    private static readonly double s_trusted = Math.ScaleB(1, typeof(T) == typeof(float) ? 80 : 900); // squares of numbers that matter stay normal

    /// <summary>Adds source · 2^exponent to what the layer above sees of a row. Where two powers of two meet, that of the larger numbers wins.</summary>
    public static void Add(Recurrence<T> recurrence, Adjoints<T> rows, int row, T* source, int count, int exponent)
    {
        if (exponent != rows.Exponent[row])
        {
            recurrence.Measure(rows, row, row + 1);
            Trust(recurrence, rows, row);
            if (rows.SquaredNorm[row] == 0)
            {
                rows.Exponent[row] = exponent;
            }
            else if (exponent > rows.Exponent[row])
            {
                int top = Of(source, count, exponent);
                if (top == Nothing)
                    return; // a dead unit or dropout above: what is here already is all there is
                if (top > rows.Exponent[row])
                    Multiply(recurrence, rows, row, rows.Exponent[row] - top);
            }
        }
        recurrence.AddSeed(rows, row, source, Math.ScaleB(1, Math.Max(exponent - rows.Exponent[row], -2000)));
    }

    /// <summary>The power of two of the largest number times 2^exponent, as far as a factor can bring it up; <see cref="Nothing"/> where all are zero.</summary>
    public static int Of(T* numbers, int count, int exponent)
    {
        double largest = 0;
        for (int i = 0; i < count; i++)
            largest = Math.Max(largest, Math.Abs(Real.ToDouble(numbers[i]))); // NaN stays
        return largest == 0 ? Nothing
            : double.IsFinite(largest) ? exponent + Math.Max(Math.ILogB(largest), -100)
            : exponent;
    }

    /// <summary>Brings rows whose squared norm has left 2^±40 back to about 1.</summary>
    public static void Rescale(Recurrence<T> recurrence, Adjoints<T> rows, int first, int last)
    {
        recurrence.Measure(rows, first, last);
        for (int row = first; row < last; row++)
        {
            double square = rows.SquaredNorm[row];
            if (square > 1 / Tolerated && square < Tolerated)
                continue;
            Trust(recurrence, rows, row);
            square = rows.SquaredNorm[row];
            if (square == 0 || !double.IsFinite(square))
                continue;
            int power = Math.ILogB(square) / 2;
            Multiply(recurrence, rows, row, -power);
            rows.SquaredNorm[row] = Math.ScaleB(square, -2 * power);
        }
    }

    // a sum of squares in the run's own precision lies near the ends of its range: then the largest number decides
    private static void Trust(Recurrence<T> recurrence, Adjoints<T> rows, int row)
    {
        double square = rows.SquaredNorm[row];
        if (square > 1 / s_trusted && square < s_trusted)
            return;
        if (square == 0 && recurrence.IsZero(rows, row))
            return; // as most rows are before something enters
        double largest = 0;
        for (int part = 0; part < rows.Parts; part++)
        for (int unit = 0; unit < rows.Units; unit++)
            largest = Math.Max(largest, Math.Abs(Real.ToDouble(rows.At(row, part, unit)))); // NaN stays
        if (largest == 0 || !double.IsFinite(largest))
        {
            rows.SquaredNorm[row] = largest * largest;
            return;
        }
        Multiply(recurrence, rows, row, -Math.ILogB(largest));
        recurrence.Measure(rows, row, row + 1);
    }

    // stored row · 2^power, and the exponent the other way; in two steps, because 2^power itself may be out of range
    private static void Multiply(Recurrence<T> recurrence, Adjoints<T> rows, int row, int power)
    {
        int half = power / 2;
        recurrence.Scale(rows, row, Math.ScaleB(1, half));
        recurrence.Scale(rows, row, Math.ScaleB(1, power - half));
        rows.Exponent[row] -= power;
    }
}
