using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Farback.Numbers;

/// <summary>A 512-bit register of floats or doubles, for processors with AVX-512.</summary>
public readonly struct Lanes512<T>(Vector512<T> value) : INumbers<Lanes512<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vector512<T> _value = value;

    /// <inheritdoc/>
    public static int Lanes
    {
        [MethodImpl(Inline)]
        get => Vector512<T>.Count;
    }

    /// <inheritdoc/>
    public static bool IsDouble
    {
        [MethodImpl(Inline)]
        get => typeof(T) == typeof(double);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static implicit operator Lanes512<T>(double constant) =>
        typeof(T) == typeof(double)
            ? new(Vector512.Create(constant).As<double, T>())
            : new(Vector512.Create((float)constant).As<float, T>());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512<T> Spread(ref Lanes512<T> origin, nint index) =>
        new(Vector512.Create(Unsafe.Add(ref Unsafe.As<Lanes512<T>, T>(ref origin), index)));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512<T> operator +(Lanes512<T> a, Lanes512<T> b) => new(a._value + b._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512<T> operator -(Lanes512<T> a, Lanes512<T> b) => new(a._value - b._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512<T> operator *(Lanes512<T> a, Lanes512<T> b) => new(a._value * b._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512<T> operator /(Lanes512<T> a, Lanes512<T> b) => new(a._value / b._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512<T> MultiplyAdd(Lanes512<T> a, Lanes512<T> b, Lanes512<T> c) =>
        typeof(T) == typeof(double)
            ? new(Vector512.FusedMultiplyAdd(a._value.AsDouble(), b._value.AsDouble(), c._value.AsDouble()).As<double, T>())
            : new(Vector512.FusedMultiplyAdd(a._value.AsSingle(), b._value.AsSingle(), c._value.AsSingle()).As<float, T>());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512<T> Abs(Lanes512<T> a) => new(Vector512.Abs(a._value));

    // not Vector512.CopySign: it drags hundreds of inlinees along
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512<T> CopySign(Lanes512<T> magnitude, Lanes512<T> sign) =>
        new(Vector512.ConditionalSelect(Vector512.Create(-T.Zero), sign._value, magnitude._value));

    // the processor's own comparison keeps its second operand where one is NaN
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512<T> Min(Lanes512<T> a, Lanes512<T> b) => new(Vector512.MinNative(b._value, a._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512<T> Max(Lanes512<T> a, Lanes512<T> b) => new(Vector512.MaxNative(b._value, a._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512<T> Round(Lanes512<T> a) =>
        typeof(T) == typeof(double)
            ? new(Vector512.Round(a._value.AsDouble()).As<double, T>())
            : new(Vector512.Round(a._value.AsSingle()).As<float, T>());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512<T> TwoToThe(Lanes512<T> n) =>
        typeof(T) == typeof(double)
            ? new(Avx512F.Scale(Vector512.Create(1d), n._value.AsDouble()).As<double, T>())
            : new(Avx512F.Scale(Vector512.Create(1f), n._value.AsSingle()).As<float, T>());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512<T> Sqrt(Lanes512<T> a) => new(Vector512.Sqrt(a._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Lanes512<T> Select(Lanes512<T> test, Lanes512<T> positive, Lanes512<T> otherwise) =>
        new(Vector512.ConditionalSelect(Vector512.GreaterThan(test._value, Vector512<T>.Zero), positive._value, otherwise._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static double Total(Lanes512<T> a) => double.CreateTruncating(Vector512.Sum(a._value));
}
