using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json;
using Farback.Gradients;
using Farback.Reports;

namespace Farback.Ui.Maps;

/// <summary>What the script shows beyond the first view: every map's numbers, and the figures of the other lengths.</summary>
/// <remarks>
///   base64 of gzip of: the JSON's length in bytes (int32), the JSON, then for each map and quantity in the JSON's order a byte a square for its
///   class and, for squares of class value only, float32 of log₁₀ of the size (linear, a size of 4·10⁻⁶² would read as exactly zero), the first
///   bytes of all, then the second …; for shares a byte for the sign follows. Little-endian. Pictures are not here: the script paints them.
/// </remarks>
internal static class MapData
{
    /// <summary>Every map of the report by <see cref="MapPlace.Key"/>, with the words for entries that are no value.</summary>
    /// <param name="places">The maps.</param>
    /// <param name="figures">The HTML of the figures that the page does not show at first.</param>
    public static string Pack(IEnumerable<MapPlace> places, string figures)
    {
        var all = places.ToList();
        var json = Json(all, figures);
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            Span<byte> length = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(length, json.Length);
            gzip.Write(length);
            gzip.Write(json);
            foreach (var quantity in all.SelectMany(place => place.Map.Quantities))
            {
                gzip.Write(Numbers(quantity));
            }
        }

        return Convert.ToBase64String(packed.GetBuffer(), 0, (int)packed.Length);
    }

    private static byte[] Json(List<MapPlace> places, string figures)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            Strings(json, "why", Enum.GetValues<CellClass>().Select(MapSentence.Why));
            Ramps(json);
            json.WriteStartObject("maps");
            foreach (var place in places)
            {
                json.WriteStartObject(place.Key);
                Map(json, place);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteString("figures", figures);
            json.WriteEndObject();
        }

        return memory.ToArray();
    }

    // What the script needs to paint the same picture as MapPicture.
    private static void Ramps(Utf8JsonWriter json)
    {
        json.WriteStartObject("ramp");
        json.WriteNumber("first", CellMark.Reserved);
        json.WriteNumber("steps", Ramp.Steps);
        json.WriteNumber("low", CellMark.LowCap);
        json.WriteNumber("high", CellMark.HighCap);
        json.WriteNumber("linear", Ramp.LinearPart);
        Strings(json, "sizes", MapPicture.Palette(MapScale.Log).Select(Hex));
        Strings(json, "shares", MapPicture.Palette(MapScale.Signed).Select(Hex));
        json.WriteEndObject();
    }

    private static string Hex(Colour colour) => $"{colour.Red:x2}{colour.Green:x2}{colour.Blue:x2}{colour.Opacity:x2}";

    private static void Map(Utf8JsonWriter json, MapPlace place)
    {
        Strings(json, "rows", place.Map.Rows);
        Strings(json, "columns", place.Map.Columns);
        json.WriteNumber("row", place.View.Verb);
        json.WriteNumber("column", place.View.Cue);
        json.WriteStartArray("quantities");
        foreach (var quantity in place.Map.Quantities)
        {
            json.WriteStartObject();
            json.WriteString("name", quantity.Name);
            json.WriteString("sentence", quantity.Sentence);
            json.WriteBoolean("log", quantity.Scale == MapScale.Log);
            json.WriteNumber("low", quantity.Range.Low);
            json.WriteNumber("high", quantity.Range.High);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Strings(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static byte[] Numbers(MapQuantity quantity)
    {
        // A value that is missing although its class says it is there must not look like one.
        var classes = quantity
            .Classes.Select((kind, i) => kind == CellClass.Value && quantity.Values[i] is null ? CellClass.NaN : kind)
            .ToList();
        var values = quantity.Values.Where((_, i) => classes[i] == CellClass.Value).Select(value => value!.Value).ToList();
        var signed = quantity.Scale == MapScale.Signed;
        var bytes = new byte[classes.Count + (values.Count * (signed ? 5 : 4))];
        for (var i = 0; i < classes.Count; i++)
        {
            bytes[i] = (byte)classes[i];
        }

        Span<byte> number = stackalloc byte[4];
        for (var i = 0; i < values.Count; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(number, (float)(signed ? Math.Log10(Math.Abs(values[i])) : values[i]));
            // Like bytes side by side: signs and exponents then pack to next to nothing.
            for (var part = 0; part < 4; part++)
            {
                bytes[classes.Count + (part * values.Count) + i] = number[part];
            }

            if (signed)
            {
                bytes[classes.Count + (4 * values.Count) + i] = values[i] < 0 ? (byte)1 : (byte)0;
            }
        }

        return bytes;
    }
}
