namespace Farback.Numbers;

/// <summary>‖x‖ = √Σx², of numbers anywhere in a double's range.</summary>
/// <remarks>
///   A square leaves the range at half the exponent: below 2⁻⁵¹¹ it loses digits and then itself, above 2⁵¹² it is ∞. Where the sum says so,
///   ‖x‖ = 2^p √Σ(x/2^p)² with the largest number's own power of two.
/// </remarks>
public static class Euclidean
{
    private static readonly double s_smallest = Math.ScaleB(1, -900); // squares below the range are some 2⁻¹⁷⁴ of such a sum

    /// <summary>‖x‖; 0 of nothing, ∞ where a number is infinite and none is NaN, NaN where one is.</summary>
    public static double Norm<T>(ReadOnlySpan<T> numbers)
        where T : unmanaged
    {
        double square = SumOfSquares(numbers, 0);
        if (double.IsNaN(square) || (square >= s_smallest && double.IsFinite(square)))
            return Math.Sqrt(square);
        double largest = Largest(numbers);
        if (largest == 0 || double.IsInfinity(largest))
            return largest;
        int power = Math.ILogB(largest);
        return Math.ScaleB(Math.Sqrt(SumOfSquares(numbers, power)), power);
    }

    /// <summary>The largest |x|; 0 of nothing, NaN where one is.</summary>
    public static double Largest<T>(ReadOnlySpan<T> numbers)
        where T : unmanaged
    {
        double largest = 0;
        foreach (T number in numbers)
            largest = Math.Max(largest, Math.Abs(Real.ToDouble(number)));
        return largest;
    }

    private static double SumOfSquares<T>(ReadOnlySpan<T> numbers, int power)
        where T : unmanaged
    {
        double sum = 0;
        foreach (T number in numbers)
        {
            double x = power == 0 ? Real.ToDouble(number) : Math.ScaleB(Real.ToDouble(number), -power);
            sum += x * x;
        }
        return sum;
    }
}
