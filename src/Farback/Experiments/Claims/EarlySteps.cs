using Farback.Gradients;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>The question why not all steps are spoilt if the weights are the same, put as a claim: the early steps' weights are trained less.</summary>
/// <remarks>dw_k = Σ_t G[t,k], a column of the map. With a loss at every word columns stay nearly flat while one entry, verb to subject, is tiny.</remarks>
/// <param name="Columns">log₁₀ of mean ‖dw_k‖ over the earlier half of the uses, to that over the later half.</param>
/// <param name="Entry">log₁₀ of ‖G[verb, subject]‖ to ‖G[verb, verb]‖.</param>
public sealed record EarlySteps(double Columns, double Entry)
{
    /// <summary>log₁₀ of a tenth: an order of magnitude less.</summary>
    public const double Less = -1;

    /// <summary>The input weights of the Elman network of a seed as it started, on one of the longest sentences.</summary>
    public static EarlySteps Of(ClaimRuns runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        AgreementSentence sentence = runs.Longest(1)[0];
        Model<double> model = ClaimRuns.Before(runs.Elman);
        Trace<double> trace = model.Forward(AgreementTask.BatchOf([sentence]));
        DenseMap map = DenseMap.Of(trace, LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean));
        Block block = model.Network["weight_ih_l0"];
        double[] columns = [.. Enumerable.Range(0, trace.Times).Select(k => Euclidean.Norm<double>(Column(map, block, k)))];
        int half = columns.Length / 2;
        return new(
            Math.Log10(columns.Take(half).Average() / columns.Skip(half).Average()),
            Math.Log10(
                Euclidean.Norm<double>(map.Entry(block, sentence.Verb, sentence.Cue))
                    / Euclidean.Norm<double>(map.Entry(block, sentence.Verb, sentence.Verb))
            )
        );
    }

    /// <summary>The rule.</summary>
    public static ClaimVerdict Rule(ClaimNumber columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return columns.AtLeast(Less) switch
        {
            true => ClaimVerdict.Wrong,
            false => ClaimVerdict.Right,
            null => ClaimVerdict.Undecided,
        };
    }

    /// <summary>The answer from every seed's numbers.</summary>
    public static ClaimAnswer Answer(IReadOnlyList<EarlySteps> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        var columns = new ClaimNumber(
            "what early steps ask, to what late steps ask",
            ClaimUnit.Log10,
            [.. seeds.Select(one => one.Columns)]
        );
        var entry = new ClaimNumber(
            "what the verb asks at its subject, to what it asks at itself",
            ClaimUnit.Log10,
            [.. seeds.Select(one => one.Entry)]
        );
        ClaimVerdict verdict = Rule(columns);
        string both =
            $"Early steps ask {columns.Text} times what late steps ask; the verb asks {entry.Text} times as much at its subject as at itself";
        return new()
        {
            Key = "b",
            Claim = "If gradients vanish on the way back, the weights at early steps are trained less than those at late steps.",
            Verdict = verdict,
            Because =
                verdict == ClaimVerdict.Wrong
                    ? $"{both}. The steps share their weights and get one update; what is too small in it are the long lags, not the early steps."
                    : $"{both}.",
            WouldFlip = "early steps that ask less than a tenth of what late steps ask.",
            Numbers = [columns, entry],
            Chart = new("Sizes compared", -9, 1, [new(Less, "less below"), new(0, "equal")], [columns, entry]),
            See = "farback map --cell elman --lag 21",
        };
    }

    private static double[] Column(DenseMap map, Block block, int k)
    {
        var sum = new double[block.Count];
        for (int t = k; t < map.Times; t++)
        {
            ReadOnlySpan<double> entry = map.Entry(block, t, k);
            for (int i = 0; i < sum.Length; i++)
                sum[i] += entry[i];
        }
        return sum;
    }
}
