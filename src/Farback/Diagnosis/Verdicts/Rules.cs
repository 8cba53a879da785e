namespace Farback.Diagnosis;

/// <summary>When a condition is found.</summary>
/// <param name="Condition">What is found.</param>
/// <param name="When">The rule in a sentence.</param>
/// <param name="Source">Where its threshold comes from.</param>
public sealed record Rule(Condition Condition, string When, string Source);

/// <summary>Every rule of a diagnosis, in the order in which they name the verdict: causes before what they cause.</summary>
/// <remarks>
///   A number with an interval counts as above a threshold where the whole interval is, as below where the whole interval is; one that
///   straddles decides nothing. Behaviour goes first: in a network that answers right all but the first rule are notes, since a network that
///   has latched what it needs no longer lets a gradient through (Bengio, Simard &amp; Frasconi 1994). Derivations: docs/diagnosis.md
/// </remarks>
public static class Rules
{
    /// <summary>ε: less than this part of an error counts as lost; it is the horizon's.</summary>
    public const double Lost = 0.01;

    /// <summary>1/ε: as far above 1 as <see cref="Lost"/> is below.</summary>
    public const double Exploded = 1 / Lost;

    /// <summary>A slope below this part of the activation's largest is flat: after two such steps less than ε is left.</summary>
    public const double Flat = 0.1;

    /// <summary>An output gate below this is shut: the outer tenth of its range (Karpathy, Johnson &amp; Li 2015).</summary>
    public const double Shut = 0.1;

    /// <summary>The part of places or units from which on a fault is the network's and not some units': the median is at fault.</summary>
    public const double Most = 0.5;

    /// <summary>The probability of saying that the past is used where it is not.</summary>
    public const double Error = InputEffects.Error;

    /// <summary>The rules, one a condition but for healthy.</summary>
    public static IReadOnlyList<Rule> All { get; } =
    [
        new(
            Condition.NoPastNeeded,
            "a linear reader of the present input alone, or the network with everything before it exchanged, is right as often as counts as learned",
            "sufficient by itself: what the present input tells needs no memory; 0.99 counts as learned (science: verb accuracy)"
        ),
        new(
            Condition.DeadUnits,
            "half of the units or more have slope 0 at every place",
            "slope 0 everywhere means gradient 0 for good (Lu, Shin, Su & Karniadakis 2019); half: the median unit"
        ),
        new(
            Condition.Hidden,
            "an output gate is below 0.1 at half of the places or more; or a probe finds the answer in what the read-out cannot see and not in what it can",
            "the outer tenth of a gate's range (Karpathy, Johnson & Li 2015); probes as in docs/memory.md"
        ),
        new(
            Condition.Saturated,
            "an activation's slope is below a tenth of its largest at half of the places or more; of σ only where it is nearly closed",
            "two flat steps leave less than a hundredth of what goes through them (beside a memory gate: of what is written, not of what is kept); an open gate passes what it guards, and so does not count"
        ),
        new(
            Condition.CutByTruncation,
            "of most asked places the window does not reach back the needed lag",
            "the truncated gradient has no such term at all: lag beyond FirstUse(t) (docs/derivations/map.md)"
        ),
        new(
            Condition.Exploding,
            "at some lag the typical error is a hundred times what it was, or no number",
            "1/ε: the mirror image of vanishing on a logarithmic scale; clipping then scales all else down a hundredfold (Pascanu, Mikolov & Bengio 2013)"
        ),
        new(
            Condition.Vanishing,
            "less than a hundredth of the typical error arrives at the needed lag",
            "ε = 0.01, the horizon's (docs/derivations/map.md): the needed lag lies beyond the horizon"
        ),
        new(
            Condition.NotUsed,
            "a trained network's answers do not suffer when everything from the needed lag back is exchanged (by less than 1 % of what there is to know, or p > 0.05), though the gradient arrives",
            "the floor of farback memory; signs of paired loss differences are tossed (Fisher 1935); a healthy norm is not a memory (docs/traps.md)"
        ),
        new(Condition.Undecided, "an interval straddles its threshold, or a number that decides is missing", "intervals are 95 %"),
    ];

    /// <summary>The rule of a condition.</summary>
    /// <exception cref="ArgumentException">Healthy has none: it is the absence of the others.</exception>
    public static Rule Of(Condition condition) =>
        All.FirstOrDefault(rule => rule.Condition == condition)
        ?? throw new ArgumentException($"rules: {condition.Title()} is the absence of every other condition and has no rule of its own.");
}
