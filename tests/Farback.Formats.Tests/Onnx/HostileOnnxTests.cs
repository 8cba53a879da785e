using System.Text;
using Farback.Cells;
using Farback.Formats.Onnx;
using Farback.Formats.Onnx.Wire;
using Farback.Networks;
using Farback.Numbers;
using Google.Protobuf;

namespace Farback.Formats.Tests.Onnx;

/// <summary>Files from strangers: each is refused in a sentence that names the offset or the node, and takes no more memory than it warrants.</summary>
public sealed class HostileOnnxTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("farback-hostile").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Refused(byte[] bytes, string says)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<MalformedFileException>(() => OnnxFile.Open("hostile.onnx", bytes));
        long taken = GC.GetAllocatedBytesForCurrentThread() - before;
        output.WriteLine($"{bytes.Length} bytes, {taken} taken: {error.Message}");
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.True(error.Message.Length < 700, error.Message);
        Assert.True(taken < (16 << 20) + 16L * bytes.Length, $"{taken} bytes for a file of {bytes.Length}");
        return error.Message;
    }

    private void Refused(ModelProto model, string says) => Refused(model.ToByteArray(), says);

    [Fact]
    public void Files_that_are_none_are_named_as_what_they_are()
    {
        Refused([], "the file is empty");
        Refused(Encoding.ASCII.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n"), "Git LFS pointer");
        Refused(Encoding.ASCII.GetBytes("\n<!DOCTYPE html><html><body>404</body></html>"), "web page");
    }

    [Fact]
    public void Faults_of_the_wire_are_named_with_their_offset()
    {
        // field 7 (graph), wire type 2
        Refused([0x3A, 0x80], "offset 1: the length of ModelProto.graph ends inside a number");
        Refused([0x08, 0x08, .. Enumerable.Repeat((byte)0xFF, 10), 0x01], "offset 2");
        Refused([0x08, .. Enumerable.Repeat((byte)0xFF, 9), 0x02], "offset 1: ModelProto.ir_version is a number beyond 64 bits");
        Refused([0x3A, 0x10, 0x01], "offset 1: ModelProto.graph claims 16 bytes where 1 are left");
        Refused([0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], "claims 18446744073709551615 bytes");
        Refused([0x38, 0x01], "offset 0: ModelProto.graph has wire type 0");
        Refused([0x0A, 0x00], "offset 0: ModelProto.ir_version has wire type 2");
        Refused([0xA3, 0x06, 0xA4, 0x06], "offset 0: field 100 is a group");
        Refused([0xA6, 0x06], "offset 0: field 100 has wire type 6");
        Refused([0x00, 0x01], "offset 0: field number 0");
        Refused([0x12, 0x02, 0xC3, 0x28], "offset 2: ModelProto.producer_name is not UTF-8");
        Refused([0x08, 0x08], "there is no graph");
    }

    [Fact]
    public void Five_thousand_nested_graphs_and_a_swarm_of_empty_nodes_are_refused_before_they_are_parsed()
    {
        byte[] inner = [];
        for (int i = 0; i < 5000; i++)
        {
            byte[] attribute = [0x32, .. Length(inner.Length), .. inner]; // attribute.g
            byte[] node = [0x2A, .. Length(attribute.Length), .. attribute]; // node.attribute
            inner = [0x0A, .. Length(node.Length), .. node]; // graph.node
        }
        Refused([0x3A, .. Length(inner.Length), .. inner], "a graph inside more than 8 others");
        byte[] swarm = [.. Enumerable.Repeat(new byte[] { 0x0A, 0x00 }, 400_000).SelectMany(two => two)];
        Refused([0x3A, .. Length(swarm.Length), .. swarm], "more parts than a file of this size can mean");
        byte[] ones = [.. Enumerable.Repeat((byte)1, 5_000_000)];
        byte[] tensor = [0x3A, .. Length(ones.Length), .. ones]; // int64_data, packed
        byte[] stored = [0x2A, .. Length(tensor.Length), .. tensor];
        Refused([0x3A, .. Length(stored.Length), .. stored], "raw_data for so many");

        static byte[] Length(int value)
        {
            List<byte> bytes = [];
            for (; value > 127; value >>= 7)
                bytes.Add((byte)(value & 0x7F | 0x80));
            return [.. bytes, (byte)value];
        }
    }

    [Fact]
    public void A_graph_has_an_order_and_makes_every_value_once()
    {
        ModelProto Two(string firstIn, string firstOut, string secondIn, string secondOut) =>
            Made.Model(13, Made.Node("Relu", firstIn, firstOut), Made.Node("Tanh", secondIn, secondOut)).Input("x");
        Refused(Two("b", "a", "a", "b"), "node 0 (Relu \"my Relu\") reads \"b\", which node 1 (Tanh \"my Tanh\") makes after it");
        Refused(Two("a", "a", "x", "b"), "which it makes itself");
        Refused(Two("c", "a", "x", "b"), "reads \"c\", which nothing makes");
        Refused(Two("x", "a", "x", "a"), "makes \"a\", which node 0 (Relu \"my Relu\") makes too");
        Refused(Two("x", "a", "x", "x"), "makes \"x\", which input \"x\" makes too");
        Refused(Two("x", "a", "x", "b").Output("y"), "nothing makes the output \"y\"");
        ModelProto old = Two("x", "a", "x", "b");
        old.OpsetImport[0].Version = 6;
        Refused(old, "opset 6; expected opset 7 or later");
        old.OpsetImport.Clear();
        Refused(old, "it imports no operator set");
    }

    [Fact]
    public void Tensors_say_what_they_hold_once_and_as_much_as_their_shape()
    {
        void Bad(TensorProto tensor, string says) => Refused(Made.Model(13).With(tensor), $"initializer \"w\" {says}");
        TensorProto both = Made.Floats("w", [1], 1);
        both.FloatData.Add(1);
        Bad(both, "fills raw_data and float_data");
        Bad(Made.Raw("w", 1, [3], new byte[8]), "has 8 bytes of raw_data; expected 12");
        Bad(Made.Raw("w", 1, [-1], []), "has the shape [-1]");
        Bad(Made.Raw("w", 1, [1L << 40, 1L << 40], []), "has the shape");
        Bad(Made.Raw("w", 1, [1L << 33, 0], []), "has the shape");
        Bad(Made.Raw("w", 1, [.. Enumerable.Repeat(1L, 17)], new byte[4]), "has 17 dimensions");
        Bad(Made.Raw("w", 1, [1L << 20], []), "holds no numbers");
        Bad(Made.Raw("w", 8, [1], [1]), "has data type 8 (text)");
        TensorProto wrong = Made.Longs("w", 1);
        wrong.DataType = 1;
        Bad(wrong, "keeps F32 in int64_data");
        ModelProto typed = Made.Model(13, Made.Node("Relu", "x", "y")).Input("x");
        AttributeProto attribute = Made.Attribute("alpha", 1f);
        attribute.Type = 2;
        typed.Graph.Node[0].Attribute.Add(attribute);
        Refused(typed, "node 0 (Relu \"my Relu\") has the attribute \"alpha\" of type 2 with a value of type 1");
    }

    [Fact]
    public void External_data_come_from_inside_the_folder_only()
    {
        string path = Path.Combine(_folder, "model.onnx"),
            beside = Path.Combine(_folder, "weights.bin");
        File.WriteAllBytes(beside, [0, 0, 0, 0, 0, 0, 128, 63]);
        File.WriteAllText(Path.Combine(_folder, "..", Path.GetFileName(_folder) + ".outside"), "outside");
        TensorProto Stored(string? location, string? offset = null, string? length = null)
        {
            TensorProto tensor = new()
            {
                Name = "w",
                DataType = 1,
                DataLocation = 1,
            };
            tensor.Dims.Add(1);
            foreach ((string key, string? value) in new[] { ("location", location), ("offset", offset), ("length", length) })
                if (value is not null)
                    tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
            return tensor;
        }
        Graph Read(TensorProto tensor)
        {
            File.WriteAllBytes(path, Made.Model(13).With(tensor).ToByteArray());
            return OnnxFile.Read(path);
        }
        void Bad(TensorProto tensor, string says) =>
            Assert.Contains(says, Assert.Throws<MalformedFileException>(() => Read(tensor)).Message, StringComparison.Ordinal);

        Assert.Equal([1.0], Read(Stored("weights.bin", "4", "4")).Initializers["w"].Value.Reals);
        Bad(Stored(null), "without a location");
        Bad(Stored("../x.outside"), "leaves the model's folder");
        Bad(Stored("sub\\..\\..\\x"), "leaves the model's folder");
        Bad(Stored(beside), "is absolute");
        Bad(Stored("C:\\weights.bin"), "is absolute");
        Bad(Stored("none.bin"), "there is no such file");
        Bad(Stored("weights.bin", "-4"), "has the offset \"-4\"");
        Bad(Stored("weights.bin", "8"), "wants bytes 8 to 12");
        Bad(Stored("weights.bin", "9223372036854775807"), "wants bytes 9223372036854775807");
        Bad(Stored("weights.bin", "0", "8"), "has 8 bytes of external data; expected 4");
        File.CreateSymbolicLink(Path.Combine(_folder, "link.bin"), beside);
        Bad(Stored("link.bin"), "which is a link");
        Refused(Made.Model(13).With(Stored("weights.bin")), "keeps its numbers in another file");
        File.Delete(Path.Combine(_folder, "..", Path.GetFileName(_folder) + ".outside"));
    }

    [Theory]
    [InlineData("ConstantOfShape", "big", 2)]
    [InlineData("Expand", "one,big", 2)]
    [InlineData("Tile", "two,big", 2)]
    public void A_small_graph_cannot_ask_for_much_memory(string type, string inputs, int sizes)
    {
        ModelProto model = Made.Model(13, Made.Node(type, inputs, "y"))
            .With(Made.Longs("big", [.. Enumerable.Repeat(40_000L, sizes)]), Made.Floats("one", [1], 1), Made.Floats("two", [1, 1], 1))
            .Output("y");
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<MalformedFileException>(() => model.Run());
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
        Assert.Contains($"node 0 ({type}", error.Message, StringComparison.Ordinal);
        OpenedModel opened = OnnxFile.Open("small.onnx", model.ToByteArray()); // a sound file: it is listed
        Assert.Null(opened.Network);
        Assert.Equal(3, opened.Tensors.Count);
    }

    [Fact]
    public void What_lies_outside_is_named_with_its_node()
    {
        ModelProto loop = Made.Model(13, Made.Node("Loop", "x", "y")).Input("x").Output("y");
        OpenedModel opened = OnnxFile.Open("loop.onnx", loop.ToByteArray());
        Assert.Null(opened.Network);
        Assert.Contains(
            opened.Findings,
            finding => finding is { Kind: FindingKind.Outside } && finding.Sentence.StartsWith("node 0 (Loop", StringComparison.Ordinal)
        );
        var error = Assert.Throws<NotSupportedException>(() => loop.Run(("x", Value.List(1))));
        Assert.Contains("node 0 (Loop \"my Loop\") is an operator that is not known here", error.Message, StringComparison.Ordinal);
        ModelProto foreign = Made.Model(13, Made.Node("Attention", "x", "y")).Input("x").Output("y");
        foreign.Graph.Node[0].Domain = "com.microsoft";
        Assert.Contains(
            "domain \"com.microsoft\"",
            Assert.Throws<NotSupportedException>(() => foreign.Run(("x", Value.List(1)))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Changed_bytes_are_refused_in_a_sentence_or_read_and_nothing_else()
    {
        var random = new RandomStream(20_26, 5);
        List<byte[]> seeds = [];
        foreach (string cell in new[] { "elman-relu", "lstm-peephole", "gru(hard-sigmoid 0.2 0.5, softsign)" })
        foreach (Network network in RoundTripTests.Shapes(AllCells.Named(cell)!))
        {
            string path = Path.Combine(_folder, "seed.onnx");
            OnnxFile.Write(path, RoundTripTests.Draw(network, asFloat: true).To<float>());
            seeds.Add(File.ReadAllBytes(path));
        }
        int refused = 0;
        const int Tries = 3000;
        for (int i = 0; i < Tries; i++)
        {
            byte[] bytes = [.. seeds[random.Next(seeds.Count)]];
            for (int change = random.Next(4); change >= 0; change--)
            {
                int at = random.Next(bytes.Length);
                bytes = random.Next(4) switch
                {
                    0 => [.. bytes[..at], (byte)random.Next(256), .. bytes[(at + 1)..]],
                    1 => bytes[..(at + 1)],
                    2 => [.. bytes[..at], .. bytes[Math.Min(bytes.Length - 1, at + random.Next(9))..]],
                    _ => [.. bytes[..at], .. bytes[..random.Next(bytes.Length)], .. bytes[at..]],
                };
            }
            try
            {
                OnnxFile.Try(bytes);
            }
            catch (MalformedFileException)
            {
                refused++;
            }
        }
        output.WriteLine($"{refused} of {Tries} refused");
        Assert.InRange(refused, Tries / 4, Tries - 1);
    }
}
