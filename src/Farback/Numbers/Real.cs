namespace Farback.Numbers;

/// <summary>Between a stored number (float, double or <see cref="Dual"/>) and double.</summary>
public static class Real
{
    /// <summary>The nearest number of type <typeparamref name="T"/>; a dual number gets tangent 0.</summary>
    [MethodImpl(Inline)]
    public static T From<T>(double x)
        where T : unmanaged
    {
        if (typeof(T) == typeof(double))
            return Unsafe.BitCast<double, T>(x);
        if (typeof(T) == typeof(float))
            return Unsafe.BitCast<float, T>((float)x);
        return Unsafe.BitCast<Dual, T>(new Dual(x));
    }

    /// <summary>The number as a double, exactly; of a dual number its value.</summary>
    [MethodImpl(Inline)]
    public static double ToDouble<T>(T x)
        where T : unmanaged
    {
        if (typeof(T) == typeof(double))
            return Unsafe.BitCast<T, double>(x);
        if (typeof(T) == typeof(float))
            return Unsafe.BitCast<T, float>(x);
        return Unsafe.BitCast<T, Dual>(x).Value;
    }

    /// <summary>x·factor; of a dual number the tangent too.</summary>
    [MethodImpl(Inline)]
    public static T Times<T>(T x, double factor)
        where T : unmanaged
    {
        if (typeof(T) == typeof(Dual))
            return Unsafe.BitCast<Dual, T>(Unsafe.BitCast<T, Dual>(x) * factor);
        return From<T>(ToDouble(x) * factor);
    }

    /// <summary>Numbers as doubles, a register at a time.</summary>
    [MethodImpl(Compiled)]
    public static void ToDouble<T>(ReadOnlySpan<T> numbers, Span<double> target)
        where T : unmanaged
    {
        int i = 0;
        if (typeof(T) == typeof(float))
        {
            ReadOnlySpan<float> from = MemoryMarshal.Cast<T, float>(numbers);
            for (; i + Vector<float>.Count <= from.Length; i += Vector<float>.Count)
            {
                Vector.Widen(new Vector<float>(from[i..]), out Vector<double> low, out Vector<double> high);
                low.CopyTo(target[i..]);
                high.CopyTo(target[(i + Vector<double>.Count)..]);
            }
        }
        else if (typeof(T) == typeof(double))
        {
            MemoryMarshal.Cast<T, double>(numbers).CopyTo(target);
            return;
        }
        for (; i < numbers.Length; i++)
            target[i] = ToDouble(numbers[i]);
    }

    /// <summary>Adds numbers to others, a register at a time; each sum is rounded once.</summary>
    [MethodImpl(Compiled)]
    public static void Add<T>(ReadOnlySpan<T> numbers, Span<T> target)
        where T : unmanaged
    {
        int i = 0;
        if (typeof(T) == typeof(float) || typeof(T) == typeof(double))
            for (; i + Vector<T>.Count <= numbers.Length; i += Vector<T>.Count)
                (new Vector<T>(target[i..]) + new Vector<T>(numbers[i..])).CopyTo(target[i..]);
        for (; i < numbers.Length; i++)
            target[i] =
                typeof(T) == typeof(Dual)
                    ? Unsafe.BitCast<Dual, T>(Unsafe.BitCast<T, Dual>(target[i]) + Unsafe.BitCast<T, Dual>(numbers[i]))
                    : From<T>(ToDouble(target[i]) + ToDouble(numbers[i]));
    }

    /// <summary>Multiplies every number, a register at a time.</summary>
    [MethodImpl(Compiled)]
    public static void Multiply<T>(Span<T> numbers, T factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var by = new Vector<T>(factor);
        int i = 0;
        for (; i + Vector<T>.Count <= numbers.Length; i += Vector<T>.Count)
            (by * new Vector<T>(numbers[i..])).CopyTo(numbers[i..]);
        for (; i < numbers.Length; i++)
            numbers[i] *= factor;
    }

    /// <summary>The nearest numbers of type <typeparamref name="T"/>, a register at a time.</summary>
    [MethodImpl(Compiled)]
    public static void From<T>(ReadOnlySpan<double> numbers, Span<T> target)
        where T : unmanaged
    {
        int i = 0;
        if (typeof(T) == typeof(float))
        {
            Span<float> to = MemoryMarshal.Cast<T, float>(target);
            int half = Vector<double>.Count;
            for (; i + 2 * half <= numbers.Length; i += 2 * half)
                Vector.Narrow(new Vector<double>(numbers[i..]), new Vector<double>(numbers[(i + half)..])).CopyTo(to[i..]);
        }
        else if (typeof(T) == typeof(double))
        {
            numbers.CopyTo(MemoryMarshal.Cast<T, double>(target));
            return;
        }
        for (; i < numbers.Length; i++)
            target[i] = From<T>(numbers[i]);
    }
}
