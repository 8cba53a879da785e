using Farback.Diagnosis;
using Farback.Gradients;
using Farback.Reports;

namespace Farback.Experiments;

/// <summary>What the numbers say, in sentences; they follow the numbers, also when they surprise.</summary>
public static class Answers
{
    /// <summary>The answer to the question in one sentence, a clause for each network.</summary>
    public static string Sentence(IReadOnlyList<NetworkReport> networks, int lag)
    {
        string all = string.Join("; ", networks.Select((network, i) => Clause(network, lag, first: i == 0)));
        return char.ToUpperInvariant(all[0]) + all[1..] + ".";
    }

    private static string Clause(NetworkReport network, int lag, bool first)
    {
        string arrives =
                Arrives(network.ProfileAfter, lag)
                + (first ? $" of the error at “was” gets back to “cat”, {lag} words earlier" : " arrives"),
            right = network.Runs.Count > 0
                ? Each([.. network.Runs.Select(run => run.VerbAccuracy)])
                : NumberText.Percent(network.Verdict.Accuracy),
            guess = NumberText.Percent(network.Verdict.Chance);
        return network.Verdict.Outcome switch
        {
            Outcome.Did when network.Verdict.Reached.Lag >= lag =>
                $"in the {network.Name} network, yes: {arrives}, and {right} of the verbs come out right",
            Outcome.Did => $"in the {network.Name} network, yes, although only {arrives}: {right} of the verbs come out right",
            Outcome.CouldDidNot =>
                $"in the {network.Name} network it could, but did not: {arrives}, yet only {right} of the verbs come out right (guessing: {guess})",
            _ => $"not in the {network.Name} network: {arrives}, and {right} of the verbs come out right (guessing: {guess})",
        };
    }

    /// <summary>The three cards of a network.</summary>
    /// <param name="verdict">Gradient and behaviour, paired.</param>
    /// <param name="profile">The profile after training.</param>
    /// <param name="runs">Every training.</param>
    public static IReadOnlyList<Card> Cards(Verdict verdict, LagProfile profile, IReadOnlyList<RunResult> runs)
    {
        int learned = runs.Count(run => run.VerbAccuracy >= Verdict.Learned),
            reached = runs.Count(run => Math.Max(run.HorizonBefore.Lag ?? 0, run.HorizonAfter.Lag ?? 0) >= verdict.NeededLag);
        string trainings = Say.Count(runs.Count, "training", "trainings");
        return
        [
            new(
                "Did it learn?",
                $"{verdict.Words} · {Each([.. runs.Select(run => run.VerbAccuracy)])}",
                $"{learned} of {trainings} learned which word is right; guessing gets {NumberText.Percent(verdict.Chance)}."
            ),
            new(
                "Half-life",
                profile.HalfLife is { } half ? $"{NumberText.Short(half)} words"
                    : profile.Rate is null ? "cannot be told"
                    : "does not fade",
                Fading(profile)
            ),
            new(
                "Words back: needed / reached",
                $"{verdict.NeededLag} / {Say.Reach(verdict.Reached)}",
                verdict.Reached.Lag is not { } lag
                        ? $"“was” must teach “cat”, {verdict.NeededLag} words back, and not even a hundredth of the error leaves the word."
                    : lag >= verdict.NeededLag ? $"A hundredth of the error or more gets back to “cat” ({reached} of {trainings})."
                    : $"A hundredth of the error gets {Say.Count(lag, "word", "words")} back at best; “cat” is {verdict.NeededLag} back."
            ),
        ];
    }

    // the fitted line begins where the first words have taken their toll
    private static string Fading(LagProfile profile)
    {
        if (profile.HalfLife is not { } half)
            return profile.Rate is not null ? "Going back, the error does not shrink."
                : ProfileText.Dead(profile) is { } lag ? $"Nothing at all is left {ProfileText.Words(lag)} back."
                : "Too few words to tell.";
        string drop =
            profile.Intercept < Math.Log(0.5) ? $"After a first drop to {Say.Part(profile.Intercept.Value / Math.Log(10))}, half" : "Half";
        return $"{drop} of the error goes every {NumberText.Short(half)} words.";
    }

    // each training's share, one number where they agree to the last digit shown
    private static string Each(IReadOnlyList<double> shares)
    {
        if (shares.Count == 1)
            return NumberText.Percent(shares[0]);
        string[] said =
        [
            .. shares.Select(share =>
                NumberText
                    .Percent(share > 0.005 && share < 0.995 ? Math.Round(share, 2) : share)
                    .Replace(" %", "", StringComparison.Ordinal)
            ),
        ];
        return said.Distinct().Count() == 1 ? $"{said[0]} %" : $"{string.Join(", ", said)} %";
    }

    private static string Arrives(LagProfile profile, int lag) =>
        profile.Points.FirstOrDefault(point => point.Lag == lag) is { } point ? Say.Part(point.Log10Typical) : "nothing";
}
