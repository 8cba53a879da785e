using System.Text.Json;

namespace Farback.Formats.Keras;

/// <summary>An activation by Keras' name, as an operator of ONNX with its numbers.</summary>
/// <param name="Operator">ONNX' operator; Keras' own name where ONNX' recurrent operators have none.</param>
/// <param name="Numbers">α and β, as many as it takes.</param>
/// <param name="IsKnown">Whether it can be run.</param>
internal sealed record KerasActivation(string Operator, double[] Numbers, bool IsKnown = true)
{
    /// <summary>Whether it leaves numbers as they are.</summary>
    public bool IsLinear => Operator == "Affine";

    /// <summary>Reads the setting of a layer.</summary>
    public static KerasActivation Of(KerasLayer layer, KerasVersion version, string otherwise, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (layer.Config.TryGetProperty(name, out JsonElement found))
                return found.ValueKind switch
                {
                    JsonValueKind.String => Named(layer, version, found.GetString()!),
                    JsonValueKind.Null => Named(layer, version, "linear"),
                    _ => throw layer.Fault($"has an activation of a class of its own ({name})", "the name of one of Keras' activations"),
                };
        return Named(layer, version, otherwise);
    }

    public static KerasActivation Named(KerasLayer layer, KerasVersion version, string name) =>
        name switch
        {
            "linear" => new("Affine", [1, 0]),
            "tanh" => new("Tanh", []),
            "sigmoid" => new("Sigmoid", []),
            "relu" => new("Relu", []),
            "softplus" => new("Softplus", []),
            "softsign" => new("Softsign", []),
            "hard_sigmoid" => new("HardSigmoid", [version.HardSigmoidSlope, 0.5]),
            "elu" => new("Elu", [1]),
            "leaky_relu" => new("LeakyRelu", [0.2]),
            "softmax" => new("Softmax", [], true),
            "exponential" => new("Exp", [], true),
            "selu" or "gelu" or "swish" or "silu" or "mish" or "relu6" or "hard_swish" or "hard_silu" or "log_softmax" or "celu" or "glu" =>
                new(name, [], false),
            _ => throw layer.Fault(
                $"has the activation {MalformedFileException.Quote(name)}, a function that Keras does not have",
                "the name of one of Keras' activations"
            ),
        };
}
