using System.Buffers.Binary;
using System.Text;

namespace Farback.Formats.Tests.Runs;

public sealed class EventFileTests
{
    private static readonly ScalarEvent[] s_events =
    [
        new(1.5, 0, "training/loss", 0.25f),
        new(2.5, 300, "validation/bits per character", float.NaN),
        new(3.5, long.MaxValue, "é", -1),
    ];

    [Fact]
    public void The_checksum_is_that_of_rfc_3720_masked_as_tfrecord_masks_it()
    {
        // RFC 3720, B.4: 32 zeros have 8a9136aa, 32 ones 62a8ab43, and "123456789" has e3069283
        static uint Mask(uint crc) => ((crc >> 15) | (crc << 17)) + 0xa282ead8;
        Assert.Equal(Mask(0x8a9136aa), EventFile.Masked(new byte[32]));
        Assert.Equal(Mask(0x62a8ab43), EventFile.Masked([.. Enumerable.Repeat((byte)255, 32)]));
        Assert.Equal(Mask(0xe3069283), EventFile.Masked("123456789"u8));
    }

    [Fact]
    public void The_first_record_is_written_byte_by_byte_as_tensorboard_expects_it()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "events");
        EventFile.Append(path, [new(1, 2, "a", 1)]);
        byte[] bytes = File.ReadAllBytes(path);
        Assert.Equal(24UL, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        Assert.Equal(0x09, bytes[12]); // wall_time, 64 bits
        Assert.Equal(1.0, BinaryPrimitives.ReadDoubleLittleEndian(bytes.AsSpan(13)));
        Assert.Equal([0x1a, 13], bytes[21..23]); // file_version, 13 bytes
        Assert.Equal("brain.Event:2", Encoding.ASCII.GetString(bytes, 23, 13));
        // wall_time, step = 2, summary { value { tag = "a", simple_value = 1 } }
        Assert.Equal([0x10, 2, 0x2a, 10, 0x0a, 8, 0x0a, 1, (byte)'a', 0x15, 0, 0, 0x80, 0x3f], bytes[61..75]);
        Assert.Equal(79, bytes.Length);
    }

    [Fact]
    public void Scalars_come_back_in_order_with_their_checksums()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "events");
        EventFile.Append(path, s_events[..1]);
        EventFile.Append(path, s_events[1..]);
        Assert.Equal(s_events, EventFile.Read(path));
    }

    [Fact]
    public void A_record_that_was_cut_or_changed_ends_the_file()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "events");
        EventFile.Append(path, s_events);
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..^1]);
        Assert.Equal(s_events[..2], EventFile.Read(path));
        bytes[70] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Empty(EventFile.Read(path));
    }

    [Fact]
    public void Truncated_at_a_step_it_goes_on_from_there()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "events");
        Assert.Equal(-1, EventFile.Truncate(path, 5));
        EventFile.Append(path, s_events);
        Assert.Equal(300, EventFile.Truncate(path, 300));
        EventFile.Append(path, [new(9, 301, "training/loss", 1)]);
        Assert.Equal([.. s_events[..2], new(9, 301, "training/loss", 1)], EventFile.Read(path));
        Assert.Equal(-1, EventFile.Truncate(path, -1));
        Assert.Empty(EventFile.Read(path));
    }
}
