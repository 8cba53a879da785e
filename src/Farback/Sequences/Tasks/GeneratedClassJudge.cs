namespace Farback.Sequences;

/// <summary>Accuracy and cross entropy of classes that are equally likely, as those of every generator are.</summary>
/// <remarks>
///   An answer is the largest logit, the first of equals; cross entropy is −ln softmax(z)_y in nats. The baselines are those of somebody
///   who knows how the sequences are made and has seen none of this one.
/// </remarks>
internal sealed class GeneratedClassJudge : Judge
{
    private readonly string _accuracy;
    private readonly string _by;
    private readonly Func<int, int, string?> _key;
    private readonly double _chance;
    private readonly double _baselineEntropy;
    private readonly SortedDictionary<string, Tally> _parts;
    private Tally _all;
    private double _entropy;
    private long _entropyCount;

    /// <param name="accuracy">What the accuracy is called.</param>
    /// <param name="by">What its parts are told apart by.</param>
    /// <param name="keys">The parts, in the order in which they are shown.</param>
    /// <param name="key">The part of a time and a class, or null where an answer counts for the cross entropy only.</param>
    /// <param name="chance">The accuracy of a guess.</param>
    /// <param name="baselineEntropy">The cross entropy of knowing nothing but how the sequences are made.</param>
    public GeneratedClassJudge(
        string accuracy,
        string by,
        IReadOnlyList<string> keys,
        Func<int, int, string?> key,
        double chance,
        double baselineEntropy
    )
    {
        (_accuracy, _by, _key, _chance, _baselineEntropy) = (accuracy, by, key, chance, baselineEntropy);
        List<string> order = [.. keys];
        _parts = new(Comparer<string>.Create((one, other) => order.IndexOf(one).CompareTo(order.IndexOf(other))));
    }

    /// <summary>For one class a sequence, told apart by the class.</summary>
    public GeneratedClassJudge(IReadOnlyList<string> classes)
        : this("accuracy", "class", classes, (_, y) => classes[y], 1.0 / classes.Count, Math.Log(classes.Count)) { }

    public override void Add(Batch batch, ReadOut output)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(output);
        int[] classes = ((ClassTargets)batch.Targets).Classes;
        for (int time = 0; time < batch.Times; time++)
        for (int lane = 0; lane < batch.Lanes; lane++)
            if (batch.HasLoss(time, lane))
                Count(time, classes[time * batch.Lanes + lane], output(time, lane));
    }

    private void Count(int time, int y, ReadOnlySpan<double> logits)
    {
        int best = 0;
        for (int c = 1; c < logits.Length; c++)
            if (logits[c] > logits[best])
                best = c;
        double total = 0;
        foreach (double logit in logits)
            total += Math.Exp(logit - logits[best]);
        _entropy += Math.Log(total) + logits[best] - logits[y];
        _entropyCount++;
        if (_key(time, y) is not { } key)
            return;
        _all = _all.With(best == y);
        _parts[key] = _parts.GetValueOrDefault(key).With(best == y);
    }

    public override IReadOnlyList<Score> Scores =>
        [
            new(
                _accuracy,
                _all.Share,
                _all.Count,
                HigherIsBetter: true,
                [new("chance", _chance)],
                [.. _parts.Select(part => new ScorePart(_by, part.Key, part.Value.Share, part.Value.Count))]
            ),
            new(
                "cross entropy",
                _entropyCount == 0 ? double.NaN : _entropy / _entropyCount,
                _entropyCount,
                HigherIsBetter: false,
                [new("no memory", _baselineEntropy)]
            ),
        ];
}
