using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Farback.Formats;

/// <summary>Lays tensors out as safetensors: the same tensors and texts give the same bytes.</summary>
/// <remarks>
///   The widest elements come first, then by name, so that with a header padded to eight bytes every tensor is aligned to its elements.
///   Texts are sorted by key.
/// </remarks>
internal static class SafetensorsWriter
{
    private const int Alignment = 8;

    public static void Write(Stream stream, IEnumerable<Tensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        Tensor[] ordered =
        [
            .. tensors.OrderByDescending(tensor => tensor.Dtype.Bytes).ThenBy(tensor => tensor.Name, StringComparer.Ordinal),
        ];
        CheckNames(ordered, metadata);
        ReadOnlySpan<byte> header = Header(ordered, metadata);
        Span<byte> length = stackalloc byte[SafetensorsHeader.PrefixBytes];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (Tensor tensor in ordered)
        {
            tensor.CopyTo(stream);
        }
    }

    private static void CheckNames(Tensor[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        HashSet<string> names = [SafetensorsHeader.MetadataKey];
        foreach (Tensor tensor in tensors)
        {
            if (!names.Add(tensor.Name))
            {
                throw new ArgumentException(
                    $"tensor {MalformedFileException.Quote(tensor.Name)}: expected a name of its own, other than {SafetensorsHeader.MetadataKey}.",
                    nameof(tensors)
                );
            }
        }
        IEnumerable<string> texts = metadata is null ? [] : [.. metadata.Keys, .. metadata.Values];
        foreach (string text in names.Concat(texts))
        {
            // The JSON writer would put a replacement character there, and another name would be read than was written.
            if (HasLoneSurrogate(text))
            {
                throw new ArgumentException(
                    $"the text {MalformedFileException.Quote(text)} has half a surrogate pair; expected text that Unicode can hold.",
                    nameof(tensors)
                );
            }
        }
    }

    private static bool HasLoneSurrogate(string text)
    {
        int at = 0;
        while (at < text.Length && Rune.TryGetRuneAt(text, at, out Rune rune))
        {
            at += rune.Utf16SequenceLength;
        }
        return at < text.Length;
    }

    private static ReadOnlySpan<byte> Header(Tensor[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(SafetensorsHeader.MetadataKey);
                foreach ((string key, string text) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, text);
                }
                json.WriteEndObject();
            }
            long offset = 0;
            foreach (Tensor tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Dtype.Name);
                json.WriteStartArray("shape");
                foreach (long size in tensor.Shape)
                {
                    json.WriteNumberValue(size);
                }
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset = checked(offset + tensor.ByteLength));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (buffer.WrittenCount % Alignment != 0)
        {
            buffer.Write(" "u8);
        }
        return buffer.WrittenCount <= SafetensorsHeader.LongestHeader
            ? buffer.WrittenSpan
            : throw new ArgumentException(
                $"the header would have {buffer.WrittenCount} bytes; the format allows {SafetensorsHeader.LongestHeader}.",
                nameof(tensors)
            );
    }
}
