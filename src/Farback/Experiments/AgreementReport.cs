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

    private readonly ILookup<int, AgreementSentence> _unseen = Unseen(task).ToLookup(sentence => sentence.Lag);
    private readonly List<AgreementSentence> _sentences = SentencesOf(task, demo.Lag);
    private readonly List<string> _facts = [];

    // sentences that no look ever saw; the map is taken where the lag is the needed one
    private static IEnumerable<AgreementSentence> Unseen(AgreementTask task) => task.Test.Skip(task.Test.Count / 2);

    /// <summary>The sentences that the horizon is measured on.</summary>
    public static List<AgreementSentence> SentencesOf(AgreementTask task, int lag) =>
        [.. Unseen(task).Where(sentence => sentence.Lag == lag).Take(Lanes)];

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
            Scope = "The maps are of this sentence and the first training; answer and cards are of all trainings and many such sentences.",
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
        LagProfile profileBefore = Profiles.Of([.. before.Select(one => one.Map)], maximum: demo.Lag, lossTimes: Verb),
            profileAfter = Profiles.Of([.. after.Select(one => one.Map)], maximum: demo.Lag, lossTimes: Verb);
        double[][] byLag =
        [
            .. runs.Select(run =>
                Lags.Select(lag =>
                        new AgreementExamination(new Model<double>(run.Network, run.Trained), [.. _unseen[lag]]).Run().Verb.Share
                    )
                    .ToArray()
            ),
        ];
        RunResult[] results = [.. runs.Select((run, i) => RunOf(run, byLag[i][^1], before[i].Map, after[i].Map))];
        // a gradient that was there while it was needed may be gone once the lesson is learned: the further of the two counts
        Horizon reached = new[] { profileAfter.Hundredth, profileBefore.Hundredth }.MaxBy(one => one.IsMeasured ? one.Lag ?? -1 : -2)!;
        Verdict verdict = Verdict.Of(demo.Lag, reached, Median([.. byLag.Select(shares => shares[^1])]), AgreementTask.Chance);
        return new NetworkReport
        {
            Name = network.Name,
            Verdict = verdict,
            Cards = Answers.Cards(verdict, profileAfter, results),
            Sentences = [.. Shown.Select(pairs => SentenceViews.Of(runs[0], task, pairs, full: demo.Task.LagOf(pairs) == demo.Lag))],
            ShownFirst = Array.FindIndex(Shown, pairs => demo.Task.LagOf(pairs) == demo.Lag),
            ProfileBefore = profileBefore,
            ProfileAfter = profileAfter,
            Log10BoundPerStep = SpectralNorm.Log10BoundPerStep(runs[0].Network, runs[0].Trained),
            SharesBefore = before[0].Map.SharesByLag(),
            SharesAfter = after[0].Map.SharesByLag(),
            Chain = Chain(runs[0]),
            SpectrumBefore = Keeps(runs[0], runs[0].Initial, "before training"),
            SpectrumAfter = Keeps(runs[0], runs[0].Trained, $"after {Say.Count(runs[0].Iterations, "training step", "training steps")}"),
            Roles =
            [
                .. RoleSplit
                    .Of(after[0].Trace, after[0].Losses)
                    .Select(role => role with { Block = BlockNames.Of(after[0].Map[role.Block]) }),
            ],
            Accuracy = Accuracy(runs, byLag),
            Runs = results,
            Details = Details.Of(runs[0], before, after, demo.Lag, _sentences[0]),
        };
    }

    private NetworkSpectrum Keeps(AgreementTrialResult run, Parameters<double> parameters, string when) =>
        SpectrumViews.OfSentences(run.Spec.Cell.Title, when, new(run.Network, parameters), _sentences, new() { Sequences = 4, Lags = 9 });

    private ChainView Chain(AgreementTrialResult run)
    {
        AgreementSentence sentence = task.Read(SentenceMap.Text(task.Vocabulary, demo.Task.Fillers));
        return ChainViews.Of(
            $"{run.Spec.Cell.Title}, {run.Spec.Hidden} units, after {NumberText.Whole(run.Iterations)} training steps",
            new Model<double>(run.Network, run.Trained),
            AgreementTask.BatchOf([sentence]),
            new SoftmaxCrossEntropy(),
            [.. sentence.Inputs.Select((word, t) => SentenceMap.Label(sentence, task.Vocabulary, t))],
            sentence.Verb,
            sentence.Cue
        );
    }

    private static double Median(double[] numbers)
    {
        Array.Sort(numbers);
        int half = numbers.Length / 2;
        return numbers.Length % 2 == 1 ? numbers[half] : (numbers[half - 1] + numbers[half]) / 2;
    }

    private RunResult RunOf(AgreementTrialResult run, double verb, GradientMap before, GradientMap after) =>
        new(
            run.Spec.Seed,
            verb,
            run.Words,
            run.Iterations,
            run.LearnedAt,
            run.Loss,
            Profiles.Of(before, maximum: demo.Lag, lossTimes: Verb).Hundredth,
            Profiles.Of(after, maximum: demo.Lag, lossTimes: Verb).Hundredth
        );

    private Measured Measure(Network network, Parameters<double> parameters)
    {
        var model = new Model<double>(network, parameters);
        Trace<double> trace = model.Forward(AgreementTask.BatchOf(_sentences));
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean);
        return new(trace, losses, GradientMap.Of(trace, losses));
    }

    // the question is about the error at the verb, so that the cohort is the verb's
    private int[] Verb => [_sentences[0].Verb];

    // every length that is trained on, the needed lag last
    private int[] Lags => [.. _unseen.Select(group => group.Key).Order()];

    // the lengths of the slider: some on the way, the needed one, and one beyond what was trained on
    private int[] Shown
    {
        get
        {
            int most = demo.Task.Fillers;
            return [.. new[] { 0, 1, 2, most / 3, most * 2 / 3, most, most + most / 2 }.Distinct().Order()];
        }
    }

    private List<AccuracyAtLag> Accuracy(AgreementTrialResult[] runs, double[][] byLag) =>
        [
            new(
                0,
                "words that need no other word",
                [.. runs.Select(run => run.Words)],
                _unseen.Sum(group => group.Sum(sentence => sentence.Words - 1))
            ),
            .. Lags.Select((lag, i) => new AccuracyAtLag(lag, "was or were", [.. byLag.Select(shares => shares[i])], _unseen[lag].Count())),
        ];
}

/// <summary>A run on the measured sentences with its map.</summary>
internal sealed record Measured(Trace<double> Trace, LossField Losses, GradientMap Map);
