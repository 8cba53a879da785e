using Farback.Sequences;

namespace Farback.Formats;

/// <summary>How often the grammatical one of a pair gets the higher odds of being grammatical, in all and by paradigm and condition.</summary>
/// <remarks>Members may come in different batches; a pair counts once both are there.</remarks>
internal sealed class PairsJudge(PairsTask task) : Judge
{
    private readonly Dictionary<int, (int Class, double Odds, int Favour)> _waiting = [];
    private readonly PartTallies _parts = new();
    private double _right,
        _byWord,
        _sentences;
    private long _pairs,
        _members;

    public override void Add(Batch batch, ReadOut output)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(output);
        Example[] examples = task.SourcesOf(batch);
        for (int lane = 0; lane < examples.Length; lane++)
        {
            Example example = examples[lane];
            ReadOnlySpan<double> answer = output(example.At, lane);
            double odds = answer[1] - answer[0];
            int favour = task.Favour(example);
            _sentences += Answers.Largest(answer) == example.Class ? 1 : 0;
            _members++;
            // a training batch may hold a lone member, or the same pair twice
            if (!_waiting.Remove(example.Pair, out (int Class, double Odds, int Favour) other) || other.Class == example.Class)
            {
                _waiting[example.Pair] = (example.Class, odds, favour);
                continue;
            }
            int sign = example.Class == 1 ? 1 : -1;
            double right = (odds - other.Odds) * sign > 0 ? 1 : 0;
            double byWord = (1 + Math.Sign((favour - other.Favour) * sign)) / 2.0;
            _right += right;
            _byWord += byWord;
            _pairs++;
            _parts.Add(example.Parts, right, byWord);
        }
    }

    public override IReadOnlyList<Score> Scores =>
        [
            new(
                "pair accuracy",
                _right / _pairs,
                _pairs,
                HigherIsBetter: true,
                [new("majority", 0.5), new("deciding word alone", _byWord / _pairs)],
                _parts.List
            ),
            new("accuracy", _sentences / _members, _members, HigherIsBetter: true, [new("majority", 0.5)]),
        ];
}
