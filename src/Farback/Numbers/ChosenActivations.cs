namespace Farback.Numbers;

/// <summary>αz + β; slope α.</summary>
public readonly struct Affine<V, TConstants> : IActivation<V>
    where V : struct, INumbers<V>
    where TConstants : struct, IConstants
{
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Of(V z, out V slope)
    {
        slope = TConstants.Alpha;
        return V.MultiplyAdd(TConstants.Alpha, z, TConstants.Beta);
    }
}

/// <summary>z for z &gt; 0, else αz; slope α at 0, as PyTorch has it.</summary>
public readonly struct LeakyRelu<V, TConstants> : IActivation<V>
    where V : struct, INumbers<V>
    where TConstants : struct, IConstants
{
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Of(V z, out V slope)
    {
        slope = V.Select(z, 1, TConstants.Alpha);
        return V.Max(z, 0) + TConstants.Alpha * V.Min(0, z);
    }
}

/// <summary>z for z &gt; α, else 0: it jumps at α, where its slope is called 0.</summary>
public readonly struct ThresholdedRelu<V, TConstants> : IActivation<V>
    where V : struct, INumbers<V>
    where TConstants : struct, IConstants
{
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Of(V z, out V slope)
    {
        V above = z - TConstants.Alpha;
        slope = V.Select(above, 1, 0);
        return V.Select(above, z, z - z); // NaN stays NaN
    }
}

/// <summary>α tanh(βz); slope αβ(1 − tanh²(βz)).</summary>
public readonly struct ScaledTanh<V, TConstants> : IActivation<V>
    where V : struct, INumbers<V>
    where TConstants : struct, IConstants
{
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Of(V z, out V slope)
    {
        V tanh = Tanh<V>.Of(TConstants.Beta * z, out V inner);
        slope = TConstants.Alpha * TConstants.Beta * inner;
        return TConstants.Alpha * tanh;
    }
}

/// <summary>αz + β, held between 0 and 1; slope α strictly inside, else 0.</summary>
/// <remarks>α = 0.2 in Keras 1 and 2 and by ONNX' default, 1/6 in Keras 3; β = ½ in all of them.</remarks>
public readonly struct HardSigmoid<V, TConstants> : IActivation<V>
    where V : struct, INumbers<V>
    where TConstants : struct, IConstants
{
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Of(V z, out V slope)
    {
        V line = V.MultiplyAdd(TConstants.Alpha, z, TConstants.Beta);
        slope = V.Select(V.Min(line, 1 - line), TConstants.Alpha, 0);
        return V.Min(V.Max(line, 0), 1);
    }
}

/// <summary>z for z &gt; 0, else α(eᶻ − 1); slope 1 or αeᶻ.</summary>
public readonly struct Elu<V, TConstants> : IActivation<V>
    where V : struct, INumbers<V>
    where TConstants : struct, IConstants
{
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Of(V z, out V slope)
    {
        Exponential.Parts(V.Max(V.Min(0, z), -1 * Exponential.Limit<V>()), out V power, out V series);
        slope = V.Select(z, 1, TConstants.Alpha * V.MultiplyAdd(power, series, power));
        return V.Max(z, 0) + TConstants.Alpha * V.MultiplyAdd(power, series, power - 1);
    }
}

/// <summary>z/(1 + |z|); slope 1/(1 + |z|)².</summary>
public readonly struct Softsign<V> : IActivation<V>
    where V : struct, INumbers<V>
{
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Of(V z, out V slope)
    {
        V r = 1 / (1 + V.Abs(z));
        slope = r * r;
        return z * r;
    }
}

/// <summary>ln(1 + eᶻ) = max(z, 0) + ln(1 + e), e = e^(−|z|); slope σ(z).</summary>
/// <remarks>ln(1 + e) = 2(s + s³/3 + s⁵/5 + …) with s = e/(2 + e) ≤ ⅓: eight terms for a float, eighteen for a double.</remarks>
public readonly struct Softplus<V> : IActivation<V>
    where V : struct, INumbers<V>
{
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Of(V z, out V slope)
    {
        slope = Sigmoid<V>.Of(z, out _);
        Exponential.Parts(V.Max(-1 * V.Abs(z), -1 * Exponential.Limit<V>()), out V power, out V series);
        V e = V.MultiplyAdd(power, series, power);
        V s = e / (e + 2);
        V square = s * s;
        V p = 0;
        for (int odd = V.IsDouble ? 35 : 15; odd >= 3; odd -= 2)
            p = V.MultiplyAdd(p, square, 1.0 / odd);
        return 0.5 * (z + V.Abs(z)) + 2 * V.MultiplyAdd(p * square, s, s);
    }
}

/// <summary>φ of z held within ±bound; slope 0 at and beyond the bound.</summary>
public readonly struct Clipped<V, TActivation, TConstants> : IActivation<V>
    where V : struct, INumbers<V>
    where TActivation : struct, IActivation<V>
    where TConstants : struct, IConstants
{
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static V Of(V z, out V slope)
    {
        V y = TActivation.Of(V.Min(V.Max(z, -TConstants.Bound), TConstants.Bound), out slope);
        slope = V.Select(TConstants.Bound - V.Abs(z), slope, 0);
        return y;
    }
}
