using Farback.Diagnosis;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>The question whether dw₁, dw₂, … are added or multiplied, put as a claim: they are multiplied.</summary>
/// <param name="Sum">|Σ_k dw_k − dJ/dw|, relative to ΣΣ|G|.</param>
/// <param name="Product">|Π_k dw_k − dJ/dw|/|dJ/dw|.</param>
public sealed record SumOrMultiply(double Sum, double Product)
{
    /// <summary>A product that differs by more than a millionth is not the gradient.</summary>
    public const double Same = 1e-6;

    /// <summary>The context weight that takes unit 0 to itself, Elman of a seed after training, one of the longest sentences.</summary>
    public static SumOrMultiply Of(ClaimRuns runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        Trace<double> trace = ClaimRuns.After(runs.Elman).Forward(AgreementTask.BatchOf(runs.Longest(1)));
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean);
        var sums = RunningSums.Of(trace, losses, "weight_hh_l0", 0, 0);
        // the first use is exactly zero, because h_0 is; a product of the others is what people mean
        double product = sums.Columns.Skip(1).Aggregate(1.0, (so, far) => so * far);
        return new(sums.Residual, Math.Abs(product - sums.OrdinaryGradient) / Math.Abs(sums.OrdinaryGradient));
    }

    /// <summary>The rule.</summary>
    public static ClaimVerdict Rule(double sum, double product) =>
        (sum <= RunningSums.Tolerance, product <= Same) switch
        {
            (true, false) => ClaimVerdict.Wrong,
            (false, true) => ClaimVerdict.Right,
            _ => ClaimVerdict.Undecided,
        };

    /// <summary>The answer from every seed's numbers; the worst seed decides.</summary>
    public static ClaimAnswer Answer(IReadOnlyList<SumOrMultiply> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        double sum = seeds.Max(one => one.Sum),
            product = seeds.Min(one => one.Product);
        ClaimVerdict verdict = Rule(sum, product);
        var added = new ClaimNumber(
            "distance of the sum from the gradient",
            ClaimUnit.Log10,
            [.. seeds.Select(one => Math.Log10(one.Sum))]
        );
        var multiplied = new ClaimNumber(
            "distance of the product from the gradient",
            ClaimUnit.Log10,
            [.. seeds.Select(one => Math.Log10(one.Product))]
        );
        return new()
        {
            Key = "a",
            Claim = "What the steps ask of a weight, dw1, dw2, …, is multiplied together.",
            Verdict = verdict,
            Because =
                verdict == ClaimVerdict.Wrong
                    ? $"It is added: the sum is the gradient to {NumberText.Size(Math.Log10(sum))}, the product is off by {NumberText.Size(Math.Log10(product))} of it. Only inside one term are factors multiplied, one for each step back."
                    : $"The sum is off by {NumberText.Size(Math.Log10(sum))}, the product by {NumberText.Size(Math.Log10(product))}.",
            WouldFlip = "a product that is the gradient where the sum is not.",
            Numbers = [added, multiplied],
            Chart = new("Distance from the gradient", -18, 1, [new(Math.Log10(RunningSums.Tolerance), "allowed")], [added, multiplied]),
            See = "farback chain",
        };
    }
}
