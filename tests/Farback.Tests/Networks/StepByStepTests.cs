using System.Runtime.InteropServices;
using Farback.Cells;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;
using Farback.Tests.Laws;
using Farback.Tiles;

namespace Farback.Tests.Networks;

/// <summary>A step at a time is the batch, bit for bit: same products, same order.</summary>
public sealed class StepByStepTests
{
    private const int Times = 7;
    private const int Lanes = 5; // one tile of four rows and one of a single row

    public static TheoryData<string, Width, string> Everywhere => LawCell.Everywhere;

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void Step_by_step_equals_the_batch_bit_for_bit(string cell, Width width, string precision)
    {
        LawCell.Require(width);
        foreach (int words in new[] { 6, 0 })
        foreach (InitialStates initial in Enum.GetValues<InitialStates>())
            if (precision == "double")
                Compare<double>(Shape(cell) with { Words = words, Inputs = words == 0 ? 6 : 0, InitialStates = initial }, width);
            else
                Compare<float>(Shape(cell) with { Words = words, Inputs = words == 0 ? 6 : 0, InitialStates = initial }, width);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(Lanes + 1)]
    [InlineData(5000)]
    public void States_of_another_number_of_lanes_are_refused_before_anything_is_written(int lanes)
    {
        Network network = Shape("lstm");
        var model = new Model<double>(network, LawCell.Parameters(network, seed: 3));
        var states = new States<double>(network, lanes);
        Assert.Contains("lanes", Assert.Throws<ArgumentException>(() => new StepByStep<double>(model, Lanes).SetStates(states)).Message);
        Assert.Contains("lanes", Assert.Throws<ArgumentException>(() => model.Forward(Words(seed: 5), initial: states)).Message);
        States<double> wider = new(network with { Hidden = 6 }, Lanes),
            fewer = new(network with { Layers = 1 }, Lanes);
        Assert.Throws<ArgumentException>(() => model.Forward(Words(seed: 5), initial: wider));
        Assert.Throws<ArgumentException>(() => model.Forward(Words(seed: 5), initial: fewer));
    }

    [Fact]
    public void What_lies_outside_a_run_is_refused_and_not_read()
    {
        Network network = Shape("lstm");
        Trace<double> trace = new Model<double>(network, LawCell.Parameters(network, seed: 3)).Forward(Words(seed: 5));
        LayerTrace<double> run = trace.Layers[0];
        Refused(() => trace.ReadOut(Times, 0));
        Refused(() => trace.ReadOut(-1, 0));
        Refused(() => trace.ReadOut(0, Lanes));
        Refused(() => run.X(Times, 0));
        Refused(() => run.H(Times + 1, 0));
        Refused(() => run.Operand(0, -1));
        Refused(() => run.State(0, 0, 2, 0));
        Refused(() => run.State(0, 0, 0, network.Hidden));
        Refused(() => run.SetInitial(Lanes, 0, new double[network.Hidden]));
        Assert.Throws<ArgumentException>(() => run.SetInitial(0, 0, new double[network.Hidden - 1]));
        Assert.Equal(network.Hidden, run.H(Times, Lanes - 1).Length);

        static void Refused(Action read) => Assert.Throws<ArgumentOutOfRangeException>(read);
    }

    private static Network Shape(string cell) =>
        new()
        {
            Cell = LawCell.Named(cell),
            Words = 6,
            Embedding = 3,
            Hidden = 5,
            Layers = 2,
            Outputs = 4,
        };

    private static void Compare<T>(Network network, Width width)
        where T : unmanaged
    {
        var model = new Model<T>(network, LawCell.Parameters(network, seed: 3).To<T>(), width);
        Batch batch = Words(seed: 5);
        Trace<T> trace = model.Forward(batch);
        var steps = new StepByStep<T>(model, Lanes);
        var alone = new StepByStep<T>(model, lanes: 1);
        for (int time = 0; time < Times; time++)
        {
            ReadOnlySpan<T> all = steps.Next(batch.Ids.AsSpan(time * Lanes, Lanes));
            for (int lane = 0; lane < Lanes; lane++)
            {
                Same(trace.ReadOut(time, lane), steps.Output(lane));
                Same(trace.ReadOut(time, lane), all.Slice(lane * network.Outputs, network.Outputs));
            }
            Same(trace.ReadOut(time, 2), alone.Next([batch.Ids![time * Lanes + 2]]));
        }
    }

    [Fact]
    public void Vectors_are_walked_as_the_batch_walks_them_and_a_network_without_a_read_out_says_what_its_last_layer_says()
    {
        foreach (Cell cell in new[] { AllCells.Lstm, LawCell.Named("lru") })
        {
            var network = new Network
            {
                Cell = cell,
                Inputs = 3,
                Hidden = 4,
                Layers = 2,
                Outputs = 0,
            };
            var model = new Model<double>(network, LawCell.Parameters(network, seed: 2));
            var random = new RandomStream(4);
            double[] values = [.. Enumerable.Range(0, Times * Lanes * 3).Select(_ => random.NextNormal())];
            Trace<double> trace = model.Forward(Batch.OfValues(values, Times, Lanes, 3, NoTargets()));
            var steps = new StepByStep<double>(model, Lanes);
            double[] expected = new double[network.LayerOutputs];
            for (int time = 0; time < Times; time++)
            {
                steps.Next(values.AsSpan(time * Lanes * 3, Lanes * 3));
                for (int lane = 0; lane < Lanes; lane++)
                {
                    trace.Output(1, time, lane, expected);
                    Assert.Equal(expected, steps.Output(lane));
                }
            }
        }
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        Network network = Shape("gru");
        var steps = new StepByStep<double>(new(network, LawCell.Parameters(network, seed: 1)), Lanes);
        double[] probabilities = new double[network.Outputs];
        var sampler = new Sampler(seed: 1, temperature: 0.7, top: 3);
        int[] words = [0, 1, 2, 3, 4];
        long Walk()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int step = 0; step < 100; step++)
            {
                steps.Next(words);
                Probabilities.Of(steps.Output(0), probabilities);
                words[0] = sampler.Next(steps.Output(0));
            }
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Walk();
        Assert.Equal(0, Walk());
    }

    [Fact]
    public void A_lane_that_starts_anew_or_takes_a_state_up_again_leaves_the_others_alone()
    {
        Network network = Shape("lstm");
        var model = new Model<float>(network, LawCell.Parameters(network, seed: 1).To<float>());
        var walk = new StepByStep<float>(model, lanes: 2);
        walk.Next([1, 1]);
        float[] kept = new float[walk.StateSize];
        walk.GetState(0, kept);
        float[] second = walk.Next([2, 2]).ToArray();
        float[] third = walk.Next([3, 3]).ToArray();

        walk.SetState(0, kept);
        walk.Reset(1);
        walk.Next([2, 1]);
        Assert.Equal(second.AsSpan(0, 4), walk.Output(0));
        float[] fresh = new StepByStep<float>(model).Next([1]).ToArray();
        Assert.Equal(fresh, walk.Output(1));
        walk.Next([3, 2]);
        Assert.Equal(third.AsSpan(0, 4), walk.Output(0));
        Assert.Equal(second.AsSpan(4), walk.Output(1));
    }

    [Fact]
    public void It_goes_on_from_where_a_batch_ended_and_with_the_weights_of_now()
    {
        Network network = Shape("gru");
        var model = new Model<double>(network, LawCell.Parameters(network, seed: 1));
        Batch batch = Words(seed: 9);
        Trace<double> whole = model.Forward(batch);
        var half = Batch.OfIds(batch.Ids![..(3 * Lanes)], 3, Lanes, ClassTargets.None(3 * Lanes));
        var walk = new StepByStep<double>(model, Lanes);
        walk.SetStates(model.Forward(half).FinalStates());
        walk.Next(batch.Ids.AsSpan(3 * Lanes, Lanes));
        Assert.Equal(whole.ReadOut(3, 4), walk.Output(4));

        model.Parameters["head.bias"][0] += 1;
        model.Pack();
        walk.Reset();
        walk.Next(batch.Ids.AsSpan(0, Lanes));
        Assert.Equal(model.Forward(batch).ReadOut(0, 1), walk.Output(1));
    }

    [Fact]
    public async Task Several_walks_on_one_model_do_not_disturb_each_other()
    {
        Network network = Shape("gru-reset-before");
        var model = new Model<double>(network, LawCell.Parameters(network, seed: 1));
        double[] Walk(int first)
        {
            var walk = new StepByStep<double>(model);
            for (int step = 0; step < 2000; step++)
                walk.Next([(first + step) % network.Words]);
            return walk.Output(0).ToArray();
        }
        double[][] expected = [.. Enumerable.Range(0, 4).Select(Walk)];
        double[][] found = await Task.WhenAll(Enumerable.Range(0, 4).Select(first => Task.Run(() => Walk(first))));
        Assert.Equal(expected, found);
    }

    [Fact]
    public void What_cannot_go_step_by_step_is_refused_in_one_sentence()
    {
        Network both = Shape("gru") with { Bidirectional = true };
        Says("bidirectional", () => _ = new StepByStep<double>(new(both, LawCell.Parameters(both, seed: 1))));
        Network network = Shape("gru");
        var walk = new StepByStep<double>(new(network, LawCell.Parameters(network, seed: 1)), lanes: 2);
        Says("expected 2, one a lane, got 1", () => walk.Next([1]));
        Says("lane 1 got word 6; the network knows words 0 to 5", () => walk.Next([1, 6]));
        Says("the network reads words", () => walk.Next([1.0, 2.0]));
        Says("expected 10 numbers (2 layers × 1 parts × 5 units), got 3", () => walk.SetState(0, new double[3]));
        Says("expected 0 to 1, got 2", () => walk.Reset(2));
    }

    // bits, so that 0 and −0 differ
    private static void Same<T>(ReadOnlySpan<T> expected, ReadOnlySpan<T> found)
        where T : unmanaged => Assert.Equal(MemoryMarshal.AsBytes(expected).ToArray(), MemoryMarshal.AsBytes(found).ToArray());

    private static void Says(string what, Action act) =>
        Assert.Contains(what, Assert.Throws<ArgumentException>(act).Message, StringComparison.Ordinal);

    private static ClassTargets NoTargets() => ClassTargets.None(Times * Lanes);

    private static Batch Words(long seed)
    {
        var random = new RandomStream(seed);
        return Batch.OfIds([.. Enumerable.Range(0, Times * Lanes).Select(_ => random.Next(6))], Times, Lanes, NoTargets());
    }
}
