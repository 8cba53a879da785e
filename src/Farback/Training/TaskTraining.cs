using Farback.Cells;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Training;

/// <summary>What a task asks of the network and of the loss that it is trained with.</summary>
public static class TaskTraining
{
    /// <summary>Cross entropy where the answer is a class, squared error where it is numbers.</summary>
    public static Loss LossOf(LearningTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return task.Answer == Answer.OneClass ? new SoftmaxCrossEntropy() : new SquaredError();
    }

    /// <summary>T·B of a batch at most that nobody chose the lanes of; one sequence may be longer.</summary>
    public const int MostPlaces = 1 << 20;

    /// <summary>The lanes of a held-out batch: at most so many, and fewer where its first sequence is so long that T·B passes <see cref="MostPlaces"/>.</summary>
    public static int LanesFor(LearningTask task, Split split, int most)
    {
        ArgumentNullException.ThrowIfNull(task);
        return task.Held(split, 1).FirstOrDefault() is { } first ? Math.Clamp(MostPlaces / first.Times, 1, most) : most;
    }

    /// <summary>A network whose inputs and read-out are the task's.</summary>
    /// <param name="task">What it is for.</param>
    /// <param name="cell">The cell of every layer.</param>
    /// <param name="hidden">H, the units of a layer and direction.</param>
    /// <param name="embedding">The size of a word's vector; 0 reads words one-hot.</param>
    /// <param name="layers">How many layers are stacked.</param>
    /// <param name="bidirectional">Whether each layer also runs from the last input to the first.</param>
    /// <exception cref="ArgumentException">A size is not positive, or an embedding is asked for inputs that are no words.</exception>
    public static Network NetworkFor(
        LearningTask task,
        Cell cell,
        int hidden,
        int embedding = 0,
        int layers = 1,
        bool bidirectional = false
    )
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(cell);
        if (hidden < 1)
            throw new ArgumentException($"hidden: expected 1 or more units, got {hidden}.");
        if (layers < 1)
            throw new ArgumentException($"layers: expected 1 or more, got {layers}.");
        if (embedding < 0)
            throw new ArgumentException($"embedding: expected 0 (one-hot) or more, got {embedding}.");
        if (embedding > 0 && task.Words == 0)
            throw new ArgumentException(
                $"embedding: {task.Name} has inputs of {task.Inputs} numbers, not words, and takes no embedding; expected 0, got {embedding}."
            );
        return new()
        {
            Cell = cell,
            Words = embedding > 0 ? task.Words : 0,
            Inputs =
                embedding > 0 ? 0
                : task.Words > 0 ? task.Words
                : task.Inputs,
            Embedding = embedding,
            Hidden = hidden,
            Layers = layers,
            Bidirectional = bidirectional,
            Outputs = task.Outputs,
        };
    }
}
