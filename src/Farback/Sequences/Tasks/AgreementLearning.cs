using System.Globalization;

namespace Farback.Sequences;

/// <summary>The agreement task as something that a training takes its batches from.</summary>
/// <remarks>Training sentences are drawn with replacement; the test list is halved, the first half for validation and the second for the test.</remarks>
public sealed class AgreementLearning : LearningTask
{
    /// <summary>Draws the sentences.</summary>
    /// <exception cref="ArgumentException">A knob is out of range, or too few different sentences exist.</exception>
    public AgreementLearning(AgreementOptions options)
        : this(new AgreementTask(options)) { }

    /// <summary>On sentences that several trainings share.</summary>
    public AgreementLearning(AgreementTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        Task = task;
    }

    /// <summary>The sentences.</summary>
    public AgreementTask Task { get; }

    /// <inheritdoc/>
    public override string Name => "agreement";

    /// <inheritdoc/>
    public override IReadOnlyList<string> InputWords => Task.Vocabulary.InputWords;

    /// <inheritdoc/>
    public override IReadOnlyList<string> OutputWords => Task.Vocabulary.OutputWords;

    /// <inheritdoc/>
    public override int Outputs => OutputWords.Count;

    /// <inheritdoc/>
    public override Answer Answer => Answer.OneClass;

    /// <summary>From the verb to its subject, in the longest sentences.</summary>
    public override int? NeededLag => Task.Options.LagOf(Task.Options.Fillers);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Facts =>
        [
            $"{Task.Train.Count} training sentences, {Task.DistinctTrain} of them different; {Validation} to validate on and {Task.Test.Count - Validation} to test, none of whose frames is trained on.",
            $"The verb needs its subject, {Task.Options.LagOf(Task.Options.FewestFillers ?? Task.Options.Fillers)} to {NeededLag} steps back; a guess gets half of the verbs.",
        ];

    private int Validation => Task.Test.Count / 2;

    /// <inheritdoc/>
    public override Batch Next(TaskPlace place, int lanes)
    {
        ArgumentNullException.ThrowIfNull(place);
        return Task.Sample(place.Random, lanes);
    }

    /// <inheritdoc/>
    public override IEnumerable<Batch> Held(Split split, int lanes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lanes);
        IEnumerable<AgreementSentence> sentences = split switch
        {
            Split.Validation => Task.Test.Take(Validation),
            Split.Test => Task.Test.Skip(Validation),
            _ => Task.Train,
        };
        return sentences.Chunk(lanes).Select(AgreementTask.BatchOf);
    }

    /// <inheritdoc/>
    public override Judge NewJudge() => new AgreementJudge(Task);

    internal static AgreementLearning Read(KnobReader knobs) =>
        new(
            new AgreementOptions
            {
                Fillers = knobs.Whole("fillers"),
                FewestFillers = knobs.WholeOrNone("fewest-fillers"),
                PrepositionalPhrases = knobs.Whole("prepositional-phrases"),
                TestAttractors = knobs.WholeOrNone("test-attractors"),
                RelativeClauses = knobs.Whole("relative-clauses"),
                Nouns = knobs.Whole("nouns"),
                Adjectives = knobs.Whole("adjectives"),
                Sentences = knobs.Whole("sentences"),
                TestSentences = knobs.Whole("test-sentences"),
                Seed = knobs.Long("seed"),
                Delayed = knobs.OnOff("delayed"),
            }
        );

    private sealed class AgreementJudge(AgreementTask task) : Judge
    {
        private AgreementAccuracy _accuracy = AgreementAccuracy.Of([], []);

        public override void Add(Batch batch, ReadOut output)
        {
            ArgumentNullException.ThrowIfNull(batch);
            ArgumentNullException.ThrowIfNull(output);
            int[] said = new int[batch.Times * batch.Lanes];
            for (int time = 0; time < batch.Times; time++)
            for (int lane = 0; lane < batch.Lanes; lane++)
                if (batch.HasLoss(time, lane))
                    said[time * batch.Lanes + lane] = Largest(output(time, lane));
            AgreementSentence[] sentences = [.. Enumerable.Range(0, batch.Lanes).Select(lane => task.SentenceOf(batch, lane))];
            _accuracy = _accuracy.Plus(AgreementAccuracy.Of(said, sentences));
        }

        public override IReadOnlyList<Score> Scores
        {
            get
            {
                double many = (double)_accuracy.VerbOfMany.Count / _accuracy.Verb.Count;
                return
                [
                    Accuracy(
                        "verb accuracy",
                        _accuracy.Verb,
                        [new("majority", Math.Max(many, 1 - many))],
                        [.. Parts("lag", _accuracy.VerbByLag), .. Parts("attractors", _accuracy.VerbByAttractors)]
                    ),
                    Accuracy("word accuracy", _accuracy.Words, null, [.. Parts("lag", _accuracy.WordsByLag)]),
                ];
            }
        }

        private static Score Accuracy(string name, Tally tally, Baseline[]? baselines, ScorePart[] parts) =>
            new(name, tally.Share, tally.Count, HigherIsBetter: true, baselines, parts);

        private static IEnumerable<ScorePart> Parts(string by, IReadOnlyDictionary<int, Tally> tallies) =>
            tallies.Select(part => new ScorePart(by, part.Key.ToString(CultureInfo.InvariantCulture), part.Value.Share, part.Value.Count));

        private static int Largest(ReadOnlySpan<double> logits)
        {
            int best = 0;
            for (int c = 1; c < logits.Length; c++)
                if (logits[c] > logits[best])
                    best = c;
            return best;
        }
    }
}
