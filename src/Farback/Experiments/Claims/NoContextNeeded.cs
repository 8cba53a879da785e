using Farback.Diagnosis;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>Claim 6: "cats" → "chats" is predicted well, it needs no context.</summary>
/// <remarks>All words before the present one are exchanged for another sentence's: an answer that needs none stays right. Then the same where the gloss comes after the sentence.</remarks>
/// <param name="Words">Words right that are glossed as they come.</param>
/// <param name="Alone">The same words with everything before them exchanged.</param>
/// <param name="Delayed">Nouns right that are glossed after the sentence.</param>
/// <param name="DelayedAlone">The same with everything before the gloss exchanged.</param>
public sealed record NoContextNeeded(double Words, double Alone, double Delayed, double DelayedAlone)
{
    /// <summary>Predicted well: 99 %.</summary>
    public const double Well = Diagnosis.Verdict.Learned;

    /// <summary>Measures a seed.</summary>
    public static NoContextNeeded Of(ClaimRuns runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        PastExchanged now = Exchanged(runs.Lstm, AskedPlaces.Words(runs.Longest(256))),
            later = Exchanged(runs.Delayed, Nouns([.. runs.DelayedTask.Test.Skip(runs.DelayedTask.Test.Count / 2)]));
        return new(now.Whole.Value, now.Skill.Value, later.Whole.Value, later.Skill.Value);
    }

    /// <summary>The rule.</summary>
    /// <param name="words">Right as they come.</param>
    /// <param name="alone">Right as they come, the past exchanged.</param>
    /// <param name="delayedAlone">Right after the sentence, the past exchanged.</param>
    public static ClaimVerdict Rule(ClaimNumber words, ClaimNumber alone, ClaimNumber delayedAlone)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(alone);
        ArgumentNullException.ThrowIfNull(delayedAlone);
        return (words.AtLeast(Well), alone.AtLeast(Well), delayedAlone.AtLeast(Well)) switch
        {
            (false, _, _) or (_, false, _) => ClaimVerdict.Wrong,
            (true, true, true) => ClaimVerdict.Right,
            (true, true, false) => ClaimVerdict.Partly,
            _ => ClaimVerdict.Undecided,
        };
    }

    /// <summary>The answer from every seed's numbers.</summary>
    public static ClaimAnswer Answer(IReadOnlyList<NoContextNeeded> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        ClaimNumber Each(string name, Func<NoContextNeeded, double> read) => new(name, ClaimUnit.Share, [.. seeds.Select(read)]);
        ClaimNumber words = Each("glossed as they come: words right", one => one.Words),
            alone = Each("the same, every word before exchanged for another sentence's", one => one.Alone),
            delayed = Each("glossed after the sentence: nouns right", one => one.Delayed),
            delayedAlone = Each("the same, everything before the gloss exchanged", one => one.DelayedAlone);
        ClaimVerdict verdict = Rule(words, alone, delayedAlone);
        return new()
        {
            Key = "6",
            Claim = "cats → chats is predicted well, because it needs no context.",
            Verdict = verdict,
            Because = verdict switch
            {
                ClaimVerdict.Partly =>
                    $"Glossed as it comes, a word needs none: {words.Text} are right, {alone.Text} with all words before exchanged. Glossed after the sentence, as translators do, it needs its own word back: {delayed.Text} of the nouns are right, {delayedAlone.Text} with what came before exchanged.",
                ClaimVerdict.Right =>
                    $"{words.Text} of the words are right, {alone.Text} with all words before exchanged, and {delayedAlone.Text} even where the gloss comes after the sentence.",
                ClaimVerdict.Wrong =>
                    $"{words.Text} of the words are right as they come, and {alone.Text} with all words before exchanged.",
                _ =>
                    $"{words.Text} right, {alone.Text} with the past exchanged, {delayedAlone.Text} so after the sentence: an interval straddles {NumberText.Percent(Well)}, or there are too few seeds.",
            },
            WouldFlip =
                $"fewer than {NumberText.Percent(Well)} right as they come, with the past or without (wrong); {NumberText.Percent(Well)} right after the sentence with the past exchanged (right).",
            Numbers = [words, alone, delayedAlone, delayed],
            Chart = new("Right, with the past and without", 0, 1, [new(Well, "predicted well")], [words, alone, delayed, delayedAlone]),
            See = "farback memory --cell lstm --initial forget=1 --lag 21 --fewest-fillers 0 --train 1200 --rate 0.02",
        };
    }

    private static PastExchanged Exchanged(AgreementTrialResult run, AskedPlaces asked) =>
        PastExchanged.Of(ClaimRuns.After(run), asked, new SoftmaxCrossEntropy(), lag: 0);

    private static AskedPlaces Nouns(IReadOnlyList<AgreementSentence> sentences) =>
        AskedPlaces.At(
            AgreementTask.BatchOf(sentences),
            [.. Enumerable.Range(0, sentences.Count)],
            [.. sentences.Select(sentence => sentence.Cue + sentence.WordLag)]
        );
}
