using Farback.Networks;
using Farback.Sequences;

namespace Farback.Gradients;

/// <summary>How far one lag's gradient stands out of the noise that sampling a batch puts on the total gradient of the same weights.</summary>
/// <param name="Lag">ℓ.</param>
/// <param name="Signal">‖mean_b G_b(ℓ)‖, G_b(ℓ) = Σ_t G_b[t,t−ℓ].</param>
/// <param name="Noise">The standard deviation of the total gradient over sequences, divided by √B.</param>
public sealed record LagSignal(int Lag, double Signal, double Noise)
{
    /// <summary>Signal over noise at this batch size.</summary>
    public double Ratio => Signal / Noise;

    /// <summary>The batch size at which the lag's gradient equals the noise.</summary>
    public double BatchToEmerge(int lanes) => lanes * (Noise / Signal) * (Noise / Signal);
}

/// <summary>Signal to noise by lag: at which batch "cat → was" emerges from the noise of the short lags on the same matrix.</summary>
/// <remarks>
///   That noise is what buries a long lag, since Adam rescales small gradients. Sequences of the batch are taken as independent draws.
///   Each is run again alone, from the state that it began in; dropout, which would be drawn anew, is refused.
///   Cost: one map and one ordinary gradient a sequence.
/// </remarks>
public static class SignalByLag
{
    /// <summary>The signal of chosen lags in chosen blocks, against the noise of the whole gradient of those blocks.</summary>
    /// <exception cref="ArgumentException">The run was one with dropout.</exception>
    public static IReadOnlyList<LagSignal> Of<T>(
        Trace<T> trace,
        Loss loss,
        LossField losses,
        IReadOnlyList<int> lags,
        IReadOnlyList<Block> blocks
    )
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(trace);
        for (int layer = 1; layer < trace.Model.Network.Layers; layer++)
            if (!trace.Mask(layer, 0, 0).IsEmpty)
                throw new ArgumentException(
                    "signal: the run drew dropout, and a sequence run again alone would draw another; run the batch without dropout."
                );
        int lanes = trace.Lanes;
        double noise = Noise(trace, loss, losses, blocks);
        List<LagSignal> signals = [];
        foreach (int lag in lags)
        {
            Parameters<T> one = MaskedGradient.Of(trace, losses, Math.Abs(lag), (t, k) => t - k == lag);
            double square = 0;
            foreach (Block block in blocks)
                square += Euclidean.Square<T>(one[block]);
            signals.Add(new(lag, Math.Sqrt(square) / lanes, noise));
        }
        return signals;
    }

    private static double Noise<T>(Trace<T> trace, Loss loss, LossField losses, IReadOnlyList<Block> blocks)
        where T : unmanaged
    {
        int lanes = trace.Lanes;
        int count = blocks.Sum(block => block.Count);
        double[] sum = new double[count];
        double squares = 0;
        Network network = trace.Model.Network;
        States<T>? start = trace.StartedAnew ? null : new(network, lanes);
        for (int site = 0; site < network.Layers * network.Directions; site++)
            start?.CopyFrom(trace.Layers[site], site, p: 0);
        for (int lane = 0; lane < lanes; lane++)
        {
            Trace<T> alone = trace.Model.Forward(trace.Batch.Lane(lane), initial: start?.Take(network, [lane]));
            Parameters<T> gradient = Bptt<T>.Gradient(alone, LossField.Of(alone, loss, Reduction.Sum));
            int at = 0;
            foreach (Block block in blocks)
            {
                foreach (T value in gradient[block])
                {
                    double g = losses.Weight * Real.ToDouble(value);
                    sum[at++] += g;
                    squares += g * g;
                }
            }
        }
        double mean = sum.Sum(g => g * g) / lanes;
        return lanes > 1 ? Math.Sqrt(Math.Max(0, squares - mean) / (lanes - 1) / lanes) : double.NaN;
    }
}
