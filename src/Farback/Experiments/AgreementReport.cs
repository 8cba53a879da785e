using System.Globalization;
using Farback.Diagnosis;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>From finished training runs to the report: measures every run before and after training on new sentences of the needed lag.</summary>
internal sealed class AgreementReport(
    AgreementDemo demo,
    AgreementTask task,
    IReadOnlyList<(DemoNetwork Network, long Seed)> plan,
    IReadOnlyList<AgreementTrialResult> results
)
{
    private const int Lanes = 32; // sentences that a map is averaged over
    private static readonly int[] Pairs = [0, 1, 2, 4, 6, 9, 14, 19];

    private readonly List<AgreementSentence> _sentences = [.. task.Test.TakeLast(Lanes)];
    private readonly List<string> _facts = [];

    public Report Make(string command)
    {
        List<NetworkReport> networks = [.. demo.Networks.Select(Network)];
        DemoNetwork first = demo.Networks[0];
        _facts.Add(
            $"Each network has one layer of {demo.Hidden} units and reads words through an embedding of {results[0].Spec.Embedding} numbers."
        );
        _facts.Add(
            $"Training: Adam at rate {demo.Rate.ToString(CultureInfo.InvariantCulture)}, gradients clipped to norm 1, {Lanes} sentences a step, at most {demo.Iterations:N0} steps, stopped early when the verb is learned; the same for all networks."
        );
        _facts.Add(
            $"{task.DistinctTrain:N0} different training sentences, {task.Test.Count:N0} test sentences, none shared; the accuracies are of test sentences that never decided when to stop."
        );
        _facts.Add(
            "“be” is all the networks see at the verb: was or were, était or étaient, is decided by the subject alone. No other word needs another."
        );
        return new Report
        {
            Question = "Can “was” still teach “cat”?",
            Answer = Answers.Sentence(networks, demo.Lag),
            Networks = networks,
            Sum = SumTables.Of(first.Name, Of(first)[0], task),
            Provenance = new(
                $"farback {typeof(Report).Assembly.GetName().Version?.ToString(3)}",
                command,
                $"float64, {Widths.Name(Widths.Current)}{(Widths.Current == Width.Scalar ? "" : "-bit registers")}",
                "J is the mean of the cross entropy over all words of all sentences of a batch",
                demo.Seeds,
                _facts
            ),
        };
    }

    private AgreementTrialResult[] Of(DemoNetwork network) =>
        [
            .. demo.Seeds.Select(seed =>
                results[Enumerable.Range(0, plan.Count).First(i => plan[i].Network == network && plan[i].Seed == seed)]
            ),
        ];

    private NetworkReport Network(DemoNetwork network)
    {
        AgreementTrialResult[] runs = Of(network);
        Measured[] before = [.. runs.Select(run => Measure(run.Network, run.Initial))],
            after = [.. runs.Select(run => Measure(run.Network, run.Trained))];
        LagProfile profileBefore = Profiles.Of([.. before.Select(one => one.Map)], maximum: demo.Lag),
            profileAfter = Profiles.Of([.. after.Select(one => one.Map)], maximum: demo.Lag);
        double[] verbs = [.. runs.Select(run => run.Verb).Order()];
        Verdict verdict = Verdict.Of(demo.Lag, profileAfter.Hundredth, verbs[verbs.Length / 2], AgreementTask.Chance);
        return new NetworkReport
        {
            Name = network.Name,
            Verdict = verdict,
            Cards = Answers.Cards(verdict, profileAfter, runs),
            Sentences = [.. Pairs.Select(pairs => SentenceViews.Of(runs[0], task, pairs, full: demo.Task.LagOf(pairs) == demo.Lag))],
            ShownFirst = Array.FindIndex(Pairs, pairs => demo.Task.LagOf(pairs) == demo.Lag),
            ProfileBefore = profileBefore,
            ProfileAfter = profileAfter,
            Log10BoundPerStep = SpectralNorm.Log10BoundPerStep(runs[0].Network, runs[0].Trained),
            SharesBefore = before[0].Map.SharesByLag(),
            SharesAfter = after[0].Map.SharesByLag(),
            Roles = RoleSplit.Of(after[0].Trace, after[0].Losses),
            Accuracy = Accuracy(runs),
            Runs = [.. runs.Select((run, i) => RunOf(run, before[i].Map, after[i].Map))],
            Details = Details.Of(runs[0], before, after, demo.Lag, _sentences[0]),
        };
    }

    private RunResult RunOf(AgreementTrialResult run, GradientMap before, GradientMap after) =>
        new(
            run.Spec.Seed,
            run.Verb,
            run.Words,
            run.Iterations,
            run.LearnedAt,
            run.Loss,
            Profiles.Of(before, maximum: demo.Lag).Hundredth,
            Profiles.Of(after, maximum: demo.Lag).Hundredth
        );

    private Measured Measure(Network network, Parameters<double> parameters)
    {
        var model = new Model<double>(network, parameters);
        Trace<double> trace = model.Forward(AgreementTask.BatchOf(_sentences));
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean);
        return new(trace, losses, GradientMap.Of(trace, losses));
    }

    // accuracy at the trained lag and, where the network was never trained, at others
    private List<AccuracyAtLag> Accuracy(AgreementTrialResult[] runs)
    {
        List<AccuracyAtLag> all =
        [
            new(
                0,
                "words that need no other word",
                [.. runs.Select(run => run.Words)],
                (task.Test.Count - task.Test.Count / 2) * (_sentences[0].Words - 1)
            ),
        ];
        foreach (int pairs in Pairs)
        {
            int lag = demo.Task.LagOf(pairs);
            if (lag == demo.Lag)
            {
                all.Add(new(lag, "the verb", [.. runs.Select(run => run.Verb)], task.Test.Count - task.Test.Count / 2));
                continue;
            }
            var other = new AgreementTask(demo.Task with { Fillers = pairs, TestSentences = 64, Sentences = 64, Seed = 2 });
            all.Add(
                new(
                    lag,
                    "the verb, at a distance it was not trained on",
                    [.. runs.Select(run => AgreementTrial.Examine(run.Network, run.Trained, other.Test).Verb.Share)],
                    other.Test.Count
                )
            );
        }
        return [.. all.OrderBy(one => one.Lag)];
    }
}

/// <summary>A run on the measured sentences with its map.</summary>
internal sealed record Measured(Trace<double> Trace, LossField Losses, GradientMap Map);
