using System.CommandLine;
using Farback.Cells;
using Farback.Formats;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Cli.Runs;

/// <summary>A trained network on a command line: a run's folder or a file of any format, with what decides where the file does not say.</summary>
internal sealed class ModelKnobs
{
    private readonly Option<string?> _module = new("--module") { Description = "The recurrent module to open, where a file has several." };
    private readonly Option<string?> _activation = new("--activation")
    {
        Description = $"An opened network's activation, where its file does not say: {string.Join(", ", Activation.Names)}.",
    };
    private readonly Option<string?> _gates = new("--gates")
    {
        Description = "The order of an opened network's gates, where its file does not say: ifgo, iofg, ifog, igfo; rzn, zrn.",
    };
    private readonly Option<string?> _reset = new("--reset")
    {
        Description = "Where an opened GRU resets: after the product (PyTorch) or before it (Keras 1, TensorFlow 1, CNTK).",
    };
    private readonly Option<string?> _embedding = new("--embedding-name") { Description = "The opened file's embedding table, or none." };
    private readonly Option<string?> _head = new("--head") { Description = "The opened file's read-out matrix, or none." };
    private readonly Option<string?> _vocabulary = new("--vocab")
    {
        Description = "The words by number, where the file has none: one a line, a JSON array, or an object of word to number.",
    };

    private Option[] Deciding => [_module, _activation, _gates, _reset, _embedding, _head];

    /// <summary>--model.</summary>
    public static Option<string> Model() => new("--model") { Description = ModelMeaning, Required = true };

    /// <summary>--model where it may be left out.</summary>
    public static Option<string?> ModelOrNone() => new("--model") { Description = ModelMeaning };

    private const string ModelMeaning = "A run's folder, or a model file: farback's, safetensors, PyTorch, npz, ONNX; see farback open.";

    /// <summary>Adds what decides.</summary>
    public void AddTo(Command command, bool words = true)
    {
        foreach (Option option in Deciding)
            command.Options.Add(option);
        if (words)
            command.Options.Add(_vocabulary);
    }

    /// <summary>What was decided.</summary>
    public OpenOptions Read(ParseResult parsed) =>
        new()
        {
            Module = parsed.GetValue(_module),
            Activation = parsed.GetValue(_activation) is { } name ? Activation.Parse(name) : null,
            Gates = parsed.GetValue(_gates),
            ResetBefore = parsed.GetValue(_reset) switch
            {
                null or "after" => false,
                "before" => true,
                var other => throw new ArgumentException($"--reset: expected before or after, got '{other}'."),
            },
            Embedding = parsed.GetValue(_embedding),
            Head = parsed.GetValue(_head),
        };

    /// <summary>The network with its words.</summary>
    public ModelFile Open(ParseResult parsed, string path)
    {
        ModelFile file =
            Directory.Exists(path) ? ModelFile.OfRun(path)
            : File.Exists(path) ? ModelFile.Of(ModelFile.Open(path, Read(parsed)))
            : throw new ArgumentException($"--model: there is no run folder and no file {path}.");
        return parsed.GetValue(_vocabulary) is { } words ? file.WithWords(WordList.Read(words)) : file;
    }

    /// <summary>Refuses a task whose words or sizes are not the network's.</summary>
    public static void Check(ModelFile model, LearningTask task)
    {
        Network network = model.Network;
        string? why =
            task.Words > 0 && (network.Words > 0 ? network.Words : network.Inputs) != task.Words
                ? $"reads {(network.Words > 0 ? network.Words : network.Inputs)} words and {task.Name} has {task.Words}"
            : task.Words == 0 && network.Inputs != task.Inputs ? $"reads {network.Inputs} numbers a step and {task.Name} has {task.Inputs}"
            : network.Outputs != task.Outputs ? $"has {network.Outputs} outputs and {task.Name} has {task.Outputs}"
            : model.InputWords.Count > 0 && !model.InputWords.SequenceEqual(task.InputWords)
                ? $"knows other words than {task.Name}, or in another order"
            : null;
        if (why is not null)
            throw new ArgumentException(
                $"{model.Name} {why}; give the data as the numbers it was trained on, in a batch file (docs/contract.md)."
            );
    }
}
