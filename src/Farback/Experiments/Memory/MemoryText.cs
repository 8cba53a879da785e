using System.Text;
using Farback.Diagnosis;
using Farback.Gradients;
using Farback.Reports;

namespace Farback.Experiments;

/// <summary>A memory study and a causal test as Markdown, for a terminal as well as a page.</summary>
public static class MemoryText
{
    private const int MostUnits = 12;

    /// <summary>All of a study.</summary>
    public static string Of(MemoryStudy study)
    {
        ArgumentNullException.ThrowIfNull(study);
        var text = new StringBuilder();
        text.Append($"# {study.Network}, on {study.Task}: {study.Verdict.Words}\n\n");
        text.Append(
            $"{Sentence(study.Verdict.Because)}\n\nTry: {study.Verdict.Remedy}\nIt would change one's mind: {study.Verdict.WouldChange}\n\n"
        );
        text.Append(
            $"Its own answers: {Text(study.Skill)}, saying always the same {NumberText.Short(study.Chance)}; {Say.Count(study.Sequences, "held-out sequence", "held-out sequences")}; intervals are 95 %.\n\n"
        );
        AddTests(text, study.Verdict);
        AddInputs(text, study);
        if (study.Swaps.Count > 0)
            AddSwaps(text, study);
        AddProbes(text, study);
        AddUnits(text, study.Ablation, study.Carried);
        if (study.Refits.Count > 0)
            AddRefits(text, study);
        text.Append(
            $"The gradient: a hundredth of the error at the asked place gets {Say.Reach(study.Reached)} steps back, {Say.Reach(study.ReachedUntrained)} in the untrained network{(study.NeededLag is { } lag ? $"; {lag} are needed" : "")}.\n"
        );
        return text.ToString();
    }

    /// <summary>All of a causal test.</summary>
    public static string Of(CausalResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        CausalTest test = result.Test;
        var text = new StringBuilder();
        text.Append($"# What teaches it? {test.Network.Cell.Title}, {test.Network.Hidden} units, on {test.Task.Name}\n\n");
        text.Append(
            $"The same initial weights and the same batches in every row, at most {NumberText.Whole(test.Iterations)} updates; {Say.Count(test.Seeds.Count, "seed", "seeds")}. The score is the task's first on test sequences: {Name(result)}.\n\n"
        );
        string[] keys =
        [
            .. test
                .Arms.SelectMany(arm => result.Parts(arm, "lag").Select(part => part.Key))
                .Distinct()
                .OrderBy(key => key.Length)
                .ThenBy(key => key, StringComparer.Ordinal),
        ];
        bool byLag = keys.Length > 1;
        List<string> head = ["gradient", "score", "against the first", "p", "learned", "updates"];
        if (byLag)
            head.AddRange(keys.Select(key => $"lag {key}"));
        List<string[]> rows = [];
        foreach (CausalSummary one in result.Summaries)
        {
            CausalRun[] runs = [.. result.Runs.Where(run => run.Arm == one.Arm)];
            List<string> row =
            [
                one.Arm.Name,
                Text(one.Score),
                one.Arm == test.Arms[0] ? "" : Text(one.Difference),
                one.Arm == test.Arms[0] ? "" : NumberText.Short(one.PValue),
                $"{one.Learned} of {runs.Length}",
                string.Join(", ", runs.Select(run => run.Diverged is null ? $"{run.Steps}" : $"{run.Steps} (diverged)")),
            ];
            if (byLag)
                row.AddRange(
                    keys.Select(key =>
                        result.Parts(one.Arm, "lag").FirstOrDefault(part => part.Key == key).Value is { } part
                            ? NumberText.Percent(part.Value)
                            : "–"
                    )
                );
            rows.Add([.. row]);
        }
        Add(text, [.. head], rows);
        return text.ToString();
    }

    private static string Name(CausalResult result) => result.Runs.FirstOrDefault(run => run.Scores.Count > 0)?.Scores[0].Name ?? "none";

    private static void AddTests(StringBuilder text, MemoryVerdict verdict) =>
        Add(
            text,
            ["decided by", "measured", "threshold", "from", "holds"],
            verdict.Tests.Select(test =>
                new[]
                {
                    test.What,
                    Text(test.Value),
                    NumberText.Short(test.Threshold),
                    test.Source,
                    test.Holds switch
                    {
                        true => "yes",
                        false => "no",
                        null => "cannot be told",
                    },
                }
            )
        );

    private static void AddInputs(StringBuilder text, MemoryStudy study)
    {
        text.Append("## Does it use what happened ℓ steps ago?\n\n");
        text.Append(
            $"Each input exchanged for another sequence's. The longest lag that moves the answer: {Lag(study.Inputs.Used)}; the longest without which right answers suffer: {Lag(study.Inputs.Needed)}"
                + $"{(study.NeededLag is { } lag ? $"; the task needs {lag}" : "")}. Moved counts from {NumberText.Short(study.Inputs.Floor)} nats on.\n\n"
        );
        if (study is { CueMoved: { } moved, Differs: { } differs })
            text.Append(
                $"The cue itself (cat for cats) moves the answer by {Text(moved)} nats, and changes it in {Percent(differs)} of the sentences.\n\n"
            );
        Add(
            text,
            ["ℓ", "answer moved (nats)", "loss grows by (nats)", "p"],
            study.Inputs.Lags.Select(one => new[] { $"{one.Lag}", Text(one.Moved), Text(one.LossChange), NumberText.Short(one.PValue) })
        );
    }

    private static void AddSwaps(StringBuilder text, MemoryStudy study)
    {
        text.Append("## States exchanged between paired sequences\n\n");
        text.Append(
            $"Pairs answered differently, which alone can flip: {Percent(study.Differs!)}. Moved: 0 not at all, 1 to where the other is.\n\n"
        );
        Add(
            text,
            ["part", "ℓ", "answers flipped", "logits moved", "adjoint against truth"],
            study.Swaps.Select(one =>
                new[]
                {
                    one.Part,
                    $"{one.Lag}",
                    one.Flipped.Count == 0 ? "none can" : Percent(one.Flipped),
                    Text(one.Moved),
                    one.Adjoint is { } r ? $"r {NumberText.Short(r)}" : "",
                }
            )
        );
    }

    private static void AddProbes(StringBuilder text, MemoryStudy study)
    {
        text.Append("## Can the answer be read off the state?\n\n");
        text.Append("Linear probes, cross-validated. ℓ = 0 is the asked place.\n\n");
        AddProbes(text, study.Probes);
        text.Append("## Can the input of ℓ steps ago be read off the state at the asked place?\n\n");
        AddProbes(text, study.Recalled);
    }

    private static void AddProbes(StringBuilder text, IReadOnlyList<ProbeResult> probes) =>
        Add(
            text,
            ["part", "ℓ", "probe", "always the same", "shuffled", "random by subject", "untrained network"],
            probes.Select(one =>
                new[]
                {
                    one.Part,
                    $"{one.Lag}",
                    Text(one.Skill),
                    NumberText.Short(one.Chance),
                    Text(one.Shuffled),
                    one.ByGroup is null ? "" : Text(one.ByGroup),
                    one.Untrained is null ? "" : Text(one.Untrained),
                }
            )
        );

    private static void AddUnits(StringBuilder text, UnitAblation ablation, SwapEffect? carried)
    {
        text.Append("## Does one unit carry it?\n\n");
        text.Append(
            $"{(ablation.OneUnitCarries ? "Yes" : "No")}. Whole network {Text(ablation.Whole)}; without unit {Name(ablation.Units[0].Unit)}, the strongest, {Text(ablation.Strongest)}; without a random other one {Text(ablation.Others)}.\n"
        );
        text.Append(
            ablation.WithoutSmallest is { } without
                ? $"Without {Say.Count(ablation.Smallest.Count, "unit", "units")} ({string.Join(", ", ablation.Smallest.Take(MostUnits).Select(Name))}{(ablation.Smallest.Count > MostUnits ? ", …" : "")}) {Text(without)}; without as many random others {Text(ablation.WithoutAsMany!)}.{(carried is null ? "" : $" Put into the paired sequence for the last {carried.Lag} steps and up to the answer, they alone flip {Percent(carried.Flipped)} of the answers.")}\n\n"
                : "No set of units brings it down to chance, or there is nothing to bring down.\n\n"
        );
    }

    private static void AddRefits(StringBuilder text, MemoryStudy study)
    {
        text.Append("## Half of it trained on, the other half frozen\n\n");
        Add(
            text,
            ["trained", "answers before", "after", "loss before", "after", "updates"],
            study.Refits.Select(one =>
                new[]
                {
                    one.Part == RefitPart.ReadOut ? "read-out only" : "recurrence only",
                    Text(one.Before),
                    Text(one.After),
                    NumberText.Short(one.LossBefore),
                    NumberText.Short(one.LossAfter),
                    $"{one.Steps}",
                }
            )
        );
    }

    private static string Name(UnitPlace unit) => unit.Layer == 0 ? $"{unit.Unit}" : $"{unit.Unit} of layer {unit.Layer}";

    private static string Lag(LagEstimate lag) =>
        lag.Lag is not { } found
            ? "none"
            : $"{(lag.AtLeast ? "at least " : "")}{found} ({lag.Low?.ToString() ?? "none"} to {lag.High?.ToString() ?? "none"})";

    private static string Text(Estimate e) =>
        e.Count == 0 ? "–" : $"{NumberText.Fixed(e.Value, 3)} ({NumberText.Fixed(e.Low, 3)} to {NumberText.Fixed(e.High, 3)})";

    private static string Percent(Estimate e) =>
        e.Count == 0 ? "–" : $"{NumberText.Percent(e.Value)} ({NumberText.Percent(e.Low)} to {NumberText.Percent(e.High)})";

    private static string Sentence(string words) => char.ToUpperInvariant(words[0]) + words[1..];

    // columns padded, so that it reads as it is too
    private static void Add(StringBuilder text, string[] head, IEnumerable<string[]> body)
    {
        string[][] rows = [head, .. body];
        int[] widths = [.. Enumerable.Range(0, head.Length).Select(column => rows.Max(row => row[column].Length))];
        for (int row = 0; row < rows.Length; row++)
        {
            text.Append($"| {string.Join(" | ", rows[row].Select((cell, column) => cell.PadRight(widths[column])))} |\n");
            if (row == 0)
                text.Append($"|{string.Join("|", widths.Select(width => new string('-', width + 2)))}|\n");
        }
        text.Append('\n');
    }
}
