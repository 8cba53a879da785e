using System.Globalization;
using Farback.Gradients;

namespace Farback.Diagnosis;

/// <summary>A number held against its threshold for the sake of one condition.</summary>
/// <param name="Condition">The condition it is for.</param>
/// <param name="Test">The number and the threshold; holds where the condition is there.</param>
public sealed record Check(Condition Condition, MemoryTest Test);

/// <summary>What is wrong with a network, if anything, at one set of weights: a function of measured numbers and of nothing else.</summary>
/// <param name="Evidence">The numbers.</param>
/// <param name="Checks">Each of them against its threshold.</param>
/// <param name="Findings">What was found, the cause before what it causes; the first is the verdict.</param>
/// <param name="Notes">What would have been found, were the answers not right.</param>
public sealed record NetworkDiagnosis(
    Evidence Evidence,
    IReadOnlyList<Check> Checks,
    IReadOnlyList<FoundCondition> Findings,
    IReadOnlyList<FoundCondition> Notes
)
{
    /// <summary>The verdict.</summary>
    public Condition Condition => Findings[0].Condition;

    /// <summary>The verdict in a sentence with the number that decided.</summary>
    public string Headline => $"{Condition.Title()}: {Findings[0].Because}";

    /// <summary>Decides.</summary>
    public static NetworkDiagnosis Of(Evidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        bool learned = evidence.Trained && evidence.Skill.Value >= evidence.Learned;
        Check[] checks = [.. ChecksOf(evidence, learned)];
        FoundCondition[] found =
        [
            .. Rules
                .All.Select(rule => rule.Condition)
                .Where(condition => checks.Any(check => check.Condition == condition && check.Test.Holds == true))
                .Select(condition => Found(condition, checks, evidence)),
        ];
        if (found is [{ Condition: Condition.NoPastNeeded }, ..])
            return new(evidence, checks, [found[0]], found[1..]);
        if (learned)
            return new(evidence, checks, [As(Condition.Healthy, LearnedBecause(evidence), [], evidence)], found);
        return new(evidence, checks, found.Length > 0 ? found : [Otherwise(checks, evidence)], []);
    }

    private static IEnumerable<Check> ChecksOf(Evidence e, bool learned)
    {
        if (e.InputAlone is { } alone)
            yield return new(
                Condition.NoPastNeeded,
                new("a linear reader of the present input alone", alone, e.Learned, "counts as learned", alone.Value >= e.Learned)
            );
        if (learned && e.WithoutPast is { } past)
            yield return new(
                Condition.NoPastNeeded,
                new("the network, everything before exchanged", past.Skill, e.Learned, "counts as learned", past.Skill.Value >= e.Learned)
            );
        foreach (GateEvidence gate in e.Gates)
        {
            string name = gate.Gate.Length > 0 ? $"gate {gate.Gate}, {gate.Site}" : gate.Site;
            if (gate.Dead is { } dead)
                yield return new(
                    Condition.DeadUnits,
                    // every unit was looked at: a count, not a sample
                    new($"units without a slope, {name}", dead, Rules.Most, "half of the units", dead.Value >= Rules.Most)
                );
            if (gate.Shut is { } shut)
                yield return new(
                    Condition.Hidden,
                    MemoryTest.Above($"places where it is shut, {name}", shut, Rules.Most, "half of the places")
                );
            yield return new(
                Condition.Saturated,
                MemoryTest.Above($"places where it is flat, {name}", gate.Flat, Rules.Most, "half of the places")
            );
        }
        if (e is { Readable: { } readable, Behind: { } behind } && !learned)
        {
            double control = Math.Max(readable.Control, behind.Control),
                half = control + MemoryVerdict.Held * (1 - control);
            yield return new(
                Condition.Hidden,
                new(
                    "probe on what the read-out cannot see",
                    behind.Skill,
                    half,
                    "half of the way from the controls to 1, and below it in what the read-out is fed",
                    behind.Skill.Low >= half && readable.Skill.High < half
                )
            );
        }
        if (e.Cut is { } cut)
            yield return new(
                Condition.CutByTruncation,
                new("asked places whose needed lag is cut off", cut, Rules.Most, "half of the places", cut.Value > Rules.Most)
            );
        if (e.NotFinite > 0)
            yield return new(
                Condition.Exploding,
                new(
                    "sequences with a state or error that is no number",
                    new(e.NotFinite, e.NotFinite, e.NotFinite, e.Sequences),
                    Rules.Most,
                    "half of the sequences",
                    e.NotFinite >= Rules.Most
                )
            );
        if (e.Peak is { } peak)
            yield return new(
                Condition.Exploding,
                MemoryTest.Above($"error at its largest, {e.PeakLag} steps back", peak, Rules.Exploded, "1/ε, ε = 0.01")
            );
        if (e is { NeededLag: not null, Growth: { } growth })
            yield return new(
                Condition.Vanishing,
                MemoryTest.Below($"error left {e.MeasuredLag} steps back", growth, Rules.Lost, "ε = 0.01, the horizon's")
            );
        if (e is { Trained: true, NeededLag: not null, WithoutNeeded: { } without } && !learned)
            yield return new(
                Condition.NotUsed,
                new(
                    $"loss added by exchanging all from {e.NeededLag} steps back",
                    without.LossChange,
                    e.Floor,
                    $"1 % of what there is to know; p = {Number(without.PValue)} against {Number(Rules.Error)}",
                    !without.Hurts(e.Floor, Rules.Error) && Arrives(e)
                )
            );
    }

    private static bool Arrives(Evidence e) =>
        e.Growth is { } growth && growth.Low >= Rules.Lost && e.MeasuredLag >= e.NeededLag && e.NotFinite == 0;

    private static FoundCondition Found(Condition condition, Check[] checks, Evidence e)
    {
        MemoryTest[] held =
        [
            .. checks.Where(check => check.Condition == condition && check.Test.Holds == true).Select(check => check.Test),
        ];
        MemoryTest first = held[0];
        string because = condition switch
        {
            Condition.Vanishing =>
                $"{Text(first.Value)} of the error is left {e.MeasuredLag} steps back, {Needed(e)}; below {Number(Rules.Lost)} it counts as lost{Keeps(e)}.",
            Condition.Exploding when e.Peak is { } peak && peak.Low >= Rules.Exploded =>
                $"the error is {Text(peak)} times as large {e.PeakLag} steps back; from {Number(Rules.Exploded)} times it counts as exploding{Keeps(e)}.",
            Condition.CutByTruncation =>
                $"the window of {e.Truncation?.Window} steps (stride {e.Truncation?.Stride}) cuts {Text(first.Value)} of the asked places off from what lies {e.NeededLag} steps back.",
            Condition.NotUsed =>
                $"{Text(e.Growth!)} of the error arrives {e.MeasuredLag} steps back, yet exchanging everything from there back changes the loss by {Text(first.Value)} ({first.Source}); {Text(e.Skill)} of the answers are right.",
            _ => $"{first.What}: {Text(first.Value)}, against {Number(first.Threshold)} ({first.Source}).",
        };
        return As(condition, because, held, e);
    }

    private static FoundCondition Otherwise(Check[] checks, Evidence e)
    {
        if (e.NeededLag is null)
            return As(Condition.Undecided, $"nothing says how far back the answer depends; {Horizon(e)}. No other fault was found.", [], e);
        if (checks.FirstOrDefault(check => check.Test.Holds is null) is { } straddles)
            return As(
                Condition.Undecided,
                $"{straddles.Test.What}: {Text(straddles.Test.Value)}, too near to {Number(straddles.Test.Threshold)} to tell whether it is {straddles.Condition.Title()}.",
                [straddles.Test],
                e
            );
        if (!Arrives(e) && e.NeededLag > 0)
            return As(
                Condition.Undecided,
                e.MeasuredLag is { } lag
                    ? $"{e.NeededLag} steps are needed, and only {lag} could be measured on these sequences."
                    : "no error could be followed back: too few sequences, or none with an error.",
                [],
                e
            );
        if (!e.Trained)
            return As(
                Condition.Healthy,
                $"{Text(e.Growth!)} of the error arrives {e.MeasuredLag} steps back, {Needed(e)}: nothing stands in the way of learning it.",
                [],
                e
            );
        return e.WithoutNeeded is { } without
            ? As(
                Condition.Healthy,
                $"the error arrives {e.MeasuredLag} steps back ({Text(e.Growth!)}) and what lies there is used (exchanged, the loss grows by {Text(without.LossChange)}); {Text(e.Skill)} right so far: train on.",
                [],
                e
            )
            : As(
                Condition.Undecided,
                $"the error arrives ({Text(e.Growth!)}), but whether what lies there is used could not be measured.",
                [],
                e
            );
    }

    private static string LearnedBecause(Evidence e) =>
        $"{Text(e.Skill)} of the answers are right, {Number(e.Learned)} counts as learned"
        + (e.NeededLag is { } lag ? $"; {Say(e.Source)} {lag} steps are needed" : "")
        + ".";

    private static FoundCondition As(Condition condition, string because, IReadOnlyList<MemoryTest> tests, Evidence e) =>
        new(
            condition,
            because,
            tests,
            condition == Condition.Healthy ? null : Rules.Of(condition),
            Remedies.For(condition, e),
            Remedies.ChangeOf(condition)
        );

    private static string Needed(Evidence e) =>
        e.MeasuredLag < e.NeededLag
            ? $"and {e.NeededLag} steps are needed ({Say(e.Source)})"
            : $"where the answer needs it ({Say(e.Source)})";

    private static string Say(LagSource source) =>
        source switch
        {
            LagSource.Task => "by the task",
            LagSource.Given => "as given",
            LagSource.Intervention => "by intervention",
            _ => "nobody says",
        };

    private static string Horizon(Evidence e) =>
        e.Reached is { IsMeasured: true } reached
            ? $"a hundredth of the error reaches {(reached.AtLeast ? "at least " : "")}{reached.Lag ?? 0} steps back"
            : "how far the error reaches could not be measured";

    private static string Keeps(Evidence e) =>
        e.FactorPerStep is { } factor && double.IsFinite(factor) ? $" ({Number(factor)} a step)" : "";

    /// <summary>An estimate with its interval, three digits.</summary>
    public static string Text(Estimate estimate)
    {
        ArgumentNullException.ThrowIfNull(estimate);
        return estimate.Low == estimate.High || double.IsNaN(estimate.Low)
            ? Number(estimate.Value)
            : $"{Number(estimate.Value)} ({Number(estimate.Low)} to {Number(estimate.High)})";
    }

    /// <summary>Three digits, with a power of ten where it is tiny or huge.</summary>
    public static string Number(double value)
    {
        string[] digits = value.ToString("G3", CultureInfo.InvariantCulture).Split('E');
        string size = digits[0].Replace('-', '−');
        if (digits.Length == 1)
            return size;
        int power = int.Parse(digits[1], CultureInfo.InvariantCulture);
        return $"{size}·10{(power < 0 ? "⁻" : "")}{string.Concat($"{Math.Abs(power)}".Select(digit => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit - '0']))}";
    }
}
