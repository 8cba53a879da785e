using System.Runtime.Intrinsics;

namespace Farback.Numbers;

/// <summary>‖x‖ = √Σx², of numbers anywhere in a double's range.</summary>
/// <remarks>
///   A square leaves the range at half the exponent: below 2⁻⁵¹¹ it loses digits and then itself, above 2⁵¹² it is ∞. Where the sum says so,
///   ‖x‖ = 2^p √Σ(x/2^p)² with the largest number's own power of two, as far as a factor can bring it down or up.
/// </remarks>
public static class Euclidean
{
    private static readonly double s_smallest = Math.ScaleB(1, -900); // squares below the range are some 2⁻¹⁷⁴ of such a sum

    /// <summary>‖x‖, in one order on every machine; 0 of nothing, ∞ where a number is infinite and none is NaN, NaN where one is.</summary>
    public static double Norm<T>(ReadOnlySpan<T> numbers)
        where T : unmanaged
    {
        double square = Square(numbers);
        if (double.IsNaN(square) || (square >= s_smallest && double.IsFinite(square)))
            return Math.Sqrt(square);
        double largest = Largest(numbers);
        if (largest == 0 || double.IsInfinity(largest))
            return largest;
        double scale = Math.ScaleB(1, Math.Clamp(-Math.ILogB(largest), -1000, 1000));
        return Math.Sqrt(Square(numbers, scale)) / scale;
    }

    /// <summary>Σx² in double, four sums at a time, as it comes out: 0 or ∞ where squares leave the range.</summary>
    public static double Square<T>(ReadOnlySpan<T> numbers)
        where T : unmanaged => Square(numbers, 1);

    private static double Square<T>(ReadOnlySpan<T> numbers, double scale)
        where T : unmanaged
    {
        Vector128<double> even = default, // of numbers 0 and 1 of each four
            odd = default; // of 2 and 3
        int i = 0;
        for (; i <= numbers.Length - 4; i += 4)
        {
            (Vector128<double> a, Vector128<double> b) = Four(numbers, i);
            a *= scale;
            b *= scale;
            even += a * a;
            odd += b * b;
        }
        for (; i < numbers.Length; i++)
        {
            double x = scale * Real.ToDouble(numbers[i]);
            even += Vector128.CreateScalar(x * x);
        }
        return Vector128.Sum(even) + Vector128.Sum(odd);
    }

    [MethodImpl(Inline)]
    private static (Vector128<double>, Vector128<double>) Four<T>(ReadOnlySpan<T> numbers, int first)
        where T : unmanaged
    {
        ref T origin = ref Unsafe.Add(ref MemoryMarshal.GetReference(numbers), first);
        if (typeof(T) == typeof(float))
            return Vector128.Widen(Vector128.LoadUnsafe(ref Unsafe.As<T, float>(ref origin)));
        if (typeof(T) == typeof(double))
            return (
                Vector128.LoadUnsafe(ref Unsafe.As<T, double>(ref origin)),
                Vector128.LoadUnsafe(ref Unsafe.As<T, double>(ref origin), 2)
            );
        return (
            Vector128.Create(Real.ToDouble(numbers[first]), Real.ToDouble(numbers[first + 1])),
            Vector128.Create(Real.ToDouble(numbers[first + 2]), Real.ToDouble(numbers[first + 3]))
        );
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
}
