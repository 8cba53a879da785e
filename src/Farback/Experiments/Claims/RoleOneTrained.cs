using Farback.Diagnosis.Spectra;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>Claim 4: the beginning of backpropagation does not vanish, so role one is always trained well.</summary>
/// <remarks>At lag 0 no Jacobian stands in front. Words that need no other word are role one's; trainings that spoil it on purpose test the "always".</remarks>
/// <param name="Elman">Words right that need no other, Elman.</param>
/// <param name="Lstm">The same, LSTM.</param>
/// <param name="Alone">The same, Elman trained on g₁ only.</param>
/// <param name="Blown">The same, Elman from a recurrent matrix several times too large, gradient clipped.</param>
/// <param name="Slope">Mean slope of tanh in the Elman network as it started, of its largest.</param>
/// <param name="BlownSlope">The same with the large matrix.</param>
/// <param name="Updates">Updates until Elman had 99 % of the words at a look; NaN where it never had.</param>
/// <param name="AloneUpdates">The same on g₁ only.</param>
public sealed record RoleOneTrained(
    double Elman,
    double Lstm,
    double Alone,
    double Blown,
    double Slope,
    double BlownSlope,
    double Updates,
    double AloneUpdates
)
{
    /// <summary>Trained well: 99 % of the words, as the verb's own criterion (science §5).</summary>
    public const double Well = Diagnosis.Verdict.Learned;

    /// <summary>Measures a seed.</summary>
    public static RoleOneTrained Of(ClaimRuns runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        return new(
            runs.Elman.Words,
            runs.Lstm.Words,
            runs.ElmanNow.Words,
            runs.Blown.Words,
            SlopeOf(runs.Elman, runs),
            SlopeOf(runs.Blown, runs),
            UpdatesOf(runs.Elman),
            UpdatesOf(runs.ElmanNow)
        );
    }

    /// <summary>The rule.</summary>
    /// <param name="plain">Words right in the trainings as people do them.</param>
    /// <param name="spoilt">Words right in the trainings that try to spoil it.</param>
    public static ClaimVerdict Rule(IReadOnlyList<ClaimNumber> plain, IReadOnlyList<ClaimNumber> spoilt)
    {
        ArgumentNullException.ThrowIfNull(plain);
        ArgumentNullException.ThrowIfNull(spoilt);
        bool?[] usual = [.. plain.Select(one => one.AtLeast(Well))],
            tried = [.. spoilt.Select(one => one.AtLeast(Well))];
        return usual.Any(one => one == false) ? ClaimVerdict.Wrong
            : usual.Any(one => one is null) ? ClaimVerdict.Undecided
            : tried.Any(one => one == false) ? ClaimVerdict.Partly
            : tried.All(one => one == true) ? ClaimVerdict.Right
            : ClaimVerdict.Undecided;
    }

    /// <summary>The answer from every seed's numbers.</summary>
    public static ClaimAnswer Answer(IReadOnlyList<RoleOneTrained> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        ClaimNumber Each(string name, Func<RoleOneTrained, double> read, ClaimUnit unit = ClaimUnit.Share) => new(name, unit, [.. seeds.Select(read)]);
        ClaimNumber elman = Each("Elman: words right that need no other", one => one.Elman),
            lstm = Each("LSTM: words right that need no other", one => one.Lstm),
            alone = Each("Elman, role one's gradient only: words right", one => one.Alone),
            blown = Each($"Elman, context weights {ClaimsStudy.TooLarge} times too large: words right", one => one.Blown);
        ClaimNumber slope = Each("mean slope of tanh before training", one => one.Slope),
            blownSlope = Each("the same with context weights too large", one => one.BlownSlope),
            updates = Each("updates to 99 % of these words", one => one.Updates, ClaimUnit.Plain),
            aloneUpdates = Each("the same with role one's gradient only", one => one.AloneUpdates, ClaimUnit.Plain);
        ClaimVerdict verdict = Rule([elman, lstm], [blown]);
        string usual = $"In ordinary training these words are right: {elman.Text} (Elman), {lstm.Text} (LSTM)";
        return new()
        {
            Key = "4",
            Claim = "The beginning of backpropagation does not vanish, so role one, the present word, is always trained well.",
            Verdict = verdict,
            Because = verdict switch
            {
                ClaimVerdict.Wrong => $"Not even in ordinary training: {elman.Text} (Elman), {lstm.Text} (LSTM) of the words that need no other.",
                ClaimVerdict.Partly =>
                    $"{usual}. But not always: with context weights too large, tanh saturates (its slope is {blownSlope.Text} and not {slope.Text}), the gradient explodes and is clipped, and {blown.Text} of them are right.",
                ClaimVerdict.Right =>
                    $"{usual}, and still {blown.Text} with context weights that are too large, where the slope of tanh is {blownSlope.Text} and not {slope.Text}.",
                _ => $"{usual}; with context weights too large {blown.Text}: too near to {NumberText.Percent(Well)}, or too few seeds.",
            },
            WouldFlip = $"less than {NumberText.Percent(Well)} in ordinary training (wrong), {NumberText.Percent(Well)} or more in the spoilt one (right).",
            Numbers = [elman, lstm, blown, alone, slope, blownSlope, updates, aloneUpdates],
            Chart = new("Words right that need no other word", 0, 1, [new(Well, "trained well")], [elman, lstm, alone, blown]),
            See = "farback spectrum --cell elman --train 600",
        };
    }

    private static double SlopeOf(AgreementTrialResult run, ClaimRuns runs) =>
        GateReading.Of(ClaimRuns.Before(run).Forward(AgreementTask.BatchOf(runs.Longest(8))), 0, 8).Gates().First().MeanSlope;

    private static double UpdatesOf(AgreementTrialResult run) =>
        run.History.Where(look => look.Words >= Well).Select(look => (double)look.Iteration).FirstOrDefault(double.NaN);
}
