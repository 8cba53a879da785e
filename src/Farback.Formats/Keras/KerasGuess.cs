using System.Text.Json;
using System.Text.Json.Nodes;
using Farback.Formats.Hdf5;

namespace Farback.Formats.Keras;

/// <summary>The description that a file of weights alone allows: layers by the shapes of their arrays.</summary>
/// <remarks>
///   columns(kernel) / rows(recurrent_kernel) = 1 SimpleRNN, 3 GRU, 4 LSTM. What shapes cannot tell is asked for, never guessed: the gates'
///   activation, SimpleRNN's, and whether a GRU without biases resets after the product.
/// </remarks>
internal sealed class KerasGuess(string file, KerasVersion version, KerasOptions options, List<Finding> findings)
{
    private readonly JsonArray _layers = [];
    private readonly List<KerasArrays> _order = [];
    private bool _undecided;

    /// <summary>A description and the arrays of its layers, or null where somebody has to decide first.</summary>
    public (KerasConfig Config, IReadOnlyDictionary<KerasLayer, IReadOnlyList<Hdf5Dataset>> Arrays)? Read(KerasWeights weights)
    {
        // paths are sorted by name: words first, then what remembers, then what reads out
        foreach (KerasArrays layer in weights.Layers.OrderBy(Rank))
            Add(layer);
        if (_undecided || _order.Count == 0)
            return null;
        findings.Add(
            new(
                FindingKind.Guessed,
                "the file holds weights and no description: layers are read from their shapes, activations of the cells as tanh unless said otherwise, every step is handed on, and a dense layer is taken as linear",
                "--activation"
            )
        );
        KerasConfig config = KerasConfig.Chain(file, JsonSerializer.SerializeToElement(_layers));
        // the chain begins with an input
        Dictionary<KerasLayer, IReadOnlyList<Hdf5Dataset>> arrays = new(ReferenceEqualityComparer.Instance);
        foreach ((KerasLayer layer, KerasArrays own) in config.Layers.Skip(1).Zip(_order))
            arrays.Add(layer, own.Arrays);
        return (config, arrays);
    }

    private static int Rank(KerasArrays layer) =>
        IsEmbedding(layer) ? 0
        : layer.Arrays.Count > 2 || IsRecurrent(layer) ? 1
        : 2;

    private static bool IsEmbedding(KerasArrays layer) =>
        layer.Arrays is [{ Shape.Length: 2 }]
        && (
            layer.Name.Contains("embedding", StringComparison.OrdinalIgnoreCase)
            || layer.Arrays[0].Path.Contains("embeddings", StringComparison.OrdinalIgnoreCase)
        );

    // columns / rows of the second array, and the same columns in the first
    private static bool IsRecurrent(KerasArrays layer) =>
        layer.Arrays is [{ Shape: [_, var first] }, { Shape: [> 0 and var rows, var second] }, ..]
        && first == second
        && second % rows == 0
        && second / rows is 1 or 3 or 4;

    private static bool IsDense(KerasArrays layer) => layer.Arrays is [{ Shape.Length: 2 }] or [{ Shape.Length: 2 }, { Shape.Length: 1 }];

    private void Add(KerasArrays layer)
    {
        JsonObject? described =
            IsEmbedding(layer) ? Layer("Embedding", layer.Name, [])
            : IsRecurrent(layer) ? Recurrent(layer)
            : IsDense(layer) ? Layer("Dense", layer.Name, new() { ["units"] = layer.Arrays[0].Shape[1] })
            : throw new MalformedFileException(
                file,
                $"the arrays of {MalformedFileException.Quote(layer.Name)} ({string.Join(", ", layer.Arrays.Take(4).Select(array => Tensor.Describe(array.Shape)))}) are those of no layer that shapes alone tell",
                "a file with the model's configuration"
            );
        if (described is null)
            return;
        _layers.Add((JsonNode)described);
        _order.Add(layer);
    }

    private JsonObject? Recurrent(KerasArrays layer)
    {
        IReadOnlyList<Hdf5Dataset> arrays = layer.Arrays;
        // two directions: the same shapes twice
        int half = arrays.Count / 2;
        bool twice =
            arrays.Count is 4 or 6
            && Enumerable.Range(0, half).All(i => arrays[i].Shape.SequenceEqual(arrays[i + half].Shape))
            && (arrays.Count == 6 || arrays[2].Shape.Length == 2);
        long units = arrays[1].Shape[0],
            gates = arrays[1].Shape[1] / units;
        Hdf5Dataset? bias = (twice ? half : arrays.Count) > 2 ? arrays[2] : null;
        bool cudnn = bias is { Shape: [var length] } && length == 2 * gates * units && gates > 1;
        string quoted = MalformedFileException.Quote(layer.Name);
        if (gates > 1 && !cudnn && options.RecurrentActivation is null)
            Ask(
                $"{quoted}: weights alone do not say the activation of the gates: sigmoid in Keras 2.3 and later by default, hard_sigmoid before",
                "--recurrent-activation sigmoid"
            );
        if (gates == 1 && options.Activation is null)
            Ask($"{quoted}: weights alone do not say the activation of a SimpleRNN: tanh by default, or relu", "--activation tanh");
        if (gates == 3 && bias is null && options.ResetAfter is null)
            Ask($"{quoted}: a GRU without biases does not say whether it resets after the product", "--reset after");
        string kind = gates switch
        {
            1 => "SimpleRNN",
            3 => "GRU",
            _ => "LSTM",
        };
        JsonObject config = new()
        {
            ["units"] = units,
            ["return_sequences"] = true,
            ["use_bias"] = bias is not null,
            ["activation"] = options.Activation ?? "tanh",
            ["recurrent_activation"] = cudnn ? "sigmoid" : options.RecurrentActivation ?? "sigmoid",
            ["reset_after"] = options.ResetAfter ?? version.ResetsAfter,
        };
        return twice
            ? Layer("Bidirectional", layer.Name, new() { ["layer"] = Layer(kind, layer.Name, config), ["merge_mode"] = "concat" })
            : Layer(kind, layer.Name, config);
    }

    private void Ask(string question, string option)
    {
        _undecided = true;
        findings.Add(new(FindingKind.Undecided, question, option));
    }

    private static JsonObject Layer(string kind, string name, JsonObject config)
    {
        config["name"] = name;
        return new() { ["class_name"] = kind, ["config"] = config };
    }
}
