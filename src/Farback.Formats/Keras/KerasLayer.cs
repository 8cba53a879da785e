using System.Text.Json;

namespace Farback.Formats.Keras;

/// <summary>A value of a model: which layer made it, and as which of its outputs.</summary>
internal readonly record struct KerasSource(string Layer, int Tensor);

/// <summary>A layer as the configuration describes it.</summary>
/// <param name="File">The file, for the sentences.</param>
/// <param name="Class">Its class: LSTM.</param>
/// <param name="Name">Its name in the model.</param>
/// <param name="Config">Its settings.</param>
/// <param name="Inputs">What it reads.</param>
/// <param name="Calls">How many times the model calls it.</param>
internal sealed record KerasLayer(string File, string Class, string Name, JsonElement Config, IReadOnlyList<KerasSource> Inputs, int Calls)
{
    // Keras' layers without weights; all others own some
    private static readonly HashSet<string> Weightless =
    [
        "InputLayer",
        "Dropout",
        "SpatialDropout1D",
        "SpatialDropout2D",
        "GaussianDropout",
        "GaussianNoise",
        "AlphaDropout",
        "Activation",
        "Masking",
        "Flatten",
        "Reshape",
        "Permute",
        "RepeatVector",
        "Softmax",
        "ReLU",
        "LeakyReLU",
        "ELU",
        "ThresholdedReLU",
        "ActivityRegularization",
        "Concatenate",
        "Add",
        "Subtract",
        "Multiply",
        "Average",
        "Maximum",
        "Minimum",
        "Dot",
        "Merge",
        "Identity",
        "Cropping1D",
        "Cropping2D",
        "UpSampling1D",
        "UpSampling2D",
        "ZeroPadding1D",
        "ZeroPadding2D",
        "MaxPooling1D",
        "MaxPooling2D",
        "AveragePooling1D",
        "AveragePooling2D",
        "GlobalMaxPooling1D",
        "GlobalMaxPooling2D",
        "GlobalAveragePooling1D",
        "GlobalAveragePooling2D",
        "Rescaling",
    ];

    // Keras' layers with weights of their own, recurrent ones among them
    private static readonly HashSet<string> Weighted =
    [
        "Embedding",
        "Dense",
        "TimeDistributedDense",
        "SimpleRNN",
        "GRU",
        "LSTM",
        "CuDNNGRU",
        "CuDNNLSTM",
        "RNN",
        "SimpleRNNCell",
        "GRUCell",
        "LSTMCell",
        "StackedRNNCells",
        "Bidirectional",
        "TimeDistributed",
        "Wrapper",
        "ConvLSTM1D",
        "ConvLSTM2D",
        "ConvLSTM3D",
        "Conv1D",
        "Conv2D",
        "Conv3D",
        "Convolution1D",
        "Convolution2D",
        "Conv1DTranspose",
        "Conv2DTranspose",
        "SeparableConv1D",
        "SeparableConv2D",
        "DepthwiseConv1D",
        "DepthwiseConv2D",
        "LocallyConnected1D",
        "LocallyConnected2D",
        "BatchNormalization",
        "LayerNormalization",
        "GroupNormalization",
        "UnitNormalization",
        "SpectralNormalization",
        "Normalization",
        "PReLU",
        "Attention",
        "AdditiveAttention",
        "MultiHeadAttention",
        "GroupQueryAttention",
        "EinsumDense",
        "Bidirectional",
        "TextVectorization",
        "StringLookup",
        "IntegerLookup",
        "Discretization",
        "CategoryEncoding",
        "Hashing",
        "Sequential",
        "Functional",
        "Model",
        "Highway",
        "MaxoutDense",
    ];

    /// <summary>Whether arrays in the file belong to it.</summary>
    public bool OwnsWeights => Class == "TimeDistributed" ? Inner("layer") is not { OwnsWeights: false } : !Weightless.Contains(Class);

    /// <summary>The layer or cell that is inside this one.</summary>
    public KerasLayer? Inner(string property) =>
        Config.TryGetProperty(property, out JsonElement inner) && inner.ValueKind == JsonValueKind.Object
            ? Read(File, inner, Name, [], 1)
            : null;

    /// <summary>Reads a layer's description; nothing in it is executed, and a class that is not Keras' own is refused by its name.</summary>
    public static KerasLayer Read(string file, JsonElement json, string within, IReadOnlyList<KerasSource> inputs, int calls)
    {
        string kind =
            Text(json, "class_name") ?? throw new MalformedFileException(file, $"a layer of {Quote(within)} has no class", "class_name");
        JsonElement config =
            json.ValueKind == JsonValueKind.Object
            && json.TryGetProperty("config", out JsonElement own)
            && own.ValueKind == JsonValueKind.Object
                ? own
            : kind is "Sequential" or "Functional" or "Model" ? json // a model inside, whose list of layers is not needed here
            : throw new MalformedFileException(file, $"a layer of the class {Quote(kind)} in {Quote(within)} has no config", "one");
        string name = Text(json, "name") ?? Text(config, "name") ?? kind;
        var layer = new KerasLayer(file, kind, name, config, inputs, calls);
        string? module = Text(json, "module"),
            registered = Text(json, "registered_name");
        if (kind is "Lambda" or "TensorFlowOpLayer" or "TFOpLambda" or "SlicingOpLambda")
            throw new MalformedFileException(
                file,
                $"{layer} is a function that the file brings along as code, which is never run",
                "Keras' own layers"
            );
        bool isOwn =
            (module is null || module.Split('.')[0] is "keras" or "tf_keras" or "tensorflow")
            && (registered is null || registered == kind)
            && (Weightless.Contains(kind) || Weighted.Contains(kind));
        // what is inside is looked at too, before anything of it is used
        foreach (string property in new[] { "layer", "backward_layer", "cell" })
            _ = layer.Inner(property);
        return isOwn
            ? layer
            : throw new MalformedFileException(
                file,
                $"{layer} is of a class that is not Keras' own{(module is null ? "" : $" (module {Quote(module)})")}: only its author's code computes it",
                "Keras' own layers"
            );
    }

    /// <summary>A text setting, or null.</summary>
    public string? Text(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (Text(Config, name) is { } found)
                return found;
        return null;
    }

    /// <summary>A truth, or what it is otherwise.</summary>
    public bool Flag(string name, bool otherwise) =>
        Config.TryGetProperty(name, out JsonElement found)
            ? found.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                _ => otherwise,
            }
            : otherwise;

    /// <summary>A whole number, or null.</summary>
    public int? Whole(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (
                Config.TryGetProperty(name, out JsonElement found)
                && found.ValueKind == JsonValueKind.Number
                && found.TryGetInt32(out int number)
            )
                return number;
        return null;
    }

    /// <summary>A number, or what it is otherwise.</summary>
    public double Number(string name, double otherwise) =>
        Config.TryGetProperty(name, out JsonElement found) && found.ValueKind == JsonValueKind.Number ? found.GetDouble() : otherwise;

    /// <summary>A list of sizes, null where one is free; null where there is no list.</summary>
    public long?[]? Sizes(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (Config.TryGetProperty(name, out JsonElement found) && found.ValueKind == JsonValueKind.Array && found.GetArrayLength() <= 8)
                return
                [
                    .. found
                        .EnumerateArray()
                        .Select(size => size.ValueKind == JsonValueKind.Number && size.TryGetInt32(out int known) ? (long?)known : null),
                ];
        return null;
    }

    /// <summary>The layer is not what it should be.</summary>
    public MalformedFileException Fault(string found, string expected) => new(File, $"{this} {found}", expected);

    public override string ToString() => $"layer {Quote(Name)} ({Quote(Class)[1..^1]})";

    private static string Quote(string text) => MalformedFileException.Quote(text);

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object
        && json.TryGetProperty(name, out JsonElement found)
        && found.ValueKind == JsonValueKind.String
            ? found.GetString()
            : null;
}
