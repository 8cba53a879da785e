using System.Text.Unicode;
using Google.Protobuf.Reflection;

namespace Farback.Formats.Onnx;

/// <summary>Walks a protobuf message before it is parsed: every fault with its offset, and nothing that would take memory the file does not warrant.</summary>
/// <remarks>
///   The parser that follows allocates one object a message and eight bytes a number, however small these are in the file; here they are
///   counted first. The walk itself allocates nothing.
/// </remarks>
internal static class WireCheck
{
    // a graph in an attribute of a node of a graph is three messages deep
    private const int DeepestGraph = 8,
        Deepest = 3 * DeepestGraph + 8;
    private const long MostMessages = 20_000,
        BytesPerMessage = 16,
        MostVarints = 1 << 22;

    /// <summary>Checks a whole message.</summary>
    /// <exception cref="MalformedFileException">The bytes are no message of that type, or too many of its parts are tiny.</exception>
    public static void Check(string file, ReadOnlySpan<byte> bytes, MessageDescriptor type)
    {
        var counts = new Counts(file, MostMessages + bytes.Length / BytesPerMessage);
        Message(ref counts, bytes, 0, bytes.Length, type, 0, 0);
    }

    // put into words only where something is wrong
    private readonly record struct Name(MessageDescriptor? Type, FieldDescriptor? Field, ulong Number, bool IsLength = false)
    {
        public override string ToString() =>
            (IsLength ? "the length of " : "")
            + (
                Type is null ? "a tag"
                : Field is null ? $"field {Number}"
                : $"{Type.Name}.{Field.Name}"
            );
    }

    private ref struct Counts(string file, long messages)
    {
        public readonly string File = file;
        public long Messages = messages,
            Varints = MostVarints;
    }

    private static void Message(ref Counts counts, ReadOnlySpan<byte> bytes, int at, int end, MessageDescriptor type, int depth, int graphs)
    {
        if (type.Name == "GraphProto" && ++graphs > DeepestGraph)
            throw Fault(counts, at, $"a graph inside more than {DeepestGraph} others", $"at most {DeepestGraph} nested graphs");
        if (depth > Deepest)
            throw Fault(counts, at, "messages nested too deeply", $"at most {Deepest} levels");
        if (--counts.Messages < 0)
            throw Fault(
                counts,
                at,
                "more parts than a file of this size can mean",
                $"at most {MostMessages:N0} and one for every {BytesPerMessage} bytes"
            );
        while (at < end)
        {
            int tagAt = at;
            ulong tag = Varint(counts, bytes, ref at, end, default);
            (ulong number, uint wire) = (tag >> 3, (uint)(tag & 7));
            if (number is 0 or > 536_870_911)
                throw Fault(counts, tagAt, $"field number {number}", "1 to 536,870,911");
            FieldDescriptor? field = type.FindFieldByNumber((int)number);
            var name = new Name(type, field, number);
            if (field is not null && !Fits(field, wire))
                throw Fault(
                    counts,
                    tagAt,
                    $"{name} has wire type {wire}",
                    $"the wire type of {field.FieldType.ToString().ToLowerInvariant()}"
                );
            switch (wire)
            {
                case 0:
                    Varint(counts, bytes, ref at, end, name);
                    if (field is { IsRepeated: true })
                        CountVarint(ref counts, at, name);
                    break;
                case 1 or 5:
                    at += Need(counts, at, end, wire == 1 ? 8u : 4u, name);
                    break;
                case 2:
                    int lengthAt = at;
                    ulong length = Varint(counts, bytes, ref at, end, name with { IsLength = true });
                    int next = at + Need(counts, lengthAt, end - (at - lengthAt), length, name);
                    if (field is not null)
                        Inside(ref counts, bytes, at, next, field, name, depth, graphs);
                    at = next;
                    break;
                case 3 or 4:
                    throw Fault(counts, tagAt, $"{name} is a group", "no groups, which ONNX does not use");
                default:
                    throw Fault(counts, tagAt, $"{name} has wire type {wire}", "0 to 5");
            }
        }
    }

    // what a length-delimited field holds
    private static void Inside(
        ref Counts counts,
        ReadOnlySpan<byte> bytes,
        int at,
        int end,
        FieldDescriptor field,
        Name name,
        int depth,
        int graphs
    )
    {
        switch (field.FieldType)
        {
            case FieldType.Message:
                Message(ref counts, bytes, at, end, field.MessageType, depth + 1, graphs);
                break;
            case FieldType.String:
                if (!Utf8.IsValid(bytes[at..end]))
                    throw Fault(counts, at, $"{name} is not UTF-8", "text");
                break;
            case FieldType.Bytes:
                break;
            case FieldType.Float or FieldType.Double:
                int width = field.FieldType == FieldType.Float ? 4 : 8;
                if ((end - at) % width != 0)
                    throw Fault(counts, at, $"{name} has {end - at} bytes", $"a multiple of {width}");
                break;
            default:
                while (at < end)
                {
                    Varint(counts, bytes, ref at, end, name);
                    CountVarint(ref counts, at, name);
                }
                break;
        }
    }

    private static void CountVarint(ref Counts counts, int at, Name name)
    {
        if (--counts.Varints < 0)
            throw Fault(counts, at, $"{name} brings the numbers written one by one above {MostVarints:N0}", "raw_data for so many");
    }

    private static bool Fits(FieldDescriptor field, uint wire)
    {
        uint own = field.FieldType switch
        {
            FieldType.Float => 5,
            FieldType.Double => 1,
            FieldType.String or FieldType.Bytes or FieldType.Message => 2,
            _ => 0,
        };
        return wire == own || (field.IsRepeated && own != 2 && wire == 2); // packed
    }

    private static int Need(in Counts counts, int at, int end, ulong length, Name name) =>
        length <= (ulong)Math.Max(end - at, 0)
            ? (int)length
            : throw Fault(counts, at, $"{name} claims {length} bytes where {Math.Max(end - at, 0)} are left", "no more than there are");

    private static ulong Varint(in Counts counts, ReadOnlySpan<byte> bytes, ref int at, int end, Name name)
    {
        int start = at;
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (at >= end)
                throw Fault(counts, start, $"{name} ends inside a number", "the rest of it");
            byte next = bytes[at++];
            if (shift == 63 && next > 1)
                break;
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
        throw Fault(counts, start, $"{name} is a number beyond 64 bits", "at most ten bytes");
    }

    private static MalformedFileException Fault(in Counts counts, int at, string found, string expected) =>
        new(counts.File, $"offset {at}: {found}", expected);
}
