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
/// <param name="Near">Verbs right at the longest lag of short sentences, Elman trained on these.</param>
/// <param name="NearNow">The same on g₁ only.</param>
/// <param name="ElmanByLag">Verbs right by lag, Elman.</param>
/// <param name="LstmByLag">Verbs right by lag, LSTM.</param>
/// <param name="LstmNowByLag">The same on g₁ only.</param>
/// <param name="LstmCutByLag">The same with every lag from the needed one on removed.</param>
public sealed record RoleTwoTrained(
    double Elman,
    double Lstm,
    double LongShare,
    double Near,
    double NearNow,
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

    private static int NearLag => ClaimsStudy.Short.LagOf(ClaimsStudy.Short.Fillers);

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
            ByLag(runs.Short)[NearLag],
            ByLag(runs.ShortNow)[NearLag],
            ByLag(runs.Elman),
            ByLag(runs.Lstm),
            ByLag(runs.LstmNow),
            ByLag(runs.LstmCut)
        );
    }

    /// <summary>The rule.</summary>
    /// <param name="arrives">log₁₀ A at the needed lag.</param>
    /// <param name="far">Verbs right at the needed lag.</param>
    /// <param name="near">Verbs right at a short lag, in a training of its own.</param>
    /// <param name="nearNow">The same where only g₁ trains: what is right without any training of role two.</param>
    public static ClaimVerdict Rule(ClaimNumber arrives, ClaimNumber far, ClaimNumber near, ClaimNumber nearNow)
    {
        ArgumentNullException.ThrowIfNull(arrives);
        ArgumentNullException.ThrowIfNull(far);
        ArgumentNullException.ThrowIfNull(near);
        ArgumentNullException.ThrowIfNull(nearNow);
        return (arrives.AtLeast(Arrives), far.AtLeast(Learned), near.AtLeast(Learned), nearNow.AtLeast(Learned)) switch
        {
            (true, _, _, _) or (_, true, _, _) => ClaimVerdict.Wrong,
            (false, false, true, false) => ClaimVerdict.Partly,
            (false, false, false, _) or (false, false, true, true) => ClaimVerdict.Right,
            _ => ClaimVerdict.Undecided,
        };
    }

    /// <summary>The answer from every seed's numbers.</summary>
    public static ClaimAnswer Answer(IReadOnlyList<RoleTwoTrained> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        int[] lags = [.. seeds[0].ElmanByLag.Keys.Order()];
        int far = lags[^1];
        ClaimNumber Verbs(string network, int lag, Func<RoleTwoTrained, IReadOnlyDictionary<int, double>> read) =>
            new($"{network}: verbs right at lag {lag}", ClaimUnit.Share, [.. seeds.Select(seed => read(seed)[lag])]);
        ClaimNumber[] elman = [.. lags.Select(lag => Verbs("Elman", lag, seed => seed.ElmanByLag))];
        ClaimNumber near =
                new($"Elman, short sentences: verbs right at lag {NearLag}", ClaimUnit.Share, [.. seeds.Select(seed => seed.Near)]),
            nearNow =
                new(
                    $"the same, role one's gradient only: verbs right at lag {NearLag}",
                    ClaimUnit.Share,
                    [.. seeds.Select(seed => seed.NearNow)]
                ),
            farRight = elman[^1],
            lstm = Verbs("LSTM", far, seed => seed.LstmByLag),
            nowFar = Verbs("LSTM, role one's gradient only", far, seed => seed.LstmNowByLag),
            cut = Verbs($"LSTM, lags from {far} removed", far, seed => seed.LstmCutByLag);
        var arrives = new ClaimNumber(
            $"Elman: of the verb's error left at its subject, {far} words back",
            ClaimUnit.Log10,
            [.. seeds.Select(seed => seed.Elman)]
        );
        var lstmArrives = new ClaimNumber(
            $"LSTM: of the verb's error left at its subject, {far} words back",
            ClaimUnit.Log10,
            [.. seeds.Select(seed => seed.Lstm)]
        );
        var share = new ClaimNumber(
            $"Elman: share of the update from lags beyond {far / 2}",
            ClaimUnit.Plain,
            [.. seeds.Select(seed => seed.LongShare)]
        );
        ClaimVerdict verdict = Rule(arrives, farRight, near, nearNow);
        string rest =
            $" In the LSTM {lstmArrives.Text} arrives before training, and {lstm.Text} of its verbs are right; {nowFar.Text} without any gradient that carries forward.";
        return new()
        {
            Key = "5",
            Claim = "The end of backpropagation vanishes, so role two, carrying context forward, is not trained.",
            Verdict = verdict,
            Because = verdict switch
            {
                ClaimVerdict.Partly =>
                    $"In the Elman network {arrives.Text} of the error arrives {far} words back, and {farRight.Text} of the verbs there are right. But in short sentences, {NearLag} words back, {near.Text} are, and {nearNow.Text} where nothing teaches it to carry forward: role two is trained as far as the gradient gets.{rest}",
                ClaimVerdict.Right =>
                    $"In the Elman network {arrives.Text} of the error arrives {far} words back, and {farRight.Text} of the verbs there are right; in short sentences, {NearLag} words back, {near.Text} are, and {nearNow.Text} where nothing teaches it to carry forward.{rest}",
                ClaimVerdict.Wrong =>
                    $"In the Elman network {arrives.Text} of the error arrives {far} words back, and {farRight.Text} of the verbs are right: it does not vanish, or does not decide.{rest}",
                _ =>
                    $"{arrives.Text} of the error arrives; {farRight.Text} of the verbs are right at lag {far}, {near.Text} at lag {NearLag}, {nearNow.Text} there without role two: an interval straddles a threshold, or there are too few seeds.",
            },
            WouldFlip =
                $"a hundredth of the error arriving at lag {far}, or {NumberText.Percent(Learned)} of the verbs right there (wrong); fewer than {NumberText.Percent(Learned)} right at lag {NearLag}, or as many without role two's gradient (right).",
            Numbers = [arrives, farRight, near, nearNow, lstmArrives, lstm, nowFar, cut, share],
            Chart = new(
                "Verbs right, by how far back the subject is",
                0,
                1,
                [new(AgreementTask.Chance, "a guess"), new(Learned, "learned")],
                [near, nearNow, .. elman, lstm, nowFar, cut]
            ),
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
