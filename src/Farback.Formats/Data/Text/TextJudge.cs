using Farback.Sequences;

namespace Farback.Formats;

/// <summary>Bits per character or word, beside what counting gets on the same ones.</summary>
internal sealed class TextJudge(string unit, Lazy<BackoffModel> model) : Judge
{
    private readonly double[] _counted = new double[BackoffModel.Order];
    private double _bits;
    private long _count,
        _right;

    public override void Add(Batch batch, ReadOut output)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(output);
        int[] targets = ((ClassTargets)batch.Targets).Classes;
        Span<double> counted = stackalloc double[BackoffModel.Order];
        for (int lane = 0; lane < batch.Lanes; lane++)
        {
            BackoffModel.History history = new();
            for (int time = 0; time < batch.Lengths[lane]; time++)
            {
                int place = time * batch.Lanes + lane;
                model.Value.Move(history, batch.Ids![place]);
                if (!batch.HasLoss(time, lane))
                    continue;
                model.Value.Bits(history, targets[place], counted);
                for (int order = 0; order < counted.Length; order++)
                    _counted[order] += counted[order];
                ReadOnlySpan<double> answer = output(time, lane);
                _bits += Answers.Bits(answer, targets[place]);
                _right += Answers.Largest(answer) == targets[place] ? 1 : 0;
                _count++;
            }
        }
    }

    public override IReadOnlyList<Score> Scores =>
        [
            new(
                $"bits per {unit}",
                _bits / _count,
                _count,
                HigherIsBetter: false,
                [
                    new("unigram", _counted[0] / _count),
                    new("bigram", _counted[1] / _count),
                    new($"{BackoffModel.Order}-gram", _counted[^1] / _count),
                ]
            ),
            new("accuracy", (double)_right / _count, _count, HigherIsBetter: true),
        ];
}
