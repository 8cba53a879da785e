using Farback.Networks;
using static Farback.Formats.Tests.Keras.KerasMade;
using Made = Farback.Formats.Tests.Hdf5.Made;

namespace Farback.Formats.Tests.Keras;

/// <summary>Models inside models, layers that are called twice, and what stands above the read-out.</summary>
public sealed class KerasNestedTests
{
    // weights and values are floats: ε of a float for each of T · H sums
    private const double Apart = 1e-5;

    private static readonly Made[] s_lstm = Cell(1, 2, 3, 4, [12]),
        s_second = Cell(2, 3, 3, 4, [12]);

    private static readonly Made[] s_head = [Array("kernel", [3, 2], 1, -2, 0.3, 0.4, -0.5, 0.6), Array("bias", [2], 0.3, -0.1)];

    private const string Settings =
        "\"batch_input_shape\": [null, null, 2], \"units\": 3, \"return_sequences\": true, \"recurrent_activation\": \"sigmoid\"";

    private static readonly double[][] s_x =
    [
        [1, 2],
        [0.5, -0.5],
        [-1, 0.25],
        [0, 1],
    ];

    private static Tensor X => Tensor.Of("x", [1, 4, 2], [.. s_x.SelectMany(row => row)]);

    private static void Close(IEnumerable<double> expected, Tensor found)
    {
        double[] numbers = found.ToDoubles(),
            all = [.. expected];
        Assert.Equal(all.Length, numbers.Length);
        Assert.All(all.Zip(numbers), pair => Assert.Equal(pair.First, pair.Second, Apart));
    }

    private static string Call(string layer, int call = 0) => $$"""[["{{layer}}", {{call}}, 0, {}]]""";

    private static string In(string name, string shape) =>
        $$$"""{"class_name": "InputLayer", "name": "{{{name}}}", "config": {"name": "{{{name}}}", "batch_input_shape": {{{shape}}}}, "inbound_nodes": []}""";

    private static string Node(string kind, string name, string settings, params string[] calls) =>
        $$$"""{"class_name": "{{{kind}}}", "name": "{{{name}}}", "config": {"name": "{{{name}}}", {{{settings}}}}, "inbound_nodes": [{{{string.Join(", ", calls)}}}]}""";

    private static string Net(string inputs, string outputs, params string[] layers) =>
        $$$"""{"class_name": "Functional", "name": "net", "config": {"name": "net", "layers": [{{{string.Join(", ", layers)}}}], "input_layers": [{{{inputs}}}], "output_layers": [{{{outputs}}}]}}""";

    [Fact]
    public void A_model_inside_a_model_is_its_layers_whatever_file_it_lies_in()
    {
        string inner = Sequential(Described("LSTM", "l", Settings), Described("Dropout", "drop"), Described("LSTM", "m", Settings));
        string nested = Sequential(inner, Described("Dense", "d", "\"units\": 2")),
            flat = Sequential(
                Described("LSTM", "l", Settings),
                Described("Dropout", "drop"),
                Described("LSTM", "m", Settings),
                Described("Dense", "d", "\"units\": 2")
            );
        Made[] upper = [.. s_second.Select(array => Named(array, $"m_{array.Name}"))];
        OpenedModel expected = Opened(Legacy("2.4.0", flat, new Layer("l", s_lstm), new Layer("m", s_second), new Layer("d", s_head)));
        byte[] paths = Paths([
            .. s_lstm.Select((array, i) => ("layers/sequential/layers/lstm/cell/vars", Named(array, $"{i}"))),
            .. s_second.Select((array, i) => ("layers/sequential/layers/lstm_1/cell/vars", Named(array, $"{i}"))),
            .. s_head.Select((array, i) => ("layers/dense/vars", Named(array, $"{i}"))),
        ]);
        foreach (
            byte[] file in new[]
            {
                Legacy("2.4.0", nested, new Layer("s", [.. s_lstm, .. upper]), new Layer("d", s_head)),
                // frozen layers come last
                Legacy(
                    "2.4.0",
                    nested.Replace("\"name\": \"l\"", "\"name\": \"l\", \"trainable\": false", StringComparison.Ordinal),
                    new Layer("s", [.. upper, .. s_lstm]),
                    new Layer("d", s_head)
                ),
                Archive("3.9.0", nested, paths),
            }
        )
        {
            OpenedModel found = Opened(file);
            Assert.Equal(expected.Network, found.Network);
            Assert.Equal(expected.Parameters!.Values, found.Parameters!.Values);
            double[][] h = PlainKeras.Run("LSTM", s_second, PlainKeras.Run("LSTM", s_lstm, s_x, null).Outputs, null).Outputs;
            Close(h.SelectMany(row => PlainKeras.Dense(s_head, row)), Outputs(found, X)[0]);
        }
        Refused(
            Legacy("2.4.0", nested, new Layer("s", s_lstm), new Layer("d", s_head)),
            "layer \"s\" (Sequential) has 3 arrays; expected 6, those of l, m"
        );
    }

    [Fact]
    public void A_functional_model_is_a_layer_too_and_masks_go_through_it()
    {
        Made table = Array("embeddings", [3, 2], 0.1, 0.2, 0.3, -0.4, -0.5, 0.6);
        string inner = Net("[\"a\", 0, 0]", "[\"l\", 0, 0]", In("a", "[null, null, 2]"), Node("LSTM", "l", Settings, Call("a")));
        inner = inner[..^1] + $", \"inbound_nodes\": [{Call("e")}]}}";
        string config = Net(
            "[\"in\", 0, 0]",
            "[\"m\", 0, 0]",
            In("in", "[null, null]"),
            Node("Embedding", "e", "\"mask_zero\": true", Call("in")),
            inner,
            Node("LSTM", "m", Settings.Replace("true", "false", StringComparison.Ordinal), Call("net"))
        );
        OpenedModel opened = Opened(Legacy("2.4.0", config, new Layer("e", table), new Layer("net", s_lstm), new Layer("m", s_second)));
        Assert.Equal(2, opened.Network!.Layers);
        Assert.Equal(new StepMask(true, 0), opened.Mask);
        int[] words = [0, 1, 0, 2];
        bool[] mask = [false, true, false, true];
        double[][] x = [.. words.Select(word => PlainKeras.Numbers(table).AsSpan(2 * word, 2).ToArray())];
        double[][] h = PlainKeras.Run("LSTM", s_lstm, x, mask).Outputs;
        Close(PlainKeras.Run("LSTM", s_second, h, mask).Outputs[^1], Outputs(opened, Tensor.Of("in", [1, 4], [0L, 1, 0, 2]))[0]);
    }

    [Fact]
    public void A_layer_that_is_called_twice_is_run_and_named_with_its_node()
    {
        Made[] square = Cell(4, 2, 2, 1, [2]);
        string config = Net(
            "[\"in\", 0, 0]",
            "[\"r\", 0, 0], [\"r\", 1, 0]",
            In("in", "[null, null, 2]"),
            Node("SimpleRNN", "r", "\"units\": 2, \"return_sequences\": true", Call("in"), Call("r"))
        );
        OpenedModel opened = Opened(Legacy("2.4.0", config, new Layer("r", square)));
        Assert.Null(opened.Network);
        Assert.Contains(
            opened.Findings,
            finding =>
                finding.Kind == FindingKind.Outside
                && finding.Sentence.Contains("node \"r@1\" has the weights of \"r\"", StringComparison.Ordinal)
        );
        double[][] once = PlainKeras.Run("SimpleRNN", square, s_x, null).Outputs,
            twice = PlainKeras.Run("SimpleRNN", square, once, null).Outputs;
        IReadOnlyList<Tensor> made = Outputs(opened, X);
        Close(once.SelectMany(row => row), made[0]);
        Close(twice.SelectMany(row => row), made[1]);
    }

    [Fact]
    public void A_model_that_is_called_twice_reads_both_inputs_with_one_set_of_weights()
    {
        string inner = Net(
            "[\"a\", 0, 0]",
            "[\"l\", 0, 0]",
            In("a", "[null, null, 2]"),
            Node("LSTM", "l", Settings.Replace("true", "false", StringComparison.Ordinal), Call("a"))
        );
        inner = inner[..^1] + $", \"inbound_nodes\": [{Call("one")}, {Call("two")}]}}";
        string config = Net(
            "[\"one\", 0, 0], [\"two\", 0, 0]",
            "[\"c\", 0, 0]",
            In("one", "[null, null, 2]"),
            In("two", "[null, null, 2]"),
            inner,
            Node("Concatenate", "c", "\"axis\": -1", """[["net", 0, 0, {}], ["net", 1, 0, {}]]""")
        );
        OpenedModel opened = Opened(Legacy("2.4.0", config, new Layer("net", s_lstm)));
        Assert.Null(opened.Network);
        double[][] other =
        [
            [0.5, 0.5],
            [1, -1],
        ];
        Close(
            [.. PlainKeras.Run("LSTM", s_lstm, s_x, null).Outputs[^1], .. PlainKeras.Run("LSTM", s_lstm, other, null).Outputs[^1]],
            Outputs(opened, X, Tensor.Of("two", [1, 2, 2], [.. other.SelectMany(row => row)]))[0]
        );
    }

    [Fact]
    public void Models_that_call_each_other_without_end_are_refused()
    {
        // each level calls the one inside twice: 2^20 calls
        string level = Net("[\"a\", 0, 0]", "[\"i\", 0, 0]", In("a", "[null, null, 2]"), Node("Dropout", "i", "\"rate\": 0", Call("a")));
        for (int i = 0; i < 20; i++)
            level = Net(
                "[\"a\", 0, 0]",
                "[\"net\", 1, 0]",
                In("a", "[null, null, 2]"),
                level[..^1] + $", \"inbound_nodes\": [{Call("a")}, {Call("net")}]}}"
            );
        Refused(Legacy("2.4.0", level, new Layer("x")), "called more than 8192 times");
    }

    [Theory]
    [InlineData("linear", "a linear read-out of 2 at every step", FindingKind.Recognised)]
    [InlineData("softmax", "Softmax after it", FindingKind.Recognised)]
    [InlineData("sigmoid", "Sigmoid after it", FindingKind.Recognised)]
    [InlineData("tanh", "it can be run and not be differentiated", FindingKind.Outside)]
    [InlineData("relu", "it can be run and not be differentiated", FindingKind.Outside)]
    [InlineData("softplus", "it can be run and not be differentiated", FindingKind.Outside)]
    public void A_heads_activation_is_run_and_differentiated_where_a_loss_brings_it_along(
        string activation,
        string sentence,
        FindingKind kind
    )
    {
        OpenedModel opened = Opened(
            Legacy(
                "2.4.0",
                Sequential(Described("LSTM", "l", Settings), Described("Dense", "d", $"\"units\": 2, \"activation\": \"{activation}\"")),
                new Layer("l", s_lstm),
                new Layer("d", s_head)
            )
        );
        Assert.Contains(opened.Findings, finding => finding.Kind == kind && finding.Sentence.Contains(sentence, StringComparison.Ordinal));
        Assert.Equal(kind == FindingKind.Recognised ? 2 : 0, opened.Network!.Outputs);
        Close(
            PlainKeras
                .Run("LSTM", s_lstm, s_x, null)
                .Outputs.SelectMany(row =>
                {
                    double[] z = PlainKeras.Dense(s_head, row);
                    return activation switch
                    {
                        "softmax" => PlainKeras.Softmax(z),
                        "sigmoid" => z.Select(PlainKeras.Sigmoid),
                        "tanh" => z.Select(Math.Tanh),
                        "relu" => z.Select(number => Math.Max(0, number)),
                        "softplus" => z.Select(number => Math.Log(1 + Math.Exp(number))),
                        _ => z,
                    };
                }),
            Outputs(opened, X)[0]
        );
    }
}
