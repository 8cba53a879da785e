using System.Runtime.Intrinsics;

namespace Farback.Numbers;

/// <summary>A 256-bit register of floats or doubles.</summary>
public readonly struct Lanes256<T>(Vector256<T> value) : INumbers<Lanes256<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vector256<T> _value = value;

    /// <inheritdoc/>
    public static int Lanes
    {
        [MethodImpl(Inline)]
        get => Vector256<T>.Count;
    }

    /// <inheritdoc/>
    public static bool IsDouble
    {
        [MethodImpl(Inline)]
        get => typeof(T) == typeof(double);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static implicit operator Lanes256<T>(double constant) =>
        typeof(T) == typeof(double)
            ? new(Vector256.Create(constant).As<double, T>())
            : new(Vector256.Create((float)constant).As<float, T>());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256<T> Spread(ref Lanes256<T> origin, nint index) =>
        new(Vector256.Create(Unsafe.Add(ref Unsafe.As<Lanes256<T>, T>(ref origin), index)));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256<T> operator +(Lanes256<T> a, Lanes256<T> b) => new(a._value + b._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256<T> operator -(Lanes256<T> a, Lanes256<T> b) => new(a._value - b._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256<T> operator *(Lanes256<T> a, Lanes256<T> b) => new(a._value * b._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256<T> operator /(Lanes256<T> a, Lanes256<T> b) => new(a._value / b._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256<T> MultiplyAdd(Lanes256<T> a, Lanes256<T> b, Lanes256<T> c) =>
        typeof(T) == typeof(double)
            ? new(Vector256.FusedMultiplyAdd(a._value.AsDouble(), b._value.AsDouble(), c._value.AsDouble()).As<double, T>())
            : new(Vector256.FusedMultiplyAdd(a._value.AsSingle(), b._value.AsSingle(), c._value.AsSingle()).As<float, T>());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256<T> Abs(Lanes256<T> a) => new(Vector256.Abs(a._value));

    // not Vector256.CopySign: it drags hundreds of inlinees along
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256<T> CopySign(Lanes256<T> magnitude, Lanes256<T> sign) =>
        new(Vector256.ConditionalSelect(Vector256.Create(-T.Zero), sign._value, magnitude._value));

    // the processor's own comparison keeps its second operand where one is NaN
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256<T> Min(Lanes256<T> a, Lanes256<T> b) => new(Vector256.MinNative(b._value, a._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256<T> Max(Lanes256<T> a, Lanes256<T> b) => new(Vector256.MaxNative(b._value, a._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256<T> Round(Lanes256<T> a) =>
        typeof(T) == typeof(double)
            ? new(Vector256.Round(a._value.AsDouble()).As<double, T>())
            : new(Vector256.Round(a._value.AsSingle()).As<float, T>());

    // 1.5·2⁵² + n (1.5·2²³ + n) has n in its last bits; shifted into the exponent of 1 they make 2ⁿ
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256<T> TwoToThe(Lanes256<T> n) =>
        typeof(T) == typeof(double)
            ? new(
                (((Vector256.Create(6755399441055744d) + n._value.AsDouble()).AsInt64() << 52) + Vector256.Create(1d).AsInt64()).As<
                    long,
                    T
                >()
            )
            : new((((Vector256.Create(12582912f) + n._value.AsSingle()).AsInt32() << 23) + Vector256.Create(1f).AsInt32()).As<int, T>());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256<T> Sqrt(Lanes256<T> a) => new(Vector256.Sqrt(a._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes256<T> Select(Lanes256<T> test, Lanes256<T> positive, Lanes256<T> otherwise) =>
        new(Vector256.ConditionalSelect(Vector256.GreaterThan(test._value, Vector256<T>.Zero), positive._value, otherwise._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static double Total(Lanes256<T> a) => double.CreateTruncating(Vector256.Sum(a._value));
}
