using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Farback.Formats;

/// <summary>How the JSON of a run is written: names in camel case, words left readable, NaN and infinities as text.</summary>
internal static class RunJson
{
    public static JsonSerializerOptions Options { get; } =
        new(JsonSerializerDefaults.Web)
        {
            WriteIndented = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
            RespectRequiredConstructorParameters = true,
            RespectNullableAnnotations = true,
        };

    /// <summary>Reads one value, or says in one sentence where the text is not what it should be.</summary>
    public static T Read<T>(string file, string text)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, Options) ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            string where = error.LineNumber is { } line ? $", line {line + 1}" : "";
            string what = error.Path is { Length: > 0 } path ? $" at {path}" : "";
            throw new MalformedFileException($"{file}{where}", $"it cannot be read{what}", $"the JSON of a {typeof(T).Name}");
        }
    }
}
