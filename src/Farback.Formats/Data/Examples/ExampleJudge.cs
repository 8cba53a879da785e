using Farback.Sequences;

namespace Farback.Formats;

/// <summary>Accuracy, in all and by part, beside always saying what is most frequent in training.</summary>
internal sealed class ExampleJudge(ExampleTask task) : Judge
{
    private readonly PartTallies _parts = new();
    private double _right,
        _majority,
        _bits;
    private long _count;

    public override void Add(Batch batch, ReadOut output)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(output);
        Example[] examples = task.SourcesOf(batch);
        for (int lane = 0; lane < examples.Length; lane++)
        {
            Example example = examples[lane];
            ReadOnlySpan<double> answer = output(example.At, lane);
            double right = Answers.Largest(answer) == example.Class ? 1 : 0,
                majority = task.Majority == example.Class ? 1 : 0;
            _right += right;
            _majority += majority;
            _count++;
            _bits += Answers.Bits(answer, example.Class);
            _parts.Add(example.Parts, right, majority);
        }
    }

    public override IReadOnlyList<Score> Scores =>
        [
            new("accuracy", _right / _count, _count, HigherIsBetter: true, [new("majority", _majority / _count)], _parts.List),
            new("bits per answer", _bits / _count, _count, HigherIsBetter: false),
        ];
}
