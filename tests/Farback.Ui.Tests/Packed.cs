using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json;

namespace Farback.Ui.Tests;

/// <summary>A reader of its own for what the page carries packed: the JSON, and the numbers behind it.</summary>
internal sealed class Packed
{
    private readonly Dictionary<(string Map, int Quantity), (byte[] Classes, float[] Log10, bool[] Minus)> _numbers = [];

    public Packed(string base64)
    {
        using var gzip = new GZipStream(new MemoryStream(Convert.FromBase64String(base64)), CompressionMode.Decompress);
        using var memory = new MemoryStream();
        gzip.CopyTo(memory);
        var raw = memory.ToArray();
        var at = 4 + BinaryPrimitives.ReadInt32LittleEndian(raw);
        Json = JsonDocument.Parse(raw.AsMemory(4, at - 4)).RootElement;
        foreach (var map in Json.GetProperty("maps").EnumerateObject())
        {
            var squares = map.Value.GetProperty("rows").GetArrayLength() * map.Value.GetProperty("columns").GetArrayLength();
            var which = 0;
            foreach (var quantity in map.Value.GetProperty("quantities").EnumerateArray())
            {
                var classes = raw[at..(at + squares)];
                at += squares;
                var places = Enumerable.Range(0, squares).Where(i => classes[i] == 0).ToArray();
                var log10 = Enumerable.Repeat(float.NaN, squares).ToArray();
                var minus = new bool[squares];
                var signed = !quantity.GetProperty("log").GetBoolean();
                for (var i = 0; i < places.Length; i++)
                {
                    log10[places[i]] = BitConverter.Int32BitsToSingle(
                        raw[at + i]
                            | (raw[at + places.Length + i] << 8)
                            | (raw[at + (2 * places.Length) + i] << 16)
                            | (raw[at + (3 * places.Length) + i] << 24)
                    );
                    minus[places[i]] = signed && raw[at + (4 * places.Length) + i] == 1;
                }

                at += places.Length * (signed ? 5 : 4);
                _numbers[(map.Name, which++)] = (classes, log10, minus);
            }
        }

        Assert.Equal(raw.Length, at);
    }

    public JsonElement Json { get; }

    public (byte[] Classes, float[] Log10, bool[] Minus) this[string map, int quantity] => _numbers[(map, quantity)];
}
