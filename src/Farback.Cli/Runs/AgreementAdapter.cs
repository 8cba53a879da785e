using Farback.Sequences;

namespace Farback.Cli.Runs;

/// <summary>The agreement task as something to learn: half of its test sentences are watched, the others judged once.</summary>
internal sealed class AgreementAdapter : LearningTask
{
    private readonly AgreementTask _task;
    private readonly Dictionary<Split, IReadOnlyList<AgreementSentence>> _parts;
    private readonly Dictionary<Batch, AgreementSentence[]> _held = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(Split, int), Batch[]> _batches = [];

    public AgreementAdapter(AgreementOptions options)
    {
        _task = new(options);
        int half = _task.Test.Count / 2;
        _parts = new()
        {
            [Split.Training] = _task.Train,
            [Split.Validation] = [.. _task.Test.Take(half)],
            [Split.Test] = [.. _task.Test.Skip(half)],
        };
    }

    public override string Name => AgreementTask.Describe().Name;

    public override int Outputs => OutputWords.Count;

    public override Answer Answer => Answer.OneClass;

    public override IReadOnlyList<string> InputWords => _task.Vocabulary.InputWords;

    public override IReadOnlyList<string> OutputWords => _task.Vocabulary.OutputWords;

    public override int? NeededLag => _task.Options.LagOf(_task.Options.Fillers);

    public override Batch Next(TaskPlace place, int lanes) => _task.Sample(place.Random, lanes);

    public override IEnumerable<Batch> Held(Split split, int lanes)
    {
        if (_batches.TryGetValue((split, lanes), out Batch[]? known))
            return known;
        List<Batch> batches = [];
        foreach (AgreementSentence[] sentences in _parts[split].Chunk(lanes))
        {
            Batch batch = AgreementTask.BatchOf(sentences);
            _held[batch] = sentences;
            batches.Add(batch);
        }
        return _batches[(split, lanes)] = [.. batches];
    }

    public override Judge NewJudge() => new VerbJudge(_held);

    private sealed class VerbJudge(Dictionary<Batch, AgreementSentence[]> held) : Judge
    {
        private AgreementAccuracy _sum = new();

        public override void Add(Batch batch, ReadOut output)
        {
            int[] said = new int[batch.Times * batch.Lanes];
            for (int place = 0; place < said.Length; place++)
                said[place] = Largest(output(place / batch.Lanes, place % batch.Lanes));
            _sum = _sum.Plus(AgreementAccuracy.Of(said, held[batch]));
        }

        public override IReadOnlyList<Score> Scores =>
            [
                new(
                    "verb accuracy",
                    _sum.Verb.Share,
                    _sum.Verb.Count,
                    true,
                    [new("guess", AgreementTask.Chance)],
                    [
                        .. Parts("distance", _sum.VerbByLag, AgreementTask.Chance),
                        .. Parts("attractors", _sum.VerbByAttractors, AgreementTask.Chance),
                    ]
                ),
                new("word accuracy", _sum.Words.Share, _sum.Words.Count, true, null, [.. Parts("distance", _sum.WordsByLag, null)]),
            ];

        private static IEnumerable<ScorePart> Parts(string by, IReadOnlyDictionary<int, Tally> tallies, double? baseline) =>
            tallies.Select(pair => new ScorePart(by, $"{pair.Key}", pair.Value.Share, pair.Value.Count, baseline));

        private static int Largest(ReadOnlySpan<double> logits)
        {
            int best = 0;
            for (int i = 1; i < logits.Length; i++)
                if (logits[i] > logits[best])
                    best = i;
            return best;
        }
    }
}
