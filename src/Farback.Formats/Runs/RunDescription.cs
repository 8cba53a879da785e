using System.Text.Json.Nodes;
using Farback.Cells;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Formats;

/// <summary>Where a run stands.</summary>
public enum RunState
{
    /// <summary>It is running, or was killed: a checkpoint says how far it came.</summary>
    Running,

    /// <summary>It came to its end.</summary>
    Finished,

    /// <summary>It stopped before its end and wrote a checkpoint.</summary>
    Interrupted,
}

/// <summary>What a run is: all that is needed to start it again, and what it came to. The contents of run.json.</summary>
/// <param name="Format">Always <see cref="FormatName"/>.</param>
/// <param name="Version">The version of the format.</param>
/// <param name="Task">What is learned.</param>
/// <param name="Network">The network.</param>
/// <param name="Training">How it is trained.</param>
/// <param name="Seed">The seed of the parameters, of dropout and of the order of the batches.</param>
/// <param name="Precision">float32 or float64.</param>
/// <param name="Width">The registers it runs in, also when it is resumed: another width sums in another order.</param>
/// <param name="Threads">The threads of the training.</param>
/// <param name="State">Where it stands.</param>
/// <param name="InputWords">The input words by number; empty where inputs are vectors.</param>
/// <param name="OutputWords">The classes by number, where they have names.</param>
/// <param name="Note">Why it was interrupted, or why it ended early; null where there is nothing to say.</param>
/// <param name="Result">What it came to; null until it is finished.</param>
public sealed record RunDescription(
    string Format,
    int Version,
    RunTask Task,
    RunNetwork Network,
    RunTraining Training,
    long Seed,
    string Precision,
    string Width,
    int Threads,
    RunState State,
    IReadOnlyList<string> InputWords,
    IReadOnlyList<string> OutputWords,
    string? Note = null,
    RunOutcome? Result = null
)
{
    /// <summary>The name of the format.</summary>
    public const string FormatName = "farback-run";

    /// <summary>The version that this library writes.</summary>
    public const int CurrentVersion = 1;
}

/// <summary>What a run learns: a task with its knobs, or a file with the way it is read.</summary>
/// <param name="Name">The task's name, or the file's.</param>
/// <param name="Data">The file's path as it was given; null for a task that makes its own data.</param>
/// <param name="Sha256">The hash of the file: another file of that name is another run.</param>
/// <param name="Knobs">The task's knobs, or how the file is read, by name.</param>
public sealed record RunTask(string Name, string? Data, string? Sha256, JsonObject Knobs);

/// <summary>A network as run.json has it.</summary>
/// <param name="Cell">The cell's name.</param>
/// <param name="Inputs">The size of an input vector; 0 with an embedding.</param>
/// <param name="Words">The words of the embedding; 0 without one.</param>
/// <param name="Embedding">The size of a word's vector.</param>
/// <param name="Hidden">H.</param>
/// <param name="Layers">How many layers.</param>
/// <param name="Bidirectional">Whether each layer also runs backwards.</param>
/// <param name="Outputs">The size of the read-out.</param>
/// <param name="Biases">How many biases a layer has.</param>
/// <param name="InitialStates">Where states start.</param>
/// <param name="Dropout">The probability of dropout between layers.</param>
public sealed record RunNetwork(
    string Cell,
    int Inputs,
    int Words,
    int Embedding,
    int Hidden,
    int Layers,
    bool Bidirectional,
    int Outputs,
    Biases Biases,
    InitialStates InitialStates,
    double Dropout
)
{
    /// <summary>The description of a network.</summary>
    public static RunNetwork Of(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new(
            network.Cell.Name,
            network.Inputs,
            network.Words,
            network.Embedding,
            network.Hidden,
            network.Layers,
            network.Bidirectional,
            network.Outputs,
            network.Biases,
            network.InitialStates,
            network.Dropout
        );
    }

    /// <summary>The network it describes.</summary>
    /// <exception cref="ArgumentException">There is no such cell.</exception>
    public Network ToNetwork() =>
        ToNetwork(
            AllCells.Named(Cell)
                ?? throw new ArgumentException(
                    $"network: there is no cell '{Cell}'; there are {string.Join(", ", AllCells.List.Select(cell => cell.Name))}."
                )
        );

    /// <summary>The network it describes, of a cell that may be one's own.</summary>
    public Network ToNetwork(Cell cell) =>
        new()
        {
            Cell = cell,
            Inputs = Inputs,
            Words = Words,
            Embedding = Embedding,
            Hidden = Hidden,
            Layers = Layers,
            Bidirectional = Bidirectional,
            Outputs = Outputs,
            Biases = Biases,
            InitialStates = InitialStates,
            Dropout = Dropout,
        };
}

/// <summary>How a run is trained; the words are those of the command line.</summary>
/// <param name="Initial">Where parameters start.</param>
/// <param name="Optimiser">The optimiser.</param>
/// <param name="Rate">The learning rate.</param>
/// <param name="Schedule">How the rate goes on.</param>
/// <param name="WarmUp">The updates over which the rate rises first.</param>
/// <param name="Clip">The norm to which longer gradients are cut; null for none.</param>
/// <param name="Batch">The lanes of an update.</param>
/// <param name="Iterations">The updates at most.</param>
/// <param name="Window">The window of truncated backpropagation; null for whole sequences.</param>
/// <param name="Stride">Its stride; null for whole sequences.</param>
/// <param name="EvaluateEvery">The updates between two looks at the validation part.</param>
/// <param name="CheckpointEvery">The updates between two checkpoints.</param>
/// <param name="Patience">The looks without a better score after which it ends; 0 for no such end.</param>
/// <param name="Recompute">auto, none, or the steps of the segments that are run again on the way back.</param>
/// <param name="Watch">When it is looked at how far the gradient reaches back: off, auto, or the updates between two looks.</param>
public sealed record RunTraining(
    string Initial,
    string Optimiser,
    double Rate,
    string Schedule,
    long WarmUp,
    double? Clip,
    int Batch,
    long Iterations,
    int? Window,
    int? Stride,
    int EvaluateEvery,
    int CheckpointEvery,
    int Patience,
    string Recompute = "auto",
    string Watch = "off"
);

/// <summary>What a run came to.</summary>
/// <param name="Steps">The updates made.</param>
/// <param name="BestStep">The update after which the validation part was answered best: the weights that are judged here.</param>
/// <param name="Validation">The best weights' scores on the validation part.</param>
/// <param name="Test">The best weights' scores on the test part, looked at once.</param>
public sealed record RunOutcome(long Steps, long BestStep, IReadOnlyList<Score> Validation, IReadOnlyList<Score> Test);
