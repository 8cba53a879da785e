using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Farback.Formats.Tests.Torch;

namespace Farback.Formats.Tests.Numpy;

/// <summary>numpy's arrays: what is written reads back bit for bit, and what another wrote is read or refused in one sentence.</summary>
public sealed class NpzFileTests
{
    private static byte[] Npy(string header, byte[] data, int major = 1)
    {
        byte[] text = Encoding.Latin1.GetBytes(header);
        byte[] length = new byte[major == 1 ? 2 : 4];
        if (major == 1)
            BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)text.Length);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)text.Length);
        return Made.Join(0x93, "NUMPY", major, 0, length, text, data);
    }

    private static string Header(string descr, string shape, string fortran = "False") =>
        $"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n";

    [Fact]
    public void Every_type_reads_back_bit_for_bit()
    {
        using var folder = new Runs.TemporaryFolder();
        string path = Path.Combine(folder.Path, "all.npz");
        var random = new Random(1);
        Tensor[] tensors =
        [
            .. Dtype
                .All.Where(type => (type.Real ?? (object?)type.Whole) is not null && type != Dtype.BF16)
                .Select(type =>
                {
                    byte[] bytes = new byte[6 * type.Bytes];
                    random.NextBytes(bytes);
                    return Tensor.Of($"a.{type.Name}", type, [2, 3], bytes);
                }),
            Tensor.Of("scalar", [], [1.5]),
            Tensor.Of("none", [0, 3], Array.Empty<double>()),
            Tensor.Of("one", [3], [1f, float.NaN, -0f]),
        ];
        NpzFile.Write(path, tensors);
        using NpzFile file = NpzFile.Open(path);
        Assert.Equal(tensors.Select(tensor => tensor.ToString()), file.Tensors.Select(tensor => tensor.ToString()));
        foreach (Tensor tensor in tensors)
            Assert.Equal(tensor.ToBytes(), file[tensor.Name].ToBytes());
        byte[] first = File.ReadAllBytes(path);
        NpzFile.Write(path, tensors);
        Assert.Equal(first, File.ReadAllBytes(path));
    }

    [Fact]
    public void BF16_has_no_type_in_numpy_and_is_refused_when_written() =>
        Assert.Contains(
            "BF16",
            Assert.Throws<ArgumentException>(() => NpzFile.Write("never.npz", [Tensor.Of("w", Dtype.BF16, [1], new byte[2])])).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Columns_first_and_highest_byte_first_come_out_as_rows_and_little()
    {
        byte[] big = [.. Enumerable.Range(0, 6).SelectMany(i => BitConverter.GetBytes((float)i).Reverse())];
        using NpzFile file = NpzFile.Read(Npy(Header(">f4", "(2, 3)", "True"), big));
        Assert.Equal([0.0, 2, 4, 1, 3, 5], file["array"].ToDoubles());
        using NpzFile second = NpzFile.Read(
            Npy(Header("<f8", "(2L,)"), [.. BitConverter.GetBytes(1.5), .. BitConverter.GetBytes(-2.0)], major: 2)
        );
        Assert.Equal([1.5, -2], second["array"].ToDoubles());
    }

    [Fact]
    public void Texts_and_complex_numbers_are_listed_and_not_read()
    {
        using NpzFile file = NpzFile.Read(
            Made.Archive([("words.npy", Npy(Header("<U2", "(2,)"), new byte[16])), ("z.npy", Npy(Header("<c8", "(1,)"), new byte[8]))])
        );
        Assert.Empty(file.Tensors);
        Assert.Equal(["words: <U2 [2]", "z: <c8 [1]"], file.Listing.Select(one => one.ToString()));
    }

    public static TheoryData<byte[], string> Hostile() =>
        new()
        {
            { Npy(Header("|O", "(1,)"), new byte[8]), "Python objects" },
            { Npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }\n", new byte[4]), "several fields" },
            { Npy("{'descr': __import__('os').system('x'), 'fortran_order': False, 'shape': (1,), }\n", new byte[4]), "no text" },
            { Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2**40,), }\n", new byte[4]), "no ')'" },
            { Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9**9,), }\n", new byte[4]), "no ')'" },
            { Npy("{'descr': '<f4', 'fortran_order': 1, 'shape': (1,), }\n", new byte[4]), "neither True nor False" },
            { Npy("{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n", new byte[4]), "twice" },
            { Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': '', }\n", new byte[4]), "\"more\"" },
            { Npy("{'descr': '<f4', 'shape': (1,), }\n", new byte[4]), "lacks" },
            { Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } + x\n", new byte[4]), "behind its dictionary" },
            { Npy("['<f4']\n", new byte[4]), "no '{'" },
            { Npy(Header("<q9", "(1,)"), new byte[4]), "bytes behind the header" },
            { Npy(Header("f4", "(1,)"), new byte[4]), "the descr is" },
            { Npy(Header("<f4", "(-1,)"), new byte[4]), "other than a size" },
            { Npy(Header("<f4", "(4294967296, 4294967296)"), new byte[4]), "bytes behind the header" },
            { Npy(Header("<f4", "(99999999999999999999,)"), new byte[4]), "other than a size" },
            { Npy(Header("<f4", $"({string.Concat(Enumerable.Repeat("1,", 40))})"), new byte[4]), "40 sizes" },
            { Npy(Header("<f4", "(2,)"), new byte[4]), "4 bytes behind the header" },
            { Npy(Header("<f4", "(1,)"), new byte[5]), "5 bytes behind the header" },
            { Npy(new string('(', 60_000), new byte[4]), "no '{'" },
            { Npy(Header("<f4", "(1,)"), new byte[4], major: 9), "version 9.0" },
            { Made.Join(0x93, "NUMPY", 2, 0, 255, 255, 255, 255), "header's length is 4294967295" },
            { Made.Join(0x93, "NUMPY", 1, 0, 200, 0, "{"), "at most the" },
            { Made.Archive([("x.txt", [1])]), "\"x.txt\"" },
            { Made.Archive([("x.npy", [1, 2, 3])]), "wants 6 bytes" },
            { Made.Archive([("x.npy", new byte[5_000_000])], CompressionLevel.Optimal), "inflate" },
            { Made.Archive([("../x.npy", Npy(Header("<f4", "(1,)"), new byte[4]))]), "leaves the archive" },
            { [1, 2, 3], "end record" },
            { [], "end record" },
        };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_file_is_refused_in_one_sentence(byte[] bytes, string says)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = Assert.Throws<MalformedFileException>(() => NpzFile.Try(bytes));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100L * bytes.Length + (4 << 20));
    }

    [Fact]
    public void Files_with_bytes_changed_are_read_or_refused_and_nothing_else()
    {
        byte[] array = Npy(Header("<f4", "(2, 3)"), new byte[24]),
            good = Made.Archive([("a.npy", array), ("b.npy", array)], CompressionLevel.Optimal);
        for (int seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            byte[] bytes = [.. seed % 3 == 0 ? array : good];
            for (int change = random.Next(1, 5); change > 0; change--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                NpzFile.Try(bytes);
            }
            catch (MalformedFileException) { }
            catch (Exception error)
            {
                Assert.Fail($"seed {seed}: {error}");
            }
        }
    }
}
