using System.CommandLine;
using System.Text.Json;
using Farback.Cli.Runs;
using Farback.Cli.Terminal;
using Farback.Experiments;
using Farback.Networks;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Cli.Commands;

/// <summary>farback memory: what of the past a network retains, where, and whether it uses it.</summary>
internal static class MemoryCommand
{
    public static Command Make()
    {
        var choice = new TaskChoice();
        Option<string> cell = CommonOptions.CellName(),
            initial = CommonOptions.InitialChoice();
        Option<int> hidden = CommonOptions.Count("--hidden", "Units.", 32),
            iterations = CommonOptions.Count("--train", "Training steps before it is asked; 0 for the initial weights.", 1000, 0),
            sequences = CommonOptions.Count("--sequences", "Held-out sequences to ask at most.", 256, 4),
            refit = CommonOptions.Count("--refit", "Training steps of each half alone; 0 for none.", 400, 0);
        Option<int> embedding = CommonOptions.Count("--embedding", "Numbers in a word's learned vector; 0 for one-hot words.", 16, 0);
        Option<double> rate = CommonOptions.Positive("--rate", "Adam's learning rate.", 0.01);
        Option<long> seed = new("--seed") { Description = "The seed.", DefaultValueFactory = _ => 1 };
        Option<int?> needed = new("--needed-lag") { Description = "The lag that the answer needs, where the task does not say." };
        Option<string?> run = new("--run") { Description = "A trained run's folder: its network, on held-out data of its own task." };
        Option<string?> model = ModelKnobs.ModelOrNone();
        var knobs = new ModelKnobs();
        Option<string?> output = new("--out") { Description = "A file to write the Markdown to as well." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "memory",
            "Says what of the past a network retains, in which part of its state, and whether it uses it.\nInputs exchanged by lag, states exchanged between paired sequences, probes with controls, units silenced,\n"
                + "each half trained on alone; then one decision: not retained, not read out, hidden by the output gate, never learned.\n\n"
                + "Example: farback memory --task agreement --cell lstm --lag 7 --train 1000\nExample: farback memory --run runs/first"
        )
        {
            run,
            model,
            cell,
            initial,
            hidden,
            embedding,
            iterations,
            rate,
            seed,
            sequences,
            refit,
            needed,
            output,
            json,
        };
        choice.AddTo(command);
        knobs.AddTo(command);
        command.SetAction(
            (parsed, cancel) =>
            {
                MemoryTarget target =
                    parsed.GetValue(run) is { } folder ? MemoryTarget.OfRun(folder)
                    : parsed.GetValue(model) is { } path
                        ? MemoryTarget.OfModel(knobs.Open(parsed, path), TaskChoice.Open(choice.Read(parsed)))
                    : Train(parsed, cancel);
                using var open = target.Task as IDisposable;
                var options = new MemoryStudyOptions
                {
                    Sequences = parsed.GetValue(sequences),
                    RefitSteps = parsed.GetValue(refit),
                    NeededLag = parsed.GetValue(needed),
                    Seed = parsed.GetValue(seed),
                };
                MemoryStudy study;
                using (var line = new ProgressLine())
                    study = MemoryStudy.Of(
                        target.Network,
                        target.Weights,
                        target.Untrained,
                        target.Task,
                        options,
                        at => line.Report(at.Fraction, at.Message),
                        cancel
                    );
                if (parsed.GetValue(output) is { } place)
                    SafeFile.Write(place, MemoryText.Of(study));
                Console.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(study, JsonText.Options) : MemoryText.Of(study));
                return Task.FromResult(ExitCodes.Done);
            }
        );
        return command;

        MemoryTarget Train(ParseResult parsed, CancellationToken cancel)
        {
            LearningTask task = TaskChoice.Open(choice.Read(parsed));
            Network network = TaskTraining.NetworkFor(
                task,
                CommonOptions.CellOf(parsed.GetValue(cell)!),
                parsed.GetValue(hidden),
                task.Words > 0 ? parsed.GetValue(embedding) : 0
            );
            return MemoryTarget.Trained(
                task,
                network,
                Initial.Parse(parsed.GetValue(initial)!),
                parsed.GetValue(iterations),
                parsed.GetValue(rate),
                parsed.GetValue(seed),
                cancel
            );
        }
    }
}
