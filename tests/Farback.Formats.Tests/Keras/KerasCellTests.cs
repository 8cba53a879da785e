using System.Text;
using Farback.Networks;
using Farback.Sequences;
using static Farback.Formats.Tests.Keras.KerasMade;
using Made = Farback.Formats.Tests.Hdf5.Made;

namespace Farback.Formats.Tests.Keras;

/// <summary>What the cells of Keras become: gate by gate, bias by bias, version by version.</summary>
public sealed class KerasCellTests(ITestOutputHelper output)
{
    // values worked out to seven digits
    private const double Worked = 2e-7;

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
}
