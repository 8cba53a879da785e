namespace Farback.Numbers;

/// <summary>Numbers treated as one: a scalar, the lanes of a register, or a dual number. Every operation is lane by lane.</summary>
/// <remarks>
///   A cell's equations are written once over this interface and run as the truth (scalar double), at speed (registers of 128, 256,
///   512 bits) and as their own derivative (dual numbers). Implementations are structs around one field, every member inlined.
///   No member here takes an <c>in</c> parameter: the JIT charges the inlined callee to its budget and soon stops inlining
///   (measured: LSTM forward 226 → 105–130 GFLOP/s).
/// </remarks>
public interface INumbers<V>
    where V : struct, INumbers<V>
{
    /// <summary>How many numbers it holds.</summary>
    static abstract int Lanes { get; }

    /// <summary>True when a number has 53 significant bits, false when it has 24.</summary>
    static abstract bool IsDouble { get; }

    /// <summary>The constant in every lane.</summary>
    static abstract implicit operator V(double constant);

    /// <summary>The number found <paramref name="index"/> numbers after <paramref name="origin"/>, in every lane.</summary>
    static abstract V Spread(ref V origin, nint index);

    /// <summary>a + b.</summary>
    static abstract V operator +(V a, V b);

    /// <summary>a − b.</summary>
    static abstract V operator -(V a, V b);

    /// <summary>a·b.</summary>
    static abstract V operator *(V a, V b);

    /// <summary>a / b.</summary>
    static abstract V operator /(V a, V b);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract V MultiplyAdd(V a, V b, V c);

    /// <summary>|a|.</summary>
    static abstract V Abs(V a);

    /// <summary>The first number's size with the second's sign.</summary>
    static abstract V CopySign(V magnitude, V sign);

    /// <summary>The lesser; <paramref name="a"/> where it is NaN.</summary>
    static abstract V Min(V a, V b);

    /// <summary>The greater; <paramref name="a"/> where it is NaN.</summary>
    static abstract V Max(V a, V b);

    /// <summary>The nearest whole number, halves to even.</summary>
    static abstract V Round(V a);

    /// <summary>2ⁿ for whole n between the exponents of the smallest and the largest normal number.</summary>
    static abstract V TwoToThe(V n);

    /// <summary>√a.</summary>
    static abstract V Sqrt(V a);

    /// <summary><paramref name="positive"/> in the lanes where the test is greater than zero, <paramref name="otherwise"/> in the others, NaN among them.</summary>
    static abstract V Select(V test, V positive, V otherwise);

    /// <summary>The sum over the lanes.</summary>
    static abstract double Total(V a);
}
