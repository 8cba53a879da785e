namespace Farback.Numbers;

/// <summary>A function of one number with its slope, so that a cell's page takes its activations as type arguments.</summary>
public interface IActivation<V>
    where V : struct, INumbers<V>
{
    /// <summary>φ(z) and φ'(z), both from z: 1 − h² loses every digit where h rounds to 1.</summary>
    static abstract V Of(V z, out V slope);
}

/// <summary>The same activation, called instead of inlined: for cells with several.</summary>
/// <remarks>
///   The JIT's inlining budget is one method's. Five activations in an LSTM's step exceed it, and what is left over are calls of single
///   additions and products. Called, each has a budget of its own. Measured (AVX-512, T = 25, B = 32, H = 32): a forward run of an
///   LSTM with its read-out takes 0.45 ms instead of 1.07 (double), 0.21 instead of 0.50 (float). A GRU's three still fit.
/// </remarks>
public readonly struct Called<V, TActivation> : IActivation<V>
    where V : struct, INumbers<V>
    where TActivation : struct, IActivation<V>
{
    /// <inheritdoc/>
    [MethodImpl(Compiled)]
    public static V Of(V z, out V slope) => TActivation.Of(z, out slope);
}

/// <summary>tanh z, slope 1 − tanh² z = 4e/(1 + e)² with e = e^(−2|z|).</summary>
/// <remarks>
///   tanh|z| = −m/(m + 2) with m = e − 1 formed without cancellation, so that the relative error stays small near zero
///   (float 1.7e-7, double 5e-16). tanh(±∞) = ±1, NaN stays NaN; the slope never falls below e⁻⁸⁷ (float) or e⁻⁷⁰⁸.
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

/// <summary>σ(z) = 1/(1 + e^(−z)), slope σ(z)σ(−z) = e/(1 + e)² with e = e^(−|z|).</summary>
/// <remarks>σ(∞) = 1, σ(−∞) = 0, NaN stays NaN. Relative error 1.7e-7 (float), 5e-16 (double) for z above −87 (−708).</remarks>
public readonly struct Sigmoid<V> : IActivation<V>
    where V : struct, INumbers<V>
{
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Of(V z, out V slope)
    {
        V limit = Exponential.Limit<V>();
        Exponential.Parts(V.Max(-1 * V.Abs(z), -1 * limit), out V power, out V series);
        V e = V.MultiplyAdd(power, series, power);
        V r = 1 / (e + 1);
        slope = e * r * r;
        V small = V.Select(-1 * z - limit, 0, e * r); // σ(−|z|), exactly 0 past the limit
        return V.Select(z, r, V.Select(-1 * z, small, z + r)); // σ(0) = ½; NaN through z + r
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
///   eˣ = 2ⁿ·e^f with n the whole number nearest x / ln 2, so |f| ≤ ½ ln 2, where the series of e^f − 1 to f⁷ (float) or f¹³ (double)
///   is exact to rounding.
/// </remarks>
public static class Exponential
{
    /// <summary>Beyond it an activation has reached its limit and 2ⁿ is still a normal number.</summary>
    [MethodImpl(Inline)]
    public static V Limit<V>()
        where V : struct, INumbers<V> => V.IsDouble ? 708 : 87;

    /// <summary>eˣ = power·(1 + series), power = 2ⁿ, series = e^f − 1, for |x| ≤ <see cref="Limit{V}"/>.</summary>
    [MethodImpl(Inline)]
    public static void Parts<V>(V x, out V power, out V series)
        where V : struct, INumbers<V>
    {
        V n = V.Round(x * 1.4426950408889634);
        power = V.TwoToThe(n);

        // ln 2 = high + low, the high part with so many zero bits that n·high is exact
        V f = V.IsDouble
            ? V.MultiplyAdd(n, -1.90821492927058770002e-10, V.MultiplyAdd(n, -6.93147180369123816490e-1, x))
            : V.MultiplyAdd(n, 2.12194440e-4, V.MultiplyAdd(n, -0.693359375, x));
        V p = V.IsDouble ? HighPowers(f) : 1 / 5040.0;
        p = V.MultiplyAdd(p, f, 1 / 720.0);
        p = V.MultiplyAdd(p, f, 1 / 120.0);
        p = V.MultiplyAdd(p, f, 1 / 24.0);
        p = V.MultiplyAdd(p, f, 1 / 6.0);
        p = V.MultiplyAdd(p, f, 1 / 2.0);
        series = V.MultiplyAdd(p * f, f, f);
    }

    [MethodImpl(Inline)]
    private static V HighPowers<V>(V f)
        where V : struct, INumbers<V>
    {
        V p = V.MultiplyAdd(f, 1 / 6227020800.0, 1 / 479001600.0);
        p = V.MultiplyAdd(p, f, 1 / 39916800.0);
        p = V.MultiplyAdd(p, f, 1 / 3628800.0);
        p = V.MultiplyAdd(p, f, 1 / 362880.0);
        p = V.MultiplyAdd(p, f, 1 / 40320.0);
        return V.MultiplyAdd(p, f, 1 / 5040.0);
    }
}
