using Farback.Formats.Tests.Runs;
using Farback.Networks;
using Farback.Sequences;
using static Farback.Formats.Tests.Keras.KerasMade;
using Made = Farback.Formats.Tests.Hdf5.Made;

namespace Farback.Formats.Tests.Keras;

/// <summary>Steps that are passed over, against Keras' definition as a plain loop.</summary>
public sealed class KerasMaskTests
{
    // weights and values are floats: ε of a float for each of T · H sums
    private const double Apart = 1e-5;
    private const int Times = 7;
    private const string Sigmoids = "\"recurrent_activation\": \"sigmoid\", \"reset_after\": true, ";

    // at the end, at the front, in the middle, everywhere, nowhere, scattered
    private static readonly string[] s_masks = ["1111100", "0011111", "1100011", "0000000", "1111111", "0101101"];

    private static bool[] Mask(string mask) => [.. mask.Select(step => step == '1')];

    private static readonly Made s_table = Array("embeddings", [4, 2], 0.3, -0.2, 0.5, 0.1, -0.7, 0.4, 0.2, 0.9);

    private static int[] Words(string mask) => [.. mask.Select((step, t) => step == '1' ? 1 + (t * 5 + mask.Count(c => c == '1')) % 3 : 0)];

    private static double[][] Vectors(int[] words) => [.. words.Select(word => PlainKeras.Numbers(s_table).AsSpan(2 * word, 2).ToArray())];

    private static Batch Batches(OpenedModel opened, params Tensor[] tensors)
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "batch.npz");
        NpzFile.Write(path, tensors);
        return BatchFile.Open(path, opened.Network!, opened.Mask).Batch;
    }

    private static string Embedded(params string[] above) =>
        Sequential([
            Described("Embedding", "e", "\"batch_input_shape\": [null, null], \"input_dim\": 4, \"output_dim\": 2, \"mask_zero\": true"),
            .. above,
        ]);

    private static double[] Run(OpenedModel opened, string[] masks) =>
        Outputs(opened, Tensor.Of("words", [masks.Length, Times], [.. masks.SelectMany(Words).Select(word => (long)word)]))[0].ToDoubles();

    private static void Close(IEnumerable<double> expected, double[] found) =>
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, Apart));

    [Theory]
    [InlineData("SimpleRNN", 1)]
    [InlineData("GRU", 3)]
    [InlineData("LSTM", 4)]
    public void Masked_steps_repeat_state_and_output_wherever_they_stand_and_the_mask_goes_on(string kind, int gates)
    {
        long[] bias = kind == "GRU" ? [2, 9] : [3 * gates];
        Made[] first = Cell(1, 2, 3, gates, bias),
            forward = Cell(2, 3, 3, gates, bias),
            backward = Cell(3, 3, 3, gates, bias),
            head = [Array("kernel", [6, 2], [.. Enumerable.Range(0, 12).Select(i => 0.1 * i - 0.5)]), Array("bias", [2], 0.3, -0.1)];
        string inner = Described(kind, "i", Sigmoids + "\"units\": 3, \"return_sequences\": true");
        OpenedModel opened = Opened(
            Legacy(
                "2.4.0",
                Embedded(
                    Described(kind, "r", Sigmoids + "\"units\": 3, \"return_sequences\": true"),
                    Described("Dropout", "drop"),
                    Described("Bidirectional", "b", $"\"layer\": {inner}, \"merge_mode\": \"concat\""),
                    Described("TimeDistributed", "t", $"\"layer\": {Described("Dense", "d", "\"units\": 2, \"activation\": \"softmax\"")}")
                ),
                new Layer("e", s_table),
                new Layer("r", first),
                new Layer("b", Twice(forward, backward)),
                new Layer("t", head)
            )
        );
        double[] found = Run(opened, s_masks);
        Assert.Equal(s_masks.Length * Times * 2, found.Length);
        Close(
            s_masks.SelectMany(mask =>
            {
                double[][] h = PlainKeras.Run(kind, first, Vectors(Words(mask)), Mask(mask)).Outputs;
                return PlainKeras
                    .Both(kind, forward, backward, h, Mask(mask))
                    .SelectMany(row => PlainKeras.Softmax(PlainKeras.Dense(head, row)));
            }),
            found
        );
    }

    [Fact]
    public void The_network_without_the_masked_steps_says_what_the_model_says_at_all_others()
    {
        Made[] first = Cell(1, 2, 3, 4, [12]),
            second = Cell(2, 3, 3, 4, [12]),
            head = [Array("kernel", [3, 2], 1, 2, 3, 4, 5, 6), Array("bias", [2], 0.3, -0.1)];
        string settings = Sigmoids + "\"units\": 3, \"return_sequences\": true";
        OpenedModel opened = Opened(
            Legacy(
                "2.4.0",
                Embedded(Described("LSTM", "l", settings), Described("LSTM", "m", settings), Described("Dense", "d", "\"units\": 2")),
                new Layer("e", s_table),
                new Layer("l", first),
                new Layer("m", second),
                new Layer("d", head)
            )
        );
        Assert.Equal(new StepMask(true, 0), opened.Mask);
        Assert.Equal((2, 2), (opened.Network!.Layers, opened.Network.Outputs));
        Assert.DoesNotContain(opened.Findings, finding => finding.Kind == FindingKind.Outside);

        int lanes = s_masks.Length;
        int[] ids = new int[Times * lanes],
            classes = new int[Times * lanes];
        for (int time = 0; time < Times; time++)
        for (int lane = 0; lane < lanes; lane++)
            (ids[time * lanes + lane], classes[time * lanes + lane]) = (Words(s_masks[lane])[time], time % 2);
        Batch all = Batch.OfIds(ids, Times, lanes, new ClassTargets(classes)),
            read = opened.Mask!.Without(all);
        Batch ofFile = Batches(
            opened,
            Tensor.Of("ids", [Times, lanes], ids.Select(id => (long)id).ToArray()),
            Tensor.Of("targets", [Times, lanes], classes.Select(c => (long)c).ToArray())
        );
        Assert.Equal(read.Lengths, ofFile.Lengths);
        for (int time = 0; time < Times; time++)
        for (int lane = 0; lane < lanes; lane++)
            if (read.IsValid(time, lane))
                Assert.Equal(
                    (read.Ids![time * lanes + lane], ((ClassTargets)read.Targets).Classes[time * lanes + lane]),
                    (ofFile.Ids![time * lanes + lane], ((ClassTargets)ofFile.Targets).Classes[time * lanes + lane])
                );
        Assert.Equal(s_masks.Select(mask => mask.Count(step => step == '1')), read.Lengths);
        Trace<double> trace = new Model<double>(opened.Network, opened.Parameters!).Forward(read);
        double[] found = Run(opened, s_masks);
        for (int lane = 0; lane < lanes; lane++)
        for (int time = 0, step = 0; time < Times; time++)
            if (s_masks[lane][time] == '1')
            {
                Close(found.AsSpan((lane * Times + time) * 2, 2).ToArray(), trace.ReadOut(step, lane).ToArray());
                Assert.Equal(time % 2, ((ClassTargets)read.Targets).Classes[step++ * lanes + lane]);
            }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Masking_passes_over_vectors_of_one_number_in_either_direction(bool backwards, bool zero)
    {
        Made[] cell = Cell(5, 2, 3, 1, [3]);
        string Settings(bool sequences) =>
            $"\"units\": 3, \"return_sequences\": {(sequences ? "true" : "false")}, \"go_backwards\": {(backwards ? "true" : "false")}, "
            + $"\"zero_output_for_mask\": {(zero ? "true" : "false")}";
        foreach (bool sequences in new[] { true, false })
        {
            OpenedModel opened = Opened(
                Legacy(
                    "3.4.0",
                    Sequential(
                        Described("Masking", "m", "\"batch_input_shape\": [null, null, 2], \"mask_value\": -1.0"),
                        Described("SimpleRNN", "r", Settings(sequences))
                    ),
                    new Layer("r", cell)
                )
            );
            Assert.Equal(new StepMask(false, -1), opened.Mask);
            // a step with one number that is not −1 is read
            double[][] X(string mask) => [.. mask.Select((step, t) => step == '1' ? new[] { -1, 0.25 * t } : [-1, -1])];
            double[] found = Outputs(
                opened,
                Tensor.Of("x", [s_masks.Length, Times, 2], [.. s_masks.SelectMany(mask => X(mask).SelectMany(row => row))])
            )[0]
                .ToDoubles();
            Close(
                s_masks.SelectMany(mask =>
                {
                    double[][] outputs = PlainKeras.Run("SimpleRNN", cell, X(mask), Mask(mask), backwards, zero).Outputs;
                    return sequences ? outputs.SelectMany(row => row) : outputs[^1];
                }),
                found
            );
        }
    }

    [Fact]
    public void The_states_that_are_put_out_are_those_of_the_last_step_that_was_read()
    {
        Made[] cell = Cell(6, 2, 3, 4, [12]);
        string config =
            "{\"class_name\": \"Functional\", \"config\": {\"layers\": ["
            + """{"class_name": "InputLayer", "name": "in", "config": {"name": "in", "batch_shape": [null, null]}, "inbound_nodes": []}, """
            + """{"class_name": "Embedding", "name": "e", "config": {"name": "e", "mask_zero": true}, "inbound_nodes": [[["in", 0, 0, {}]]]}, """
            + """{"class_name": "LSTM", "name": "l", "config": {"name": "l", "units": 3, "recurrent_activation": "sigmoid", "return_state": true}, "inbound_nodes": [[["e", 0, 0, {}]]]}"""
            + "], \"input_layers\": [[\"in\", 0, 0]], \"output_layers\": [[\"l\", 0, 0], [\"l\", 0, 1], [\"l\", 0, 2]]}}";
        OpenedModel opened = Opened(Legacy("2.4.0", config, new Layer("e", s_table), new Layer("l", cell)));
        IReadOnlyList<Tensor> made = Outputs(
            opened,
            Tensor.Of("words", [s_masks.Length, Times], [.. s_masks.SelectMany(Words).Select(word => (long)word)])
        );
        PlainKeras.Result[] expected = [.. s_masks.Select(mask => PlainKeras.Run("LSTM", cell, Vectors(Words(mask)), Mask(mask)))];
        Close(expected.SelectMany(result => result.Outputs[^1]), made[0].ToDoubles());
        Close(expected.SelectMany(result => result.States[0]), made[1].ToDoubles());
        Close(expected.SelectMany(result => result.States[1]), made[2].ToDoubles());
    }

    [Fact]
    public void A_mean_over_time_is_that_of_the_steps_that_are_read()
    {
        Made[] cell = Cell(7, 2, 3, 1, [3]);
        OpenedModel opened = Opened(
            Legacy(
                "2.4.0",
                Embedded(Described("SimpleRNN", "r", "\"units\": 3, \"return_sequences\": true"), Described("GlobalAveragePooling1D", "g")),
                new Layer("e", s_table),
                new Layer("r", cell)
            )
        );
        string[] masks = [.. s_masks.Where(mask => mask.Contains('1', StringComparison.Ordinal))];
        Close(
            masks.SelectMany(mask =>
            {
                double[][] h = PlainKeras.Run("SimpleRNN", cell, Vectors(Words(mask)), Mask(mask)).Outputs;
                double[][] read = [.. h.Where((_, t) => mask[t] == '1')];
                return Enumerable.Range(0, 3).Select(unit => read.Average(row => row[unit]));
            }),
            Run(opened, masks)
        );
    }

    [Fact]
    public void A_mask_that_keras_3_writes_down_as_operations_is_the_same_mask()
    {
        Made[] cell = Cell(8, 2, 3, 4, [12]);
        const string Words = """{"class_name": "__keras_tensor__", "config": {"shape": [null, null], "keras_history": ["in", 0, 0]}}""";
        string config =
            "{\"class_name\": \"Functional\", \"config\": {\"layers\": ["
            + """{"class_name": "InputLayer", "name": "in", "config": {"name": "in", "batch_shape": [null, null]}, "inbound_nodes": []}, """
            + $$$"""{"class_name": "Embedding", "name": "e", "config": {"name": "e", "mask_zero": true}, "inbound_nodes": [{"args": [{{{Words}}}], "kwargs": {}}]}, """
            + $$$"""{"module": "keras.src.ops.numpy", "class_name": "NotEqual", "name": "ne", "config": {"name": "ne"}, "registered_name": "NotEqual", "inbound_nodes": [{"args": [{{{Words}}}, 0], "kwargs": {}}]}, """
            + $$$"""{"class_name": "LSTM", "name": "l", "config": {"name": "l", "units": 3, "recurrent_activation": "sigmoid"}, "inbound_nodes": [{"args": [{{{Words.Replace("\"in\"", "\"e\"", StringComparison.Ordinal)}}}], "kwargs": {"mask": {{{Words.Replace("\"in\"", "\"ne\"", StringComparison.Ordinal)}}}, "training": false}}]}"""
            + "], \"input_layers\": [[\"in\", 0, 0]], \"output_layers\": [\"l\", 0, 0]}}";
        OpenedModel opened = Opened(Legacy("3.9.0", config, new Layer("e", s_table), new Layer("l", cell)));
        Assert.NotNull(opened.Network);
        Assert.Equal(new StepMask(true, 0), opened.Mask);
        Close(
            s_masks.SelectMany(mask => PlainKeras.Run("LSTM", cell, Vectors(KerasMaskTests.Words(mask)), Mask(mask)).Outputs[^1]),
            Run(opened, s_masks)
        );
    }

    [Fact]
    public void Layers_that_pass_over_different_steps_are_run_and_named_as_what_is_not_differentiated()
    {
        Made[] first = Cell(1, 2, 2, 1, [2]),
            second = Cell(2, 2, 2, 1, [2]);
        OpenedModel opened = Opened(
            Legacy(
                "2.4.0",
                Sequential(
                    Described("SimpleRNN", "r", "\"batch_input_shape\": [null, null, 2], \"units\": 2, \"return_sequences\": true"),
                    Described("Masking", "m", "\"mask_value\": 0.0"),
                    Described("SimpleRNN", "s", "\"units\": 2")
                ),
                new Layer("r", first),
                new Layer("s", second)
            )
        );
        Assert.Null(opened.Network);
        Assert.Contains(opened.Findings, finding => finding.Sentence.Contains("pass over different steps", StringComparison.Ordinal));
        double[][] x =
        [
            [1, 2],
            [0, 0],
            [0.5, -1],
        ];
        double[][] below = PlainKeras.Run("SimpleRNN", first, x, null).Outputs;
        Close(
            PlainKeras.Run("SimpleRNN", second, below, null).Outputs[^1],
            Outputs(opened, Tensor.Of("x", [1, 3, 2], [.. x.SelectMany(row => row)]))[0].ToDoubles()
        );
    }

    [Fact]
    public void A_target_after_the_last_step_stands_at_the_last_that_is_read_and_adjoints_over_passed_steps_are_refused()
    {
        var opened = Opened(
            Legacy(
                "2.4.0",
                Embedded(Described("LSTM", "l", Sigmoids + "\"units\": 3"), Described("Dense", "d", "\"units\": 2")),
                new Layer("e", s_table),
                new Layer("l", Cell(1, 2, 3, 4, [12])),
                new Layer("d", Array("kernel", [3, 2], 1, 2, 3, 4, 5, 6), Array("bias", [2], 0.3, -0.1))
            )
        );
        Tensor ids = Tensor.Of("ids", [4, 2], (ReadOnlySpan<long>)[1L, 2, 0, 3, 2, 0, 0, 0]);
        Batch batch = Batches(opened, ids, Tensor.Of("targets", [2], (ReadOnlySpan<long>)[1L, 0]));
        Assert.Equal([2, 2], batch.Lengths);
        Assert.Equal([-1, -1, 1, 0], ((ClassTargets)batch.Targets).Classes[..4]);
        double[] adjoints = new double[4 * 2 * 3];
        adjoints[0] = 1;
        string refusal = Assert.Throws<MalformedFileException>(() => Batches(opened, ids, Tensor.Of("dJ_dh", [4, 2, 3], adjoints))).Message;
        Assert.Contains("steps that the model passes over", refusal, StringComparison.Ordinal);
    }
}
