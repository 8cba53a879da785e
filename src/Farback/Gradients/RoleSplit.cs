using Farback.Networks;

namespace Farback.Gradients;

/// <summary>Splits every block's gradient into its two roles: g₁ = Σ_t G[t,t] predicts now, g₂ = ∇ − g₁ carries forward.</summary>
/// <remarks>One more sweep in a window of no lags. The read-out has role one only; its cosine is undefined.</remarks>
public static class RoleSplit
{
    /// <summary>The roles of each block of a run.</summary>
    public static IReadOnlyList<Roles> Of<T>(Trace<T> trace, LossField losses)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(trace);
        Parameters<T> whole = Bptt<T>.Gradient(trace, losses);
        Parameters<T> now = Now(trace, losses);
        List<Roles> roles = [];
        foreach (Block block in trace.Model.Network.Blocks)
        {
            double nowWhole = 0,
                wholeWhole = 0,
                nowNow = 0,
                nowCarry = 0,
                carryCarry = 0;
            for (int i = 0; i < block.Count; i++)
            {
                double g = Real.ToDouble(whole[block][i]),
                    one = Real.ToDouble(now[block][i]),
                    two = g - one;
                nowWhole += one * g;
                wholeWhole += g * g;
                nowNow += one * one;
                nowCarry += one * two;
                carryCarry += two * two;
            }
            double? share = wholeWhole > 0 ? nowWhole / wholeWhole : null;
            bool both = nowNow > 0 && carryCarry > Rounding<T>() * nowNow;
            roles.Add(new(block.Name, share, 1 - share, both ? nowCarry / Math.Sqrt(nowNow * carryCarry) : null));
        }
        return roles;
    }

    // (‖g₂‖/‖g₁‖)² below which g₂ is the rounding of ∇ − g₁: some thousand roundings of each number
    private static double Rounding<T>() => Math.Pow(4096 * (typeof(T) == typeof(float) ? Math.ScaleB(1, -24) : Math.ScaleB(1, -53)), 2);

    /// <summary>g₁ = Σ_t G[t,t] of every block.</summary>
    public static Parameters<T> Now<T>(Trace<T> trace, LossField losses)
        where T : unmanaged => MaskedGradient.Of(trace, losses, window: 0, static (t, k) => t == k);
}
