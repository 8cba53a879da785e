using Farback.Gradients;
using Farback.Networks;

namespace Farback.Diagnosis;

/// <summary>Where a needed lag comes from.</summary>
public enum LagSource
{
    /// <summary>Nobody knows.</summary>
    Unknown,

    /// <summary>The task says so.</summary>
    Task,

    /// <summary>The user says so.</summary>
    Given,

    /// <summary>Exchanging the past of the network as it is hurts up to there: what this network needs.</summary>
    Intervention,
}

/// <summary>One activation over all units, places and sequences.</summary>
/// <param name="Site">The layer and direction.</param>
/// <param name="Gate">The gate's letter; empty where the cell has one activation only.</param>
/// <param name="Flat">The share of places where its slope is below <see cref="Rules.Flat"/> of its largest, of σ only where it is nearly closed; intervals over sequences.</param>
/// <param name="Shut">The share where an output gate is below <see cref="Rules.Shut"/>; null for any other gate.</param>
/// <param name="Dead">The share of units without a slope at any place (relu); null for any other activation.</param>
public sealed record GateEvidence(string Site, string Gate, Estimate Flat, Estimate? Shut, Estimate? Dead);

/// <summary>All the numbers that a diagnosis rests on, at one set of weights. The rules see nothing else.</summary>
public sealed record Evidence
{
    /// <summary>The cell's name.</summary>
    public required string Cell { get; init; }

    /// <summary>Whether the cell has gates.</summary>
    public required bool HasGates { get; init; }

    /// <summary>How many sequences were asked, at one place each.</summary>
    public required int Sequences { get; init; }

    /// <summary>Whether these weights have been trained.</summary>
    public required bool Trained { get; init; }

    /// <summary>From the asked place back to what the answer depends on, steps; null where it is not known.</summary>
    public int? NeededLag { get; init; }

    /// <summary>Who says so.</summary>
    public LagSource Source { get; init; }

    /// <summary>Where <see cref="Growth"/> was read: the needed lag, or the longest that 8 sequences have.</summary>
    public int? MeasuredLag { get; init; }

    /// <summary>A(ℓ) at <see cref="MeasuredLag"/>: the part of the error that arrives there, typically; 0 where at half of the sequences nothing does.</summary>
    public Estimate? Growth { get; init; }

    /// <summary>The largest A(ℓ) of all lags.</summary>
    public Estimate? Peak { get; init; }

    /// <summary>The lag of <see cref="Peak"/>.</summary>
    public int? PeakLag { get; init; }

    /// <summary>The share of sequences of which the state, the answer or the adjoint is no number or infinite.</summary>
    public double NotFinite { get; init; }

    /// <summary>How far a hundredth of the error gets back.</summary>
    public Horizon? Reached { get; init; }

    /// <summary>What an error keeps a step, by the fitted decay.</summary>
    public double? FactorPerStep { get; init; }

    /// <summary>Every activation that the cell's page names.</summary>
    public IReadOnlyList<GateEvidence> Gates { get; init; } = [];

    /// <summary>The network's answers: the share that is right, or R².</summary>
    public Estimate Skill { get; init; } = Estimate.Nothing;

    /// <summary>What always the same answer gets.</summary>
    public double Chance { get; init; }

    /// <summary>From which skill on it counts as learned.</summary>
    public double Learned { get; init; } = Verdict.Learned;

    /// <summary>The loss, nats, that an exchange has to add to count: 1 % of what there is to know at the asked places.</summary>
    public double Floor { get; init; }

    /// <summary>What a linear reader of the present input alone gets, cross-validated.</summary>
    public Estimate? InputAlone { get; init; }

    /// <summary>The network with everything before the asked place exchanged; null where it was not trained or cannot be asked.</summary>
    public PastExchanged? WithoutPast { get; init; }

    /// <summary>The network with everything from the needed lag back exchanged; null likewise.</summary>
    public PastExchanged? WithoutNeeded { get; init; }

    /// <summary>A probe for the answer on what the read-out is fed; null where the network is right, untrained or bidirectional.</summary>
    public ProbeResult? Readable { get; init; }

    /// <summary>A probe on what the read-out cannot see; null likewise, or where it sees everything.</summary>
    public ProbeResult? Behind { get; init; }

    /// <summary>How it is trained: the window and stride; null for whole sequences.</summary>
    public Adjoints.Truncation? Truncation { get; init; }

    /// <summary>The share of asked places whose gradient is cut before the needed lag; null without truncation or needed lag.</summary>
    public Estimate? Cut { get; init; }
}
