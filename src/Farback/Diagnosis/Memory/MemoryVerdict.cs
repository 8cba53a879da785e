using System.Globalization;
using Farback.Gradients;

namespace Farback.Diagnosis;

/// <summary>Why an answer that needs the past is wrong, or that it is not.</summary>
public enum MemoryOutcome
{
    /// <summary>It is right.</summary>
    Remembers,

    /// <summary>The read-out's input holds what the answer needs, and the read-out does not use it.</summary>
    RetainedNotReadOut,

    /// <summary>The state holds it where the read-out cannot see it: in c, behind the output gate, or in a lower layer.</summary>
    Hidden,

    /// <summary>No state holds it, although the gradient reaches far enough: it could have been learned and was not.</summary>
    NeverLearned,

    /// <summary>No state holds it, and the gradient does not reach the step that would have to teach it, or was not measured so far.</summary>
    NotRetained,

    /// <summary>The intervals straddle a threshold, or two measurements disagree.</summary>
    Undecided,
}

/// <summary>The measured numbers that the decision rests on; all skills are shares of right answers, or all R².</summary>
/// <param name="Skill">How good the network's own answers are.</param>
/// <param name="Control">What a probe must exceed to have found anything: the most frequent answer, or the best of the shuffles.</param>
/// <param name="Readable">A probe on the read-out's input at the asked place.</param>
/// <param name="Anywhere">A probe on the whole state there.</param>
/// <param name="Behind">A probe on what the read-out cannot see; null where it sees everything.</param>
/// <param name="ReadOutRefitted">The answers after the read-out alone was trained on; null where that was not done.</param>
/// <param name="Reached">How far back a hundredth of the error gets, the further of before and after training; null where it was not measured.</param>
/// <param name="NeededLag">The lag that the answer needs; null where it is not known.</param>
/// <param name="Learned">From which skill on the network counts as right.</param>
public sealed record MemoryEvidence(
    Estimate Skill,
    double Control,
    Estimate Readable,
    Estimate Anywhere,
    Estimate? Behind,
    Estimate? ReadOutRefitted,
    Horizon? Reached,
    int? NeededLag,
    double Learned = Verdict.Learned
);

/// <summary>Not retained, retained but not read out, hidden from the read-out, or never learned: the decision, by rules on measured numbers.</summary>
/// <remarks>
///   Something counts as held by a part of the state where the probe's interval lies above control + ½(1 − control), as not held where it lies
///   below: more than half of what separates knowing nothing from knowing all, the point at which the claim and its opposite are equally far.
///   In order: the answers are right (≥ 99 %, science §5) → remembers. Held by the read-out's input, and training the read-out alone makes
///   the answers better → retained, not read out (claim 7, B). Not held there, held behind it → hidden (C). Held nowhere → not retained (A);
///   if a hundredth of the error reaches the needed lag, never learned. All else is undecided, and says why.
/// </remarks>
/// <param name="Outcome">The decision.</param>
/// <param name="Because">The numbers that decided, in a sentence.</param>
/// <param name="Tests">Every number held against its threshold.</param>
/// <param name="Remedy">What to try.</param>
/// <param name="WouldChange">What would change the decision.</param>
public sealed record MemoryVerdict(
    MemoryOutcome Outcome,
    string Because,
    IReadOnlyList<MemoryTest> Tests,
    string Remedy,
    string WouldChange
)
{
    /// <summary>The part of the way from the control to perfect that counts as held.</summary>
    public const double Held = 0.5;

    /// <summary>Decides.</summary>
    public static MemoryVerdict Of(MemoryEvidence e)
    {
        ArgumentNullException.ThrowIfNull(e);
        double half = e.Control + Held * (1 - e.Control);
        const string OfHalf = "half of the way from the controls to 1";
        var learned = new MemoryTest(
            "the network's own answers",
            e.Skill,
            e.Learned,
            $"{Number(e.Learned)} counts as learned",
            e.Skill.Value >= e.Learned
        );
        MemoryTest readable = MemoryTest.Above("probe on the read-out's input", e.Readable, half, OfHalf),
            anywhere = MemoryTest.Above("probe on the whole state", e.Anywhere, half, OfHalf);
        MemoryTest? behind = e.Behind is null ? null : MemoryTest.Above("probe on what the read-out cannot see", e.Behind, half, OfHalf);
        MemoryTest? refit = e.ReadOutRefitted is null
            ? null
            : new(
                "answers after training the read-out alone",
                e.ReadOutRefitted,
                e.Skill.High,
                "above the interval of the answers as they were",
                e.ReadOutRefitted.Low > e.Skill.High ? true
                    : e.ReadOutRefitted.High <= e.Skill.High ? false
                    : null
            );
        MemoryTest[] tests = [.. new[] { learned, readable, anywhere, behind, refit }.OfType<MemoryTest>()];
        MemoryVerdict As(MemoryOutcome outcome, string because) => new(outcome, because, tests, RemedyOf(outcome), ChangeOf(outcome));

        if (learned.Holds == true)
            return As(MemoryOutcome.Remembers, $"{Say(learned)}: it retains what the answer needs and reads it out.");
        if (readable.Holds == true)
            return refit is null or { Holds: true }
                ? As(
                    MemoryOutcome.RetainedNotReadOut,
                    $"{Say(readable)}, yet {Say(learned)}{(refit is null ? "" : $"; {Say(refit)}")}: the read-out does not use what it is given."
                )
                : As(
                    MemoryOutcome.Undecided,
                    $"{Say(readable)}, but {Say(refit)}, no better than {Text(e.Skill)} before: what the probe reads, the read-out did not learn to read."
                );
        if (readable.Holds == false && behind?.Holds == true)
            return As(MemoryOutcome.Hidden, $"{Say(behind)}, {Say(readable)}: it is remembered and does not come out.");
        if (anywhere.Holds == false && behind?.Holds is null or false && readable.Holds == false)
            return Lost(e, anywhere, As);
        MemoryTest straddling =
            new[] { readable, anywhere, behind }.OfType<MemoryTest>().FirstOrDefault(test => test.Holds is null) ?? anywhere;
        return As(MemoryOutcome.Undecided, $"{Say(straddling)}, too near to {Number(half)} to say whether it is held; ask more sequences.");
    }

    /// <summary>The decision in words.</summary>
    public string Words =>
        Outcome switch
        {
            MemoryOutcome.Remembers => "remembers and uses it",
            MemoryOutcome.RetainedNotReadOut => "retained, but not read out",
            MemoryOutcome.Hidden => "retained, but hidden from the read-out",
            MemoryOutcome.NeverLearned => "the gradient is fine, but it was never learned",
            MemoryOutcome.NotRetained => "not retained",
            _ => "undecided",
        };

    private static MemoryVerdict Lost(MemoryEvidence e, MemoryTest anywhere, Func<MemoryOutcome, string, MemoryVerdict> decide)
    {
        string lost = $"{Say(anywhere)}: no part of the state holds it at the asked place";
        if (e is not { NeededLag: { } needed, Reached: { IsMeasured: true } reached })
            return decide(MemoryOutcome.NotRetained, $"{lost}; how far the gradient reaches was not measured.");
        string reach =
            $"a hundredth of the error gets back {(reached.AtLeast ? "at least " : "")}{reached.Lag ?? 0} steps, {needed} are needed";
        return reached.Lag >= needed ? decide(MemoryOutcome.NeverLearned, $"{lost}, although {reach}.")
            : reached.AtLeast ? decide(MemoryOutcome.NotRetained, $"{lost}; {reach}, and more were not measured.")
            : decide(MemoryOutcome.NotRetained, $"{lost}; {reach}.");
    }

    private static string RemedyOf(MemoryOutcome outcome) =>
        outcome switch
        {
            MemoryOutcome.Remembers => "nothing; ask a longer lag.",
            MemoryOutcome.RetainedNotReadOut => "train the read-out on, alone or at a larger rate: the state already has it.",
            MemoryOutcome.Hidden => "let the read-out see c, or train the output gate on (a larger bias of it opens it).",
            MemoryOutcome.NeverLearned =>
                "train longer, at other rates and seeds, and on sequences of mixed length: the gradient gets there, but other terms drown it; compare with long lags amplified.",
            MemoryOutcome.NotRetained =>
                "a cell with gates, a forget bias of 1 or chrono biases, an orthogonal start, or shorter sequences first: the gradient must reach the needed lag before it can be learned.",
            _ => "ask more sequences, or more seeds.",
        };

    private static string ChangeOf(MemoryOutcome outcome) =>
        outcome switch
        {
            MemoryOutcome.Remembers => "wrong answers on sequences it has not been asked.",
            MemoryOutcome.RetainedNotReadOut => "a probe at the level of its shuffles, or a trained-on read-out that is no better.",
            MemoryOutcome.Hidden => "a probe that finds it in the read-out's input, or none behind it.",
            MemoryOutcome.NeverLearned => "a horizon shorter than the needed lag, or any probe above its controls.",
            MemoryOutcome.NotRetained => "a probe, linear or not, that finds it in the state.",
            _ => "intervals that clear the threshold.",
        };

    private static string Say(MemoryTest test) => $"{test.What}: {Text(test.Value)}";

    private static string Text(Estimate e) => $"{Number(e.Value)} ({Number(e.Low)} to {Number(e.High)})";

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture).Replace('-', '−');
}
