using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Farback.Formats;

/// <summary>One scalar of a training.</summary>
/// <param name="Seconds">When, in seconds since 1970.</param>
/// <param name="Step">At which step.</param>
/// <param name="Tag">Which scalar.</param>
/// <param name="Value">Its value.</param>
public sealed record ScalarEvent(double Seconds, long Step, string Tag, float Value);

/// <summary>Scalars as TensorBoard reads them: an event file, TFRecord around the few fields of tensorflow.Event that are needed.</summary>
/// <remarks>
///   record = u64 length · u32 masked CRC of those 8 bytes · data · u32 masked CRC of the data, all little-endian; the CRC is CRC-32C,
///   masked as ((crc ≫ 15 | crc ≪ 17) + 0xa282ead8). Event: wall_time = 1 (double), step = 2, file_version = 3, summary = 5; summary:
///   value = 1; value: tag = 1, simple_value = 2 (float). Source: tensorflow/core/util/event.proto and lib/io/record_writer.cc.
/// </remarks>
public static class EventFile
{
    private const int Around = 16; // what a record has besides its data
    private const int LongestRecord = 1 << 20;

    private const byte WallTime = 1 << 3 | 1,
        StepField = 2 << 3,
        FileVersion = 3 << 3 | 2,
        Summary = 5 << 3 | 2,
        SummaryValue = 1 << 3 | 2,
        TagField = 1 << 3 | 2,
        SimpleValue = 2 << 3 | 5;

    /// <summary>Adds scalars in one write; a new file gets its first record.</summary>
    public static void Append(string path, IEnumerable<ScalarEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        using FileStream stream = new(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        using MemoryStream bytes = new();
        ScalarEvent[] all = [.. events];
        if (stream.Length == 0)
            Record(bytes, [WallTime, .. Little(all.Length > 0 ? all[0].Seconds : 0), FileVersion, .. Text("brain.Event:2")]);
        foreach (ScalarEvent one in all)
        {
            byte[] number = new byte[4];
            BinaryPrimitives.WriteSingleLittleEndian(number, one.Value);
            byte[] value = [TagField, .. Text(one.Tag), SimpleValue, .. number];
            byte[] summary = [SummaryValue, .. Varint((ulong)value.Length), .. value];
            Record(
                bytes,
                [
                    WallTime,
                    .. Little(one.Seconds),
                    StepField,
                    .. Varint((ulong)one.Step),
                    Summary,
                    .. Varint((ulong)summary.Length),
                    .. summary,
                ]
            );
        }
        stream.Write(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    /// <summary>The scalars of a file that <see cref="Append"/> wrote, up to the first record that is not whole.</summary>
    public static IReadOnlyList<ScalarEvent> Read(string path) =>
        [.. Records(File.ReadAllBytes(path)).SelectMany(record => record.Scalars)];

    /// <summary>Cuts a file off behind the scalars of a step; a file that is not one becomes empty.</summary>
    /// <returns>The last step that it still holds, or −1.</returns>
    public static long Truncate(string path, long step)
    {
        if (!File.Exists(path))
            return -1;
        long end = 0,
            last = -1;
        foreach ((long behind, ScalarEvent[] scalars) in Records(File.ReadAllBytes(path)))
        {
            if (scalars.Any(scalar => scalar.Step > step))
                break;
            end = behind;
            last = scalars.Select(scalar => scalar.Step).Append(last).Max();
        }
        using FileStream stream = new(path, FileMode.Open, FileAccess.Write);
        stream.SetLength(end);
        return last;
    }

    private static IEnumerable<(long End, ScalarEvent[] Scalars)> Records(byte[] bytes)
    {
        int at = 0;
        while (at + Around <= bytes.Length)
        {
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
            if (length > LongestRecord || at + Around + (int)length > bytes.Length)
                yield break;
            int size = (int)length;
            if (
                BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)) != Masked(bytes.AsSpan(at, 8))
                || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + size)) != Masked(bytes.AsSpan(at + 12, size))
            )
                yield break;
            ScalarEvent? scalar = Parse(bytes.AsSpan(at + 12, size));
            at += Around + size;
            yield return (at, scalar is null ? [] : [scalar]);
        }
    }

    // null for a record without a scalar, such as the first
    private static ScalarEvent? Parse(ReadOnlySpan<byte> data)
    {
        double seconds = 0;
        long step = 0;
        while (data.Length > 0)
        {
            byte field = data[0];
            data = data[1..];
            switch (field)
            {
                case WallTime:
                    seconds = BinaryPrimitives.ReadDoubleLittleEndian(data);
                    data = data[8..];
                    break;
                case StepField:
                    step = (long)ReadVarint(ref data);
                    break;
                case Summary:
                    ReadVarint(ref data);
                    data = data[1..]; // value
                    ReadVarint(ref data);
                    data = data[1..]; // tag
                    int length = (int)ReadVarint(ref data);
                    string tag = Encoding.UTF8.GetString(data[..length]);
                    return new(seconds, step, tag, BinaryPrimitives.ReadSingleLittleEndian(data[(length + 1)..]));
                default:
                    return null;
            }
        }
        return null;
    }

    private static void Record(MemoryStream to, ReadOnlySpan<byte> data)
    {
        Span<byte> head = stackalloc byte[12];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], Masked(head[..8]));
        Span<byte> tail = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(tail, Masked(data));
        to.Write(head);
        to.Write(data);
        to.Write(tail);
    }

    /// <summary>The masked CRC-32C of some bytes.</summary>
    internal static uint Masked(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte one in bytes)
            crc = BitOperations.Crc32C(crc, one);
        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }

    private static byte[] Little(double number)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, number);
        return bytes;
    }

    private static byte[] Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return [.. Varint((ulong)bytes.Length), .. bytes];
    }

    private static List<byte> Varint(ulong number)
    {
        List<byte> bytes = [];
        for (; number >= 0x80; number >>= 7)
            bytes.Add((byte)(number | 0x80));
        bytes.Add((byte)number);
        return bytes;
    }

    private static ulong ReadVarint(ref ReadOnlySpan<byte> data)
    {
        ulong number = 0;
        int used = 0;
        for (; data[used] >= 0x80; used++)
            number |= (ulong)(data[used] & 0x7f) << (7 * used);
        number |= (ulong)data[used] << (7 * used);
        data = data[(used + 1)..];
        return number;
    }
}
