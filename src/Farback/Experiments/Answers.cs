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
            right = NumberText.Percent(network.Verdict.Accuracy),
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
    public static IReadOnlyList<Card> Cards(Verdict verdict, LagProfile profile, IReadOnlyList<double> verbs)
    {
        int learned = verbs.Count(verb => verb >= Verdict.Learned);
        return
        [
            new(
                "Did it learn?",
                $"{verdict.Words} · {NumberText.Percent(verdict.Accuracy)}",
                $"{NumberText.Percent(verdict.Accuracy)} of the verbs come out right, where guessing gets {NumberText.Percent(verdict.Chance)}; {learned} of {Say.Count(verbs.Count, "training", "trainings")} learned it."
            ),
            new(
                "Half-life",
                profile.HalfLife is { } half ? $"{NumberText.Short(half)} words" : "does not fade",
                profile.HalfLife is { } steps
                        ? $"Every {NumberText.Short(steps)} words further back, half of what was left of the error is gone."
                    : profile.Rate is null ? "Too few words to tell."
                    : "Going back, the error does not shrink."
            ),
            new(
                "Words back: needed / reached",
                $"{verdict.NeededLag} / {Say.Reach(verdict.Reached)}",
                verdict.Reached.Lag is { } lag
                    ? $"“was” has to teach “cat” {verdict.NeededLag} words back; a hundredth or more of the error still arrives {(verdict.Reached.AtLeast ? "there" : $"{Say.Count(lag, "word", "words")} back")}."
                    : $"“was” has to teach “cat” {verdict.NeededLag} words back; not even a hundredth of the error leaves the word itself."
            ),
        ];
    }

    private static string Arrives(LagProfile profile, int lag) =>
        profile.Points.FirstOrDefault(point => point.Lag == lag) is { } point ? Say.Part(point.Log10Typical) : "nothing";
}
