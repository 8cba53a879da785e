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
        string kind =
            root.ValueKind == JsonValueKind.Object
            && root.TryGetProperty("class_name", out JsonElement found)
            && found.ValueKind == JsonValueKind.String
                ? found.GetString()!
                : throw new MalformedFileException(file, "the model's configuration names no class", "Sequential or Functional");
        if (kind is not ("Sequential" or "Functional" or "Model"))
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
            : throw new MalformedFileException(file, "the model's configuration has no list of layers", "one");
        if (list.GetArrayLength() > MostLayers)
            throw new MalformedFileException(file, $"the model has {list.GetArrayLength()} layers", $"at most {MostLayers}");
        return kind == "Sequential" ? Chain(file, list) : Net(file, list, config);
    }

    /// <summary>Layers in a chain.</summary>
    public static KerasConfig Chain(string file, JsonElement list)
    {
        List<KerasLayer> layers = [];
        foreach (JsonElement json in list.EnumerateArray())
        {
            KerasLayer layer = KerasLayer.Read(file, json, "the model", layers.Count == 0 ? [] : [new(layers[^1].Name, 0)], 1);
            // the input is no layer in the older files: its shape stands in the first one
            if (layers.Count == 0 && layer.Class != "InputLayer")
            {
                layers.Add(layer with { Class = "InputLayer", Name = $"{layer.Name}_input" });
                layer = layer with { Inputs = [new(layers[0].Name, 0)] };
            }
            layers.Add(layer);
        }
        return new() { Layers = layers, Outputs = layers.Count == 0 ? [] : [new(layers[^1].Name, 0)] };
    }

    private static KerasConfig Net(string file, JsonElement list, JsonElement config)
    {
        List<KerasLayer> layers = [];
        foreach (JsonElement json in list.EnumerateArray())
        {
            List<KerasSource> inputs = [];
            int calls = 1;
            if (
                json.ValueKind == JsonValueKind.Object
                && json.TryGetProperty("inbound_nodes", out JsonElement nodes)
                && nodes.ValueKind == JsonValueKind.Array
            )
            {
                calls = nodes.GetArrayLength();
                if (calls > 0)
                    Collect(nodes[0], inputs);
            }
            layers.Add(KerasLayer.Read(file, json, "the model", inputs, Math.Max(calls, 1)));
        }
        List<KerasSource> outputs = [];
        if (config.ValueKind == JsonValueKind.Object && config.TryGetProperty("output_layers", out JsonElement last))
            Collect(last, outputs);
        return new() { Layers = layers, Outputs = outputs };
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

    // ["layer", call, output, …] in Keras 1 and 2, {class_name: __keras_tensor__, config: {keras_history: […]}} in 3
    private static void Collect(JsonElement json, List<KerasSource> found)
    {
        if (json.ValueKind == JsonValueKind.Array)
        {
            int count = json.GetArrayLength();
            if (
                count >= 3
                && json[0].ValueKind == JsonValueKind.String
                && json[1].ValueKind == JsonValueKind.Number
                && json[2].ValueKind == JsonValueKind.Number
                && json[2].TryGetInt32(out int tensor)
            )
            {
                found.Add(new(json[0].GetString()!, tensor));
                if (count == 3)
                    return;
                json = json[3];
                if (json.ValueKind != JsonValueKind.Object)
                    return;
            }
            else
            {
                foreach (JsonElement item in json.EnumerateArray())
                    Collect(item, found);
                return;
            }
        }
        if (json.ValueKind == JsonValueKind.Object)
            foreach (JsonProperty property in json.EnumerateObject())
                Collect(property.Value, found);
    }
}
