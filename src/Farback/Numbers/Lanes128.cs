using System.Runtime.Intrinsics;

namespace Farback.Numbers;

/// <summary>A 128-bit register of floats or doubles.</summary>
public readonly struct Lanes128<T>(Vector128<T> value) : INumbers<Lanes128<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vector128<T> _value = value;

    /// <inheritdoc/>
    public static int Lanes
    {
        [MethodImpl(Inline)]
        get => Vector128<T>.Count;
    }

    /// <inheritdoc/>
    public static bool IsDouble
    {
        [MethodImpl(Inline)]
        get => typeof(T) == typeof(double);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static implicit operator Lanes128<T>(double constant) =>
        typeof(T) == typeof(double)
            ? new(Vector128.Create(constant).As<double, T>())
            : new(Vector128.Create((float)constant).As<float, T>());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128<T> Spread(ref Lanes128<T> origin, nint index) =>
        new(Vector128.Create(Unsafe.Add(ref Unsafe.As<Lanes128<T>, T>(ref origin), index)));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128<T> operator +(Lanes128<T> a, Lanes128<T> b) => new(a._value + b._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128<T> operator -(Lanes128<T> a, Lanes128<T> b) => new(a._value - b._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128<T> operator *(Lanes128<T> a, Lanes128<T> b) => new(a._value * b._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128<T> operator /(Lanes128<T> a, Lanes128<T> b) => new(a._value / b._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128<T> MultiplyAdd(Lanes128<T> a, Lanes128<T> b, Lanes128<T> c) =>
        typeof(T) == typeof(double)
            ? new(Vector128.FusedMultiplyAdd(a._value.AsDouble(), b._value.AsDouble(), c._value.AsDouble()).As<double, T>())
            : new(Vector128.FusedMultiplyAdd(a._value.AsSingle(), b._value.AsSingle(), c._value.AsSingle()).As<float, T>());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128<T> Abs(Lanes128<T> a) => new(Vector128.Abs(a._value));

    // not Vector128.CopySign: it drags hundreds of inlinees along
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128<T> CopySign(Lanes128<T> magnitude, Lanes128<T> sign) =>
        new(Vector128.ConditionalSelect(Vector128.Create(-T.Zero), sign._value, magnitude._value));

    // the processor's own comparison keeps its second operand where one is NaN
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128<T> Min(Lanes128<T> a, Lanes128<T> b) => new(Vector128.MinNative(b._value, a._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128<T> Max(Lanes128<T> a, Lanes128<T> b) => new(Vector128.MaxNative(b._value, a._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128<T> Round(Lanes128<T> a) =>
        typeof(T) == typeof(double)
            ? new(Vector128.Round(a._value.AsDouble()).As<double, T>())
            : new(Vector128.Round(a._value.AsSingle()).As<float, T>());

    // 1.5·2⁵² + n (1.5·2²³ + n) has n in its last bits; shifted into the exponent of 1 they make 2ⁿ
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128<T> TwoToThe(Lanes128<T> n) =>
        typeof(T) == typeof(double)
            ? new(
                (((Vector128.Create(6755399441055744d) + n._value.AsDouble()).AsInt64() << 52) + Vector128.Create(1d).AsInt64()).As<
                    long,
                    T
                >()
            )
            : new((((Vector128.Create(12582912f) + n._value.AsSingle()).AsInt32() << 23) + Vector128.Create(1f).AsInt32()).As<int, T>());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128<T> Sqrt(Lanes128<T> a) => new(Vector128.Sqrt(a._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes128<T> Select(Lanes128<T> test, Lanes128<T> positive, Lanes128<T> otherwise) =>
        new(Vector128.ConditionalSelect(Vector128.GreaterThan(test._value, Vector128<T>.Zero), positive._value, otherwise._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static double Total(Lanes128<T> a) => double.CreateTruncating(Vector128.Sum(a._value));
}
