using System.CommandLine;
using Farback.Cli.Commands;
using Farback.Cli.Terminal;
using Farback.Experiments;
using Farback.Formats;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Cli.Runs;

/// <summary>A network to look into, on a command line: a run's, or a new one on a task or file, trained a little or not at all.</summary>
internal sealed class NetworkChoice
{
    private readonly TaskChoice _choice = new();
    private readonly Option<string> _cell = CommonOptions.CellName(),
        _initial = CommonOptions.InitialChoice();
    private readonly Option<int> _hidden = CommonOptions.Count("--hidden", "Units.", 32),
        _iterations = CommonOptions.Count("--train", "Training steps before it is looked at; 0 for the initial weights.", 0, 0),
        _embedding = CommonOptions.Count("--embedding", "Numbers in a word's learned vector; 0 for one-hot words.", 16, 0);
    private readonly Option<double> _rate = CommonOptions.Positive("--rate", "Adam's learning rate.", 0.01);
    private readonly Option<long> _seed = new("--seed") { Description = "The seed.", DefaultValueFactory = _ => 1 };
    private readonly Option<string?> _run = new("--run") { Description = "A trained run's folder: its network, on its own held-out data." };

    private readonly Option<string?> _model = ModelKnobs.ModelOrNone();
    private readonly ModelKnobs _knobs = new();

    /// <summary>Adds every option to a verb.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _cell, _initial, _hidden, _embedding, _iterations, _rate, _seed, _run, _model })
            command.Options.Add(option);
        _choice.AddTo(command);
        _knobs.AddTo(command);
    }

    /// <summary>The opened network and the batch file to run it on, where these were named; else null.</summary>
    public BatchRun? OnBatch(ParseResult parsed) =>
        parsed.GetValue(_model) is { } file && _choice.DataOf(parsed) is { } data && BatchFile.IsOne(data)
            ? BatchRun.Of(_knobs.Open(parsed, file), data)
            : null;

    /// <summary>Makes the network that was asked for, and hands it on.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="sentences">Where it is on the agreement task, which has a sentence of its own.</param>
    /// <param name="sequences">Where it is on any other task or file, or a run's; the task is closed afterwards.</param>
    /// <param name="cancel">Ends the training.</param>
    public void Open(
        ParseResult parsed,
        Action<AgreementTrialResult, AgreementTask> sentences,
        Action<LearningTask, Network, Parameters<double>> sequences,
        CancellationToken cancel
    )
    {
        if (parsed.GetValue(_run) is { } folder)
        {
            RunDescription run = RunFolder.Read(folder);
            LearningTask learned = TaskChoice.Open(run.Task);
            using var shut = learned as IDisposable;
            string best = RunFolder.BestOf(folder);
            sequences(learned, run.Network.ToNetwork(), WeightsFile.Read(File.Exists(best) ? best : RunFolder.WeightsOf(folder)));
            return;
        }
        RunTask source = _choice.Read(parsed);
        if (parsed.GetValue(_model) is { } path)
        {
            ModelFile model = _knobs.Open(parsed, path);
            LearningTask asked = TaskChoice.Open(source);
            using var closed = asked as IDisposable;
            ModelKnobs.Check(model, asked);
            sequences(asked, model.Network, model.Parameters);
            return;
        }
        if (!IsSentence(parsed))
        {
            LearningTask task = TaskChoice.Open(source);
            using var open = task as IDisposable;
            Network network = TaskTraining.NetworkFor(
                task,
                CommonOptions.CellOf(parsed.GetValue(_cell)!),
                parsed.GetValue(_hidden),
                task.Words > 0 ? parsed.GetValue(_embedding) : 0
            );
            Parameters<double> weights = Initial.Parse(parsed.GetValue(_initial)!).Draw(network, parsed.GetValue(_seed));
            Train(network, weights, task, parsed.GetValue(_iterations), parsed.GetValue(_rate), parsed.GetValue(_seed), cancel);
            sequences(task, network, weights);
            return;
        }
        AgreementTrialResult result = Train(SpecOf(parsed), cancel);
        sentences(result, new AgreementTask(result.Spec.Task));
    }

    /// <summary>Whether it is on the agreement task, whose one sentence is shown.</summary>
    public bool IsSentence(ParseResult parsed) =>
        parsed.GetValue(_run) is null
        && parsed.GetValue(_model) is null
        && !_choice.IsData(parsed)
        && _choice.Read(parsed).Name == AgreementTask.Describe().Name;

    private AgreementTrialSpec SpecOf(ParseResult parsed) =>
        new()
        {
            Cell = CommonOptions.CellOf(parsed.GetValue(_cell)!),
            Initial = Initial.Parse(parsed.GetValue(_initial)!),
            Task = _choice.Agreement.Read(parsed),
            Hidden = parsed.GetValue(_hidden),
            Embedding = parsed.GetValue(_embedding),
            Iterations = parsed.GetValue(_iterations),
            Rate = parsed.GetValue(_rate),
            Seed = parsed.GetValue(_seed),
        };

    private static AgreementTrialResult Train(AgreementTrialSpec spec, CancellationToken cancel)
    {
        using var line = new ProgressLine();
        return AgreementTrial.Run(
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
        int lanes = TaskTraining.LanesFor(task, Split.Validation, most: 32);
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
            TrainingStep made = trainer.Step(task.Next(place, lanes));
            line.Report((step + 1.0) / steps, $"step {step + 1}, loss {NumberText.Signed(made.Loss)}");
        }
    }
}
