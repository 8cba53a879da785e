using System.Text;
using static Farback.Formats.Tests.Safetensors.SafetensorsBytes;

namespace Farback.Formats.Tests.Safetensors;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("farback-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_was_written_is_read_bit_for_bit_with_nan_payloads()
    {
        double[] doubles =
        [
            0,
            -0.0,
            double.Epsilon,
            double.PositiveInfinity,
            BitConverter.UInt64BitsToDouble(0x7FF0_0000_0000_0001),
            BitConverter.UInt64BitsToDouble(0xFFF8_DEAD_BEEF_0042),
        ];
        float[] floats =
        [
            -0f,
            float.Epsilon,
            float.NegativeInfinity,
            BitConverter.UInt32BitsToSingle(0x7F80_0001),
            BitConverter.UInt32BitsToSingle(0xFFC0_1234),
        ];
        long[] longs = [long.MinValue, -1, 0, long.MaxValue];
        string path = Path.Combine(_folder, "model.safetensors");
        Dictionary<string, string> metadata = new() { ["format"] = "pt", ["naïve \"key\"\n"] = "värde 𝄞" };
        SafetensorsFile.Write(
            path,
            [
                Tensor.Of("f", [5, 1], floats),
                Tensor.Of("d", [2, 3], doubles),
                Tensor.Of("l", [4], longs),
                Tensor.Of("none", [3, 0, 2], ReadOnlySpan<double>.Empty),
                Tensor.Of("scalar \"𝄞\"\t", [], [1.5]),
                Tensor.Of("bytes", Dtype.F8E4M3, [3], new byte[] { 1, 2, 3 }),
            ],
            metadata
        );

        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal(metadata, file.Metadata);
        Assert.Equal(6, file.Tensors.Count);
        Assert.Equal(doubles.Select(BitConverter.DoubleToUInt64Bits), file["d"].ToDoubles().Select(BitConverter.DoubleToUInt64Bits));
        Assert.Equal(floats.Select(BitConverter.SingleToUInt32Bits), file["f"].ToFloats().Select(BitConverter.SingleToUInt32Bits));
        Assert.Equal(longs, file["l"].ToLongs());
        Assert.Equal([2L, 3L], file["d"].Shape);
        Assert.Equal([3L, 0L, 2L], file["none"].Shape);
        Assert.Empty(file["none"].ToDoubles());
        Assert.Equal([1.5], file["scalar \"𝄞\"\t"].ToDoubles());
        Assert.Equal([1, 2, 3], file["bytes"].ToBytes());
    }

    [Fact]
    public void The_bytes_do_not_depend_on_the_order_and_the_data_is_aligned()
    {
        Tensor[] tensors =
        [
            Tensor.Of("b", [1], [1f]),
            Tensor.Of("é", Dtype.U8, [1], new byte[1]),
            Tensor.Of("a", [1], [1f]),
            Tensor.Of("z", [1], [2.0]),
        ];
        using MemoryStream one = new(),
            other = new();
        SafetensorsFile.Write(one, tensors, new Dictionary<string, string> { ["x"] = "1", ["a"] = "2" });
        SafetensorsFile.Write(other, tensors.Reverse(), new Dictionary<string, string> { ["a"] = "2", ["x"] = "1" });
        Assert.Equal(one.ToArray(), other.ToArray());
        Assert.Equal(0, BitConverter.ToInt64(one.ToArray()) % 8);
        using SafetensorsFile file = SafetensorsFile.Read(one.ToArray());
        Assert.Equal(["z", "a", "b", "é"], file.Tensors.Select(tensor => tensor.Name));
    }

    [Fact]
    public void A_file_without_tensors_is_a_file()
    {
        using MemoryStream stream = new();
        SafetensorsFile.Write(stream, []);
        using SafetensorsFile file = SafetensorsFile.Read(stream.ToArray());
        Assert.Empty(file.Tensors);
        Assert.Empty(file.Metadata);
    }

    [Fact]
    public void Space_behind_the_header_and_empty_tensors_between_others_are_accepted()
    {
        string header =
            "{\n"
            + Line("\"c\"", "U8", "[1]", "[1,2]")
            + ",\n"
            + Line("\"b\"", "F32", "[0,7]", "[1,1]")
            + ","
            + Line("\"a\"", "U8", "[]", "[0,1]")
            + "}   ";
        using MemoryStream stream = new(Of(header, 2));
        using SafetensorsFile file = SafetensorsFile.Read(stream);
        Assert.Equal(["a", "b", "c"], file.Tensors.Select(tensor => tensor.Name));
        Assert.Equal([1L], file["c"].ToLongs());
        Assert.Equal(0, stream.Length - stream.Position);
    }

    [Fact]
    public void A_writer_that_fails_leaves_the_old_file_and_no_other()
    {
        string path = Path.Combine(_folder, "kept.safetensors");
        SafetensorsFile.Write(path, [Tensor.Of("a", [1], [1.0])]);
        byte[] before = File.ReadAllBytes(path);
        Tensor good = Tensor.Of("a", [1], [2.0]);
        Assert.Throws<ArgumentException>(() => SafetensorsFile.Write(path, [good, good]));
        Assert.Throws<ArgumentException>(() => SafetensorsFile.Write(path, [Tensor.Of("__metadata__", [1], [2.0])]));
        Assert.Throws<ArgumentException>(() => SafetensorsFile.Write(path, [Tensor.Of("\ud800", [1], [2.0])]));
        Assert.Throws<ArgumentException>(() => SafetensorsFile.Write(path, [good], new Dictionary<string, string> { ["k"] = "\udc00" }));
        SafetensorsFile closed = SafetensorsFile.Open(path);
        closed.Dispose();
        // The header is written by then; the data fails.
        Assert.Throws<ObjectDisposedException>(() => SafetensorsFile.Write(path, closed.Tensors));
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void An_open_file_can_be_replaced_by_its_own_tensors()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not rename over a file that is mapped.");
        string path = Path.Combine(_folder, "same.safetensors");
        SafetensorsFile.Write(path, [Tensor.Of("a", [2], [1.0, 2.0])]);
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            SafetensorsFile.Write(path, [.. file.Tensors, Tensor.Of("b", [1], [3.0])]);
            Assert.Equal([1.0, 2.0], file["a"].ToDoubles());
        }
        using SafetensorsFile again = SafetensorsFile.Open(path);
        Assert.Equal([1.0, 2.0], again["a"].ToDoubles());
        Assert.Equal([3.0], again["b"].ToDoubles());
    }

    [Fact]
    public void A_file_of_a_terabyte_opens_by_its_header_and_reads_one_tensor()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Sparse files of this size are certain on Linux only.");
        const long Terabyte = 1L << 40;
        string path = Path.Combine(_folder, "sparse.safetensors");
        string header =
            "{"
            + Line("\"big\"", "F32", $"[{Terabyte / 4}]", $"[0,{Terabyte}]")
            + ","
            + Line("\"last\"", "U8", "[2]", $"[{Terabyte},{Terabyte + 2}]")
            + "}";
        using (FileStream stream = new(path, FileMode.CreateNew))
        {
            stream.Write(Of(header));
            try
            {
                stream.SetLength(stream.Length + Terabyte + 2);
            }
            catch (IOException)
            {
                Assert.Skip($"The file system of {_folder} does not hold a sparse file of a terabyte.");
            }
            stream.Seek(-1, SeekOrigin.End);
            stream.WriteByte(7);
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal([0L, 7L], file["last"].ToLongs());
        Assert.Throws<InvalidOperationException>(() => file["big"].ToFloats());
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    [Fact]
    public void A_file_that_shrinks_while_it_is_open_is_refused_and_does_not_end_the_process()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere the system refuses to cut a mapped file.");
        string path = Path.Combine(_folder, "shrinks.safetensors");
        SafetensorsFile.Write(path, [Tensor.Of("a", [100_000], new double[100_000])]);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        // Not through this runtime's own locks, which would refuse.
        using (System.Diagnostics.Process cut = System.Diagnostics.Process.Start("truncate", ["-s", "1000", path]))
        {
            cut.WaitForExit();
            Assert.Equal(0, cut.ExitCode);
        }
        Assert.Contains("shrunk to 1000", Assert.Throws<MalformedFileException>(() => file["a"].ToDoubles()).Message);
    }

    [Fact]
    public void A_missing_tensor_is_answered_with_the_names_there_are()
    {
        using SafetensorsFile file = SafetensorsFile.Read(One("U8", "[1]", "[0,1]", 1));
        Assert.Null(file.Find("b"));
        string sentence = Assert.Throws<KeyNotFoundException>(() => file["b"]).Message;
        Assert.Contains("no tensor \"b\" among its 1: \"a\"", sentence);
    }

    [Fact]
    public void Closing_a_file_closes_its_tensors()
    {
        string path = Path.Combine(_folder, "closed.safetensors");
        SafetensorsFile.Write(path, [Tensor.Of("a", [1], [1.0])]);
        SafetensorsFile file = SafetensorsFile.Open(path);
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file["a"].ToDoubles());
        File.Delete(path);
    }

    [Fact]
    public void A_file_that_is_not_there_is_an_input_error_and_not_a_malformed_file() =>
        Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Open(Path.Combine(_folder, "absent")));

    [Fact]
    public void Text_in_a_header_is_read_as_unicode()
    {
        using SafetensorsFile file = SafetensorsFile.Read(
            Of(Encoding.UTF8.GetBytes("{\"__metadata__\":{\"\\u00e9\\ud834\\udd1e\":\"é𝄞\"}}"))
        );
        Assert.Equal("é𝄞", file.Metadata["é𝄞"]);
    }
}
