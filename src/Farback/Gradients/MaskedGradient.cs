using Farback.Networks;

namespace Farback.Gradients;

/// <summary>The sum of chosen entries of the map, as a dense gradient: one lag, short lags only, role one only.</summary>
/// <remarks>
///   Σ_{(t,k) kept} G[t,k], an exact mask on the entries, not chunks of the sequence. Training with one is the causal test of what a lag's
///   gradient is good for; for that see <see cref="LagWeights"/>, whose memory is kept.
/// </remarks>
public static class MaskedGradient
{
    /// <summary>The gradient of the kept entries.</summary>
    /// <param name="trace">The run.</param>
    /// <param name="losses">Its losses.</param>
    /// <param name="window">The largest |lag| that is walked; entries beyond are left out whatever is kept.</param>
    /// <param name="keep">Whether the entry (t, k) is kept; the read-out, used at k = t, is asked as (t, t).</param>
    public static Parameters<T> Of<T>(Trace<T> trace, LossField losses, int window, Func<int, int, bool> keep)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(trace);
        var gradient = new Parameters<T>(trace.Model.Network);
        new WeightedEntries<T>(trace.Model, window, (t, k) => keep(t, k) ? 1 : 0).Run(trace, losses, gradient);
        return gradient;
    }
}
