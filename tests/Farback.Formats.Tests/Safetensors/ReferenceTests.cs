namespace Farback.Formats.Tests.Safetensors;

public sealed class ReferenceTests
{
    private static readonly Dictionary<string, (string Tensor, long[] Shape, double[] Values)[]> Known = new()
    {
        ["ok_basic"] = [("test", [2, 2], [0, 0, 0, 0])],
        ["ok_f16_bf16"] = [("h", [3], [1, -2, Math.ScaleB(1, -24)]), ("b", [3], [1, -2, Math.ScaleB(1, -133)])],
        ["ok_scalar"] = [("test", [], [0])],
        ["ok_zero_size"] = [("test", [2, 0], [])],
    };

    [Fact]
    public void Every_file_to_accept_opens_and_every_file_to_refuse_is_refused()
    {
        string[] files = ReferenceFolder.Files("malformed", "*.safetensors");
        Assert.NotEmpty(files);
        foreach (string path in files)
        {
            string name = Path.GetFileNameWithoutExtension(path);
            if (name.StartsWith("bad_", StringComparison.Ordinal))
            {
                string sentence = Assert.Throws<MalformedFileException>(() => SafetensorsFile.Open(path)).Message;
                TestContext.Current.TestOutputHelper?.WriteLine(sentence);
                continue;
            }
            // A file that is named neither way fails: nothing is skipped in silence.
            Assert.StartsWith("ok_", name, StringComparison.Ordinal);
            using SafetensorsFile file = SafetensorsFile.Open(path);
            foreach (Tensor tensor in file.Tensors)
            {
                Assert.Equal(tensor.Count, tensor.ToDoubles().Length);
            }
            foreach ((string tensor, long[] shape, double[] values) in Known.GetValueOrDefault(name, []))
            {
                Assert.Equal(shape, file[tensor].Shape);
                Assert.Equal(values, file[tensor].ToDoubles());
            }
        }
    }

    [Theory]
    [InlineData("torch")]
    [InlineData("pt")]
    [InlineData("onnx-models")]
    public void Files_written_by_another_library_open_and_come_back_bit_for_bit(string folder)
    {
        foreach (string path in ReferenceFolder.Files(folder, "*.safetensors"))
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            Assert.NotEmpty(file.Tensors);
            using MemoryStream again = new();
            SafetensorsFile.Write(again, file.Tensors, file.Metadata);
            using SafetensorsFile copy = SafetensorsFile.Read(again.ToArray());
            Assert.Equal(file.Metadata, copy.Metadata);
            Assert.Equal(file.Tensors.Count, copy.Tensors.Count);
            foreach (Tensor tensor in file.Tensors)
            {
                Assert.Equal(tensor.ToString(), copy[tensor.Name].ToString());
                Assert.Equal(tensor.ToBytes(), copy[tensor.Name].ToBytes());
            }
        }
    }
}
