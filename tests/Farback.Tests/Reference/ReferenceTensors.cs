using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Farback.Tests.Reference;

/// <summary>Internal to the tests: the tensors of a trusted safetensors file, by name, without any of the checks a reader owes a stranger's file.</summary>
internal sealed class ReferenceTensors(string path)
{
    private readonly byte[] _file = File.ReadAllBytes(path);

    /// <summary>A tensor of F64.</summary>
    public double[] Doubles(string name) => MemoryMarshal.Cast<byte, double>(Bytes(name)).ToArray();

    /// <summary>A tensor of I64 whose numbers fit an int.</summary>
    public int[] Integers(string name) => [.. MemoryMarshal.Cast<byte, long>(Bytes(name)).ToArray().Select(n => checked((int)n))];

    private Span<byte> Bytes(string name)
    {
        int header = checked((int)BinaryPrimitives.ReadInt64LittleEndian(_file));
        using JsonDocument json = JsonDocument.Parse(_file.AsMemory(8, header));
        JsonElement offsets = json.RootElement.GetProperty(name).GetProperty("data_offsets");
        int start = offsets[0].GetInt32();
        return _file.AsSpan(8 + header + start, offsets[1].GetInt32() - start);
    }
}
