using System.CommandLine;
using System.Diagnostics;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Farback.Cli.Runs;
using Farback.Cli.Terminal;
using Farback.Experiments;
using Farback.Formats;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Cli.Commands;

/// <summary>farback train: one network on one task, in a folder from which it can go on; or the agreement task with several seeds.</summary>
internal static class TrainCommand
{
    private static readonly Option<string?> s_out = new("--out")
    {
        Description = "The run's folder; runs/<task>-<cell>-<seed> where none is named.",
    };
    private static readonly Option<string?> s_resume = new("--resume") { Description = "Go on with the run in this folder." };
    private static readonly Option<bool> s_force = new("--force") { Description = "Give up the run that is in the folder." };
    private static readonly Option<int> s_seeds = CommonOptions.Count(
        "--seeds",
        "How many trainings of the agreement task are compared, with seeds from --seed on.",
        1
    );
    private static readonly Option<string?> s_save = new("--save")
    {
        Description = "Write the trained weights (of the last seed) to this safetensors file, too.",
    };
    private static readonly Option<bool> s_json = CommonOptions.Json();

    public static Command Make()
    {
        TaskChoice task = new();
        TrainingOptions training = new();
        var command = new Command(
            "train",
            "Trains a network on a task, in a folder with its weights, history and checkpoints (docs/runs.md).\n"
                + "Ctrl-C or SIGTERM saves and ends with code 75; --resume goes on bit for bit.\n\n"
                + "Example: farback train --task agreement --cell lstm --initial forget=1 --lag 21 --out runs/first\n"
                + "Example: farback train --resume runs/first\n"
                + "Example: farback train --task agreement --cell gru --lag 11 --seeds 3"
        );
        task.AddTo(command);
        training.AddTo(command);
        foreach (Option option in (Option[])[s_out, s_resume, s_force, s_seeds, s_save, s_json])
            command.Options.Add(option);
        command.SetAction(
            (parsed, cancel) =>
            {
                if (parsed.GetValue(s_save) is { } file)
                    SafeFile.Check(file);
                return Task.FromResult(
                    parsed.GetValue(s_resume) is { } folder ? Resume(parsed, folder, cancel)
                    : parsed.GetValue(s_seeds) > 1 ? Compare(parsed, task, training, cancel)
                    : Begin(parsed, task, training, cancel)
                );
            }
        );
        return command;
    }

    private static int Begin(ParseResult parsed, TaskChoice choice, TrainingOptions training, CancellationToken cancel)
    {
        RunTask source = choice.Read(parsed);
        CommonOptions.CellOf(training.Cell(parsed)); // before the task is made, which may take long
        LearningTask task = TaskChoice.Open(source);
        RunDescription description = training.Describe(parsed, source, task);
        string folder = parsed.GetValue(s_out) ?? Path.Combine("runs", $"{source.Name}-{description.Network.Cell}-{description.Seed}");
        return Train(parsed, description, task, () => RunFolder.Create(folder, description, parsed.GetValue(s_force)), cancel);
    }

    private static int Resume(ParseResult parsed, string folder, CancellationToken cancel)
    {
        Option? extra = parsed.CommandResult.Command.Options.FirstOrDefault(option =>
            option != s_resume && option != s_json && option != s_save && option.Name != "--threads" && parsed.IsGiven(option)
        );
        if (extra is not null)
            throw new ArgumentException($"{extra.Name}: --resume takes everything from the run's run.json; leave it out.");
        RunDescription description = RunFolder.Read(folder);
        return Train(parsed, description, TaskChoice.Open(description.Task), () => RunFolder.Open(folder), cancel);
    }

    private static int Train(
        ParseResult parsed,
        RunDescription description,
        LearningTask task,
        Func<RunFolder> open,
        CancellationToken cancel
    ) =>
        description.Precision == RunPrecision.Double
            ? Train<double>(parsed, description, task, open, cancel)
            : Train<float>(parsed, description, task, open, cancel);

    private static int Train<T>(
        ParseResult parsed,
        RunDescription description,
        LearningTask task,
        Func<RunFolder> open,
        CancellationToken cancel
    )
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var session = new TrainingSession<T>(description, task);
        using RunFolder folder = open();
        int code = session.Go(folder, cancel);
        if (code != ExitCodes.Done)
            return code;
        if (parsed.GetValue(s_save) is { } path)
            Save(path, description.Network.ToNetwork(), session.Judged, task);
        if (parsed.GetValue(s_json))
            Console.WriteLine(
                JsonSerializer.Serialize(
                    new
                    {
                        folder = folder.Location,
                        watched = folder.Watched(),
                        watching = session.Watching,
                        run = JsonNode.Parse(File.ReadAllText(RunFolder.DescriptionOf(folder.Location))),
                    },
                    JsonText.Options
                )
            );
        else
            Print(folder, session.Watching);
        if (session.Segment is { } steps)
            Console.Error.WriteLine(
                $"Run in segments of {NumberText.Whole(steps)} steps; peak memory {NumberText.Whole(Process.GetCurrentProcess().PeakWorkingSet64 >> 20)} MiB."
            );
        return code;
    }

    private static int Compare(ParseResult parsed, TaskChoice choice, TrainingOptions training, CancellationToken cancel)
    {
        if (choice.IsData(parsed))
            throw new ArgumentException("--seeds: only trainings of the agreement task are compared; train one seed at a time on --data.");
        foreach (Option option in (Option[])[s_out, s_force])
            if (parsed.IsGiven(option))
                throw new ArgumentException($"{option.Name}: several --seeds are compared without a run folder; leave it out.");
        RunTask source = choice.Read(parsed);
        if (source.Name != AgreementTask.Describe().Name)
            throw new ArgumentException(
                $"--seeds: only trainings of the agreement task are compared; train {source.Name} one seed at a time."
            );
        AgreementTrialSpec spec = training.Trial(parsed, choice.Agreement.Read(parsed));
        AgreementTrialResult[] results = AgreementTable.Train(spec, training.Seed(parsed), parsed.GetValue(s_seeds), cancel);
        if (parsed.GetValue(s_save) is { } path)
            Save(path, results[^1].Network, results[^1].Trained.Values, new AgreementLearning(results[^1].Spec.Task));
        AgreementTable.Print(results, parsed.GetValue(s_json));
        return ExitCodes.Done;
    }

    // with the words, so that farback predict and farback sample can read it
    private static void Save<T>(string path, Network network, T[] values, LearningTask task)
        where T : unmanaged
    {
        var parameters = new Parameters<T>(network);
        values.CopyTo(parameters.Values, 0);
        ModelFile.Save(path, parameters, task.InputWords, task.OutputWords, task.Answer);
    }

    private static void Print(RunFolder folder, WatchCost watching)
    {
        RunDescription run = folder.Description;
        RunOutcome result = run.Result!;
        Console.WriteLine(
            $"{run.Network.ToNetwork().Cell.Title}, {run.Network.Hidden} units, on {run.Task.Name}, seed {run.Seed}: {NumberText.Whole(result.Steps)} steps, best at {NumberText.Whole(result.BestStep)}."
        );
        if (run.Note is not null)
            Console.WriteLine(char.ToUpperInvariant(run.Note[0]) + run.Note[1..]);
        Console.WriteLine($"\n{"", -24} {"validation", 12} {"test", 12}   on the same test answers");
        foreach ((Score watched, Score judged) in result.Validation.Zip(result.Test))
        {
            string beside = string.Join(", ", (judged.Baselines ?? []).Select(line => $"{line.Name} {NumberText.Signed(line.Value)}"));
            Console.WriteLine(
                $"{judged.Name, -24} {NumberText.Signed(watched.Value), 12} {NumberText.Signed(judged.Value), 12}   {beside}".TrimEnd()
            );
        }
        foreach (IGrouping<string, ScorePart> parts in result.Test is [{ Breakdown: { } all }, ..] ? all.GroupBy(part => part.By) : [])
        {
            if (parts.Count() < 2)
                continue;
            Console.WriteLine($"\n{result.Test[0].Name} by {parts.Key}");
            foreach (ScorePart part in parts)
                Console.WriteLine($"{part.Key, 24} {"", 12} {NumberText.Signed(part.Value), 12}   of {NumberText.Whole(part.Count)}");
        }
        if (folder.Watched() is [_, ..] looks)
            Console.WriteLine($"\n{WatchText.Summary(looks, watching, run.Result!.Steps)}");
        Console.WriteLine($"\nThe run is in {folder.Location}: best.safetensors, weights.safetensors, history.csv, watch.jsonl, run.json.");
    }
}
