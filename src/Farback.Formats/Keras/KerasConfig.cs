using System.Text.Json;

namespace Farback.Formats.Keras;

/// <summary>A model's description: its layers in the order in which their weights are kept, what each reads, and what comes out.</summary>
/// <remarks>Sequential: a chain. Functional (Model in Keras 2): each layer names what it reads, by layer, call and output.</remarks>
internal sealed class KerasConfig
{
    private const int Deepest = 128,
        MostLayers = 4096;

    /// <summary>The layers, in the order of the file.</summary>
    public required IReadOnlyList<KerasLayer> Layers { get; init; }

    /// <summary>The calls of the layers, in the order of the file: one each in a chain.</summary>
    public required IReadOnlyList<KerasCall> Calls { get; init; }

    /// <summary>The names of the input layers, in the order in which a call of this model fills them.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>What comes out.</summary>
    public required IReadOnlyList<KerasSource> Outputs { get; init; }

    /// <summary>Reads a description.</summary>
    /// <param name="file">The file, for the sentences.</param>
    /// <param name="json">The text of model_config or config.json.</param>
    public static KerasConfig Read(string file, ReadOnlyMemory<byte> json)
    {
        JsonElement root;
        try
        {
            root = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = Deepest }).RootElement;
            ReadTexts(root);
        }
        catch (InvalidOperationException)
        {
            throw new MalformedFileException(file, "the model's configuration has a text with half a character (\\ud800)", "Unicode");
        }
        catch (JsonException error)
        {
            throw new MalformedFileException(
                file,
                $"the model's configuration is no JSON at line {error.LineNumber + 1}, byte {error.BytePositionInLine}",
                $"JSON, at most {Deepest} levels deep"
            );
        }
        return OfModel(file, root, "the model");
    }

    /// <summary>Reads the description of a model, which may be a layer of another.</summary>
    public static KerasConfig OfModel(string file, JsonElement root, string name)
    {
        string what = name == "the model" ? name : $"the model {MalformedFileException.Quote(name)}";
        string kind =
            root.ValueKind == JsonValueKind.Object
            && root.TryGetProperty("class_name", out JsonElement found)
            && found.ValueKind == JsonValueKind.String
                ? found.GetString()!
                : throw new MalformedFileException(file, "the model's configuration names no class", "Sequential or Functional");
        if (!KerasClasses.IsModel(kind))
            throw new MalformedFileException(
                file,
                $"the model is of the class {MalformedFileException.Quote(kind)}, whose layers only its author's code connects",
                "a Sequential or Functional model"
            );
        if (!root.TryGetProperty("config", out JsonElement config))
            config = default;
        JsonElement list =
            config.ValueKind == JsonValueKind.Array ? config
            : config.ValueKind == JsonValueKind.Object
            && config.TryGetProperty("layers", out JsonElement own)
            && own.ValueKind == JsonValueKind.Array
                ? own
            : throw new MalformedFileException(file, $"{what}'s configuration has no list of layers", "one");
        if (list.GetArrayLength() > MostLayers)
            throw new MalformedFileException(file, $"{what} has {list.GetArrayLength()} layers", $"at most {MostLayers}");
        return kind == "Sequential" ? Chain(file, list) : Net(file, list, config);
    }

    /// <summary>Layers in a chain.</summary>
    public static KerasConfig Chain(string file, JsonElement list)
    {
        List<KerasLayer> layers = [];
        foreach (JsonElement json in list.EnumerateArray())
        {
            KerasLayer layer = KerasLayer.Read(file, json, "the model");
            // the input is no layer in the older files: its shape stands in the first one, or in the first of the model that is the first one
            if (layers.Count == 0 && layer.Class != "InputLayer")
                layers.Add(
                    (layer.Model is { Layers: [var first, ..] } ? first : layer) with
                    {
                        Class = "InputLayer",
                        Name = $"{layer.Name}_input",
                        Model = null,
                    }
                );
            layers.Add(layer);
        }
        return new()
        {
            Layers = layers,
            Calls = [.. layers.Select((layer, i) => new KerasCall(layer, 0, i == 0 ? [] : [new(layers[i - 1].Name, 0, 0)]))],
            Inputs = layers.Count == 0 ? [] : [layers[0].Name],
            Outputs = layers.Count == 0 ? [] : [new(layers[^1].Name, 0, 0)],
        };
    }

    private static KerasConfig Net(string file, JsonElement list, JsonElement config)
    {
        List<KerasLayer> layers = [];
        List<KerasCall> calls = [];
        foreach (JsonElement json in list.EnumerateArray())
        {
            KerasLayer layer = KerasLayer.Read(file, json, "the model");
            layers.Add(layer);
            JsonElement[] nodes =
                json.ValueKind == JsonValueKind.Object
                && json.TryGetProperty("inbound_nodes", out JsonElement own)
                && own.ValueKind == JsonValueKind.Array
                    ? [.. own.EnumerateArray()]
                    : [];
            calls.AddRange(nodes.Length == 0 ? [new(layer, 0, [])] : nodes.Select((node, number) => KerasCall.Read(layer, number, node)));
        }
        return new()
        {
            Layers = layers,
            Calls = calls,
            Inputs =
            [
                .. Listed(config, "input_layers") is { Count: > 0 } stated
                    ? stated.Select(source => source.Layer)
                    : layers.Where(layer => layer.Class == "InputLayer").Select(layer => layer.Name),
            ],
            Outputs = Listed(config, "output_layers"),
        };
    }

    private static List<KerasSource> Listed(JsonElement config, string name)
    {
        List<KerasSource> found = [];
        if (config.ValueKind == JsonValueKind.Object && config.TryGetProperty(name, out JsonElement list))
            KerasSource.Collect(list, found);
        return found;
    }

    // JSON may escape what is no character; that shows only when a text is read
    private static void ReadTexts(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.String)
            _ = json.GetString();
        else if (json.ValueKind == JsonValueKind.Array)
            foreach (JsonElement item in json.EnumerateArray())
                ReadTexts(item);
        else if (json.ValueKind == JsonValueKind.Object)
            foreach (JsonProperty property in json.EnumerateObject())
            {
                _ = property.Name;
                ReadTexts(property.Value);
            }
    }
}
