using Farback.Adjoints;
using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Tests.Gradients;

/// <summary>Zeros have different causes, and only some mean that a gradient vanished.</summary>
public sealed class MapClassTests
{
    private const double Residual = 1e-13; // the same additions in another order, relative to ΣΣ‖G‖

    public static TheoryData<string> OneWay() => [.. Shapes.All.Where(shape => !shape.Value.Bidirectional).Select(shape => shape.Key)];

    [Theory]
    [MemberData(nameof(OneWay))]
    public void What_truncation_cuts_is_called_cut_and_the_rest_sums_to_the_truncated_gradient(string name)
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All[name], seed: 51);
        foreach (Truncation truncation in new Truncation[] { new(3, 3), new(4, 2), new(1, 1) })
        {
            GradientMap map = GradientMap.Of(trace, losses, new MapExtent { Truncation = truncation });
            Assert.InRange(map.Residual!.Value, 0, Residual);
            Assert.Contains("truncated", map.Label, StringComparison.Ordinal);
            foreach (
                MapSeries series in map.Series.Where(series => series.Gate is null && series.Block?.Kind is null or BlockKind.InputWeights)
            )
                for (int t = 0; t < trace.Times; t++)
                for (int k = 0; k < trace.Times; k++)
                    if (losses.AnyAt(t))
                        Assert.Equal(
                            k > t ? CellClass.NoPath
                                : k < truncation.FirstUse(t, trace.Times) ? CellClass.CutByTruncation
                                : CellClass.Value,
                            series.Class[map.Entry(t, k)]
                        );
        }
    }

    [Theory]
    [MemberData(nameof(OneWay))]
    public void Every_series_cancels_at_least_by_nothing(string name)
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All[name], seed: 52);
        foreach (MapSeries series in GradientMap.Of(trace, losses).Series)
            Assert.True(series.Cancellation >= 1 - 1e-12, $"{series.Name}: κ = {series.Cancellation}");
    }

    [Fact]
    public void A_time_without_a_loss_is_no_zero()
    {
        (Trace<double> trace, _) = Shapes.Run<double>(Shapes.All["gru both ways"], seed: 53);
        Trace<double> one = trace.Model.Forward(Written.OnlyAt(trace.Batch, 2));
        GradientMap map = GradientMap.Of(one, LossField.Of(one, new SoftmaxCrossEntropy(), Reduction.Sum));
        foreach (MapSeries series in map.Series)
            for (int t = 0; t < one.Times; t++)
            for (int k = 0; k < one.Times; k++)
                Assert.Equal(t != 2, series.Class[map.Entry(t, k)] == CellClass.NotALoss);
    }

    [Fact]
    public void A_learned_initial_state_is_used_once_and_its_other_columns_have_no_path()
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All["lstm learned initial"], seed: 54);
        GradientMap map = GradientMap.Of(trace, losses);
        for (int t = 0; t < trace.Times; t++)
        for (int k = 0; k < trace.Times; k++)
            if (losses.AnyAt(t))
                Assert.Equal(k == 0 ? CellClass.Value : CellClass.NoPath, map["initial_l0"].Class[map.Entry(t, k)]);
    }

    [Fact]
    public void No_path_leads_into_the_padding_behind_a_short_lane()
    {
        (Trace<double> trace, _) = Shapes.Run<double>(Shapes.All["gru both ways"], seed: 55);
        // only lane 1, which ends after 4 steps, has a loss
        int[] targets = new int[trace.Times * trace.Lanes];
        Array.Fill(targets, ClassTargets.Ignored);
        for (int time = 0; time < 4; time++)
            targets[time * trace.Lanes + 1] = 1;
        Batch batch = Batch.OfValues(
            trace.Batch.Values!,
            trace.Times,
            trace.Lanes,
            trace.Batch.Inputs,
            new ClassTargets(targets),
            trace.Batch.Lengths
        );
        Trace<double> run = trace.Model.Forward(batch);
        GradientMap map = GradientMap.Of(run, LossField.Of(run, new SoftmaxCrossEntropy(), Reduction.Sum));
        foreach (MapSeries series in map.Series)
            for (int k = 4; k < run.Times; k++)
                Assert.Equal(CellClass.NoPath, series.Class[map.Entry(1, k)]);
        Assert.Equal(CellClass.Value, map["weight_ih_l0_reverse"].Class[map.Entry(1, 3)]);
    }

    // h = relu(w x + h₋): a negative input kills the unit, and with it the way back
    [Fact]
    public void A_dead_relu_is_a_saturated_zero_and_what_lies_behind_it_an_exact_one()
    {
        GradientMap map = One(AllCells.ElmanRelu, inputs: [1, 1, -5, 1], force: _ => 1);
        MapSeries weights = map["weight_ih_l0"];
        Assert.Equal(CellClass.Value, weights.Class[map.Entry(1, 0)]);
        Assert.Equal(CellClass.Value, weights.Class[map.Entry(3, 3)]);
        Assert.Equal(CellClass.ZeroBySaturation, weights.Class[map.Entry(3, 2)]);
        Assert.Equal(CellClass.ExactZero, weights.Class[map.Entry(3, 1)]);
        Assert.Equal(double.NegativeInfinity, weights.Log2Norm[map.Entry(3, 2)]);
    }

    [Fact]
    public void An_input_of_zero_is_an_exact_zero_of_its_weights_and_not_of_the_recurrent_ones()
    {
        GradientMap map = One(AllCells.Elman, inputs: [1, 0, 1], force: _ => 1);
        Assert.Equal(CellClass.ExactZero, map["weight_ih_l0"].Class[map.Entry(2, 1)]);
        Assert.Equal(CellClass.Value, map["weight_hh_l0"].Class[map.Entry(2, 1)]);
        Assert.Equal(CellClass.Value, map.All.Class[map.Entry(2, 1)]);
    }

    [Fact]
    public void A_loss_that_is_no_number_shows_in_its_own_row_only()
    {
        GradientMap map = One(AllCells.Elman, inputs: [1, 1, 1], force: place => place == 1 ? double.NaN : 1);
        for (int k = 0; k <= 1; k++)
            Assert.Equal(CellClass.NaN, map["weight_ih_l0"].Class[map.Entry(1, k)]);
        for (int k = 0; k <= 2; k++)
            Assert.Equal(CellClass.Value, map["weight_ih_l0"].Class[map.Entry(2, k)]);
        Assert.Equal(CellClass.NaN, map.All.Class[map.Entry(1, 0)]);
        Assert.Equal(CellClass.NoPath, map.All.Class[map.Entry(1, 2)]);
    }

    [Fact]
    public void An_operand_whose_square_no_double_holds_makes_an_infinite_entry_of_its_own_weights_only()
    {
        GradientMap map = One(AllCells.ElmanIdentity, inputs: [1, 1e200, 1], force: _ => 1);
        Assert.Equal(CellClass.Value, map["weight_ih_l0"].Class[map.Entry(2, 0)]);
        Assert.Equal(CellClass.Infinite, map["weight_ih_l0"].Class[map.Entry(2, 1)]);
        Assert.Equal(CellClass.Value, map["weight_ih_l0"].Class[map.Entry(2, 2)]);
        Assert.Equal(CellClass.Infinite, map["weight_hh_l0"].Class[map.Entry(2, 2)]); // it is in the state now
    }

    [Theory]
    [InlineData("lstm", "f")]
    [InlineData("gru-reset-before", "r")]
    public void A_gate_before_the_first_step_has_nothing_to_act_on_which_is_an_exact_zero_and_not_saturation(string cell, string gate)
    {
        (Trace<double> trace, LossField losses) = Shapes.Run<double>(Shapes.All[cell], seed: 56);
        GradientMap map = GradientMap.Of(trace, losses);
        Assert.Equal(CellClass.ExactZero, map[$"weight_ih_l0.{gate}"].Class[map.Entry(3, 0)]);
        Assert.Equal(CellClass.Value, map["weight_ih_l0"].Class[map.Entry(3, 0)]);
        Assert.Equal(CellClass.Value, map[$"weight_ih_l0.{gate}"].Class[map.Entry(3, 1)]);
    }

    // h = h₋/16 + …: G[159,0] of the lane with the late loss is (2⁻⁴)¹⁵⁹ of G[159,159], whatever a lane beside it does
    [Fact]
    public void A_lane_without_a_loss_does_not_drown_the_words_and_initial_states_of_another()
    {
        const int Times = 160;
        var network = new Network
        {
            Cell = AllCells.ElmanIdentity,
            Words = 2,
            Embedding = 1,
            Hidden = 1,
            Outputs = 1,
            InitialStates = InitialStates.Learned,
        };
        var parameters = new Parameters<double>(network);
        Array.Fill(parameters.Values, 0.5);
        parameters["weight_hh_l0"][0] = 1.0 / 16;
        GradientMap one = Words(1),
            two = Words(2);
        foreach (string block in new[] { "embedding.weight", "initial_l0", "weight_ih_l0" })
        {
            MapSeries alone = one[block],
                beside = two[block];
            int entry = one.Entry(Times - 1, 0);
            Assert.Equal(CellClass.Value, beside.Class[entry]);
            Assert.InRange(beside.Log2Norm[entry], -640, -620);
            Assert.Equal(alone.Log2Norm[entry], beside.Log2Norm[entry], Residual);
        }

        GradientMap Words(int lanes)
        {
            double[] targets = new double[Times * lanes];
            Array.Fill(targets, double.NaN);
            targets[(Times - 1) * lanes + lanes - 1] = 3;
            if (lanes == 2)
                targets[0] = 3;
            Batch batch = Batch.OfIds(new int[Times * lanes], Times, lanes, new ValueTargets(targets, 1));
            Trace<double> trace = new Model<double>(network, parameters).Forward(batch);
            return GradientMap.Of(trace, LossField.Of(trace, new SquaredError(), Reduction.Sum));
        }
    }

    // lane 0's unit is dead all along: it has a λ of 1 at its loss and no δ; lane 1's entries are those of lane 1 alone
    [Fact]
    public void A_lane_whose_units_are_dead_does_not_drown_the_uses_of_another()
    {
        const int Power = -990;
        Assert.Equal(Norm([1]), Norm([-1, 1]), Residual);

        static double Norm(double[] inputs)
        {
            var network = new Network
            {
                Cell = AllCells.ElmanRelu,
                Inputs = 1,
                Hidden = 1,
                Outputs = 1,
                Biases = Biases.None,
            };
            var parameters = new Parameters<double>(network);
            (parameters["weight_ih_l0"][0], parameters["weight_hh_l0"][0], parameters["head.weight"][0]) = (1, 1, 1);
            Batch batch = Batch.OfValues(inputs, 1, inputs.Length, 1, new ClassTargets(new int[inputs.Length]));
            Trace<double> trace = new Model<double>(network, parameters).Forward(batch);
            var pull = new Pull(place => place == inputs.Length - 1 ? Math.ScaleB(1, Power) : 1);
            GradientMap map = GradientMap.Of(trace, LossField.Of(trace, pull, Reduction.Sum));
            Assert.Equal(CellClass.Value, map["weight_ih_l0"].Class[0]);
            return map["weight_ih_l0"].Log2Norm[0] - Power;
        }
    }

    // layer 0: h = relu(x + h₋/100); above it a = relu(h − 1), alive at time 40 only, is kept for ever: λ decays from there by 1/100 a step
    [Theory]
    [InlineData("float")]
    [InlineData("double")]
    public void A_zero_that_comes_from_above_does_not_take_what_has_come_from_later(string precision)
    {
        GradientMap map = precision == "float" ? Decay<float>() : Decay<double>();
        MapSeries weights = map["weight_ih_l0"];
        // a factor 0.01 in float has a relative error of ε₂₄ and each product another
        double perStep = 2 * Math.ScaleB(1, -24) / Math.Log(2);
        double from = weights.Log2Norm[map.Entry(59, 40)] + Math.Log2(0.1 / 5);
        for (int k = 39; k >= 5; k--)
        {
            Assert.Equal(CellClass.Value, weights.Class[map.Entry(59, k)]);
            Assert.Equal(from + (40 - k) * Math.Log2(0.01), weights.Log2Norm[map.Entry(59, k)], perStep * 64);
        }

        static GradientMap Decay<T>()
            where T : unmanaged
        {
            const int Times = 60;
            var network = new Network
            {
                Cell = AllCells.ElmanRelu,
                Inputs = 1,
                Hidden = 2,
                Layers = 2,
                Outputs = 1,
                Biases = Biases.One,
            };
            var parameters = new Parameters<double>(network);
            (parameters["weight_ih_l0"][0], parameters["weight_hh_l0"][0]) = (1, 0.01);
            (parameters["weight_ih_l1"][0], parameters["bias_ih_l1"][0]) = (1, -1);
            (parameters["weight_hh_l1"][2], parameters["weight_hh_l1"][3]) = (1, 1);
            parameters["head.weight"][1] = 1;
            double[] x = [.. Enumerable.Repeat(0.1, Times)],
                y = [.. Enumerable.Repeat(double.NaN, Times)];
            (x[40], y[^1]) = (5, 0);
            Trace<T> trace = new Model<T>(network, parameters.To<T>()).Forward(Batch.OfValues(x, Times, 1, 1, new ValueTargets(y, 1)));
            return GradientMap.Of(trace, LossField.Of(trace, new SquaredError(), Reduction.Sum));
        }
    }

    // a lane without a loss has λ = 0, and δ = 0 · NaN where its inputs are no numbers; a step back λ itself is no number, and the entry is called so
    [Theory]
    [InlineData("float")]
    [InlineData("double")]
    public void What_is_no_number_in_a_lane_without_a_loss_does_not_show_where_the_loss_of_another_is(string precision)
    {
        if (precision == "float")
            Same<float>();
        else
            Same<double>();

        static void Same<T>()
            where T : unmanaged
        {
            (Trace<T> alone, _) = Shapes.Run<T>(Shapes.All["elman"], seed: 57, lanes: 1);
            double[] values = [.. alone.Batch.Values!.Chunk(3).SelectMany(x => (double[])[.. x, double.NaN, double.NaN, double.NaN])];
            int[] classes = [.. ((ClassTargets)alone.Batch.Targets).Classes.SelectMany(c => (int[])[c, ClassTargets.Ignored])];
            Trace<T> both = alone.Model.Forward(Batch.OfValues(values, Shapes.Times, 2, 3, new ClassTargets(classes)));
            GradientMap one = GradientMap.Of(alone, LossField.Of(alone, new SoftmaxCrossEntropy(), Reduction.Sum)),
                two = GradientMap.Of(both, LossField.Of(both, new SoftmaxCrossEntropy(), Reduction.Sum));
            double ε = Math.ScaleB(1, typeof(T) == typeof(float) ? -24 : -53);
            // squares of at most 15 numbers, added in the run's precision or in double: half of it in the root, in bits
            foreach (string name in new[] { "weight_ih_l0", "weight_hh_l0", "bias_ih_l0" })
                for (int t = 0; t < Shapes.Times; t++)
                {
                    int entry = one.Entry(t, t);
                    Assert.Equal(one[name].Class[entry], two[name].Class[entry]);
                    if (one[name].Class[entry] == CellClass.Value)
                        Assert.Equal(one[name].Log2Norm[entry], two[name].Log2Norm[entry], 32 * ε / Math.Log(2));
                }
        }
    }

    // one unit with weights of 1 and a read-out of 1
    private static GradientMap One(Cell cell, double[] inputs, Func<int, double> force)
    {
        var network = new Network
        {
            Cell = cell,
            Inputs = 1,
            Hidden = 1,
            Outputs = 1,
            Biases = Biases.None,
        };
        var parameters = new Parameters<double>(network);
        (parameters["weight_ih_l0"][0], parameters["weight_hh_l0"][0], parameters["head.weight"][0]) = (1, 1, 1);
        Batch batch = Batch.OfValues(inputs, inputs.Length, 1, 1, new ClassTargets(new int[inputs.Length]));
        Trace<double> trace = new Model<double>(network, parameters).Forward(batch);
        return GradientMap.Of(trace, LossField.Of(trace, new Pull(force), Reduction.Sum));
    }
}
