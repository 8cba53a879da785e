namespace Farback.Numbers;

/// <summary>log₂ and 2^ of many numbers at once, a register at a time; to a few units in the last place of a double.</summary>
public static class PowersOfTwo
{
    /// <summary>log₂ of every number; of 0 it is −∞, below it and of NaN NaN. A number's does not depend on its place.</summary>
    public static void Log2(ReadOnlySpan<double> numbers, Span<double> logarithms)
    {
        int i = 0;
        for (; i <= numbers.Length - Vector<double>.Count; i += Vector<double>.Count)
            Vector.Log2(new Vector<double>(numbers[i..])).CopyTo(logarithms[i..]);
        if (i == numbers.Length)
            return;
        Span<double> rest = stackalloc double[Vector<double>.Count];
        rest.Clear();
        numbers[i..].CopyTo(rest);
        Vector.Log2(new Vector<double>(rest)).CopyTo(rest);
        rest[..(numbers.Length - i)].CopyTo(logarithms[i..]);
    }

    /// <summary>Σ 2^x, 0 for −∞; NaN stays.</summary>
    public static double Sum(ReadOnlySpan<double> exponents)
    {
        Vector<double> sums = default;
        int i = 0;
        for (; i <= exponents.Length - Vector<double>.Count; i += Vector<double>.Count)
            sums += Vector.Exp(new Vector<double>(exponents[i..]) * Math.Log(2)); // e^(x ln 2)
        double sum = Vector.Sum(sums);
        for (; i < exponents.Length; i++)
            sum += double.Exp2(exponents[i]);
        return sum;
    }
}
