using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Farback.Tests.Reference;

/// <summary>Internal to the tests: a trusted protobuf message as its list of fields.</summary>
internal sealed class ReferenceMessage
{
    private readonly List<(int Field, ReadOnlyMemory<byte> Bytes)> _fields = [];

    public ReferenceMessage(ReadOnlyMemory<byte> bytes)
    {
        int at = 0;
        while (at < bytes.Length)
        {
            ulong key = Varint(bytes.Span, ref at);
            int start = at;
            int length = (key & 7) switch
            {
                0 => VarintLength(bytes.Span, at),
                1 => 8,
                5 => 4,
                _ => (int)Varint(bytes.Span, ref start),
            };
            _fields.Add(((int)(key >> 3), bytes.Slice(start, length)));
            at = start + length;
        }
    }

    public static ReferenceMessage Read(string path) => new(File.ReadAllBytes(path));

    public IEnumerable<ReferenceMessage> Messages(int field) =>
        _fields.Where(f => f.Field == field).Select(f => new ReferenceMessage(f.Bytes));

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field).Span);

    public float Single(int field) => BinaryPrimitives.ReadSingleLittleEndian(Bytes(field).Span);

    public float[] Singles(int field) => MemoryMarshal.Cast<byte, float>(Bytes(field).Span).ToArray();

    private ReadOnlyMemory<byte> Bytes(int field) => _fields.First(f => f.Field == field).Bytes;

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        int shift = 0;
        byte next;
        do
        {
            next = bytes[at++];
            value |= (ulong)(next & 127) << shift;
            shift += 7;
        } while (next > 127);
        return value;
    }

    private static int VarintLength(ReadOnlySpan<byte> bytes, int at)
    {
        int start = at;
        Varint(bytes, ref at);
        return at - start;
    }
}
