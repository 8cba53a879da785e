using System.CommandLine;
using System.Text.Json;
using Farback.Adjoints;
using Farback.Cli.Runs;
using Farback.Cli.Terminal;
using Farback.Diagnosis;
using Farback.Experiments;

namespace Farback.Cli.Commands;

/// <summary>farback diagnose: what is wrong with a network that has to remember, by rules on measured numbers, and what to try.</summary>
internal static class DiagnoseCommand
{
    public static Command Make()
    {
        var choice = new NetworkChoice(
            "judged",
            steps: 1000,
            "A run's folder: its initial weights, drawn again, its checkpoints and its best, on held-out data of its own."
        );
        Option<int> sequences = CommonOptions.Count("--sequences", "Held-out sequences to ask at most.", 64, 10);
        Option<int?> needed =
                new("--needed-lag")
                {
                    Description = "How many steps back the answer depends; the task's own, or found by intervention, where it is not said.",
                },
            confusion =
                new("--confusion")
                {
                    Description =
                        "Instead: the verdict on so many networks of each kind, built to be ill or healthy, as a table; its seeds are those of docs/results.md unless --seed says others.",
                };
        Option<string?> truncate =
                new("--truncate") { Description = "The truncation the model was trained with: WINDOW or WINDOW,STRIDE in steps." },
            failOn =
                new("--fail-on")
                {
                    Description =
                        $"Exit with 3 if one of these is found at the judged weights, parted by commas: {string.Join(", ", Enum.GetValues<Condition>().Where(one => one != Condition.Healthy).Select(Conditions.Word))}.",
                },
            output = CommonOptions.Markdown();
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "diagnose",
            "Says what is wrong with a network that has to remember, by which rule, and what to try.\n"
                + "Vanishing, exploding, saturated, dead units, hidden by the output gate, cut by truncation, gradient fine but not used,\n"
                + "label independent of the past, undecided, or healthy; each with its number, threshold and source. The last weights are judged.\n\n"
                + "Example: farback diagnose --run runs/first --fail-on vanishing,exploding\n"
                + "Example: farback diagnose --task latch --length 40 --cell elman --train 500"
        )
        {
            sequences,
            needed,
            truncate,
            failOn,
            confusion,
            output,
            json,
        };
        choice.AddTo(command);
        command.SetAction(
            (parsed, cancel) =>
            {
                if (parsed.GetValue(output) is { } early)
                    SafeFile.Check(early);
                if (parsed.GetValue(confusion) is { } networks)
                    return Task.FromResult(
                        Confusion(
                            networks,
                            choice.SeedGiven(parsed) ?? ConfusionTable.Seed,
                            parsed.GetValue(output),
                            parsed.GetValue(json),
                            cancel
                        )
                    );
                Condition[] fatal =
                [
                    .. (parsed.GetValue(failOn) ?? "")
                        .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                        .Select(Conditions.Named),
                ];
                if (parsed.GetValue(needed) < 0)
                    throw new ArgumentException($"--needed-lag: expected 0 or more, got {parsed.GetValue(needed)}.");
                DiagnosisTarget target = Open(parsed, cancel);
                using var open = target.Task as IDisposable;
                var options = new DiagnosisOptions
                {
                    Sequences = parsed.GetValue(sequences),
                    NeededLag = parsed.GetValue(needed),
                    Seed = choice.Seed(parsed),
                };
                DiagnosisStudy study;
                using (var line = new ProgressLine())
                    study = target.Study(options, at => line.Report(at.Fraction, at.Message), cancel);
                string text = DiagnosisText.Of(study);
                if (parsed.GetValue(output) is { } path)
                    SafeFile.Write(path, text);
                Console.Write(
                    parsed.GetValue(json)
                        ? JsonSerializer.Serialize(
                            new
                            {
                                headline = study.Judged.Headline,
                                verdict = study.Condition.Word(),
                                found = study.Found.Select(Conditions.Word),
                                study,
                            },
                            JsonText.Options
                        ) + "\n"
                        : text
                );
                return Task.FromResult(study.Found.Any(fatal.Contains) ? ExitCodes.Finding : ExitCodes.Done);
            }
        );
        return command;

        DiagnosisTarget Open(ParseResult parsed, CancellationToken cancel)
        {
            if (choice.OfRun(parsed) is { } folder)
                return DiagnosisTarget.OfRun(folder);
            if (choice.OnBatch(parsed) is { } batch)
                return DiagnosisTarget.OfBatch(batch, TruncationOf(parsed.GetValue(truncate)));
            if (choice.OnTask(parsed) is var (opened, task))
                return DiagnosisTarget.OfModel(opened, task, TruncationOf(parsed.GetValue(truncate)));
            return DiagnosisTarget.OfTraining(choice.Train(parsed, cancel), choice.Steps(parsed));
        }
    }

    private static Truncation? TruncationOf(string? text) =>
        TrainingOptions.TruncationOf(text) is { } said ? new(said.Window, said.Stride) : null;

    private static int Confusion(int networks, long seed, string? output, bool json, CancellationToken cancel)
    {
        if (networks < 1)
            throw new ArgumentException($"--confusion: expected 1 or more networks of each kind, got {networks}.");
        IReadOnlyList<ConfusionRow> rows;
        using (var line = new ProgressLine())
            rows = ConfusionTable.Of(networks, seed, line.Report, cancel);
        string text = ConfusionTable.Text(rows);
        if (output is not null)
            SafeFile.Write(output, text);
        Console.Write(json ? JsonSerializer.Serialize(rows, JsonText.Options) + "\n" : text);
        return ExitCodes.Done;
    }
}
