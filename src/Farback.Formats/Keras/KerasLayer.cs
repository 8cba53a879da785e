using System.Text.Json;

namespace Farback.Formats.Keras;

/// <summary>A layer as the configuration describes it.</summary>
/// <param name="File">The file, for the sentences.</param>
/// <param name="Class">Its class: LSTM.</param>
/// <param name="Name">Its name in the model.</param>
/// <param name="Config">Its settings.</param>
/// <param name="Model">What is inside, where the layer is a model; else null.</param>
internal sealed record KerasLayer(string File, string Class, string Name, JsonElement Config, KerasConfig? Model = null)
{
    /// <summary>Whether arrays in the file belong to it.</summary>
    public bool OwnsWeights =>
        Model is { } model ? model.Layers.Any(layer => layer.OwnsWeights)
        : Class == "TimeDistributed" ? Inner("layer") is not { OwnsWeights: false }
        : !KerasClasses.Weightless.Contains(Class);

    /// <summary>The layer or cell that is inside this one.</summary>
    public KerasLayer? Inner(string property) =>
        Config.TryGetProperty(property, out JsonElement inner) && inner.ValueKind == JsonValueKind.Object ? Read(File, inner, Name) : null;

    /// <summary>Reads a layer's description; nothing in it is executed, and a class that is not Keras' own is refused by its name.</summary>
    public static KerasLayer Read(string file, JsonElement json, string within)
    {
        string kind =
            Text(json, "class_name") ?? throw new MalformedFileException(file, $"a layer of {Quote(within)} has no class", "class_name");
        JsonElement config =
            json.ValueKind == JsonValueKind.Object
            && json.TryGetProperty("config", out JsonElement own)
            && own.ValueKind == JsonValueKind.Object
                ? own
            : KerasClasses.IsModel(kind) ? json // an old model, whose config is its list of layers
            : throw new MalformedFileException(file, $"a layer of the class {Quote(kind)} in {Quote(within)} has no config", "one");
        string name = Text(json, "name") ?? Text(config, "name") ?? kind;
        var layer = new KerasLayer(file, kind, name, config);
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
            && (KerasClasses.Weightless.Contains(kind) || KerasClasses.Weighted.Contains(kind));
        // what is inside is looked at too, before anything of it is used
        foreach (string property in new[] { "layer", "backward_layer", "cell" })
            _ = layer.Inner(property);
        return !isOwn
                ? throw new MalformedFileException(
                    file,
                    $"{layer} is of a class that is not Keras' own{(module is null ? "" : $" (module {Quote(module)})")}: only its author's code computes it",
                    "Keras' own layers"
                )
            : KerasClasses.IsModel(kind) ? layer with { Model = KerasConfig.OfModel(file, json, name) }
            : layer;
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
