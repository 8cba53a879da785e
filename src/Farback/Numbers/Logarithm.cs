namespace Farback.Numbers;

/// <summary>ln(1 + x) where the 1 would swallow x.</summary>
public static class Logarithm
{
    /// <summary>ln(1 + x) to a few units in the last place, however small x is.</summary>
    /// <remarks>
    ///   double.LogP1 adds the 1 first and returns 0 below 1e-16. Here u = 1 + x carries the same rounding error in ln u and in u − 1,
    ///   and ln(u)/(u − 1) is flat, so the error cancels. −1 gives −∞, below it NaN; ∞ gives ∞; NaN stays NaN.
    ///   Source: Kahan, as in Goldberg, What every computer scientist should know about floating-point arithmetic, 1991, theorem 4.
    /// </remarks>
    public static double OfOnePlus(double x)
    {
        double u = 1 + x;
        return u == 1 || double.IsPositiveInfinity(u) ? x : Math.Log(u) * (x / (u - 1));
    }
}
