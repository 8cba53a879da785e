using System.Buffers.Binary;
using System.IO.Compression;
using Farback.Formats.Tests.Torch;
using Farback.Formats.Zip;

namespace Farback.Formats.Tests.Zip;

/// <summary>Archives that lie about one field each; npz, PyTorch and Keras are read through the same directory.</summary>
public sealed class HostileZipTests
{
    // where a field stands in the end record, in a record of the directory, and in a file's own header
    private const int Disk = 4,
        CountHere = 8,
        Count = 10,
        EndBytes = 22,
        Flags = 8,
        Method = 10,
        Crc = 16,
        Length = 24,
        Local = 42,
        Name = 46;

    private static byte[] Sound(CompressionLevel level = CompressionLevel.NoCompression) =>
        Made.Archive([("one", new byte[2000]), ("two", [1, 2, 3])], level);

    private static int End(byte[] archive) => archive.Length - EndBytes;

    private static int Directory(byte[] archive) => BinaryPrimitives.ReadInt32LittleEndian(archive.AsSpan(End(archive) + 16));

    private static byte[] With(Action<byte[]> lie, CompressionLevel level = CompressionLevel.NoCompression)
    {
        byte[] archive = Sound(level);
        lie(archive);
        return archive;
    }

    private static void Put(byte[] archive, int at, int value, int bytes)
    {
        for (int i = 0; i < bytes; i++)
            archive[at + i] = (byte)(value >> (8 * i));
    }

    public static TheoryData<string, byte[], string> Lies() =>
        new()
        {
            { "several disks", With(zip => zip[End(zip) + Disk] = 1), "several disks" },
            { "more entries than the directory holds", With(zip => zip[End(zip) + Count] = zip[End(zip) + CountHere] = 3), "3 entries in" },
            {
                "fewer entries than the directory has",
                With(zip => zip[End(zip) + Count] = zip[End(zip) + CountHere] = 1),
                "goes on behind its 1"
            },
            {
                "a zip64 record that is not there",
                With(zip =>
                {
                    Put(zip, End(zip) + CountHere, 0xffff, 2);
                    Put(zip, End(zip) + Count, 0xffff, 2);
                }),
                "zip64"
            },
            { "an encrypted entry", With(zip => zip[Directory(zip) + Flags] |= 1), "\"one\" is encrypted" },
            { "an unknown method", With(zip => zip[Directory(zip) + Method] = 12), "packed by method 12" },
            { "a stored entry of two lengths", With(zip => zip[Directory(zip) + Length]++), "the stored entry \"one\"" },
            { "an entry behind the directory", With(zip => Put(zip, Directory(zip) + Local, 1 << 30, 4)), "begins at byte 1073741824" },
            { "a header that is none", With(zip => zip[0] = 0), "no header of the entry \"one\" at byte 0" },
            { "two names for one entry", With(zip => zip[Directory(zip) + Name] = (byte)'x'), "called otherwise" },
            { "a name that is no UTF-8", With(zip => zip[Directory(zip) + Name] = 0xff), "not UTF-8" },
            { "a wrong checksum", With(zip => zip[Directory(zip) + Crc] ^= 1), "checksum" },
            {
                "a deflated entry that claims 2 GiB",
                With(zip => Put(zip, Directory(zip) + Length, int.MaxValue, 4), CompressionLevel.Optimal),
                "inflate to 2147483647"
            },
            {
                "a deflated entry that claims too little",
                With(zip => Put(zip, Directory(zip) + Length, 1999, 4), CompressionLevel.Optimal),
                "does not inflate to the 1999"
            },
            { "a byte behind the end", [.. Sound(), 0], "no end record" },
            { "a byte too few", Sound()[..^1], "no end record" },
        };

    private static void ReadAll(byte[] archive)
    {
        var source = new MemoryBytes(archive);
        foreach (ZipEntry entry in ZipDirectory.Read("lie.zip", source, archive.Length).Entries)
            entry.Open("lie.zip", source).Read(0, new byte[Math.Min(entry.Length, 1)]);
    }

    [Theory]
    [MemberData(nameof(Lies))]
    public void An_archive_that_lies_is_refused_by_what_it_lies_about(string what, byte[] archive, string says)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = Assert.Throws<MalformedFileException>(() => ReadAll(archive));
        Assert.True(refusal.Message.Contains(says, StringComparison.Ordinal), $"{what}: {refusal.Message}");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20, what);
    }

    [Fact]
    public void The_same_archives_without_a_lie_are_read()
    {
        ReadAll(Sound());
        ReadAll(Sound(CompressionLevel.Optimal));
    }
}
