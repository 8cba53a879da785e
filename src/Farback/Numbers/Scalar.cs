namespace Farback.Numbers;

/// <summary>One number: the truth for tests and gradient checks.</summary>
public readonly struct Scalar<T>(T value) : INumbers<Scalar<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T _value = value;

    /// <inheritdoc/>
    public static int Lanes
    {
        [MethodImpl(Inline)]
        get => 1;
    }

    /// <inheritdoc/>
    public static bool IsDouble
    {
        [MethodImpl(Inline)]
        get => typeof(T) == typeof(double);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static implicit operator Scalar<T>(double constant) => new(T.CreateTruncating(constant));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Scalar<T> Spread(ref Scalar<T> origin, nint index) => Unsafe.Add(ref origin, index);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Scalar<T> operator +(Scalar<T> a, Scalar<T> b) => new(a._value + b._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Scalar<T> operator -(Scalar<T> a, Scalar<T> b) => new(a._value - b._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Scalar<T> operator *(Scalar<T> a, Scalar<T> b) => new(a._value * b._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Scalar<T> operator /(Scalar<T> a, Scalar<T> b) => new(a._value / b._value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Scalar<T> MultiplyAdd(Scalar<T> a, Scalar<T> b, Scalar<T> c) => new(T.FusedMultiplyAdd(a._value, b._value, c._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Scalar<T> Abs(Scalar<T> a) => new(T.Abs(a._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Scalar<T> CopySign(Scalar<T> magnitude, Scalar<T> sign) => new(T.CopySign(magnitude._value, sign._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Scalar<T> Min(Scalar<T> a, Scalar<T> b) => new(T.Min(a._value, b._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Scalar<T> Max(Scalar<T> a, Scalar<T> b) => new(T.Max(a._value, b._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Scalar<T> Round(Scalar<T> a) => new(T.Round(a._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Scalar<T> TwoToThe(Scalar<T> n) => new(T.ScaleB(T.One, int.CreateSaturating(n._value)));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Scalar<T> Sqrt(Scalar<T> a) => new(T.Sqrt(a._value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Scalar<T> Select(Scalar<T> test, Scalar<T> positive, Scalar<T> otherwise) => test._value > T.Zero ? positive : otherwise;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static double Total(Scalar<T> a) => double.CreateTruncating(a._value);
}
