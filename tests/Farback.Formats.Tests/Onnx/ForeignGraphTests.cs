using Farback.Cells;
using Farback.Formats.Onnx;
using Farback.Formats.Onnx.Wire;
using Farback.Networks;
using Google.Protobuf;

namespace Farback.Formats.Tests.Onnx;

/// <summary>Graphs as PyTorch, Keras and CNTK export them, built by hand around weights that are known: the same weights are found.</summary>
public sealed class ForeignGraphTests(ITestOutputHelper output)
{
    private static readonly Network Base = new()
    {
        Cell = AllCells.Lstm,
        Inputs = 3,
        Hidden = 4,
        Outputs = 2,
    };

    private OpenedModel Open(ModelProto model)
    {
        OpenedModel opened = OnnxFile.Open("foreign.onnx", model.ToByteArray());
        foreach (Finding finding in opened.Findings)
            output.WriteLine($"{finding.Kind}: {finding.Sentence}");
        return opened;
    }

    private static void Same(Parameters<double> expected, OpenedModel opened)
    {
        Assert.Equal(expected.Network, opened.Network);
        Assert.Equal(expected.Values, opened.Parameters!.Values);
    }

    private static float[] Floats(Parameters<double> parameters, string block) =>
        [.. parameters[block].ToArray().Select(number => (float)number)];

    // a layer's weights in ONNX' order
    private static TensorProto[] Layer(Parameters<double> parameters, int layer, string kind, string name)
    {
        Network network = parameters.Network;
        int rows = network.Cell.Gates.Count * network.Hidden;
        float[] All(string block) =>
            [
                .. Enumerable
                    .Range(0, network.Directions)
                    .SelectMany(direction =>
                        RecurrentNode.ToOnnx(kind, parameters[$"{block}_l{layer}{(direction == 1 ? "_reverse" : "")}"])
                    )
                    .Select(number => (float)number),
            ];
        float[] wb = All("bias_ih"),
            rb = network.Biases == Biases.Two ? All("bias_hh") : new float[wb.Length];
        return
        [
            Made.Floats($"{name}W", [network.Directions, rows, network.InputsOf(layer)], All("weight_ih")),
            Made.Floats($"{name}R", [network.Directions, rows, network.Hidden], All("weight_hh")),
            Made.Floats(
                $"{name}B",
                [network.Directions, 2 * rows],
                [
                    .. Enumerable
                        .Range(0, network.Directions)
                        .SelectMany(direction =>
                            wb.AsSpan(direction * rows, rows).ToArray().Concat(rb.AsSpan(direction * rows, rows).ToArray())
                        ),
                ]
            ),
        ];
    }

    private static TensorProto Head(Parameters<double> parameters)
    {
        Block head = parameters.Network["head.weight"];
        float[] rows = Floats(parameters, "head.weight");
        return Made.Floats(
            "headW",
            [head.Columns, head.Rows],
            [.. Enumerable.Range(0, rows.Length).Select(i => rows[i % head.Rows * head.Columns + i / head.Rows])]
        );
    }

    [Theory]
    [InlineData(9)]
    [InlineData(13)]
    [InlineData(22)]
    public void Pytorch_two_bidirectional_layers_batch_first_with_states_through_shape_arithmetic(int opset)
    {
        Parameters<double> parameters = RoundTripTests.Draw(
            Base with
            {
                Bidirectional = true,
                Layers = 2,
                Inputs = 0,
                Words = 6,
                Embedding = 3,
            },
            asFloat: true
        );
        NodeProto Unsqueeze(string x, string y) =>
            opset < 13 ? Made.Node("Unsqueeze", x, y, ("axes", new long[] { 0 })) : Made.Node("Unsqueeze", $"{x},zero1", y);
        ModelProto model = Made.Model(
                opset,
                Made.Node("Gather", "emb,ids", "e"),
                Made.Node("Transpose", "e", "x0", ("perm", new long[] { 1, 0, 2 })),
                Made.Node("Shape", "x0", "sizes"),
                Made.Node("Constant", "", "one", ("value", Made.Raw("", 7, [], [1, 0, 0, 0, 0, 0, 0, 0]))),
                Made.Node("Gather", "sizes,one", "n", ("axis", 0)),
                Unsqueeze("n", "n1"),
                Made.Node("Concat", "two,n1,four", "hshape", ("axis", 0)),
                Made.Node("ConstantOfShape", "hshape", "h0"),
                Made.Node("LSTM", "x0,aW,aR,aB,,h0,h0", "y0,yh0,yc0", ("hidden_size", 4), ("direction", "bidirectional")),
                Made.Node("Transpose", "y0", "t0", ("perm", new long[] { 0, 2, 1, 3 })),
                Made.Node("Reshape", "t0,merged", "x1"),
                Made.Node("LSTM", "x1,bW,bR,bB,,h0,h0", "y1,yh1,yc1", ("hidden_size", 4), ("direction", "bidirectional")),
                Made.Node("Transpose", "y1", "t1", ("perm", new long[] { 0, 2, 1, 3 })),
                Made.Node("Reshape", "t1,merged", "x2"),
                Made.Node("Transpose", "x2", "b", ("perm", new long[] { 1, 0, 2 })),
                Made.Node("MatMul", "b,headW", "product"),
                Made.Node("Add", "head.bias,product", "logits"),
                Made.Node("LogSoftmax", "logits", "out", ("axis", 2)),
                Made.Node("Concat", "yh0,yh1", "hn", ("axis", 0))
            )
            .Input("ids", 7, null, null)
            .Output("out", "hn")
            .With(Layer(parameters, 0, "LSTM", "a"))
            .With(Layer(parameters, 1, "LSTM", "b"))
            .With(
                Made.Floats("emb", [6, 3], Floats(parameters, "embedding.weight")),
                Made.Longs("two", 2),
                Made.Longs("four", 4),
                Made.Longs("zero1", 0),
                Made.Longs("merged", 0, 0, -1),
                Head(parameters),
                Made.Floats("head.bias", [2], Floats(parameters, "head.bias"))
            );
        OpenedModel opened = Open(model);
        Same(parameters, opened);
        Assert.Contains(opened.Findings, finding => finding.Sentence.Contains("batch-major", StringComparison.Ordinal));
        Assert.Contains(opened.Findings, finding => finding.Sentence.Contains("LogSoftmax after it", StringComparison.Ordinal));
    }

    // dynamo reorders the raw parameters in the graph: i f g o → i o f g by slices
    [Fact]
    public void Pytorch_weights_that_are_sliced_and_joined_in_the_graph()
    {
        Parameters<double> parameters = RoundTripTests.Draw(Base, asFloat: true);
        List<NodeProto> nodes = [];
        string Reordered(string raw, string to, bool isVector)
        {
            foreach ((string part, int from) in new[] { ("i", 0), ("f", 4), ("g", 8), ("o", 12) })
                nodes.Add(Made.Node("Slice", $"{raw},at{from},at{from + 4},zero", $"{raw}.{part}"));
            nodes.Add(Made.Node("Concat", $"{raw}.i,{raw}.o,{raw}.f,{raw}.g", $"{raw}.all", ("axis", 0)));
            nodes.Add(isVector ? Made.Node("Identity", $"{raw}.all", to) : Made.Node("Unsqueeze", $"{raw}.all,zero", to));
            return to;
        }
        Reordered("wih", "W", false);
        Reordered("whh", "R", false);
        Reordered("bih", "bx", true);
        Reordered("bhh", "bh", true);
        nodes.AddRange(
            Made.Node("Concat", "bx,bh", "b", ("axis", 0)),
            Made.Node("Unsqueeze", "b,zero", "B"),
            Made.Node("LSTM", "x,W,R,B", "Y,Yh", ("hidden_size", 4)),
            Made.Node("Squeeze", "Y,one", "h"),
            Made.Node("Slice", "h,last,end,zero", "t"),
            Made.Node("Squeeze", "t,zero", "h1"),
            Made.Node("Gemm", "h1,headW,headB", "out", ("transB", 1))
        );
        ModelProto model = Made.Model(14, [.. nodes])
            .Input("x", 1, null, null, 3)
            .Output("out")
            .With(
                Made.Floats("wih", [16, 3], Floats(parameters, "weight_ih_l0")),
                Made.Floats("whh", [16, 4], Floats(parameters, "weight_hh_l0")),
                Made.Floats("bih", [16], Floats(parameters, "bias_ih_l0")),
                Made.Floats("bhh", [16], Floats(parameters, "bias_hh_l0")),
                Made.Floats("headW", [2, 4], Floats(parameters, "head.weight")),
                Made.Floats("headB", [2], Floats(parameters, "head.bias")),
                Made.Longs("zero", 0),
                Made.Longs("one", 1),
                Made.Longs("last", -1),
                Made.Longs("end", long.MaxValue),
                Made.Longs("at0", 0),
                Made.Longs("at4", 4),
                Made.Longs("at8", 8),
                Made.Longs("at12", 12),
                Made.Longs("at16", 16)
            );
        OpenedModel opened = Open(model);
        Same(parameters, opened);
        Assert.Contains(opened.Findings, finding => finding.Sentence.Contains("after the last step", StringComparison.Ordinal));
    }

    // Keras through tf2onnx: a node for each direction, states as inputs, Rb = 0
    [Fact]
    public void Keras_directions_as_two_nodes_with_states_given_and_one_bias()
    {
        Network network = Base with { Cell = AllCells.Gru, Bidirectional = true, Biases = Biases.One };
        Parameters<double> parameters = RoundTripTests.Draw(network, asFloat: true);
        TensorProto[] both = Layer(parameters, 0, "GRU", "");
        TensorProto Half(TensorProto whole, int direction)
        {
            int bytes = whole.RawData.Length / 2;
            TensorProto half = Made.Raw(
                $"{whole.Name}{direction}",
                1,
                [1, .. whole.Dims.Skip(1)],
                whole.RawData.ToByteArray()[(direction * bytes)..((direction + 1) * bytes)]
            );
            return half;
        }
        ModelProto model = Made.Model(
                12,
                Made.Node("Transpose", "x", "xt", ("perm", new long[] { 1, 0, 2 })),
                Made.Node(
                    "GRU",
                    "xt,W0,R0,B0,,h0",
                    "Yf,Yfh",
                    ("hidden_size", 4),
                    ("linear_before_reset", 1),
                    ("activations", new[] { "Sigmoid", "Tanh" })
                ),
                Made.Node("GRU", "xt,W1,R1,B1,,h1", "Yb,Ybh", ("hidden_size", 4), ("linear_before_reset", 1), ("direction", "reverse")),
                Made.Node("Squeeze", "Yf", "f", ("axes", new long[] { 1 })),
                Made.Node("Squeeze", "Yb", "b", ("axes", new long[] { 1 })),
                Made.Node("Concat", "f,b", "y", ("axis", 2)),
                Made.Node("Transpose", "y", "yt", ("perm", new long[] { 1, 0, 2 })),
                Made.Node("MatMul", "yt,headW", "p"),
                Made.Node("Add", "p,headB", "logits"),
                Made.Node("Softmax", "logits", "out", ("axis", 2))
            )
            .Input("x", 1, null, null, 3)
            .Input("h0", 1, 1, null, 4)
            .Input("h1", 1, 1, null, 4)
            .Output("out")
            .With([.. both.SelectMany(whole => new[] { Half(whole, 0), Half(whole, 1) })])
            .With(Head(parameters), Made.Floats("headB", [2], Floats(parameters, "head.bias")));
        OpenedModel opened = Open(model);
        Same(parameters, opened);
        Assert.Contains(opened.Findings, finding => finding is { Kind: FindingKind.Guessed, Option: "--biases two" });
        Assert.Contains(opened.Findings, finding => finding.Sentence.Contains("initial states are inputs", StringComparison.Ordinal));
    }

    // CNTK: batch of one, the direction's axis dropped by a reshape, GRU with the reset before, initializers that are inputs too
    [Fact]
    public void Cntk_a_batch_of_one_and_reshapes()
    {
        Network network = Base with { Cell = AllCells.GruResetBefore, Layers = 2, Outputs = 0 };
        Parameters<double> parameters = RoundTripTests.Draw(network, asFloat: true);
        ModelProto model = Made.Model(
                7,
                Made.Node("GRU", "x,aW,aR,aB", "y0", ("hidden_size", 4)),
                Made.Node("Reshape", "y0,drop", "x1"),
                Made.Node("GRU", "x1,bW,bR,bB", "y1", ("hidden_size", 4), ("output_sequence", 1)),
                Made.Node("Reshape", "y1,drop", "out")
            )
            .Input("x", 1, null, 1, 3)
            .Input("aW", 1, 1, 12, 3)
            .Output("out")
            .With(Layer(parameters, 0, "GRU", "a"))
            .With(Layer(parameters, 1, "GRU", "b"))
            .With(Made.Longs("drop", 0, -1, 4));
        model.IrVersion = 3;
        Same(parameters, Open(model));
    }

    [Fact]
    public void What_is_no_network_here_can_still_be_run_and_says_which_node_is_in_the_way()
    {
        Parameters<double> parameters = RoundTripTests.Draw(Base, asFloat: true);
        ModelProto Graph(params NodeProto[] above) =>
            Made.Model(13, [Made.Node("LSTM", "x,W,R,B", "Y,Yh", ("hidden_size", 4)), Made.Node("Squeeze", "Y,one", "h"), .. above])
                .Input("x", 1, null, null, 3)
                .Output("out")
                .With(Layer(parameters, 0, "LSTM", ""))
                .With(
                    Head(parameters),
                    Made.Floats("headB", [2], Floats(parameters, "head.bias")),
                    Made.Longs("one", 1),
                    Made.Longs("zero", 0)
                );
        // a mean over time before the read-out
        OpenedModel mean = Open(
            Graph(
                Made.Node("ReduceMean", "h", "m", ("axes", new long[] { 0 }), ("keepdims", 0)),
                Made.Node("MatMul", "m,headW", "p"),
                Made.Node("Add", "p,headB", "out")
            )
        );
        Assert.Equal(Base with { Outputs = 0 }, mean.Network);
        Assert.Contains(
            mean.Findings,
            finding => finding.Kind == FindingKind.Outside && finding.Sentence.StartsWith("node 2 (ReduceMean", StringComparison.Ordinal)
        );
        // a read-out in whole numbers, as a damaged file may have it
        ModelProto whole = Graph(Made.Node("MatMul", "h,ints", "out"));
        whole.With(Made.Raw("ints", 7, [4, 2], new byte[64]));
        Assert.Contains(
            Open(whole).Findings,
            finding => finding.Kind == FindingKind.Outside && finding.Sentence.StartsWith("node 2 (MatMul", StringComparison.Ordinal)
        );
        // two layers of different cells
        ModelProto mixed = Graph(Made.Node("RNN", "h,W2,R2", "Y2", ("hidden_size", 4)), Made.Node("Squeeze", "Y2,one", "out"));
        mixed.With(Made.Floats("W2", [1, 4, 4], new float[16]), Made.Floats("R2", [1, 4, 4], new float[16]));
        OpenedModel two = Open(mixed);
        Assert.Null(two.Network);
        Assert.Contains(
            two.Findings,
            finding => finding.Sentence.Contains("node 2 (RNN \"my RNN\") is Elman where", StringComparison.Ordinal)
        );
        // weights that somebody gives at run time
        OpenedModel given = Open(Made.Model(13, Made.Node("RNN", "x,W,R", "Y")).Input("x").Input("W").Input("R").Output("Y"));
        Assert.Null(given.Network);
        Assert.Contains(
            given.Findings,
            finding => finding.Sentence.Contains("only stored weights can be trained", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_layer_that_reads_from_the_end_is_opened_turned_round_and_says_so()
    {
        Parameters<double> parameters = RoundTripTests.Draw(Base with { Outputs = 0 }, asFloat: true);
        ModelProto model = Made.Model(14, Made.Node("LSTM", "x,W,R,B", "Y,Yh", ("hidden_size", 4), ("direction", "reverse")))
            .Input("x", 1, null, null, 3)
            .Output("Y")
            .With(Layer(parameters, 0, "LSTM", ""));
        OpenedModel opened = Open(model);
        Same(parameters, opened);
        Assert.Contains(
            opened.Findings,
            finding =>
                finding.Kind == FindingKind.Guessed
                && finding.Sentence.Contains("from the last input to the first", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Metadata_that_lie_about_the_graph_are_not_believed()
    {
        Parameters<double> parameters = RoundTripTests.Draw(Base, asFloat: true);
        string path = Path.GetTempFileName();
        try
        {
            OnnxFile.Write(path, parameters.To<float>());
            ModelProto model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
            StringStringEntryProto text = model.MetadataProps.First(entry => entry.Key == "network");
            text.Value = text.Value.Replace("\"hidden\":4", "\"hidden\":5", StringComparison.Ordinal);
            OpenedModel opened = Open(model);
            Same(parameters, opened);
            Assert.Contains(
                opened.Findings,
                finding => finding.Sentence.Contains("metadata describe another network", StringComparison.Ordinal)
            );
        }
        finally
        {
            File.Delete(path);
        }
    }
}
