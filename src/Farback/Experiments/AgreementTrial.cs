using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Experiments;

/// <summary>Trains a network on the agreement task and says whether it learned the verb.</summary>
/// <remarks>
///   Cross entropy, mean over all words; Adam; sentences drawn with replacement. Half of the test sentences are watched during training and
///   decide when it ends; the result is measured once, on the other half: the moment of stopping cannot flatter it.
/// </remarks>
public static class AgreementTrial
{
    private const int PurposeOfBatches = 3000;

    /// <summary>Runs to the end, in double.</summary>
    /// <param name="spec">What to train.</param>
    /// <param name="progress">Told of every look, on the calling thread.</param>
    /// <param name="cancel">Asked before every update.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="TrainingDivergedException">The loss or the gradient is no longer finite.</exception>
    /// <exception cref="ArgumentException">The task's knobs are out of range, or the initial choice does not suit the cell.</exception>
    public static AgreementTrialResult Run(
        AgreementTrialSpec spec,
        Action<AgreementLook>? progress = null,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(spec);
        return Run(spec, new AgreementTask(spec.Task), progress, cancel);
    }

    /// <summary>Runs to the end on sentences that several runs share; a task is only read.</summary>
    /// <exception cref="ArgumentException">The task is not the specification's.</exception>
    public static AgreementTrialResult Run(
        AgreementTrialSpec spec,
        AgreementTask task,
        Action<AgreementLook>? progress = null,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(task);
        if (task.Options != spec.Task)
            throw new ArgumentException("task: its options are not those of the specification.");
        ArgumentOutOfRangeException.ThrowIfNegative(spec.Iterations);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(spec.LookEvery);

        Network network = NetworkOf(spec, task);
        Parameters<double> initial = spec.Initial.Draw(network, spec.Seed);
        var model = new Model<double>(network, initial.To<double>());
        var trainer = new Trainer<double>(
            model,
            new SoftmaxCrossEntropy(),
            new Adam<double>(network.ParameterCount),
            new ConstantRate(spec.Rate)
        )
        {
            ClipNorm = spec.Clip,
            Lags = spec.Lags,
        };
        var random = new RandomStream(spec.Seed, PurposeOfBatches);
        int half = task.Test.Count / 2;
        var watched = new AgreementExamination(model, [.. task.Test.Take(half)]);

        List<AgreementLook> history = [];
        int? learnedAt = null;
        int iteration = 0,
            row = 0;
        double sum = 0;
        void Look(int updates)
        {
            AgreementAccuracy accuracy = watched.Run();
            AgreementLook look = new(iteration, sum / updates, accuracy.Verb.Share, accuracy.Words.Share);
            sum = 0;
            row = look.Verb >= spec.Learned ? row + 1 : 0;
            learnedAt =
                row == 0 ? null
                : row == 1 ? iteration
                : learnedAt;
            history.Add(look);
            progress?.Invoke(look);
        }

        Look(0);
        while (iteration < spec.Iterations && (spec.LooksToStop == 0 || row < spec.LooksToStop))
        {
            cancel.ThrowIfCancellationRequested();
            sum += trainer.Step(task.Sample(random, spec.Lanes)).Loss;
            iteration++;
            if (iteration % spec.LookEvery == 0 || iteration == spec.Iterations)
                Look(iteration % spec.LookEvery == 0 ? spec.LookEvery : iteration % spec.LookEvery);
        }
        AgreementAccuracy end = new AgreementExamination(model, [.. task.Test.Skip(half)]).Run();
        return new(spec, network, initial, model.Parameters, history, end, iteration, learnedAt);
    }

    /// <summary>The network of a specification: an embedding or one-hot words, one layer, a read-out of every output word.</summary>
    public static Network NetworkOf(AgreementTrialSpec spec, AgreementTask task)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(task);
        return new()
        {
            Cell = spec.Cell,
            Words = spec.Embedding > 0 ? task.Vocabulary.InputWords.Count : 0,
            Inputs = spec.Embedding > 0 ? 0 : task.Vocabulary.InputWords.Count,
            Embedding = spec.Embedding,
            Hidden = spec.Hidden,
            Outputs = task.Vocabulary.OutputWords.Count,
        };
    }
}
