using Farback.Gradients;

namespace Farback.Training;

/// <summary>How the gradient reached back in time at one step of a training, from a sample of that step's batch.</summary>
/// <remarks>
///   Each sampled row is exact; what is drawn is which lanes and which loss times. Horizons carry a 90 % interval over the lanes, shares and κ one
///   over the loss times, by bootstrap. It is about the network in evaluation, without dropout, and about the whole gradient, also where training truncates it.
/// </remarks>
/// <param name="Step">The updates made before; 0 for the initial weights.</param>
/// <param name="Lanes">The sampled lanes of the batch that the next update is made on.</param>
/// <param name="LossTimes">The sampled loss times.</param>
/// <param name="OfLossTimes">How many loss times the sampled lanes have.</param>
/// <param name="LargestLag">The largest lag of the profile.</param>
/// <param name="Profile">The lag profile A(ℓ) of the lowest layer; lags beyond ten are thinned out.</param>
/// <param name="Tenth">The horizon at ε = 0.1.</param>
/// <param name="Hundredth">The horizon at ε = 0.01.</param>
/// <param name="Carried">The share of what is carried forward, Σ_{t≠k}⟨G[t,k], g⟩/‖g‖², of the sampled lanes' own gradient g.</param>
/// <param name="Shares">The same by lag: 0, 1, 2 to 3, 4 to 7, …</param>
/// <param name="Cancellation">κ = ΣΣ‖G‖/‖g‖ of the sampled lanes.</param>
/// <param name="SharesAreReliable">Whether rounding leaves the shares their digits.</param>
public sealed record WatchRow(
    long Step,
    IReadOnlyList<int> Lanes,
    IReadOnlyList<int> LossTimes,
    int OfLossTimes,
    int LargestLag,
    IReadOnlyList<LagPoint> Profile,
    Horizon Tenth,
    Horizon Hundredth,
    SampledSum Carried,
    IReadOnlyList<LagBucket> Shares,
    SampledSum Cancellation,
    bool SharesAreReliable
)
{
    /// <summary>The largest lag that was walked, where the rows reach further back: shares and κ leave out what lies beyond it. Null where every row was walked whole.</summary>
    public int? WalkedLag { get; init; }
}

/// <summary>The signed share of the entries in a range of lags.</summary>
/// <param name="First">The smallest |t − k|.</param>
/// <param name="Last">The largest |t − k|.</param>
/// <param name="Share">Σ⟨G[t,k], g⟩/‖g‖².</param>
public sealed record LagBucket(int First, int Last, SampledSum Share);
