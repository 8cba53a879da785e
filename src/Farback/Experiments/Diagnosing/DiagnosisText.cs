using System.Text;
using Farback.Diagnosis;
using Farback.Reports;
using Farback.Training;

namespace Farback.Experiments;

/// <summary>A diagnosis as Markdown: the verdict with its number, the evidence, the rule, what to try, what would change one's mind.</summary>
public static class DiagnosisText
{
    private const int Looks = 8;

    /// <summary>The whole of it; its first line is the verdict.</summary>
    public static string Of(DiagnosisStudy study)
    {
        ArgumentNullException.ThrowIfNull(study);
        var text = new StringBuilder();
        DiagnosisStage judged = study.Stages[^1];
        text.Append($"# {Capital(judged.Diagnosis.Headline)}\n\n");
        text.Append(
            $"{study.Network}, on {study.Task}, {judged.Name}; {Say.Count(judged.Diagnosis.Evidence.Sequences, "held-out sequence", "held-out sequences")}, intervals 95 %.\n"
        );
        Evidence e = judged.Diagnosis.Evidence;
        text.Append(
            $"Needed lag: {LagOf(e)}. Horizon (a hundredth arrives): {(e.Reached is { } reached ? Say.Reach(reached) : "not measured")}"
        );
        text.Append(e.FactorPerStep is { } factor ? $"; {NetworkDiagnosis.Number(factor)} of an error is kept a step.\n" : ".\n");
        if (study.Stages.Count > 1)
            Stages(text, study);
        foreach (FoundCondition finding in judged.Diagnosis.Findings)
            Of(text, finding);
        Evidence(text, judged.Diagnosis);
        foreach (FoundCondition note in judged.Diagnosis.Notes)
            text.Append($"\nNote, {note.Condition.Title()}: {note.Because} The verdict goes by the answers.\n");
        History(text, study.History);
        return text.ToString().TrimEnd() + "\n";
    }

    private static void Stages(StringBuilder text, DiagnosisStudy study)
    {
        text.Append("\n## Over training\n\n");
        Table(
            text,
            ["weights", "verdict", "error left at the needed lag", "largest error", "horizon", "answers"],
            [
                .. study.Stages.Select(stage =>
                {
                    Evidence e = stage.Diagnosis.Evidence;
                    return new[]
                    {
                        stage.Name,
                        stage.Diagnosis.Condition.Title(),
                        e.Growth is { } growth ? NetworkDiagnosis.Text(growth) : "–",
                        e.Peak is { } peak ? $"{NetworkDiagnosis.Text(peak)} at lag {e.PeakLag}" : "–",
                        e.Reached is { } reached ? Say.Reach(reached) : "–",
                        NetworkDiagnosis.Text(e.Skill),
                    };
                }),
            ]
        );
    }

    private static void Of(StringBuilder text, FoundCondition finding)
    {
        text.Append($"\n## {Capital(finding.Condition.Title())}\n\n{Capital(finding.Because)}\n");
        if (finding.Rule is { } rule)
            text.Append($"\nRule: {rule.When}. Source: {rule.Source}.\n");
        if (finding.Remedies.Count > 0)
        {
            text.Append("\nTry, one change at a time and over several seeds:\n\n");
            foreach (Remedy remedy in finding.Remedies)
                text.Append(remedy.Options is null ? $"- {remedy.Try}\n" : $"- {remedy.Try}: `farback train … {remedy.Options}`\n");
        }
        text.Append($"\nIt would change one's mind: {finding.WouldChange}\n");
    }

    private static void Evidence(StringBuilder text, NetworkDiagnosis diagnosis)
    {
        if (diagnosis.Checks.Count == 0)
            return;
        text.Append("\n## Evidence\n\n");
        Table(
            text,
            ["measured", "value", "threshold", "where from", "says"],
            [
                .. diagnosis.Checks.Select(check =>
                    new[]
                    {
                        check.Test.What,
                        NetworkDiagnosis.Text(check.Test.Value),
                        NetworkDiagnosis.Number(check.Test.Threshold),
                        check.Test.Source,
                        check.Test.Holds switch
                        {
                            true => $"{check.Condition.Title()}: yes",
                            false => $"{check.Condition.Title()}: no",
                            null => $"{check.Condition.Title()}: undecided",
                        },
                    }
                ),
            ]
        );
    }

    private static void History(StringBuilder text, IReadOnlyList<HistoryRow> history)
    {
        if (history.Count == 0)
            return;
        text.Append("\n## Looks during training\n\n");
        int shown = Math.Min(Looks, history.Count);
        HistoryRow[] rows = [.. Enumerable.Range(0, shown).Select(i => history[shown == 1 ? 0 : i * (history.Count - 1) / (shown - 1)])];
        Table(
            text,
            ["step", "loss", "gradient norm", "after clipping", .. rows[0].Scores.Select(score => score.Name)],
            [
                .. rows.Select(row =>
                    new[]
                    {
                        NumberText.Whole(row.Step),
                        NetworkDiagnosis.Number(row.Loss),
                        NetworkDiagnosis.Number(row.GradientNorm),
                        NetworkDiagnosis.Number(row.ClippedNorm),
                    }
                        .Concat(row.Scores.Select(score => NetworkDiagnosis.Number(score.Value)))
                        .ToArray()
                ),
            ]
        );
        int clipped = history.Count(row => row.ClippedNorm < row.GradientNorm);
        text.Append($"\nAt {clipped} of {history.Count} looks the gradient was clipped. A norm hides which lags it comes from.\n");
    }

    private static string LagOf(Evidence e) =>
        e.NeededLag is { } lag
            ? $"{lag} ({e.Source switch { LagSource.Task => "by the task", LagSource.Given => "as given", _ => "what this network uses, by intervention" }})"
            : "unknown; say it with --needed-lag";

    private static void Table(StringBuilder text, IReadOnlyList<string> heads, IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. heads.Select((head, i) => Math.Max(head.Length, rows.Select(row => row[i].Length).DefaultIfEmpty(0).Max()))];
        void Row(IEnumerable<string> cells) =>
            text.Append($"| {string.Join(" | ", cells.Select((cell, i) => cell.PadRight(widths[i])))} |\n");
        Row(heads);
        text.Append($"|{string.Join("|", widths.Select(width => new string('-', width + 2)))}|\n");
        foreach (string[] row in rows)
            Row(row);
    }

    private static string Capital(string sentence) => char.ToUpperInvariant(sentence[0]) + sentence[1..];
}
