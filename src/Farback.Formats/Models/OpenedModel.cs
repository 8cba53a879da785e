using Farback.Networks;
using Farback.Sequences;

namespace Farback.Formats;

/// <summary>What was found in a file that another program wrote: its tensors, what was recognised and what was guessed, and the network.</summary>
/// <remarks>
///   Every format's reader returns one of these. A sound file without a recurrent network has none, and says in its findings what it holds;
///   a file that is not what its format promises is refused with a <see cref="MalformedFileException"/> instead.
/// </remarks>
public sealed record OpenedModel
{
    /// <summary>The file.</summary>
    public required string Name { get; init; }

    /// <summary>The format and who wrote it: ONNX opset 17, by pytorch 2.1.</summary>
    public required string Format { get; init; }

    /// <summary>The weights of the network, exactly those of the file; null where no network was recognised.</summary>
    public Parameters<double>? Parameters { get; init; }

    /// <summary>The network; null where none was recognised.</summary>
    public Network? Network => Parameters?.Network;

    /// <summary>True where the file's own numbers are doubles; false where a float holds them.</summary>
    public bool IsDouble { get; init; }

    /// <summary>What was recognised, what was guessed, and what could not be taken over, in the order in which it was found.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>The input words by number, where the file knows them; else empty.</summary>
    public IReadOnlyList<string> InputWords { get; init; } = [];

    /// <summary>The outputs' names by number, where the file knows them; else empty.</summary>
    public IReadOnlyList<string> OutputWords { get; init; } = [];

    /// <summary>What the read-out means, where the file says so; else classes.</summary>
    public Answer Answer { get; init; } = Answer.OneClass;

    /// <summary>The steps that the model passes over, to be left out of what the network is given; null where it reads them all.</summary>
    public StepMask? Mask { get; init; }

    /// <summary>The model as its own program runs it; null where the file holds weights and no description of how they are used.</summary>
    public WholeModel? Whole { get; init; }

    /// <summary>Every tensor of the file, in its order.</summary>
    public required IReadOnlyList<TensorInfo> Tensors { get; init; }
}

/// <summary>What a finding is about.</summary>
public enum FindingKind
{
    /// <summary>The file says so.</summary>
    Recognised,

    /// <summary>The file does not say; this is the likeliest reading, and the sentence names what would decide.</summary>
    Guessed,

    /// <summary>The file cannot be read as a network before somebody decides.</summary>
    Undecided,

    /// <summary>It can be run, perhaps, but not differentiated, trained or written back.</summary>
    Outside,
}

/// <summary>One thing that a reader found out about a file.</summary>
/// <param name="Kind">How sure it is.</param>
/// <param name="Sentence">What was found, and in which part of the file.</param>
/// <param name="Option">The option that decides otherwise, as on the command line (--activation relu); null where there is none.</param>
public sealed record Finding(FindingKind Kind, string Sentence, string? Option = null);

/// <summary>A tensor of a file as a listing shows it.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Type">The type of its elements, in safetensors' words: F32, I64.</param>
/// <param name="Shape">Its sizes, the slowest first.</param>
public sealed record TensorInfo(string Name, string Type, IReadOnlyList<long> Shape)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Type} {Tensor.Describe([.. Shape])}";
}
