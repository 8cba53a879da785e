using System.Text;
using Farback.Networks;
using Farback.Sequences;
using static Farback.Formats.Tests.Keras.KerasMade;
using Made = Farback.Formats.Tests.Hdf5.Made;

namespace Farback.Formats.Tests.Keras;

/// <summary>Layers on one another, in both directions, in nets, and the weights that belong to each.</summary>
public sealed class KerasStackTests
{
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
}
