using Farback.Formats;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Cli.Runs;

/// <summary>A network with its task, which is closed with it: that of a run's folder, an opened one, or one trained here and now.</summary>
/// <param name="Task">The task.</param>
/// <param name="Network">The network.</param>
/// <param name="Weights">Its weights.</param>
/// <param name="Start">What they started from; null where that is not known.</param>
internal sealed record TaskNetwork(LearningTask Task, Network Network, Parameters<double> Weights, Parameters<double>? Start = null)
    : IDisposable
{
    private const long UntrainedSeed = 20_26;

    /// <summary>What the weights started from, or another draw of the default.</summary>
    public Parameters<double> Untrained => Start ?? Initial.Default.Draw(Network, UntrainedSeed);

    /// <summary>The network of a run: the best weights where they were kept.</summary>
    public static TaskNetwork OfRun(string folder)
    {
        RunDescription run = RunFolder.Read(folder);
        string best = RunFolder.BestOf(folder);
        Parameters<double> weights = WeightsFile.Read(File.Exists(best) ? best : RunFolder.WeightsOf(folder));
        return new(TaskChoice.Open(run.Task), run.Network.ToNetwork(), weights);
    }

    /// <summary>An opened network on a task that it fits.</summary>
    public static TaskNetwork OfModel(ModelFile model, LearningTask task)
    {
        ModelKnobs.Check(model, task);
        return new(task, model.Network, model.Parameters);
    }

    /// <inheritdoc/>
    public void Dispose() => (Task as IDisposable)?.Dispose();
}
