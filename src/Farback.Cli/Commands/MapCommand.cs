using System.CommandLine;
using System.Text.Json;
using Farback.Cli.Runs;
using Farback.Cli.Terminal;
using Farback.Experiments;
using Farback.Formats;
using Farback.Gradients;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Cli.Commands;

/// <summary>farback map: the gradient resolved in time, of a network on a sentence.</summary>
internal static class MapCommand
{
    public static Command Make()
    {
        var choice = new TaskChoice();
        Option<string> cell = CommonOptions.CellName(),
            initial = CommonOptions.InitialChoice();
        Option<int> hidden = CommonOptions.Count("--hidden", "Units.", 32),
            iterations = CommonOptions.Count("--train", "Training steps before the map is taken; 0 for the initial weights.", 0, 0);
        Option<int> embedding = CommonOptions.Count("--embedding", "Numbers in a word's learned vector; 0 for one-hot words.", 16, 0);
        Option<double> rate = CommonOptions.Positive("--rate", "Adam's learning rate.", 0.01);
        Option<long> seed = new("--seed") { Description = "The seed.", DefaultValueFactory = _ => 1 };
        Option<string?> block = new("--block")
        {
            Description = "Which weights: all, or a block as weight_hh_l0, or a gate of it as weight_hh_l0.f.",
        };
        Option<string?> run = new("--run")
        {
            Description = "A trained run's folder: how far back its network looks on its own held-out data.",
        };
        Option<string?> model = ModelKnobs.ModelOrNone();
        var knobs = new ModelKnobs();
        Option<string?> export = new("--export")
        {
            Description = "Write the map, its shares and its profile to this file, too: .npz, .safetensors or .csv.",
        };
        Option<bool> share = new("--share") { Description = "Signed shares of the update instead of sizes." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "map",
            "Shows the gradient resolved in time: how much of each word's error arrives at each earlier word, or how strongly it pulls at a block of weights.\n\n"
                + "Example: farback map --task agreement --cell elman --lag 11 --block weight_hh_l0\nExample: farback map --run runs/first\n"
                + "Example: farback map --model model.pt --data batch.safetensors --export map.npz"
        )
        {
            cell,
            initial,
            hidden,
            embedding,
            iterations,
            rate,
            seed,
            run,
            model,
            block,
            export,
            share,
            json,
        };
        choice.AddTo(command);
        knobs.AddTo(command);
        command.SetAction(
            (parsed, cancel) =>
            {
                var view = new RunMap(parsed.GetValue(block), parsed.GetValue(share), parsed.GetValue(json), parsed.GetValue(export));
                if (parsed.GetValue(run) is { } folder)
                {
                    view.Show(folder);
                    return Task.FromResult(0);
                }
                if (parsed.GetValue(model) is { } file)
                {
                    view.Show(knobs.Open(parsed, file), choice, parsed);
                    return Task.FromResult(0);
                }
                RunTask source = choice.Read(parsed);
                if (choice.IsData(parsed) || source.Name != AgreementTask.Describe().Name)
                {
                    LearningTask task = TaskChoice.Open(source);
                    using var open = task as IDisposable;
                    Network network = TaskTraining.NetworkFor(
                        task,
                        CommonOptions.CellOf(parsed.GetValue(cell)!),
                        parsed.GetValue(hidden),
                        task.Words > 0 ? parsed.GetValue(embedding) : 0
                    );
                    Parameters<double> weights = Initial.Parse(parsed.GetValue(initial)!).Draw(network, parsed.GetValue(seed));
                    Train(network, weights, task, parsed.GetValue(iterations), parsed.GetValue(rate), parsed.GetValue(seed), cancel);
                    view.Show(task, network, weights);
                    return Task.FromResult(0);
                }
                if (parsed.GetValue(export) is not null)
                    throw new ArgumentException("--export: the agreement task's map is one sentence's; name a --run, a --model or --data.");
                var spec = new AgreementTrialSpec
                {
                    Cell = CommonOptions.CellOf(parsed.GetValue(cell)!),
                    Initial = Initial.Parse(parsed.GetValue(initial)!),
                    Task = choice.Agreement.Read(parsed),
                    Hidden = parsed.GetValue(hidden),
                    Embedding = parsed.GetValue(embedding),
                    Iterations = parsed.GetValue(iterations),
                    Rate = parsed.GetValue(rate),
                    Seed = parsed.GetValue(seed),
                };
                Show(spec, parsed.GetValue(block), parsed.GetValue(share), parsed.GetValue(json), cancel);
                return Task.FromResult(0);
            }
        );
        return command;
    }

    // a few plain steps of Adam; what is to be kept is trained with farback train
    private static void Train(
        Network network,
        Parameters<double> weights,
        LearningTask task,
        int steps,
        double rate,
        long seed,
        CancellationToken cancel
    )
    {
        const int Lanes = 32;
        var trainer = new Trainer<double>(
            new Model<double>(network, weights),
            TaskTraining.LossOf(task),
            new Adam<double>(network.ParameterCount),
            new ConstantRate(rate),
            seed
        )
        {
            ClipNorm = 1,
        };
        var place = new TaskPlace(seed);
        using var line = new ProgressLine();
        for (int step = 0; step < steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            TrainingStep made = trainer.Step(task.Next(place, Lanes));
            line.Report((step + 1.0) / steps, $"step {step + 1}, loss {NumberText.Signed(made.Loss)}");
        }
    }

    private static void Show(AgreementTrialSpec spec, string? block, bool share, bool json, CancellationToken cancel)
    {
        AgreementTrialResult result;
        using (var line = new ProgressLine())
            result = AgreementTrial.Run(
                spec,
                look =>
                {
                    if (spec.Iterations > 0)
                        line.Report(
                            (double)look.Iteration / spec.Iterations,
                            $"step {look.Iteration}, {NumberText.Percent(look.Verb)} of the verbs right"
                        );
                },
                cancel
            );
        SentenceMap map = SentenceMap.Of(result, new AgreementTask(spec.Task));
        MapQuantity quantity =
            block is null && !share ? map.Arrives
            : share ? map.Share(block ?? "all")
            : map.Size(block!);
        if (json)
        {
            Console.WriteLine(
                JsonSerializer.Serialize(
                    new
                    {
                        map.Sentence,
                        map.Cue,
                        map.Verb,
                        map.View.Rows,
                        map.View.Columns,
                        quantity,
                        map.Residual,
                        map.Cancellation,
                        profile = map.Profile,
                    },
                    JsonText.Options
                )
            );
            return;
        }
        Console.WriteLine($"{quantity.Name}: {quantity.Meaning}\n");
        Console.WriteLine(MapText.Render(map.View, quantity, Screen.OutHasColour, map.Verb, map.Cue));
        int at = map.Verb * map.View.Columns.Count + map.Cue;
        Console.WriteLine(
            quantity.Values[at] is null ? MapSentence.Why(quantity.Classes[at]) : MapSentence.Of(map.View, quantity, map.Verb, map.Cue)
        );
        Console.WriteLine(
            $"Half-life: {ProfileText.HalfLife(map.Profile!)}. A hundredth or more of the error reaches {ProfileText.Reach(map.Profile!.Hundredth)} back; the verb needs {map.Verb - map.Cue}."
        );
        Console.WriteLine(
            $"Residual {NumberText.Signed(map.Residual)} (the map's sum against the ordinary gradient), κ {NumberText.Signed(map.Cancellation)}."
        );
    }
}
