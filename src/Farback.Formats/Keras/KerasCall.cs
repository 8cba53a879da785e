using System.Text.Json;

namespace Farback.Formats.Keras;

/// <summary>A value of a model: which layer made it, at which of its calls, and as which of its outputs.</summary>
internal readonly record struct KerasSource(string Layer, int Call, int Tensor)
{
    /// <summary>Every value that is named in a description, in its order, but those under "mask".</summary>
    /// <remarks>["layer", call, output, …] in Keras 1 and 2, {class_name: __keras_tensor__, config: {keras_history: […]}} in 3.</remarks>
    public static void Collect(JsonElement json, List<KerasSource> found)
    {
        if (json.ValueKind == JsonValueKind.Array)
        {
            int count = json.GetArrayLength();
            if (
                count >= 3
                && json[0].ValueKind == JsonValueKind.String
                && json[1].ValueKind == JsonValueKind.Number
                && json[1].TryGetInt32(out int call)
                && json[2].ValueKind == JsonValueKind.Number
                && json[2].TryGetInt32(out int tensor)
            )
            {
                found.Add(new(json[0].GetString()!, call, tensor));
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
                if (property.Name != "mask")
                    Collect(property.Value, found);
    }
}

/// <summary>A layer at work: one of the calls by which a model connects it.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Number">Which of its calls: 0 is the first, the others use the same weights.</param>
/// <param name="Inputs">What it reads.</param>
internal sealed record KerasCall(KerasLayer Layer, int Number, IReadOnlyList<KerasSource> Inputs)
{
    /// <summary>The layer's name, after those of the models that it is inside of: "encoder/lstm".</summary>
    public string Path { get; init; } = Layer.Name;

    /// <summary>A name of its own for what it makes.</summary>
    public string Name => Number == 0 ? Path : $"{Path}@{Number}";

    /// <summary>The steps that it is told to read, as Keras 3 writes it down; null where nothing is said.</summary>
    public KerasSource? Mask { get; init; }

    /// <summary>A number among what it is called with; NotEqual compares with it.</summary>
    public double? Constant { get; init; }

    /// <summary>Reads one of a layer's inbound_nodes.</summary>
    public static KerasCall Read(KerasLayer layer, int number, JsonElement node)
    {
        List<KerasSource> inputs = [],
            mask = [];
        KerasSource.Collect(node, inputs);
        double? constant = null;
        if (node.ValueKind == JsonValueKind.Object)
        {
            if (
                node.TryGetProperty("kwargs", out JsonElement named)
                && named.ValueKind == JsonValueKind.Object
                && named.TryGetProperty("mask", out JsonElement given)
            )
                KerasSource.Collect(given, mask);
            if (node.TryGetProperty("args", out JsonElement args) && args.ValueKind == JsonValueKind.Array)
                foreach (JsonElement arg in args.EnumerateArray())
                    if (arg.ValueKind == JsonValueKind.Number)
                        constant = arg.GetDouble();
        }
        return new(layer, number, inputs) { Mask = mask.Count > 0 ? mask[0] : null, Constant = constant };
    }

    public override string ToString() => Number == 0 ? $"{Layer}" : $"{Layer}, call {Number + 1}";
}
