using Farback.Networks;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>One look during training.</summary>
/// <param name="Iteration">Updates made so far.</param>
/// <param name="Loss">Mean training loss, nats a word, of the updates since the last look; NaN before the first.</param>
/// <param name="Verb">The share of right verbs among the watched sentences.</param>
/// <param name="Words">The share of right words among them, verbs not counted.</param>
public readonly record struct AgreementLook(int Iteration, double Loss, double Verb, double Words);

/// <summary>What a training run came to.</summary>
/// <param name="Spec">What was asked for.</param>
/// <param name="Network">The network.</param>
/// <param name="Initial">The parameters before training.</param>
/// <param name="Trained">The parameters after training.</param>
/// <param name="History">Every look, the first before any update.</param>
/// <param name="Accuracy">How well test sentences are glossed that no look ever saw, the verb also by its lag.</param>
/// <param name="Iterations">The updates made.</param>
/// <param name="LearnedAt">The iteration of the first look of the unbroken row, up to the last, that found the verb learned; null where the last did not.</param>
public sealed record AgreementTrialResult(
    AgreementTrialSpec Spec,
    Network Network,
    Parameters<double> Initial,
    Parameters<double> Trained,
    IReadOnlyList<AgreementLook> History,
    AgreementAccuracy Accuracy,
    int Iterations,
    int? LearnedAt
)
{
    /// <summary>The share of right verbs among test sentences that no look ever saw.</summary>
    public double Verb => Accuracy.Verb.Share;

    /// <summary>The share of right words among them, verbs not counted.</summary>
    public double Words => Accuracy.Words.Share;

    /// <summary>Mean training loss, nats a word, of the last updates.</summary>
    public double Loss => History[^1].Loss;

    /// <summary>Whether the verb was learned, by the sentences that no look ever saw.</summary>
    public bool IsLearned => Verb >= Spec.Learned;
}
