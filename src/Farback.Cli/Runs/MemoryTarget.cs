using System.CommandLine;
using Farback.Cli.Commands;
using Farback.Cli.Terminal;
using Farback.Formats;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Cli.Runs;

/// <summary>A network with its task: that of a run's folder, or one that is trained here and now.</summary>
/// <param name="Task">The task.</param>
/// <param name="Network">The network.</param>
/// <param name="Weights">Its weights.</param>
/// <param name="Untrained">What they started from, or another draw of the default.</param>
internal sealed record MemoryTarget(LearningTask Task, Network Network, Parameters<double> Weights, Parameters<double> Untrained)
{
    private const int Lanes = 32;
    private const long UntrainedSeed = 20_26;

    /// <summary>The network of a run: the best weights where they were kept.</summary>
    public static MemoryTarget OfRun(string folder)
    {
        RunDescription run = RunFolder.Read(folder);
        Network network = run.Network.ToNetwork();
        Parameters<double> weights = WeightsFile.Read(
            File.Exists(RunFolder.BestOf(folder)) ? RunFolder.BestOf(folder) : RunFolder.WeightsOf(folder)
        );
        return new(TaskChoice.Open(run.Task), network, weights, Initial.Default.Draw(network, UntrainedSeed));
    }

    /// <summary>An opened network on a task that it fits.</summary>
    public static MemoryTarget OfModel(ModelFile model, LearningTask task)
    {
        ModelKnobs.Check(model, task);
        return new(task, model.Network, model.Parameters, Initial.Default.Draw(model.Network, UntrainedSeed));
    }

    /// <summary>A network trained on a task with plain Adam; what is to be kept is trained with farback train.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static MemoryTarget Trained(
        LearningTask task,
        Network network,
        Initial initial,
        int steps,
        double rate,
        long seed,
        CancellationToken cancel
    )
    {
        Parameters<double> start = initial.Draw(network, seed),
            weights = start.To<double>();
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
        States<double>? states = null;
        using var line = new ProgressLine();
        for (int step = 0; step < steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            TrainingStep made = trainer.Step(task.Next(place, Lanes), states);
            if (task.CarriesState)
                states = trainer.Trace!.FinalStates(states);
            line.Report((step + 1.0) / steps, $"step {step + 1}, loss {NumberText.Signed(made.Loss)}");
        }
        return new(task, network, weights, start);
    }
}
