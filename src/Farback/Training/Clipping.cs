namespace Farback.Training;

/// <summary>Holds a gradient that grows too large; the first remedy for exploding gradients.</summary>
/// <remarks>
///   Clipping by norm scales the whole gradient, so that directions and signed shares stay as they were; clipping by value bends it.
///   Source: Pascanu, Mikolov &amp; Bengio 2013, algorithm 1.
/// </remarks>
public static class Clipping
{
    // torch.nn.utils.clip_grad_norm_ adds it to the norm
    private const double Guard = 1e-6;

    /// <summary>g := g·min(1, maximum/(‖g‖ + 1e-6)) over all parameters together; returns ‖g‖ as it was.</summary>
    /// <remarks>
    ///   As torch.nn.utils.clip_grad_norm_, its guard included: what is clipped comes out shorter than <paramref name="maximum"/> by
    ///   the part 1e-6/‖g‖. A NaN in the gradient makes all of it NaN; an infinite entry becomes NaN and all others 0: look at the returned
    ///   norm before stepping.
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="maximum"/> is not positive.</exception>
    public static double ByNorm<T>(Span<T> gradient, double maximum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequirePositive(maximum, nameof(maximum));
        double norm = Norm<T>(gradient);
        double coefficient = Math.Min(1, maximum / (norm + Guard));
        if (coefficient != 1)
        {
            T c = Real.From<T>(coefficient);
            for (int i = 0; i < gradient.Length; i++)
                gradient[i] *= c;
        }
        return norm;
    }

    /// <summary>Every number cut to [−limit, limit]; NaN stays NaN.</summary>
    /// <exception cref="ArgumentException"><paramref name="limit"/> is not positive.</exception>
    public static void ByValue<T>(Span<T> gradient, double limit)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequirePositive(limit, nameof(limit));
        T high = Real.From<T>(limit);
        foreach (ref T g in gradient)
            if (T.Abs(g) > high)
                g = T.CopySign(high, g);
    }

    /// <summary>‖g‖ = √Σg², summed in double and in one order on every machine.</summary>
    /// <remarks>
    ///   Exploding gradients are this project's subject, so the squares may overflow or underflow while the norm does not: then the sum
    ///   is formed again on numbers scaled by a power of two. ∞ where a number is infinite, NaN where one is NaN.
    /// </remarks>
    public static double Norm<T>(ReadOnlySpan<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // below 2⁻⁹⁰⁰ a square that mattered may have lost digits, being subnormal
        const double Smallest = 1.2e-271;
        double sum = SumOfSquares(gradient, 1);
        if (double.IsNaN(sum) || (sum > Smallest && double.IsFinite(sum)))
            return Math.Sqrt(sum);

        double largest = 0;
        foreach (T g in gradient)
            largest = Math.Max(largest, Math.Abs(Real.ToDouble(g)));
        if (largest == 0 || !double.IsFinite(largest))
            return largest;
        double scale = Math.ScaleB(1, Math.Clamp(-Math.ILogB(largest), -1000, 1000));
        return Math.Sqrt(SumOfSquares(gradient, scale)) / scale;
    }

    // four sums: as many as an addition takes cycles
    private static double SumOfSquares<T>(ReadOnlySpan<T> numbers, double scale)
        where T : unmanaged
    {
        double a = 0,
            b = 0,
            c = 0,
            d = 0;
        int i = 0;
        for (; i <= numbers.Length - 4; i += 4)
        {
            a += Square(numbers[i], scale);
            b += Square(numbers[i + 1], scale);
            c += Square(numbers[i + 2], scale);
            d += Square(numbers[i + 3], scale);
        }
        for (; i < numbers.Length; i++)
            a += Square(numbers[i], scale);
        return (a + b) + (c + d);
    }

    [MethodImpl(Inline)]
    private static double Square<T>(T number, double scale)
        where T : unmanaged
    {
        double x = scale * Real.ToDouble(number);
        return x * x;
    }

    private static void RequirePositive(double value, string name)
    {
        if (!(value > 0))
            throw new ArgumentException($"{name}: expected a number above 0, got {value}.");
    }
}
