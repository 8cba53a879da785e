using Farback.Adjoints;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Formats;

/// <summary>Makes the training that a run.json describes.</summary>
public static class RunStart
{
    /// <summary>The training at its beginning; restore a state to go on from there.</summary>
    /// <param name="description">What the run is.</param>
    /// <param name="task">The task it names; it is only read.</param>
    /// <exception cref="ArgumentException">A choice is unknown, out of range, or does not suit the network.</exception>
    /// <exception cref="PlatformNotSupportedException">This processor lacks the registers the run was begun in: another width sums in another order.</exception>
    public static TrainingRun<T> Make<T>(RunDescription description, LearningTask task)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(description);
        ArgumentNullException.ThrowIfNull(task);
        RunTraining training = description.Training;
        Network network = description.Network.ToNetwork();
        var model = new Model<T>(
            network,
            Initial.Parse(training.Initial).Draw(network, description.Seed).To<T>(),
            WidthOf(description.Width)
        );
        Loss loss = task.Answer == Answer.OneClass ? new SoftmaxCrossEntropy() : new SquaredError();
        var trainer = new Trainer<T>(
            model,
            loss,
            OptimiserChoice.Make<T>(training.Optimiser, network.ParameterCount),
            ScheduleChoice.Parse(training.Schedule, training.Rate, training.Iterations, training.WarmUp),
            description.Seed
        )
        {
            ClipNorm = training.Clip,
            Recomputation = Recomputation.Parse(training.Recompute),
            Truncation = training.Window is { } window ? new Truncation(window, training.Stride ?? window) : null,
        };
        return new(
            task,
            trainer,
            new()
            {
                Steps = training.Iterations,
                Lanes = training.Batch,
                EvaluateEvery = training.EvaluateEvery,
                Patience = training.Patience,
                Seed = description.Seed,
            }
        );
    }

    /// <summary>A network for a task: words through an embedding, or one-hot where it is 0; vectors as they are.</summary>
    /// <param name="task">What gives it its inputs and outputs.</param>
    /// <param name="embedding">The size of a word's vector; means nothing where inputs are vectors.</param>
    /// <param name="like">Everything else.</param>
    public static Network NetworkFor(LearningTask task, int embedding, Network like)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(like);
        bool embeds = task.Words > 0 && embedding > 0;
        return like with
        {
            Words = embeds ? task.Words : 0,
            Embedding = embeds ? embedding : 0,
            Inputs = embeds ? 0 : Math.Max(task.Words, task.Inputs),
            Outputs = task.Outputs,
        };
    }

    private static Width WidthOf(string name)
    {
        foreach (Width width in Widths.Supported)
            if (Widths.Name(width) == name)
                return width;
        throw new PlatformNotSupportedException(
            $"run.json: the run was begun in registers of width {name}; this processor has {string.Join(", ", Widths.Supported.Select(Widths.Name))}. Another width sums in another order, and the run would not be the same: go on where that width exists."
        );
    }
}
