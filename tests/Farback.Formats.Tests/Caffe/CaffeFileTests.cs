using System.Text;
using Farback.Cells;
using Farback.Formats.Caffe;
using Farback.Formats.Caffe.Wire;
using Google.Protobuf;

namespace Farback.Formats.Tests.Caffe;

/// <summary>Caffe's weights and descriptions, made by hand, and what is said of those that are not read.</summary>
public sealed class CaffeFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("farback-caffe").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static BlobProto Blob(long[] shape, params double[] numbers)
    {
        BlobProto blob = new() { Shape = new BlobShape() };
        blob.Shape.Dim.AddRange(shape);
        blob.Data.AddRange(numbers.Select(number => (float)number));
        return blob;
    }

    private static LayerParameter Layer(string type, string name, string bottoms, string tops, params BlobProto[] blobs)
    {
        LayerParameter layer = new() { Name = name, Type = type };
        layer.Bottom.AddRange(bottoms.Split(',', StringSplitOptions.RemoveEmptyEntries));
        layer.Top.AddRange(tops.Split(',', StringSplitOptions.RemoveEmptyEntries));
        layer.Blobs.AddRange(blobs);
        return layer;
    }

    private static byte[] Net(params LayerParameter[] layers)
    {
        NetParameter net = new() { Name = "made" };
        net.Layer.AddRange(layers);
        return net.ToByteArray();
    }

    private static OpenedModel Opened(byte[] bytes, string? prototxt = null) =>
        CaffeModel
            .Read("made", bytes, prototxt is null ? null : "made.prototxt", prototxt is null ? null : Encoding.UTF8.GetBytes(prototxt))
            .Open(prove: true);

    private static LayerParameter Rnn() =>
        Layer(
            "RNN",
            "r",
            "x,cont",
            "o",
            Blob([2, 3], 1, 2, 3, 4, 5, 6),
            Blob([2], 7, 8),
            Blob([2, 2], .1, .2, .3, .4),
            Blob([2, 2], 1, 0, 0, 1),
            Blob([2], 1, 2)
        );

    [Fact]
    public void An_lstm_over_words_keeps_its_gates_and_the_embeddings_bias_is_part_of_its_rows()
    {
        double[] w = [.. Enumerable.Range(0, 8)],
            b = [.. Enumerable.Range(20, 4)],
            r = [.. Enumerable.Range(10, 4).Select(i => i / 100.0)];
        OpenedModel opened = Opened(
            Net(
                Layer("Embed", "e", "words", "v", Blob([3, 2], 1, 2, 3, 4, 5, 6), Blob([2], 10, 20)),
                Layer("LSTM", "l", "v,cont", "h", Blob([4, 2], w), Blob([4], b), Blob([4, 1], r)),
                Layer("InnerProduct", "ip", "h", "y", Blob([2, 1], 3, 4), Blob([2], 5, 6)).WithAxis(2),
                Layer("Softmax", "p", "y", "p")
            )
        );
        Assert.Equal("lstm", opened.Network!.Cell.Name);
        Assert.Equal([11, 22, 13, 24, 15, 26], opened.Parameters!["embedding.weight"].ToArray());
        // Caffe: i f o g; ours: i f g o
        Assert.Equal([0, 1, 2, 3, 6, 7, 4, 5], opened.Parameters["weight_ih_l0"].ToArray());
        Assert.Equal([20, 21, 23, 22], opened.Parameters["bias_ih_l0"].ToArray());
        Assert.Equal([3, 4], opened.Parameters["head.weight"].ToArray());
        Assert.Equal([5, 6], opened.Parameters["head.bias"].ToArray());
    }

    [Fact]
    public void The_layer_above_an_rnns_states_is_named_as_what_a_network_here_does_not_have()
    {
        OpenedModel opened = Opened(Net(Rnn()));
        Assert.Equal(AllCells.Elman, opened.Network!.Cell);
        Assert.Equal([1, 2, 3, 4, 5, 6], opened.Parameters!["weight_ih_l0"].ToArray());
        Assert.Contains(
            opened.Findings,
            finding => finding.Kind == FindingKind.Outside && finding.Sentence.Contains("(Tanh \"r\")", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Layers_of_training_are_left_out_and_what_the_description_does_not_name_is_said()
    {
        const string Text = """
            name: "net"  # a comment; a field that is not known
            weird { a: 1 b < c: [1, 2] > }
            layer { name: 'data' type: "Input" top: "x" top: "cont" input_param { shape: { dim: [5, 2, 3] } } }
            layer < name: "r" type: "R" "NN" bottom: "x" bottom: "cont" top: "o"; recurrent_param { num_output: 2 weight_filler { std: 1e-2f min: -inf } } >,
            layer { name: "loss" type: "Noise" bottom: "o" top: "l" include { phase: TRAIN } }
            """;
        OpenedModel opened = Opened(Net(Rnn(), Layer("InnerProduct", "left", "o", "y", Blob([1, 2], 1, 2))), Text);
        Assert.Equal((3, 2, 0), (opened.Network!.Inputs, opened.Network.Hidden, opened.Network.Outputs));
        Assert.Contains(opened.Findings, finding => finding.Sentence.Contains("\"left\"", StringComparison.Ordinal));
        Assert.DoesNotContain(opened.Findings, finding => finding.Sentence.Contains("Noise", StringComparison.Ordinal));

        string weights = Path.Combine(_folder, "net.caffemodel");
        File.WriteAllBytes(weights, Net(Rnn()));
        File.WriteAllText(Path.Combine(_folder, "net.prototxt"), Text);
        Assert.Equal(opened.Network, CaffeFile.Open(weights).Network);
        Assert.Equal(opened.Network, CaffeFile.Open(Path.Combine(_folder, "net.prototxt")).Network);
    }

    [Fact]
    public void What_is_not_read_is_named()
    {
        Refused(Net(Layer("Lstm", "fork", "x,cont", "h", Blob([4], 1, 2, 3, 4))), "layer \"fork\" (Lstm) is that of a fork of Caffe");
        NetParameter old = new();
        old.Layers.Add(new V1LayerParameter { Name = "old" });
        Refused(old.ToByteArray(), "Caffe's first kind (V1)");
        OpenedModel unrolled = Opened(Net(Layer("LSTMUnit", "u", "c,g,cont", "c1,h1"), Rnn()));
        Assert.Contains(
            unrolled.Findings,
            finding => finding.Kind == FindingKind.Outside && finding.Sentence.Contains("\"u\" (LSTMUnit)", StringComparison.Ordinal)
        );
        Refused(Net(Rnn(), Rnn()), "layer \"r\" stands twice");
        LayerParameter wrong = Rnn();
        wrong.Blobs[0].Data.Add(1);
        Refused(Net(wrong), "array 0 of layer \"r\" has 7 numbers for the shape [2, 3]");
        wrong.Blobs[0].DoubleData.Add(1);
        Refused(Net(wrong), "fills data and double_data");
        LayerParameter huge = Rnn();
        huge.Blobs[0].Shape.Dim[0] = long.MaxValue;
        Refused(Net(huge), "array 0 of layer \"r\"");
        Refused([0xA2, 0x06, 0x80, 0x80], "offset 2");
        Refused(Encoding.UTF8.GetBytes("<html>"), "web page");
    }

    [Theory]
    [InlineData("a: 1 }", "line 1: \"}\"")]
    [InlineData("layer {\n name: 'x'", "line 2: the text ends inside of braces")]
    [InlineData("layer { name: 'x\n' }", "line 1: a text without its closing quote")]
    [InlineData("layer { name 'x' }", "a value without a colon")]
    [InlineData("layer { name: 3 }", "name is \"3\"; expected string")]
    [InlineData("layer { phase: TEACH }", "phase is \"TEACH\"")]
    [InlineData("input_dim: 99999999999", "input_dim is \"99999999999\"")]
    [InlineData("layer: 3", "layer is \"3\"")]
    public void A_description_with_a_fault_is_refused_with_its_line(string text, string sentence)
    {
        var error = Assert.Throws<MalformedFileException>(() => CaffeFile.TryPrototxt(Encoding.UTF8.GetBytes(text)));
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Braces_without_end_are_refused_at_their_depth()
    {
        foreach (string open in new[] { "layer {", "a <", "a: [ {" })
        {
            string text = string.Concat(Enumerable.Repeat(open + "\n", 100_000));
            var error = Assert.Throws<MalformedFileException>(() => CaffeFile.TryPrototxt(Encoding.UTF8.GetBytes(text)));
            Assert.Contains(open[0] == 'l' ? "line" : "more than 64 levels of braces", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_thousand_layers_of_a_few_bytes_take_memory_for_their_bytes_not_for_their_sentences()
    {
        byte[] many = Net([.. Enumerable.Range(0, 1000).Select(i => Layer("", $"{i}", "", $"{i}"))]);
        CaffeFile.Try(many);
        long before = GC.GetAllocatedBytesForCurrentThread();
        CaffeFile.Try(many);
        // 64 sentences and nodes, and an object of protobuf's for each layer
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (256 << 10) + 80L * many.Length);
        Assert.Contains(
            Opened(many).Findings,
            finding => finding.Sentence.Contains("more than 64 layers are not known here", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Changed_bytes_are_read_or_refused_and_nothing_else()
    {
        byte[] weights = Net(Rnn(), Layer("InnerProduct", "ip", "o", "y", Blob([1, 2], 1, 2)));
        byte[] text = Encoding.UTF8.GetBytes(
            "layer { name: 'r' type: \"RNN\" bottom: [\"x\", \"cont\"] recurrent_param < num_output: 2 > } # end"
        );
        var random = new Random(20_26);
        for (int round = 0; round < 4000; round++)
        {
            byte[] bytes = round % 2 == 0 ? [.. weights] : [.. text];
            for (int change = random.Next(1, 4); change > 0; change--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                if (round % 2 == 0)
                {
                    CaffeFile.Try(bytes);
                    _ = CaffeModel.Read("bytes", bytes, null, null).Whole?.Invoke();
                }
                else
                    CaffeFile.TryPrototxt(bytes);
            }
            catch (MalformedFileException error)
            {
                Assert.True(error.Message.Length < 2000, error.Message);
            }
        }
    }

    private static void Refused(byte[] bytes, string sentence)
    {
        var error = Assert.Throws<MalformedFileException>(() => Opened(bytes));
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
    }
}

internal static class LayerExtensions
{
    public static LayerParameter WithAxis(this LayerParameter layer, int axis)
    {
        layer.InnerProductParam = new InnerProductParameter { Axis = axis };
        return layer;
    }
}
