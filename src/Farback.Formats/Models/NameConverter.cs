using System.Text.Json;
using System.Text.Json.Serialization;

namespace Farback.Formats;

/// <summary>An enumeration's values in JSON, by name in camel case and in no other spelling.</summary>
/// <param name="what">What the value is of the network: biases.</param>
internal sealed class NameConverter<TEnum>(string what) : JsonConverter<TEnum>
    where TEnum : struct, Enum
{
    public override TEnum Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw new JsonException();
        string text = reader.GetString()!;
        foreach (TEnum value in Enum.GetValues<TEnum>())
            if (NameOf(value) == text)
                return value;
        throw new UnknownNameException(
            $"the network has {what} {MalformedFileException.Quote(text)}",
            string.Join(" or ", Enum.GetValues<TEnum>().Select(NameOf))
        );
    }

    public override void Write(Utf8JsonWriter writer, TEnum value, JsonSerializerOptions options) => writer.WriteStringValue(NameOf(value));

    private static string NameOf(TEnum value) => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}

/// <summary>A name in JSON that is none of those that are known.</summary>
internal sealed class UnknownNameException(string found, string expected) : JsonException(found)
{
    /// <summary>Which names are known.</summary>
    public string Expected => expected;
}
