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
/// <param name="Blown">The same, Elman from recurrent matrices <see cref="ClaimsStudy.TooLarge"/> times too large.</param>
/// <param name="Slope">Mean slope of tanh in the Elman network as it started, of its largest.</param>
/// <param name="BlownSlope">The same with the largest matrix.</param>
/// <param name="Norm">log₁₀ ‖∇‖ of the Elman network as it started; beyond 1 it is clipped.</param>
/// <param name="BlownNorm">The same with the largest matrix.</param>
/// <param name="Updates">Updates until Elman had 99 % of the words at a look; NaN where it never had.</param>
/// <param name="AloneUpdates">The same on g₁ only.</param>
public sealed record RoleOneTrained(
    double Elman,
    double Lstm,
    double Alone,
    IReadOnlyList<double> Blown,
    double Slope,
    double BlownSlope,
    double Norm,
    double BlownNorm,
    double Updates,
    double AloneUpdates
)
{
    /// <summary>Trained well: 99 % of the words, as the verb's own criterion (science §5).</summary>
    public const double Well = Diagnosis.Verdict.Learned;

    private const int Lanes = 32;

    /// <summary>Measures a seed.</summary>
    public static RoleOneTrained Of(ClaimRuns runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        return new(
            runs.Elman.Words,
            runs.Lstm.Words,
            runs.ElmanNow.Words,
            [.. runs.Blown.Select(run => run.Words)],
            SlopeOf(runs.Elman, runs),
            SlopeOf(runs.Blown[^1], runs),
            NormOf(runs.Elman, runs),
            NormOf(runs.Blown[^1], runs),
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
        ClaimNumber Each(string name, Func<RoleOneTrained, double> read, ClaimUnit unit = ClaimUnit.Share) =>
            new(name, unit, [.. seeds.Select(read)]);
        ClaimNumber elman = Each("Elman: words right that need no other", one => one.Elman),
            lstm = Each("LSTM: words right that need no other", one => one.Lstm),
            alone = Each("Elman, role one's gradient only: words right", one => one.Alone);
        ClaimNumber[] blown =
        [
            .. ClaimsStudy.TooLarge.Select(
                (times, i) => Each($"Elman, context weights {times} times too large: words right", one => one.Blown[i])
            ),
        ];
        ClaimNumber slope = Each("mean slope of tanh before training", one => one.Slope),
            blownSlope = Each($"the same with context weights {ClaimsStudy.TooLarge[^1]} times too large", one => one.BlownSlope),
            norm = Each("length of the first gradient (clipped beyond 1)", one => one.Norm, ClaimUnit.Log10),
            blownNorm = Each(
                $"the same with context weights {ClaimsStudy.TooLarge[^1]} times too large",
                one => one.BlownNorm,
                ClaimUnit.Log10
            ),
            updates = Each("updates to 99 % of these words", one => one.Updates, ClaimUnit.Plain),
            aloneUpdates = Each("the same with role one's gradient only", one => one.AloneUpdates, ClaimUnit.Plain);
        ClaimVerdict verdict = Rule([elman, lstm], blown);
        string spoilt = string.Join(
                ", ",
                ClaimsStudy.TooLarge.Select((times, i) => $"{blown[i].Text} with context weights {times} times too large")
            ),
            slopes =
                $"the slope of tanh before training is {blownSlope.Text} there and not {slope.Text}, the length of the gradient {blownNorm.Text} and not {norm.Text}";
        string usual = $"In ordinary training these words are right: {elman.Text} (Elman), {lstm.Text} (LSTM)";
        return new()
        {
            Key = "4",
            Claim = "The beginning of backpropagation does not vanish, so role one, the present word, is always trained well.",
            Verdict = verdict,
            Because = verdict switch
            {
                ClaimVerdict.Wrong =>
                    $"Not even in ordinary training: {elman.Text} (Elman), {lstm.Text} (LSTM) of the words that need no other.",
                ClaimVerdict.Partly => $"{usual}. But not always: {spoilt}. With the largest, {slopes}.",
                ClaimVerdict.Right => $"{usual}, and still {spoilt}. With the largest, {slopes}.",
                _ => $"{usual}; {spoilt}: too near to {NumberText.Percent(Well)}, or too few seeds.",
            },
            WouldFlip =
                $"less than {NumberText.Percent(Well)} in ordinary training (wrong), {NumberText.Percent(Well)} or more in every spoilt one (right).",
            Numbers = [elman, lstm, .. blown, alone, slope, blownSlope, norm, blownNorm, updates, aloneUpdates],
            Chart = new("Words right that need no other word", 0, 1, [new(Well, "trained well")], [elman, lstm, alone, .. blown]),
            See = "farback spectrum --cell elman --train 600",
        };
    }

    private static double SlopeOf(AgreementTrialResult run, ClaimRuns runs) =>
        GateReading.Of(ClaimRuns.Before(run).Forward(AgreementTask.BatchOf(runs.Longest(Lanes))), 0, Lanes).Gates().First().MeanSlope;

    private static double NormOf(AgreementTrialResult run, ClaimRuns runs)
    {
        Trace<double> trace = ClaimRuns.Before(run).Forward(AgreementTask.BatchOf(runs.Longest(Lanes)));
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean);
        return Math.Log10(Gradients.Bptt<double>.Gradient(trace, losses).Norm());
    }

    private static double UpdatesOf(AgreementTrialResult run) =>
        run.History.Where(look => look.Words >= Well).Select(look => (double)look.Iteration).FirstOrDefault(double.NaN);
}
