using Farback.Diagnosis;
using Farback.Numbers;
using Farback.Reports;

namespace Farback.Experiments;

/// <summary>The four-step formula that is passed round, put as a claim, on networks of one unit with random weights.</summary>
/// <param name="Formula">|the formula − dJ/dw^(3) in dual numbers|.</param>
/// <param name="Right">|the right one − the same|.</param>
public sealed record FourSteps(double Formula, double Right)
{
    private const int PurposeOfWeights = 6002;

    /// <summary>A seed's weights, each from −1 to 1.</summary>
    public static FourSteps Of(long seed)
    {
        var random = new RandomStream(seed, PurposeOfWeights);
        var both = ForumFormula.OfOneUnit(random.NextUniform(-1, 1), random.NextUniform(-1, 1), random.NextUniform(-1, 1));
        return new(Math.Abs(both.Formula - both.Dual), Math.Abs(both.Right - both.Dual));
    }

    /// <summary>The rule, on the seed that speaks most for the formula and the one that speaks most against the other.</summary>
    public static ClaimVerdict Rule(double formula, double right) =>
        (formula <= ForumFormula.Tolerance, right <= ForumFormula.Tolerance) switch
        {
            (false, true) => ClaimVerdict.Wrong,
            (true, false) => ClaimVerdict.Right,
            _ => ClaimVerdict.Undecided,
        };

    /// <summary>The answer from every seed's numbers.</summary>
    public static ClaimAnswer Answer(IReadOnlyList<FourSteps> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        double formula = seeds.Min(one => one.Formula),
            right = seeds.Max(one => one.Right);
        ClaimVerdict verdict = Rule(formula, right);
        // no distance at all is drawn at the rounding unit
        ClaimNumber Size(string name, Func<FourSteps, double> read) =>
            new(name, ClaimUnit.Log10, [.. seeds.Select(one => Math.Log10(Math.Max(read(one), 1e-17)))]);
        ClaimNumber passed = Size("the formula's distance from the true dw3", one => one.Formula),
            mended = Size("the right one's distance", one => one.Right);
        return new()
        {
            Key = "c",
            Claim = "In four steps, dw3 = ∂L4/∂A4 · ∂A4/∂Z4 · ∂Z4/∂W · ∂A3/∂Z3 · ∂Z3/∂W.",
            Verdict = verdict,
            Because =
                verdict == ClaimVerdict.Wrong
                    ? $"It is off by {passed.Text} and needs ∂Z4/∂A3, which is W, where ∂Z4/∂W stands, and the third loss's own term beside it; so mended it is right to {mended.Text}."
                    : $"It is off by {passed.Text}, the other formula by {mended.Text}.",
            WouldFlip = "weights for which the formula gives the true value and the mended one does not.",
            Numbers = [passed, mended],
            Chart = new(
                "Distance from dw3 in dual numbers",
                -18,
                1,
                [new(Math.Log10(ForumFormula.Tolerance), "allowed")],
                [passed, mended]
            ),
            See = "farback chain",
        };
    }
}
