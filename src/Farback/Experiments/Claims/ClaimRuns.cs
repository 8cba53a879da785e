using Farback.Networks;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>What one seed trained: the networks that every claim is held against.</summary>
public sealed record ClaimRuns
{
    /// <summary>The seed of weights and batches, the same in all trainings.</summary>
    public required long Seed { get; init; }

    /// <summary>The sentences.</summary>
    public required AgreementTask Task { get; init; }

    /// <summary>Elman, the gradient as it is.</summary>
    public required AgreementTrialResult Elman { get; init; }

    /// <summary>LSTM with forget bias 1, the gradient as it is.</summary>
    public required AgreementTrialResult Lstm { get; init; }

    /// <summary>The same training of the LSTM, stopped at the last look that found no verb learned.</summary>
    public required AgreementTrialResult LstmEarly { get; init; }

    /// <summary>Elman on g₁ alone: nothing teaches it to carry forward.</summary>
    public required AgreementTrialResult ElmanNow { get; init; }

    /// <summary>LSTM on g₁ alone.</summary>
    public required AgreementTrialResult LstmNow { get; init; }

    /// <summary>LSTM with every lag from the needed one on removed from the gradient.</summary>
    public required AgreementTrialResult LstmCut { get; init; }

    /// <summary>Elman from recurrent matrices that are <see cref="ClaimsStudy.TooLarge"/> times too large.</summary>
    public required IReadOnlyList<AgreementTrialResult> Blown { get; init; }

    /// <summary>Elman on short sentences.</summary>
    public required AgreementTrialResult Short { get; init; }

    /// <summary>Elman on short sentences, on g₁ alone.</summary>
    public required AgreementTrialResult ShortNow { get; init; }

    /// <summary>LSTM on sentences that are glossed only after their last word.</summary>
    public required AgreementTrialResult Delayed { get; init; }

    /// <summary>The sentences of the delayed task.</summary>
    public required AgreementTask DelayedTask { get; init; }

    /// <summary>Sentences of every length that no look ever saw.</summary>
    public IReadOnlyList<AgreementSentence> Unseen => [.. Task.Test.Skip(Task.Test.Count / 2)];

    /// <summary>Those of the needed lag, at most that many.</summary>
    public IReadOnlyList<AgreementSentence> Longest(int count) => [.. Unseen.Where(sentence => sentence.Lag == NeededLag).Take(count)];

    /// <summary>The longest lag from verb to subject.</summary>
    public int NeededLag => Task.Options.LagOf(Task.Options.Fillers);

    /// <summary>The network as it started.</summary>
    public static Model<double> Before(AgreementTrialResult run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return new(run.Network, run.Initial);
    }

    /// <summary>The network as training left it.</summary>
    public static Model<double> After(AgreementTrialResult run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return new(run.Network, run.Trained);
    }
}
