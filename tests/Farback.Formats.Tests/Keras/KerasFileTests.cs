using System.Text;
using Farback.Networks;
using Farback.Sequences;
using static Farback.Formats.Tests.Keras.KerasMade;
using Made = Farback.Formats.Tests.Hdf5.Made;

namespace Farback.Formats.Tests.Keras;

/// <summary>What Keras files become, and what is said of those that become nothing.</summary>
public sealed class KerasFileTests(ITestOutputHelper output)
{
    // values worked out to seven digits
    private const double Worked = 2e-7;
    private const string Input1 = "\"batch_input_shape\": [null, null, 1], ";

    private static readonly Made[] GruAfter =
    [
        Array("kernel", [1, 6], 0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
        Array("recurrent_kernel", [2, 6], 0.1, -0.2, 0.3, -0.4, 0.5, -0.6, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1),
        Array("bias", [2, 6], 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
    ];

    private static readonly Made[] Lstm =
    [
        Array("kernel", [1, 8], 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
        Array("recurrent_kernel", [2, 8], 0.1, -0.1, 0.2, -0.2, 0.3, -0.3, 0.4, -0.4, 0.5, 0.4, 0.3, 0.2, 0.1, 0, -0.1, -0.2),
        Array("bias", [8], 0.01, 0.02, 1.03, 1.04, 0.05, 0.06, 0.07, 0.08),
    ];

    [Fact]
    public void A_gru_that_resets_after_the_product_steps_as_worked_out_by_hand()
    {
        string layer = Described("GRU", "g", Input1 + "\"units\": 2, \"recurrent_activation\": \"sigmoid\", \"reset_after\": true");
        Network network = Steps(
            Legacy("2.4.0", Sequential(layer), new Layer("g", GruAfter)),
            [0.5, -0.5],
            null,
            [0.6260961, 0.0656691],
            null
        );
        Assert.Equal("gru", network.Cell.Name);
        Assert.Equal(Biases.Two, network.Biases);
    }

    [Fact]
    public void A_gru_with_one_bias_resets_before_the_product_whatever_its_version()
    {
        Made summed = Array("bias", [6], 0.11, 0.22, 0.33, 0.44, 0.55, 0.66);
        string layer = Described("GRU", "g", Input1 + "\"units\": 2, \"recurrent_activation\": \"sigmoid\"");
        Network network = Steps(
            Legacy("2.4.0", Sequential(layer), new Layer("g", GruAfter[0], GruAfter[1], summed)),
            [0.5, -0.5],
            null,
            [0.6617591, 0.1159548],
            null
        );
        Assert.Equal("gru-reset-before", network.Cell.Name);
        Assert.Equal(Biases.One, network.Biases);
    }

    [Fact]
    public void An_lstm_steps_as_worked_out_by_hand_from_h5_and_from_keras()
    {
        string layer = Described("LSTM", "l", Input1 + "\"units\": 2, \"recurrent_activation\": \"sigmoid\"");
        double[] h = [0.3212287, 0.0257402],
            c = [0.4685935, 0.0375573];
        Steps(Legacy("2.3.1", Sequential(layer), new Layer("l", Lstm)), [0.5, -0.5], [0.25, -0.25], h, c);
        byte[] weights = Paths(Lstm.Select((array, i) => ("layers/lstm/cell/vars", Named(array, $"{i}"))).ToArray());
        Steps(Archive("3.9.0", Sequential(layer), weights), [0.5, -0.5], [0.25, -0.25], h, c);
        // saved on Windows by tf_keras 2.12
        weights = Paths(Lstm.Select((array, i) => (@"_layer_checkpoint_dependencies\lstm\cell/vars", Named(array, $"{i}"))).ToArray());
        Steps(Archive("2.12.0", Sequential(layer), weights), [0.5, -0.5], [0.25, -0.25], h, c);
    }

    private static Made Named(Made array, string name) => new Made(name).Raw(array.Shape, array.Type, array.Data!);

    [Fact]
    public void Cudnns_kernels_are_put_in_order_and_known_by_the_length_of_their_bias()
    {
        // one gate of the input kernel [[0,1,2],[3,4,5]] is stored as [[0,3,1],[4,2,5]]
        const int I = 2,
            H = 3;
        Made[] plain = Cell(3, I, H, 4, [4 * H]);
        double[] Numbers(Made array) =>
            [.. Enumerable.Range(0, array.Data!.Length / 4).Select(i => (double)BitConverter.ToSingle(array.Data, 4 * i))];
        double[] Scrambled(double[] kernel, int n)
        {
            var stored = new double[kernel.Length];
            for (int gate = 0; gate < 4; gate++)
            {
                List<double> transpose = [];
                for (int unit = 0; unit < H; unit++)
                for (int input = 0; input < n; input++)
                    transpose.Add(kernel[input * 4 * H + gate * H + unit]);
                for (int i = 0; i < transpose.Count; i++)
                    stored[i / H * 4 * H + gate * H + i % H] = transpose[i];
            }
            return stored;
        }
        Made[] cudnn =
        [
            Array("kernel", [I, 4 * H], Scrambled(Numbers(plain[0]), I)),
            Array("recurrent_kernel", [H, 4 * H], Scrambled(Numbers(plain[1]), H)),
            Array("bias", [8 * H], [.. Numbers(plain[2]), .. new double[4 * H]]),
        ];
        string settings = "\"batch_input_shape\": [null, 4, 2], \"units\": 3, \"recurrent_activation\": \"sigmoid\"";
        Parameters<double> expected =
                Opened(Legacy("2.3.1", Sequential(Described("LSTM", "l", settings)), new Layer("l", plain))).Parameters!,
            found = Opened(Legacy("2.1.3", Sequential(Described("CuDNNLSTM", "l", settings)), new Layer("l", cudnn))).Parameters!,
            alone = Opened(Legacy("2.1.3", null, new Layer("l", cudnn))).Parameters!;
        Assert.Equal(expected.Network, found.Network);
        Assert.Equal(expected.Values, found.Values);
        Assert.Equal(expected.Values, alone.Values);
    }

    [Theory]
    [InlineData("1.2.2", "0.2f 0.5")]
    [InlineData("2.3.0-tf", "0.2f 0.5")]
    [InlineData("3.9.0", "0.16666667f 0.5")]
    public void The_slope_of_hard_sigmoid_is_a_matter_of_the_version(string version, string numbers)
    {
        string layer = Described(
            "LSTM",
            "l",
            Input1 + "\"units\": 2, \"recurrent_activation\": \"hard_sigmoid\", \"inner_activation\": \"hard_sigmoid\""
        );
        Made[] own =
            version[0] == '1'
                ?
                [
                    .. "icfo".SelectMany(gate =>
                        new[] { Array($"W_{gate}", [1, 2], 1, 2), Array($"U_{gate}", [2, 2], 1, 2, 3, 4), Array($"b_{gate}", [2], 1, 2) }
                    ),
                ]
                : Lstm;
        OpenedModel opened = Opened(Legacy(version, Sequential(layer), new Layer("l", own)));
        Assert.Equal($"lstm(hard-sigmoid {numbers}, tanh, tanh)", opened.Network!.Cell.Name);
    }

    [Fact]
    public void Keras_1_keeps_an_array_a_gate()
    {
        // z r h, each W U b
        Made[] old =
        [
            .. Enumerable
                .Range(0, 3)
                .SelectMany(gate =>
                    new[] { Array($"W{gate}", [1, 1], gate), Array($"U{gate}", [1, 1], 10 + gate), Array($"b{gate}", [1], 20 + gate) }
                ),
        ];
        Parameters<double> found = Opened(
            Legacy(null, Sequential(Described("GRU", "g", Input1 + "\"output_dim\": 1")), new Layer("g", old))
        ).Parameters!;
        Assert.StartsWith("gru-reset-before(hard-sigmoid 0.2f", found.Network.Cell.Name, StringComparison.Ordinal);
        // ours: r z n
        Assert.Equal([1, 0, 2], found["weight_ih_l0"].ToArray());
        Assert.Equal([11, 10, 12], found["weight_hh_l0"].ToArray());
        Assert.Equal([21, 20, 22], found["bias_ih_l0"].ToArray());
    }

    [Fact]
    public void Weights_belong_to_layers_by_their_order_not_by_their_names()
    {
        string config = Sequential(
            Described("LSTM", "lstm_3", "\"batch_input_shape\": [null, null, 2], \"units\": 2, \"return_sequences\": true"),
            Described("Dropout", "drop"),
            Described("LSTM", "lstm_9", "\"units\": 2"),
            Described("Dense", "out", "\"units\": 1")
        );
        Made[] first = Cell(1, 2, 2, 4, [8]),
            second = Cell(2, 2, 2, 4, [8]);
        Layer[] layers =
        [
            new("lstm_9", first),
            new("nothing"),
            new("lstm_3", second),
            new("d", Array("kernel", [2, 1], 3, 4), Array("bias", [1], 5)),
        ];
        OpenedModel opened = Opened(Legacy("2.1.3", config, layers));
        Assert.Equal(2, opened.Network!.Layers);
        // W_x's first number of the i block
        Assert.Equal(BitConverter.ToSingle(first[0].Data!, 0), opened.Parameters!["weight_ih_l0"][0]);
        Assert.Equal(BitConverter.ToSingle(second[0].Data!, 0), opened.Parameters["weight_ih_l1"][0]);
        Assert.Equal([3, 4], opened.Parameters["head.weight"].ToArray());
        Refused(Legacy("2.1.3", config, layers[..3]), "2 layers have arrays (lstm_9, lstm_3) and 3 of the configuration own weights");
    }

    [Fact]
    public void A_stack_of_both_directions_over_words_opens_with_its_masks_named()
    {
        string inner = Described("GRU", "gru", "\"units\": 3, \"return_sequences\": true, \"recurrent_activation\": \"sigmoid\"");
        string config = Sequential(
            Described("Embedding", "e", "\"batch_input_shape\": [null, null], \"input_dim\": 4, \"output_dim\": 2, \"mask_zero\": true"),
            Described("Bidirectional", "b", $"\"layer\": {inner}, \"merge_mode\": \"concat\""),
            Described("Bidirectional", "c", $"\"layer\": {inner}, \"merge_mode\": \"concat\""),
            Described("TimeDistributed", "t", $"\"layer\": {Described("Dense", "d", "\"units\": 2, \"activation\": \"softmax\"")}")
        );
        OpenedModel opened = Opened(
            Legacy(
                "2.4.0",
                config,
                new Layer("e", Array("embeddings", [4, 2], 1, 2, 3, 4, 5, 6, 7, 8)),
                new Layer("b", Twice(Cell(1, 2, 3, 3, [2, 9]), Cell(2, 2, 3, 3, [2, 9]))),
                new Layer("c", Twice(Cell(3, 6, 3, 3, [2, 9]), Cell(4, 6, 3, 3, [2, 9]))),
                new Layer("t", Array("kernel", [6, 2], [.. Enumerable.Range(0, 12)]), Array("bias", [2], 1, 2))
            )
        );
        Network network = opened.Network!;
        Assert.Equal(
            (4, 2, 3, 2, true, 2),
            (network.Words, network.Embedding, network.Hidden, network.Layers, network.Bidirectional, network.Outputs)
        );
        Assert.Contains(opened.Findings, finding => finding.Sentence.Contains("mask_zero", StringComparison.Ordinal));
        Assert.Contains(opened.Findings, finding => finding.Sentence.Contains("Softmax", StringComparison.Ordinal));
    }

    private static Made[] Twice(Made[] forward, Made[] backward) =>
        [
            .. forward.Select(array => Named(array, $"forward_{array.Name}")),
            .. backward.Select(array => Named(array, $"backward_{array.Name}")),
        ];

    [Theory]
    [InlineData("sum", "(Add \"b\")")]
    [InlineData("ave", "(Mul \"b\")")]
    [InlineData("mul", "(Mul \"b\")")]
    public void Directions_that_are_not_joined_side_by_side_are_named_and_the_layers_below_are_opened(string merge, string node)
    {
        string inner = Described("SimpleRNN", "r", "\"units\": 2, \"return_sequences\": true");
        string config = Sequential(
            Described("Bidirectional", "b", $"{Input1}\"layer\": {inner}, \"merge_mode\": \"{merge}\""),
            Described("Dense", "d", "\"units\": 1")
        );
        OpenedModel opened = Opened(
            Legacy(
                "2.4.0",
                config,
                new Layer("b", Twice(Cell(1, 1, 2, 1, [2]), Cell(2, 1, 2, 1, [2]))),
                new Layer("d", Array("kernel", [2, 1], 1, 2), Array("bias", [1], 1))
            )
        );
        Assert.True(opened.Network!.Bidirectional);
        Assert.Equal(0, opened.Network.Outputs);
        Assert.Contains(
            opened.Findings,
            finding => finding.Kind == FindingKind.Outside && finding.Sentence.Contains(node, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_functional_model_with_two_heads_opens_without_and_says_so()
    {
        string Node(string kind, string name, string settings, string input) =>
            $$$"""{"class_name": "{{{kind}}}", "name": "{{{name}}}", "config": {"name": "{{{name}}}", {{{settings}}}}, "inbound_nodes": [{{{input}}}]}""";
        const string Keras3 =
            """{"args": [{"class_name": "__keras_tensor__", "config": {"shape": [null, 2], "keras_history": ["r", 0, 0]}}], "kwargs": {}}""";
        string config =
            "{\"class_name\": \"Functional\", \"config\": {\"layers\": ["
            + $"{Node("Dense", "a", "\"units\": 1", Keras3)}, {Node("Dense", "b", "\"units\": 1", """[["r", 0, 0, {}]]""")}, "
            + $"{Node("SimpleRNN", "r", "\"units\": 2", """[["in", 0, 0, {}]]""")}, "
            + "{\"class_name\": \"InputLayer\", \"name\": \"in\", \"config\": {\"name\": \"in\", \"batch_shape\": [null, null, 1]}, \"inbound_nodes\": []}], "
            + "\"input_layers\": [[\"in\", 0, 0]], \"output_layers\": [[\"a\", 0, 0], [\"b\", 0, 0]]}}";
        Made[] head = [Array("kernel", [2, 1], 1, 2), Array("bias", [1], 1)];
        OpenedModel opened = Opened(
            Legacy("3.0.0", config, new Layer("a", head), new Layer("b", head), new Layer("r", Cell(1, 1, 2, 1, [2])))
        );
        Assert.Equal(0, opened.Network!.Outputs);
        Assert.Contains(opened.Findings, finding => finding.Sentence.Contains("2 read-outs", StringComparison.Ordinal));
        string round = config.Replace("\"in\", 0, 0, {}", "\"a\", 0, 0, {}", StringComparison.Ordinal);
        Refused(
            Legacy("3.0.0", round, new Layer("a", head), new Layer("b", head), new Layer("r", Cell(1, 1, 2, 1, [2]))),
            "layers without a cycle"
        );
    }

    [Fact]
    public void A_layer_that_reads_backwards_opens_turned_round_and_cells_inside_an_rnn_open_as_layers()
    {
        string config = Sequential(Described("LSTM", "l", Input1 + "\"units\": 2, \"go_backwards\": true, \"return_sequences\": true"));
        OpenedModel opened = Opened(Legacy("2.4.0", config, new Layer("l", Lstm)));
        Assert.Contains(opened.Findings, finding => finding.Sentence.Contains("turned round", StringComparison.Ordinal));
        Assert.NotNull(opened.Network);

        string cells = $"{Described("LSTMCell", "c", "\"units\": 2")}, {Described("LSTMCell", "d", "\"units\": 2")}";
        config = Sequential(
            Described(
                "RNN",
                "r",
                $"{Input1}\"return_sequences\": true, \"cell\": {Described("StackedRNNCells", "s", $"\"cells\": [{cells}]")}"
            )
        );
        Made[] upper = [.. Cell(7, 2, 2, 4, [8]).Select(array => Named(array, $"upper_{array.Name}"))];
        opened = Opened(Legacy("2.4.0", config, new Layer("r", [.. Lstm, .. upper])));
        Assert.Equal(2, opened.Network!.Layers);
    }

    [Fact]
    public void Weights_alone_ask_for_what_they_cannot_say_and_open_once_it_is_said()
    {
        byte[] bare = Paths([
            .. Cell(1, 2, 3, 4, [12]).Select((array, i) => ("layers/lstm/cell/vars", Named(array, $"{i}"))),
            ("layers/dense/vars", Array("0", [3, 2], 1, 2, 3, 4, 5, 6)),
            ("layers/dense/vars", Array("1", [2], 1, 2)),
            ("layers/embedding/vars", Array("0", [5, 2], [.. Enumerable.Range(0, 10)])),
            ("layers/dropout/seed_generator/vars", Array("0", [2], 1, 2)),
        ]);
        OpenedModel asked = Opened(bare);
        Assert.Null(asked.Network);
        Finding question = Assert.Single(asked.Findings, finding => finding.Kind == FindingKind.Undecided);
        Assert.Equal("--recurrent-activation sigmoid", question.Option);
        OpenedModel opened = Opened(bare, new() { RecurrentActivation = "hard_sigmoid" });
        Assert.Equal("lstm(hard-sigmoid 0.16666667f 0.5, tanh, tanh)", opened.Network!.Cell.Name);
        Assert.Equal((5, 3, 2), (opened.Network.Words, opened.Network.Hidden, opened.Network.Outputs));

        byte[] gru = Legacy("2.1.3", null, new Layer("g", Cell(1, 2, 3, 3, null)));
        Assert.Equal(2, Opened(gru).Findings.Count(finding => finding.Kind == FindingKind.Undecided));
        opened = Opened(gru, new() { RecurrentActivation = "sigmoid", ResetAfter = false });
        Assert.Equal("gru-reset-before", opened.Network!.Cell.Name);
        Assert.Equal(Biases.None, opened.Network.Biases);
    }

    [Fact]
    public void Code_and_classes_that_a_file_brings_along_are_refused_by_their_names()
    {
        Layer none = new("x");
        Refused(
            Legacy("2.4.0", Sequential(Described("Lambda", "secret", "\"function\": [\"4wEAAA\"]")), none),
            "layer \"secret\" (Lambda) is a function"
        );
        Refused(
            Legacy("2.4.0", Sequential(Described("MyCell", "mine", "\"units\": 1")), none),
            "layer \"mine\" (MyCell) is of a class that is not Keras' own"
        );
        string registered =
            """{"class_name": "LSTM", "module": "mypackage", "registered_name": "mine>LSTM", "config": {"name": "l", "units": 1}}""";
        Refused(Legacy("3.9.0", Sequential(registered), none), "module \"mypackage\"");
        Refused(
            Legacy("2.4.0", Sequential(Described("Bidirectional", "b", $"\"layer\": {Described("Lambda", "deep")}")), none),
            "\"deep\" (Lambda)"
        );
        Refused(
            Legacy("2.4.0", Sequential(Described("LSTM", "l", "\"units\": 2, \"activation\": \"os.system\"")), new Layer("l", Lstm)),
            "\"os.system\""
        );
        Refused(Legacy("2.4.0", """{"class_name": "MyModel", "config": {"layers": []}}""", none), "the class \"MyModel\"");
        OpenedModel conv = Opened(
            Legacy(
                "2.4.0",
                Sequential(Described("Conv1D", "c", Input1 + "\"filters\": 1"), Described("LSTM", "l", "\"units\": 2")),
                new Layer("c", Array("kernel", [1, 1, 1], 1)),
                new Layer("l", Lstm)
            )
        );
        Assert.Null(conv.Network);
        Assert.Contains(
            conv.Findings,
            finding => finding.Kind == FindingKind.Outside && finding.Sentence.Contains("(Conv1D)", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Weights_of_another_shape_than_the_configuration_says_are_refused_with_the_layer()
    {
        string config = Sequential(Described("LSTM", "l", Input1 + "\"units\": 3"));
        Refused(
            Legacy("2.4.0", config, new Layer("l", Lstm)),
            "layer \"l\" (LSTM) has model_weights/l/kernel: F32 [1, 8]; expected [inputs, 12] for 3 units"
        );
        Refused(Legacy("2.4.0", config.Replace("3", "2000000000", StringComparison.Ordinal), new Layer("l", Lstm)), "layer \"l\"");
    }

    [Fact]
    public void Archives_that_lie_and_configurations_without_end_are_refused()
    {
        byte[] weights = Paths(Lstm.Select((array, i) => ("layers/lstm/cell/vars", Named(array, $"{i}"))).ToArray());
        string config = Sequential(Described("LSTM", "l", Input1 + "\"units\": 2"));
        Refused(Archive("3.0", config, weights, zip => Add(zip, "config.json", [1])), "\"config.json\" stands twice");
        Refused(Archive("3.0", config, weights, zip => Add(zip, "../up", [1])), "\"../up\"");
        Refused(Archive("3.0", config, weights, zip => Add(zip, "/etc/passwd", [1])), "leaves the archive");
        Refused(Archive("3.0", new string('[', 100_000), weights), "128 levels deep");
        Refused(Archive("3.0", config.Replace("units", @"\ud800", StringComparison.Ordinal), weights), "half a character");
        Refused(Archive("\\ud800", config, weights), "no keras_version");
        Refused(Archive("3.0", config, weights[..^9]), "model.weights.h5");
        Refused(Archive("3.0", config, "<!doctype html>"u8.ToArray()), "model.weights.h5");
        byte[] bomb = Bomb();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(bomb, "inflate to");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000_000);
        Refused(Encoding.UTF8.GetBytes("version https://git-lfs.github.com/spec/v1"), "Git LFS pointer");
        Refused(Encoding.UTF8.GetBytes("GIF89a......"), "expected a Keras model");

        static byte[] Bomb()
        {
            using var bytes = new MemoryStream();
            using (var zip = new System.IO.Compression.ZipArchive(bytes, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
            {
                using Stream stream = zip.CreateEntry("config.json").Open();
                stream.Write(new byte[60 << 20]);
            }
            return bytes.ToArray();
        }
    }

    [Fact]
    public void Changed_bytes_are_read_or_refused_and_nothing_else()
    {
        string layer = Described("LSTM", "l", Input1 + "\"units\": 2, \"recurrent_activation\": \"sigmoid\"");
        byte[][] whole =
        [
            Legacy("2.3.1", Sequential(layer), new Layer("l", Lstm)),
            Legacy("2.3.1", null, new Layer("g", GruAfter)),
            Archive(
                "3.9.0",
                Sequential(layer),
                Paths(Lstm.Select((array, i) => ("layers/lstm/cell/vars", Named(array, $"{i}"))).ToArray())
            ),
        ];
        var random = new Random(20_26);
        int refused = 0;
        for (int round = 0; round < 3000; round++)
        {
            byte[] bytes = [.. whole[round % whole.Length]];
            for (int change = random.Next(1, 4); change > 0; change--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                KerasFile.Try(random.Next(8) == 0 ? bytes.AsSpan(0, random.Next(bytes.Length)) : bytes);
            }
            catch (MalformedFileException error)
            {
                Assert.True(error.Message.Length < 2000, error.Message);
                refused++;
            }
        }
        output.WriteLine($"{refused} of 3000 refused");
        Assert.True(refused > 0);
    }

    private static OpenedModel Opened(byte[] bytes, KerasOptions? options = null) => KerasFile.Open("made", bytes, options);

    // one step on x = 1 from a given state
    private Network Steps(byte[] bytes, double[] h, double[]? c, double[] expected, double[]? expectedC)
    {
        OpenedModel opened = Opened(bytes);
        foreach (Finding finding in opened.Findings)
            output.WriteLine($"{finding.Kind}: {finding.Sentence}");
        Network network = opened.Network!;
        var states = new States<double>(network, 1);
        h.CopyTo(states[0, 0, 0]);
        c?.CopyTo(states[0, 1, 0]);
        Trace<double> trace = new Model<double>(network, opened.Parameters!).Forward(
            Batch.OfValues([1], 1, 1, 1, new ClassTargets([0])),
            initial: states
        );
        States<double> last = trace.FinalStates();
        for (int unit = 0; unit < 2; unit++)
        {
            Assert.Equal(expected[unit], last[0, 0, 0][unit], Worked);
            if (expectedC is not null)
                Assert.Equal(expectedC[unit], last[0, 1, 0][unit], Worked);
        }
        return network;
    }

    private static void Refused(byte[] bytes, string sentence)
    {
        var error = Assert.Throws<MalformedFileException>(() => KerasFile.Open("made", bytes));
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
    }
}
