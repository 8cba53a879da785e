namespace Farback.Numbers;

/// <summary>A function of one number with its slope, so that a cell's page takes its activations as type arguments.</summary>
public interface IActivation<V>
    where V : struct, INumbers<V>
{
    /// <summary>φ(z) and φ'(z), both from z: 1 − h² loses every digit where h rounds to 1.</summary>
    static abstract V Of(V z, out V slope);
}

/// <summary>The same activation, called instead of inlined: for one of several in a cell.</summary>
/// <remarks>
///   The JIT's inlining budget is one method's. Five activations in one method exceed it, and what is left over are calls of single
///   additions and products: with all five inlined it took three times as long (AVX-512, float, H = 32), with one called it fits.
/// </remarks>
public readonly struct Called<V, TActivation> : IActivation<V>
    where V : struct, INumbers<V>
    where TActivation : struct, IActivation<V>
{
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Of(V z, out V slope)
    {
        Call(ref z, out V value, out slope);
        return value;
    }

    // by reference: by value a register is copied in pieces and read back whole, and the processor waits for the last piece
    [MethodImpl(Compiled)]
    private static void Call(ref V z, out V value, out V slope) => value = TActivation.Of(z, out slope);
}

/// <summary>tanh z, slope 1 − tanh² z = 4e/(1 + e)² with e = e^(−2|z|).</summary>
/// <remarks>
///   tanh|z| = −m/(m + 2) with m = e − 1 formed without cancellation, so that the relative error stays small near zero.
///   tanh(±∞) = ±1, NaN stays NaN; the slope never falls below 2⁻¹²⁴ (float) or 2⁻¹⁰²⁰.
/// </remarks>
public readonly struct Tanh<V> : IActivation<V>
    where V : struct, INumbers<V>
{
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Of(V z, out V slope)
    {
        Exponential.Parts(V.Max(-2 * V.Abs(z), -1 * Exponential.Limit<V>()), out V power, out V series);
        V e = V.MultiplyAdd(power, series, power);
        V m = V.MultiplyAdd(power, series, power - 1);
        V r = 1 / (m + 2);
        slope = 4 * e * r * r;
        return V.CopySign(m * r, z);
    }
}

/// <summary>σ(z) = 1/(1 + e) with e = e^(−z), slope σ(z)σ(−z) = e/(1 + e)².</summary>
/// <remarks>σ(∞) = 1, σ(−∞) = 0, NaN stays NaN. Where σ(z) is below the normal numbers (2⁻¹²⁶, 2⁻¹⁰²²) it is 0; its slope stays there.</remarks>
public readonly struct Sigmoid<V> : IActivation<V>
    where V : struct, INumbers<V>
{
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Of(V z, out V slope)
    {
        V limit = Exponential.Limit<V>();
        V x = -1 * z;
        Exponential.Parts(V.Min(V.Max(x, -1 * limit), limit), out V power, out V series);
        V e = V.MultiplyAdd(power, series, power);
        V r = 1 / (e + 1);
        slope = e * r * r;
        return V.Select(x - limit, 0, r);
    }
}

/// <summary>max(z, 0); slope 1 for z &gt; 0, else 0, as PyTorch has it at 0.</summary>
public readonly struct Relu<V> : IActivation<V>
    where V : struct, INumbers<V>
{
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Of(V z, out V slope)
    {
        slope = V.Select(z, 1, 0);
        return V.Max(z, 0);
    }
}

/// <summary>z itself; slope 1. It makes the linear systems whose exponents are known.</summary>
public readonly struct Identity<V> : IActivation<V>
    where V : struct, INumbers<V>
{
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Of(V z, out V slope)
    {
        slope = 1;
        return z;
    }
}

/// <summary>eˣ in parts, the one series behind every activation.</summary>
/// <remarks>
///   eˣ = 2ⁿ·e^f with n the whole number nearest x / ln 2, so |f| ≤ ½ ln 2. There e^f − 1 = f + f²·p(f), where p is in double the series
///   to f¹³, exact to rounding, and in float the cubic with which e^f − 1 has the least relative error, 4.5e-7. Over all
///   floats the relative error of tanh is 7.2e-7, of σ and the slopes 5.2e-7; in double it is a few units in the last place.
/// </remarks>
public static class Exponential
{
    /// <summary>(126 or 1022) ln 2: beyond it an activation has reached its limit, and 2ⁿ is still a normal number.</summary>
    [MethodImpl(Inline)]
    public static V Limit<V>()
        where V : struct, INumbers<V> => V.IsDouble ? 708.39641853226408 : 87.336544750553107;

    /// <summary>eˣ = power·(1 + series), power = 2ⁿ, series = e^f − 1, for |x| ≤ <see cref="Limit{V}"/>.</summary>
    [MethodImpl(Inline)]
    public static void Parts<V>(V x, out V power, out V series)
        where V : struct, INumbers<V>
    {
        V n = V.Round(x * 1.4426950408889634);
        power = V.TwoToThe(n);

        // in double ln 2 = high + low, the high part with so many zero bits that n·high is exact; in float n·ln 2 is right to 2.4e-7
        V f = V.IsDouble
            ? V.MultiplyAdd(n, -1.90821492927058770002e-10, V.MultiplyAdd(n, -6.93147180369123816490e-1, x))
            : V.MultiplyAdd(n, -0.69314718055994531, x);
        V p = V.IsDouble ? Precise(f) : Short(f);
        series = V.MultiplyAdd(p * f, f, f);
    }

    [MethodImpl(Inline)]
    private static V Short<V>(V f)
        where V : struct, INumbers<V>
    {
        V p = V.MultiplyAdd(f, 0.00833806658466, 0.0418725504491);
        p = V.MultiplyAdd(p, f, 0.166668310219);
        return V.MultiplyAdd(p, f, 0.499994027863);
    }

    [MethodImpl(Inline)]
    private static V Precise<V>(V f)
        where V : struct, INumbers<V>
    {
        V p = V.MultiplyAdd(f, 1 / 6227020800.0, 1 / 479001600.0);
        p = V.MultiplyAdd(p, f, 1 / 39916800.0);
        p = V.MultiplyAdd(p, f, 1 / 3628800.0);
        p = V.MultiplyAdd(p, f, 1 / 362880.0);
        p = V.MultiplyAdd(p, f, 1 / 40320.0);
        p = V.MultiplyAdd(p, f, 1 / 5040.0);
        p = V.MultiplyAdd(p, f, 1 / 720.0);
        p = V.MultiplyAdd(p, f, 1 / 120.0);
        p = V.MultiplyAdd(p, f, 1 / 24.0);
        p = V.MultiplyAdd(p, f, 1 / 6.0);
        return V.MultiplyAdd(p, f, 1 / 2.0);
    }
}
