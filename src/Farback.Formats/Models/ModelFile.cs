using System.Text.Json;
using Farback.Cells;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Formats;

/// <summary>A trained network in one safetensors file: its weights under PyTorch's names, its shape and its words in the header.</summary>
/// <remarks>
///   Header texts: <c>format</c> farback-model, <c>version</c> 1, <c>network</c> (a JSON object: cell, sizes, biases, initial states, dropout),
///   <c>answer</c> (class or numbers), <c>inputWords</c> and <c>outputWords</c> (JSON arrays, left out where there are none). Tensors: one a
///   block, [rows, columns], or [rows] for vectors; F64 from double, F32 from float. Loading checks everything before it returns, and every
///   refusal is one sentence.
/// </remarks>
/// <example>
///   <code>
///   ModelFile.Save("model.safetensors", model.Parameters, task.InputWords, task.OutputWords);
///   ModelFile file = ModelFile.Load("model.safetensors");
///   Model&lt;float&gt; model = file.ToModel&lt;float&gt;();
///   </code>
/// </example>
public sealed partial class ModelFile
{
    private readonly Dictionary<string, int> _numbers;
    private readonly bool _ofCharacters;

    internal ModelFile(
        string name,
        Parameters<double> parameters,
        IReadOnlyList<string> inputWords,
        IReadOnlyList<string> outputWords,
        Answer answer
    )
    {
        (Name, Parameters, InputWords, OutputWords, Answer) = (name, parameters, inputWords, outputWords, answer);
        _numbers = new(inputWords.Count, StringComparer.Ordinal);
        for (int number = 0; number < inputWords.Count; number++)
            _numbers.Add(inputWords[number], number);
        _ofCharacters = ModelText.IsOfCharacters(inputWords);
    }

    /// <summary>The file it came from.</summary>
    public string Name { get; }

    /// <summary>The network.</summary>
    public Network Network => Parameters.Network;

    /// <summary>Its weights; exactly those of the file.</summary>
    public Parameters<double> Parameters { get; }

    /// <summary>The input words by number; empty where inputs are vectors or words have no names.</summary>
    public IReadOnlyList<string> InputWords { get; }

    /// <summary>The outputs' names by number; empty where they have none.</summary>
    public IReadOnlyList<string> OutputWords { get; }

    /// <summary>What the read-out means.</summary>
    public Answer Answer { get; }

    /// <summary>The steps that the model passes over, which its data must not hold (<see cref="StepMask.Without"/>); null for none.</summary>
    public StepMask? Mask { get; init; }

    /// <summary>Whether an answer is a next input: a language model, which can be sampled from.</summary>
    public bool IsLanguageModel => InputWords.Count > 0 && InputWords.SequenceEqual(OutputWords, StringComparer.Ordinal);

    /// <summary>The network with its weights, compiled to run; a copy of the weights, so training on leaves this as it is.</summary>
    public Model<T> ToModel<T>()
        where T : unmanaged => new(Network, Parameters.To<T>());

    /// <summary>The same network with words: those of the inputs, and of the outputs where these are as many.</summary>
    /// <exception cref="ArgumentException">They are not as many as the network reads, or one stands twice.</exception>
    public ModelFile WithWords(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        CheckWords("vocabulary", words, Network.Words > 0 ? Network.Words : Network.Inputs);
        return new(Name, Parameters, words, Network.Outputs == words.Count ? words : OutputWords, Answer) { Mask = Mask };
    }

    /// <summary>Splits text as the vocabulary asks: into characters where every word is one, at blanks otherwise.</summary>
    public IReadOnlyList<string> Split(string text) => ModelText.Split(text, _ofCharacters);

    /// <summary>The number of an input word, or of <c>&lt;unk&gt;</c> where the vocabulary has that.</summary>
    /// <exception cref="ArgumentException">The word is unknown, or the network's inputs have no names.</exception>
    public int NumberOf(string word) =>
        _numbers.TryGetValue(word, out int number) || _numbers.TryGetValue(ModelText.Unknown, out number)
            ? number
            : throw new ArgumentException(
                InputWords.Count == 0
                    ? $"{Name}: the network was saved without input words, so {MalformedFileException.Quote(word)} means nothing to it."
                    : $"text: the word {MalformedFileException.Quote(word)} is not among the {InputWords.Count} that {Name} knows, such as {string.Join(", ", InputWords.Take(5).Select(MalformedFileException.Quote))}."
            );

    /// <summary>The numbers of a text's words.</summary>
    public int[] Read(string text) => [.. Split(text).Select(NumberOf)];

    /// <summary>Joins words as <see cref="Split"/> parts them.</summary>
    public string Join(IEnumerable<string> words) => string.Join(_ofCharacters ? "" : " ", words);

    /// <summary>An output's name, or its number where it has none.</summary>
    public string NameOf(int output) => output < OutputWords.Count ? OutputWords[output] : $"{output}";

    /// <summary>Writes a network with its weights, whole or not at all.</summary>
    /// <param name="path">The file; one that stands there is replaced.</param>
    /// <param name="parameters">float or double; the file keeps every bit.</param>
    /// <param name="inputWords">The input words by number; null where there are none.</param>
    /// <param name="outputWords">The outputs' names by number; null where there are none.</param>
    /// <param name="answer">What the read-out means.</param>
    /// <exception cref="ArgumentException">Words are not as many as the network has, or one stands twice.</exception>
    public static void Save<T>(
        string path,
        Parameters<T> parameters,
        IReadOnlyList<string>? inputWords = null,
        IReadOnlyList<string>? outputWords = null,
        Answer answer = Answer.OneClass
    )
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Dictionary<string, string> texts = Texts(parameters.Network, inputWords, outputWords, answer);
        SafetensorsFile.Write(path, TensorsOf(parameters, block => block.Name), texts);
    }

    /// <summary>What a file says about a network beside its weights.</summary>
    internal static Dictionary<string, string> Texts(
        Network network,
        IReadOnlyList<string>? inputWords,
        IReadOnlyList<string>? outputWords,
        Answer answer
    )
    {
        int inputs = network.Words > 0 ? network.Words : network.Inputs;
        CheckWords("inputWords", inputWords ?? [], inputs);
        CheckWords("outputWords", outputWords ?? [], network.Outputs);
        Dictionary<string, string> texts = new()
        {
            ["format"] = ModelText.Format,
            ["version"] = ModelText.Version,
            ["network"] = ModelText.Write(network),
            ["answer"] = answer == Answer.OneClass ? "class" : "numbers",
        };
        if (inputWords is { Count: > 0 })
            texts["inputWords"] = JsonSerializer.Serialize(inputWords);
        if (outputWords is { Count: > 0 })
            texts["outputWords"] = JsonSerializer.Serialize(outputWords);
        return texts;
    }

    /// <summary>Reads a network with its weights.</summary>
    /// <param name="path">A file that <see cref="Save"/> wrote.</param>
    /// <param name="cell">The cell, where it is one of your own; null for the library's by the name in the file.</param>
    /// <exception cref="MalformedFileException">The file is no model, or not one of this cell.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ModelFile Load(string path, Cell? cell = null)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        ModelText text = new(path, file.Metadata);
        return Read(path, file, text, text.ReadNetwork(cell));
    }

    /// <summary>Reads weights into a network whose shape is known, from a model file or from any safetensors file with the same names.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What the file has to hold.</param>
    /// <exception cref="MalformedFileException">The file holds another network.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ModelFile Load(string path, Network expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        ModelText text = new(path, file.Metadata);
        if (!text.IsModel)
            return new(path, Weights(path, file, expected), [], [], Answer.OneClass);
        text.Compare(text.ReadNetwork(expected.Cell), expected);
        return Read(path, file, text, expected);
    }

    private static ModelFile Read(string path, SafetensorsFile file, ModelText text, Network network) =>
        new(
            path,
            Weights(path, file, network),
            text.ReadWords("inputWords", network.Words > 0 ? network.Words : network.Inputs),
            text.ReadWords("outputWords", network.Outputs),
            text.ReadAnswer()
        );

    /// <summary>The best network of a run, with the words it was trained on.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <exception cref="MalformedFileException">run.json or the weights are not what they should be.</exception>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static ModelFile OfRun(string folder)
    {
        RunDescription run = RunFolder.Read(folder);
        string weights = File.Exists(RunFolder.BestOf(folder)) ? RunFolder.BestOf(folder) : RunFolder.WeightsOf(folder);
        return new(
            folder,
            Load(weights, run.Network.ToNetwork()).Parameters,
            run.InputWords,
            run.OutputWords,
            run.InputWords.Count + run.OutputWords.Count > 0 ? Answer.OneClass : Answer.Numbers
        );
    }

    /// <summary>Every block as a tensor.</summary>
    internal static IReadOnlyList<Tensor> TensorsOf<T>(Parameters<T> parameters, Func<Block, string> name)
        where T : unmanaged => [.. parameters.Network.Blocks.Select(block => TensorOf(block, name(block), parameters))];

    private static Tensor TensorOf<T>(Block block, string name, Parameters<T> parameters)
        where T : unmanaged
    {
        if (parameters is Parameters<float> floats)
            return Tensor.Of(name, Shape(block), (ReadOnlySpan<float>)floats[block]);
        return parameters is Parameters<double> doubles
            ? Tensor.Of(name, Shape(block), (ReadOnlySpan<double>)doubles[block])
            : throw new ArgumentException($"parameters: expected float or double, got {typeof(T).Name}.");
    }

    private static long[] Shape(Block block) =>
        block.Columns == 1
        && block.Kind is not (BlockKind.Embedding or BlockKind.InputWeights or BlockKind.RecurrentWeights or BlockKind.ReadOutWeights)
            ? [block.Rows]
            : [block.Rows, block.Columns];

    private static Parameters<double> Weights(string path, SafetensorsFile file, Network network) =>
        Weights(path, file.Tensors, network, block => block.Name);

    private static Parameters<double> Weights(string path, IReadOnlyList<Tensor> tensors, Network network, Func<Block, string> nameOf)
    {
        Dictionary<string, Tensor> byName = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        // shapes first: nothing is allocated for a network whose numbers are not in the file
        foreach (Block block in network.Blocks)
        {
            (string name, long[] shape) = (nameOf(block), Shape(block));
            if (!byName.TryGetValue(name, out Tensor? tensor))
                throw new MalformedFileException(
                    path,
                    $"there is no tensor {name}",
                    $"one of shape {Tensor.Describe(shape)} for {ModelText.Describe(network)}"
                );
            if (!tensor.Shape.SequenceEqual(shape))
                throw new MalformedFileException(
                    path,
                    $"the tensor {name} has the shape {Tensor.Describe([.. tensor.Shape])}",
                    $"{Tensor.Describe(shape)} for {ModelText.Describe(network)}"
                );
            if (tensor.Dtype.Real is null)
                throw new MalformedFileException(path, $"the tensor {name} holds {tensor.Dtype}", "floating numbers");
        }
        if (tensors.FirstOrDefault(tensor => network.Blocks.All(block => nameOf(block) != tensor.Name)) is { } extra)
            throw new MalformedFileException(
                path,
                $"there is a tensor {MalformedFileException.Quote(extra.Name)}",
                $"none beside the {network.Blocks.Count} of {ModelText.Describe(network)}"
            );
        Parameters<double> parameters = new(network);
        foreach (Block block in network.Blocks)
            byName[nameOf(block)].ToDoubles().CopyTo(parameters[block]);
        return parameters;
    }

    private static void CheckWords(string name, IReadOnlyList<string> words, int expected)
    {
        if (words.Count > 0 && words.Count != expected)
            throw new ArgumentException($"{name}: expected {expected}, as many as the network has, got {words.Count}.");
        if (words.Distinct(StringComparer.Ordinal).Count() != words.Count)
            throw new ArgumentException($"{name}: expected each word once; one stands twice.");
    }
}
