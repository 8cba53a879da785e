using Farback.Adjoints;
using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;
using Farback.Tests.Laws;

namespace Farback.Tests.Gradients;

/// <summary>A run in segments, of which only the states between them are kept, has the gradient of the whole.</summary>
public sealed class SegmentTests
{
    private const int Times = 23;
    private const int Lanes = 3;
    private const long Seed = 41;

    // the same terms, added segment by segment: T·B of them for a weight, in double
    private const double Same = 1e-12;
    private static readonly double SameInFloat = Times * Lanes * Math.ScaleB(1, -24) * 8;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static readonly int[] Lengths = [1, 4, 5, 11, 22];

    private static Network Stack(string cell, int layers, double dropout = 0) =>
        new()
        {
            Cell = LawCell.Named(cell),
            Words = 5,
            Embedding = 3,
            Hidden = 6,
            Outputs = 4,
            Layers = layers,
            InitialStates = InitialStates.Learned,
            Dropout = dropout,
        };

    private static Batch Sequences(int lanes = Lanes, int times = Times)
    {
        var random = new RandomStream(Seed);
        int[] words = [.. Enumerable.Range(0, times * lanes).Select(_ => random.Next(5))];
        int[] classes = [.. Enumerable.Range(0, times * lanes).Select(_ => random.Next(5) - 1)];
        return Batch.OfIds(words, times, lanes, new ClassTargets(classes), lanes == 1 ? [times] : [times, 9, 16]);
    }

    private static Parameters<T> Whole<T>(
        Model<T> model,
        Batch batch,
        Truncation? truncation = null,
        RandomStream? dropout = null,
        States<T>? initial = null
    )
        where T : unmanaged
    {
        Trace<T> trace = model.Forward(batch, dropout: dropout, initial: initial);
        return Bptt<T>.Gradient(trace, LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean), truncation);
    }

    private static Parameters<T> InSegments<T>(
        Model<T> model,
        Batch batch,
        int length,
        Truncation? truncation = null,
        RandomStream? dropout = null,
        States<T>? initial = null
    )
        where T : unmanaged
    {
        var gradient = new Parameters<T>(model.Network);
        var bptt = new SegmentedBptt<T>(model, length, truncation);
        bptt.Forward(batch, new SoftmaxCrossEntropy(), Reduction.Mean, dropout, initial, cancel: Cancel);
        bptt.Backward(gradient, cancel: Cancel);
        return gradient;
    }

    private static void Equal<T>(Parameters<T> expected, Parameters<T> found, double tolerance, string what)
        where T : unmanaged
    {
        foreach (Block block in expected.Network.Blocks)
            Close.Normwise(expected.To<double>()[block], found.To<double>()[block], tolerance, $"{what}: {block.Name}");
    }

    [Theory]
    [MemberData(nameof(LawCell.Names), MemberType = typeof(LawCell))]
    public void The_gradient_in_segments_is_the_gradient_of_the_whole(string cell)
    {
        for (int layers = 1; layers <= 3; layers++)
        {
            Network network = Stack(cell, layers);
            Parameters<double> parameters = LawCell.Parameters(network, Seed);
            Of<double>(parameters, Same);
            Of<float>(parameters, SameInFloat);
        }

        void Of<T>(Parameters<double> parameters, double tolerance)
            where T : unmanaged
        {
            var model = new Model<T>(parameters.Network, parameters.To<T>());
            Parameters<T> whole = Whole(model, Sequences());
            foreach (int length in Lengths)
                Equal(whole, InSegments(model, Sequences(), length), tolerance, $"{typeof(T).Name}, segments of {length}");
        }
    }

    [Theory]
    [MemberData(nameof(LawCell.Names), MemberType = typeof(LawCell))]
    public void The_adjoint_crosses_every_edge_bit_for_bit(string cell)
    {
        // one lane: a learned initial state's gradient is λ carried past the first step, and no sum
        Network network = Stack(cell, layers: 2);
        Parameters<double> parameters = LawCell.Parameters(network, Seed);
        Of<double>();
        Of<float>();

        void Of<T>()
            where T : unmanaged
        {
            var model = new Model<T>(network, parameters.To<T>());
            Batch batch = Sequences(lanes: 1);
            Parameters<T> whole = Whole(model, batch);
            foreach (int length in Lengths)
            {
                Parameters<T> found = InSegments(model, batch, length);
                foreach (Block block in network.Blocks.Where(block => block.Kind == BlockKind.InitialState))
                    Assert.Equal(whole[block].ToArray(), found[block].ToArray());
            }
        }
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(7, 3)]
    [InlineData(1, 1)]
    [InlineData(10, 2)]
    [InlineData(40, 5)]
    public void The_chunks_of_truncated_backpropagation_walk_over_edges(int window, int stride)
    {
        Network network = Stack("lstm", layers: 2);
        var model = new Model<double>(network, LawCell.Parameters(network, Seed));
        var truncation = new Truncation(window, stride);
        Parameters<double> whole = Whole(model, Sequences(), truncation);
        foreach (int length in Lengths)
            Equal(whole, InSegments(model, Sequences(), length, truncation), Same, $"{truncation}, segments of {length}");
    }

    [Theory]
    [InlineData("elman")]
    [InlineData("lstm")]
    [InlineData("gru")]
    public void Dropout_drops_what_it_drops_in_the_whole_and_its_stream_goes_on_alike(string cell)
    {
        Network network = Stack(cell, layers: 3, dropout: 0.4);
        var model = new Model<double>(network, LawCell.Parameters(network, Seed));
        RandomStream whole = new(Seed, 9);
        Parameters<double> expected = Whole(model, Sequences(), dropout: whole);
        foreach (int length in Lengths)
        {
            RandomStream stream = new(Seed, 9);
            Equal(expected, InSegments(model, Sequences(), length, dropout: stream), Same, $"segments of {length}");
            Assert.Equal(whole.Save(), stream.Save());
        }
    }

    [Fact]
    public void No_gradient_flows_back_into_states_that_were_given()
    {
        Network network = Stack("gru", layers: 2);
        var model = new Model<double>(network, LawCell.Parameters(network, Seed));
        States<double> states = model.Forward(Sequences()).FinalStates();
        Parameters<double> whole = Whole(model, Sequences(), initial: states);
        foreach (Block block in network.Blocks.Where(block => block.Kind == BlockKind.InitialState))
            Assert.All(whole[block].ToArray(), number => Assert.Equal(0, number));
        foreach (int length in Lengths)
            Equal(whole, InSegments(model, Sequences(), length, initial: states), Same, $"segments of {length}");
    }

    [Fact]
    public void The_loss_and_the_states_at_the_end_are_those_of_the_whole()
    {
        Network network = Stack("lstm", layers: 2);
        var model = new Model<double>(network, LawCell.Parameters(network, Seed));
        Trace<double> trace = model.Forward(Sequences());
        double loss = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean).Total;
        foreach (int length in Lengths)
        {
            var bptt = new SegmentedBptt<double>(model, length);
            Assert.Equal(loss, bptt.Forward(Sequences(), new SoftmaxCrossEntropy(), Reduction.Mean, cancel: Cancel), 1e-14 * Times);
            Assert.Equal(trace.FinalStates().ToArray(), bptt.Run.FinalStates().ToArray());
        }
    }

    [Fact]
    public void A_loss_of_ones_own_is_told_the_place_in_the_whole_batch()
    {
        Network network = Stack("elman", layers: 1);
        var model = new Model<double>(network, LawCell.Parameters(network, Seed));
        Batch batch = Sequences();
        var loss = new Pull(place => place % 7 - 3);
        Trace<double> trace = model.Forward(batch);
        Parameters<double> whole = Bptt<double>.Gradient(trace, LossField.Of(trace, loss, Reduction.Sum));
        var bptt = new SegmentedBptt<double>(model, 5);
        bptt.Forward(batch, loss, Reduction.Sum, cancel: Cancel);
        var found = new Parameters<double>(network);
        bptt.Backward(found, cancel: Cancel);
        Equal(whole, found, Same, "a loss by place");
    }

    [Fact]
    public void Twenty_thousand_steps_take_the_memory_of_a_segment_and_float_keeps_its_digits()
    {
        const int Long = 20_000;
        Network network = new()
        {
            Cell = AllCells.Lstm,
            Inputs = 2,
            Hidden = 32,
            Outputs = 1,
        };
        var random = new RandomStream(Seed, 2);
        double[] x = [.. Enumerable.Range(0, Long * 2).Select(_ => (double)(float)random.NextUniform(-1, 1))];
        double[] y = [.. Enumerable.Range(0, Long).Select(t => t % 10 == 9 ? random.NextUniform(-1, 1) : double.NaN)];
        Batch batch = Batch.OfValues(x, Long, 1, 2, new ValueTargets(y, 1));
        Parameters<double> parameters = LawCell.Parameters(network, Seed);
        var model = new Model<float>(network, parameters.To<float>());
        int length = Recomputation.Every((int)Math.Ceiling(Math.Sqrt(Long))).LengthFor(model, Long, 1)!.Value;

        long before = GC.GetAllocatedBytesForCurrentThread();
        var bptt = new SegmentedBptt<float>(model, length);
        var gradient = new Parameters<float>(network);
        bptt.Forward(batch, new SquaredError(), Reduction.Mean, cancel: Cancel);
        bptt.Backward(gradient, cancel: Cancel);
        long taken = GC.GetAllocatedBytesForCurrentThread() - before;

        // a segment's run and way back, the states at the edges, and what does not grow with T: five copies of the parameters
        long edges = (Long / length + 1L) * 2 * (network.Hidden + 16) * sizeof(float);
        long allowed = 2 * RunMemory.Of(model, length, 1) + 2 * edges + 5L * network.ParameterCount * sizeof(double);
        Assert.True(taken <= allowed, $"took {taken:N0} bytes, expected at most {allowed:N0}");
        Assert.True(taken < RunMemory.Of(model, Long, 1) / 20, $"took {taken:N0} bytes of {RunMemory.Of(model, Long, 1):N0} of the whole");

        // each state carries the rounding of what it remembers, and a segment's sum that of its terms; both bounded by its length
        var exact = new Parameters<double>(network);
        var inDouble = new SegmentedBptt<double>(new(network, parameters), length);
        inDouble.Forward(batch, new SquaredError(), Reduction.Mean, cancel: Cancel);
        inDouble.Backward(exact, cancel: Cancel);
        Equal(exact, gradient.To<double>(), 4 * length * Math.ScaleB(1, -24), "float");
    }

    [Theory]
    [InlineData("elman", 1)]
    [InlineData("lstm", 2)]
    [InlineData("gru", 1)]
    [InlineData("gru-reset-before", 2)]
    public void The_memory_that_is_announced_for_a_run_is_what_it_takes(string cell, int layers)
    {
        const int Steps = 400;
        Network network = Stack(cell, layers, dropout: 0.1);
        var model = new Model<double>(network, LawCell.Parameters(network, Seed));
        Batch batch = Sequences(lanes: 1, times: Steps);
        Whole(model, batch);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Whole(model, batch, dropout: new(Seed));
        double taken = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(RunMemory.Of(model, Steps, 1) / taken, 0.8, 1.25);
    }

    [Fact]
    public void Segments_are_taken_only_where_the_whole_is_beyond_the_budget()
    {
        Network network = new()
        {
            Cell = AllCells.Lstm,
            Inputs = 2,
            Hidden = 64,
            Outputs = 1,
        };
        var model = new Model<float>(network, new(network));
        Assert.Null(Recomputation.Automatic.LengthFor(model, 1000, 32));
        Assert.True(RunMemory.Of(model, 1_000_000, 1) > Recomputation.Budget);
        Assert.Equal(1000, Recomputation.Automatic.LengthFor(model, 1_000_000, 1));
        Assert.Null(Recomputation.None.LengthFor(model, 1_000_000, 1));
        Assert.Equal(7, Recomputation.Every(7).LengthFor(model, 8, 1));
        Assert.Null(Recomputation.Every(7).LengthFor(model, 7, 1));
    }

    [Fact]
    public void Both_directions_are_refused_with_a_way_out()
    {
        Network network = Stack("gru", layers: 1) with { Bidirectional = true };
        var model = new Model<double>(network, new(network));
        Assert.Null(Recomputation.Automatic.LengthFor(model, 100_000_000, 1));
        var error = Assert.Throws<ArgumentException>(() => new SegmentedBptt<double>(model, 5));
        Assert.Contains("use one direction", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("none")]
    [InlineData("1000")]
    public void The_choice_reads_as_it_is_written(string text) => Assert.Equal(text, Recomputation.Parse(text).ToString());

    [Theory]
    [InlineData("0")]
    [InlineData("-3")]
    [InlineData("some")]
    public void Another_word_is_refused(string text) =>
        Assert.Contains(text, Assert.Throws<ArgumentException>(() => Recomputation.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_run_that_is_asked_to_stop_stops()
    {
        Network network = Stack("elman", layers: 1);
        var model = new Model<double>(network, LawCell.Parameters(network, Seed));
        using var stop = new CancellationTokenSource();
        var bptt = new SegmentedBptt<double>(model, 5);
        List<double> told = [];
        bptt.Forward(Sequences(), new SoftmaxCrossEntropy(), Reduction.Mean, progress: new Told(told.Add), cancel: stop.Token);
        Assert.Equal([5 / 23.0, 10 / 23.0, 15 / 23.0, 20 / 23.0, 1], told);
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => bptt.Backward(new(network), cancel: stop.Token));
    }

    private sealed class Told(Action<double> told) : IProgress<double>
    {
        public void Report(double value) => told(value);
    }
}
