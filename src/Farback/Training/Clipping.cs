namespace Farback.Training;

/// <summary>Holds a gradient that grows too large; the first remedy for exploding gradients.</summary>
/// <remarks>
///   Clipping by norm scales the whole gradient, so that directions and signed shares stay as they were; clipping by value bends it.
///   Source: Pascanu, Mikolov &amp; Bengio 2013, algorithm 1.
/// </remarks>
public static class Clipping
{
    // torch.nn.utils.clip_grad_norm_ adds it to the norm
    private const double Guard = 1e-6;

    /// <summary>g := g·min(1, maximum/(‖g‖ + 1e-6)) over all parameters together; returns ‖g‖ as it was.</summary>
    /// <remarks>
    ///   As torch.nn.utils.clip_grad_norm_, its guard included: what is clipped comes out shorter than <paramref name="maximum"/> by
    ///   the part 1e-6/‖g‖. A NaN in the gradient makes all of it NaN; an infinite entry becomes NaN and all others 0: look at the returned
    ///   norm before stepping.
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="maximum"/> is not positive.</exception>
    public static double ByNorm<T>(Span<T> gradient, double maximum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequirePositive(maximum, nameof(maximum));
        double norm = Euclidean.Norm<T>(gradient);
        double coefficient = Math.Min(1, maximum / (norm + Guard));
        if (coefficient != 1)
            Real.Multiply(gradient, Real.From<T>(coefficient));
        return norm;
    }

    /// <summary>Every number cut to [−limit, limit]; NaN stays NaN.</summary>
    /// <exception cref="ArgumentException"><paramref name="limit"/> is not positive.</exception>
    public static void ByValue<T>(Span<T> gradient, double limit)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequirePositive(limit, nameof(limit));
        T high = Real.From<T>(limit);
        foreach (ref T g in gradient)
            if (T.Abs(g) > high)
                g = T.CopySign(high, g);
    }

    private static void RequirePositive(double value, string name)
    {
        if (!(value > 0))
            throw new ArgumentException($"{name}: expected a number above 0, got {value}.");
    }
}
