using System.Text.Json;
using Farback.Gradients;
using Farback.Reports;

namespace Farback.Ui.Maps;

/// <summary>The maps' numbers for the script, as JSON that is safe inside a script element.</summary>
/// <remarks>
///   Sizes travel as float32 of log₁₀ (linear, a size of 4·10⁻⁶² would read as exactly zero), signed shares as float64,
///   little-endian, base64; NaN where there is no value. A class is one byte.
/// </remarks>
internal static class MapData
{
    /// <summary>Every map of the report by <see cref="MapPlace.Key"/>, with the words for entries that are no value.</summary>
    public static string Json(IEnumerable<MapPlace> places)
    {
        using var memory = new MemoryStream();
        // The default encoder escapes <, > and &: no label can end the script element.
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            json.WriteStartArray("why");
            foreach (var kind in Enum.GetValues<CellClass>())
            {
                json.WriteStringValue(MapSentence.Why(kind));
            }

            json.WriteEndArray();
            json.WriteStartObject("maps");
            foreach (var place in places)
            {
                json.WriteStartObject(place.Key);
                Map(json, place);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(memory.ToArray());
    }

    private static void Map(Utf8JsonWriter json, MapPlace place)
    {
        Words(json, "rows", place.Map.Rows);
        Words(json, "columns", place.Map.Columns);
        json.WriteNumber("row", place.View.Verb);
        json.WriteNumber("column", place.View.Cue);
        json.WriteStartArray("quantities");
        foreach (var quantity in place.Map.Quantities)
        {
            json.WriteStartObject();
            json.WriteString("name", quantity.Name);
            json.WriteString("sentence", quantity.Sentence);
            json.WriteBoolean("log", quantity.Scale == MapScale.Log);
            // As base64, not as text: the text encoder would blow up every plus sign to six letters.
            json.WriteBase64String("png", new MapPicture(place.Map, quantity, place.Side).File());
            json.WriteBase64String("values", Values(quantity));
            json.WriteBase64String("classes", quantity.Classes.Select(kind => (byte)kind).ToArray());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Words(Utf8JsonWriter json, string name, IReadOnlyList<string> words)
    {
        json.WriteStartArray(name);
        foreach (var word in words)
        {
            json.WriteStringValue(word);
        }

        json.WriteEndArray();
    }

    // The values' bytes, as described above.
    private static byte[] Values(MapQuantity quantity)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        foreach (var value in quantity.Values)
        {
            if (quantity.Scale == MapScale.Log)
            {
                writer.Write((float)(value ?? double.NaN));
            }
            else
            {
                writer.Write(value ?? double.NaN);
            }
        }

        writer.Flush();
        return bytes.ToArray();
    }
}
