using Farback.Gradients;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>Claim 5: the end of backpropagation vanishes, so role two is not trained.</summary>
/// <remarks>A(ℓ) of the verb's error at the needed lag says whether it vanishes; verbs by lag say whether carrying forward was learned; trainings without long lags say what taught it.</remarks>
/// <param name="Elman">log₁₀ A at the needed lag, Elman as it started.</param>
/// <param name="Lstm">The same, LSTM.</param>
/// <param name="LongShare">The share of the update that lags beyond half of the needed one have, Elman as it started.</param>
/// <param name="ElmanByLag">Verbs right by lag, Elman.</param>
/// <param name="LstmByLag">Verbs right by lag, LSTM.</param>
/// <param name="LstmNowByLag">The same on g₁ only.</param>
/// <param name="LstmCutByLag">The same with every lag from the needed one on removed.</param>
public sealed record RoleTwoTrained(
    double Elman,
    double Lstm,
    double LongShare,
    IReadOnlyDictionary<int, double> ElmanByLag,
    IReadOnlyDictionary<int, double> LstmByLag,
    IReadOnlyDictionary<int, double> LstmNowByLag,
    IReadOnlyDictionary<int, double> LstmCutByLag
)
{
    /// <summary>log₁₀ of what still counts as arriving: a hundredth, as for horizons (science §2).</summary>
    public const double Arrives = -2;

    /// <summary>Learned: 99 % of the verbs (science §5).</summary>
    public const double Learned = Diagnosis.Verdict.Learned;

    /// <summary>Measures a seed.</summary>
    public static RoleTwoTrained Of(ClaimRuns runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        IReadOnlyList<AgreementSentence> sentences = runs.Longest(16);
        GradientMap elman = Map(runs.Elman, sentences),
            lstm = Map(runs.Lstm, sentences);
        double At(GradientMap map) => Profiles.Of(map, maximum: runs.NeededLag, lossTimes: [sentences[0].Verb]).Points[^1].Log10Typical;
        return new(
            At(elman),
            At(lstm),
            elman.SharesByLag().Where(one => one.Lag > runs.NeededLag / 2).Sum(one => one.Share),
            ByLag(runs.Elman),
            ByLag(runs.Lstm),
            ByLag(runs.LstmNow),
            ByLag(runs.LstmCut)
        );
    }

    /// <summary>The rule.</summary>
    /// <param name="arrives">log₁₀ A at the needed lag.</param>
    /// <param name="near">Verbs right at the shortest lag that needs carrying over other words.</param>
    /// <param name="far">Verbs right at the needed lag.</param>
    public static ClaimVerdict Rule(ClaimNumber arrives, ClaimNumber near, ClaimNumber far)
    {
        ArgumentNullException.ThrowIfNull(arrives);
        ArgumentNullException.ThrowIfNull(near);
        ArgumentNullException.ThrowIfNull(far);
        return (arrives.AtLeast(Arrives), far.AtLeast(Learned), near.AtLeast(Learned)) switch
        {
            (true, _, _) or (_, true, _) => ClaimVerdict.Wrong,
            (false, false, true) => ClaimVerdict.Partly,
            (false, false, false) => ClaimVerdict.Right,
            _ => ClaimVerdict.Undecided,
        };
    }

    /// <summary>The answer from every seed's numbers.</summary>
    public static ClaimAnswer Answer(IReadOnlyList<RoleTwoTrained> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        int[] lags = [.. seeds[0].ElmanByLag.Keys.Order()];
        int near = lags.First(lag => lag > 1),
            far = lags[^1];
        ClaimNumber Verbs(string network, int lag, Func<RoleTwoTrained, IReadOnlyDictionary<int, double>> read) =>
            new($"{network}: verbs right at lag {lag}", ClaimUnit.Share, [.. seeds.Select(seed => read(seed)[lag])]);
        ClaimNumber[] elman = [.. lags.Select(lag => Verbs("Elman", lag, seed => seed.ElmanByLag))];
        ClaimNumber nearRight = elman[Array.IndexOf(lags, near)],
            farRight = elman[^1],
            lstm = Verbs("LSTM", far, seed => seed.LstmByLag),
            now = Verbs("LSTM, role one's gradient only", near, seed => seed.LstmNowByLag),
            nowFar = Verbs("LSTM, role one's gradient only", far, seed => seed.LstmNowByLag),
            cut = Verbs($"LSTM, lags from {far} removed", far, seed => seed.LstmCutByLag);
        var arrives = new ClaimNumber($"Elman: of the verb's error left at its subject, {far} words back", ClaimUnit.Log10, [.. seeds.Select(seed => seed.Elman)]);
        var lstmArrives = new ClaimNumber($"LSTM: of the verb's error left at its subject, {far} words back", ClaimUnit.Log10, [.. seeds.Select(seed => seed.Lstm)]);
        var share = new ClaimNumber($"Elman: share of the update from lags beyond {far / 2}", ClaimUnit.Plain, [.. seeds.Select(seed => seed.LongShare)]);
        ClaimVerdict verdict = Rule(arrives, nearRight, farRight);
        string rest = $" Gradients need not vanish: {lstmArrives.Text} arrives in the LSTM, and {lstm.Text} of its verbs are right; without any gradient that carries forward {nowFar.Text}.";
        return new()
        {
            Key = "5",
            Claim = "The end of backpropagation vanishes, so role two, carrying context forward, is not trained.",
            Verdict = verdict,
            Because = verdict switch
            {
                ClaimVerdict.Partly =>
                    $"In the Elman network {arrives.Text} of the error arrives {far} words back, and {farRight.Text} of the verbs there are right; yet at lag {near} {nearRight.Text} are: role two is trained as far as the gradient gets.{rest}",
                ClaimVerdict.Right =>
                    $"In the Elman network {arrives.Text} of the error arrives {far} words back; {farRight.Text} of the verbs are right there, and at lag {near} no more than {nearRight.Text}.{rest}",
                ClaimVerdict.Wrong =>
                    $"In the Elman network {arrives.Text} of the error arrives {far} words back, and {farRight.Text} of the verbs are right: it does not vanish, or does not decide.{rest}",
                _ =>
                    $"{arrives.Text} of the error arrives; {nearRight.Text} of the verbs are right at lag {near}, {farRight.Text} at lag {far}: an interval straddles a threshold, or there are too few seeds.",
            },
            WouldFlip =
                $"a hundredth of the error arriving at lag {far}, or {NumberText.Percent(Learned)} of the verbs right there (wrong); fewer than {NumberText.Percent(Learned)} right at lag {near} (right).",
            Numbers = [arrives, nearRight, farRight, lstmArrives, lstm, now, nowFar, cut, share],
            Chart = new("Verbs right, by how far back the subject is", 0, 1, [new(AgreementTask.Chance, "a guess"), new(Learned, "learned")], [.. elman, lstm, now, nowFar, cut]),
            See = "farback causal --cell lstm --initial forget=1 --lag 21 --fewest-fillers 0",
        };
    }

    private static GradientMap Map(AgreementTrialResult run, IReadOnlyList<AgreementSentence> sentences)
    {
        Trace<double> trace = ClaimRuns.Before(run).Forward(AgreementTask.BatchOf(sentences));
        return GradientMap.Of(trace, LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean));
    }

    private static Dictionary<int, double> ByLag(AgreementTrialResult run) =>
        run.Accuracy.VerbByLag.ToDictionary(one => one.Key, one => one.Value.Share);
}
