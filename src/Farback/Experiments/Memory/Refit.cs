using Farback.Diagnosis;
using Farback.Networks;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Experiments;

/// <summary>Which half of a network is trained on while the other is frozen.</summary>
public enum RefitPart
{
    /// <summary>W_y and b_y: is what the answer needs in the state, in a form that they can read?</summary>
    ReadOut,

    /// <summary>Everything below: can the state be brought to what the read-out reads?</summary>
    Recurrence,
}

/// <summary>One half of a trained network, trained on alone from where it is, with fresh moments of Adam.</summary>
/// <remarks>A read-out alone has one best loss, so what it does not reach in enough steps is not there. A recurrence that fails may need longer.</remarks>
/// <param name="Part">Which half.</param>
/// <param name="Before">The skill at the asked places.</param>
/// <param name="After">The skill there after so many steps.</param>
/// <param name="Steps">The updates.</param>
/// <param name="LossBefore">Mean loss at the asked places, nats.</param>
/// <param name="LossAfter">The same after.</param>
public sealed record Refit(RefitPart Part, Estimate Before, Estimate After, int Steps, double LossBefore, double LossAfter)
{
    private const int Lanes = 32;

    /// <summary>Trains a half of the network on; the given weights stay as they are.</summary>
    /// <param name="network">The network.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="task">Where batches come from.</param>
    /// <param name="asked">Where it is judged.</param>
    /// <param name="part">Which half.</param>
    /// <param name="steps">Updates.</param>
    /// <param name="rate">Adam's rate.</param>
    /// <param name="seed">The seed of the batches.</param>
    /// <param name="progress">Told of the part that is done.</param>
    /// <param name="cancel">Asked before every update.</param>
    /// <exception cref="TrainingDivergedException">It diverged.</exception>
    public static Refit Of(
        Network network,
        Parameters<double> weights,
        LearningTask task,
        AskedPlaces asked,
        RefitPart part,
        int steps = 400,
        double rate = 0.01,
        long seed = 1,
        Action<double>? progress = null,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(asked);
        var model = new Model<double>(network, weights.To<double>());
        Loss loss = TaskTraining.LossOf(task);
        (Estimate before, double lossBefore) = Judge(model, asked, loss);
        bool IsReadOut(Block block) => block.Kind is BlockKind.ReadOutWeights or BlockKind.ReadOutBias;
        var trainer = new Trainer<double>(model, loss, new Adam<double>(network.ParameterCount), new ConstantRate(rate), seed)
        {
            ClipNorm = 1,
            Trains = block => IsReadOut(block) == (part == RefitPart.ReadOut),
        };
        var place = new TaskPlace(seed);
        States<double>? states = null;
        for (int step = 0; step < steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            trainer.Step(task.Next(place, Lanes), states);
            if (task.CarriesState)
                states = trainer.Trace!.FinalStates(states);
            progress?.Invoke((step + 1.0) / steps);
        }
        (Estimate after, double lossAfter) = Judge(model, asked, loss);
        return new(part, before, after, steps, lossBefore, lossAfter);
    }

    private static (Estimate Skill, double Loss) Judge(Model<double> model, AskedPlaces asked, Loss loss)
    {
        var said = new Saying(model.Forward(asked.Batch), asked, loss);
        return (Skill.Of(asked, said.Merit), said.Losses.Average());
    }
}
