using System.CommandLine;
using Farback.Cli.Commands;
using Farback.Cli.Terminal;
using Farback.Experiments;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Cli.Runs;

/// <summary>A new network on a command line: its cell and size, where it starts, and some plain steps of Adam.</summary>
/// <param name="steps">How many steps, under the verb's own name for them.</param>
/// <param name="rate">Adam's rate where none is given.</param>
/// <param name="seed">What the seed is to the verb.</param>
internal sealed class NewNetwork(Option<int> steps, double rate = 0.01, string seed = "The seed.")
{
    private const int Lanes = 32;

    private readonly Option<string> _cell = CommonOptions.CellName(),
        _initial = CommonOptions.InitialChoice();
    private readonly Option<int> _hidden = CommonOptions.Hidden(),
        _embedding = CommonOptions.Embedding();
    private readonly Option<double> _rate = CommonOptions.Positive("--rate", "Adam's learning rate.", rate);
    private readonly Option<long> _seed = CommonOptions.Seed(seed);

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _cell, _initial, _hidden, _embedding, steps, _rate, _seed })
            command.Options.Add(option);
    }

    /// <summary>How many steps it is trained.</summary>
    public int Steps(ParseResult parsed) => parsed.GetValue(steps);

    /// <summary>Adam's rate.</summary>
    public double Rate(ParseResult parsed) => parsed.GetValue(_rate);

    /// <summary>The seed of its start and of its batches.</summary>
    public long Seed(ParseResult parsed) => parsed.GetValue(_seed);

    /// <summary>The seed, where it was given.</summary>
    public long? SeedGiven(ParseResult parsed) => parsed.IsGiven(_seed) ? Seed(parsed) : null;

    /// <summary>Where its parameters start.</summary>
    public Initial Initial(ParseResult parsed) => Networks.Initial.Parse(parsed.GetValue(_initial)!);

    /// <summary>The network, of the task's inputs and answers; words have an embedding, numbers have none.</summary>
    public Network For(ParseResult parsed, LearningTask task) =>
        TaskTraining.NetworkFor(
            task,
            CommonOptions.CellOf(parsed.GetValue(_cell)!),
            parsed.GetValue(_hidden),
            task.Words > 0 ? parsed.GetValue(_embedding) : 0
        );

    /// <summary>The same as a trial of the agreement task.</summary>
    public AgreementTrialSpec Trial(ParseResult parsed, AgreementOptions task) =>
        new()
        {
            Cell = CommonOptions.CellOf(parsed.GetValue(_cell)!),
            Initial = Initial(parsed),
            Task = task,
            Hidden = parsed.GetValue(_hidden),
            Embedding = parsed.GetValue(_embedding),
            Iterations = Steps(parsed),
            Rate = Rate(parsed),
            Seed = Seed(parsed),
        };

    /// <summary>The network after its steps on the task; what is to be kept is trained with farback train.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public TaskNetwork Train(ParseResult parsed, LearningTask task, CancellationToken cancel)
    {
        Network network = For(parsed, task);
        Parameters<double> start = Initial(parsed).Draw(network, Seed(parsed)),
            weights = start.To<double>();
        int many = Steps(parsed),
            lanes = TaskTraining.LanesFor(task, Split.Validation, Lanes);
        var trainer = new Trainer<double>(
            new Model<double>(network, weights),
            TaskTraining.LossOf(task),
            new Adam<double>(network.ParameterCount),
            new ConstantRate(Rate(parsed)),
            Seed(parsed)
        )
        {
            ClipNorm = 1,
        };
        var place = new TaskPlace(Seed(parsed));
        States<double>? states = null;
        using var line = new ProgressLine();
        for (int step = 0; step < many; step++)
        {
            cancel.ThrowIfCancellationRequested();
            TrainingStep made = trainer.Step(task.Next(place, lanes), states);
            if (task.CarriesState)
                states = trainer.Trace!.FinalStates(states);
            line.Report((step + 1.0) / many, $"step {step + 1}, loss {NumberText.Signed(made.Loss)}");
        }
        return new(task, network, weights, start);
    }
}
