using Farback.Adjoints;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;
using Farback.Tiles;

namespace Farback.Tests.Laws;

/// <summary>Threads change the time and nothing else.</summary>
public sealed class ThreadTests
{
    private const long Seed = 91;
    private const int Times = 6;
    private const int Lanes = 21; // three tiles of rows, the last one torn

    [Theory]
    [MemberData(nameof(LawCell.Everywhere), MemberType = typeof(LawCell))]
    public void Every_number_of_threads_gives_the_same_bits(string cell, Width width, string precision)
    {
        LawCell.Require(width);
        if (precision == "float")
            SameBits<float>(cell, width);
        else
            SameBits<double>(cell, width);
    }

    private static void SameBits<T>(string cell, Width width)
        where T : unmanaged
    {
        foreach (Network network in Networks(cell))
        {
            Parameters<double> parameters = LawCell.Parameters(network, Seed);
            Batch batch = BatchFor(network);
            (T[] Read, T[] Final, T[] Gradient)? one = null;
            foreach (int threads in new[] { 1, 2, 3 })
            {
                var model = new Model<T>(network, parameters.To<T>(), width) { Threads = threads };
                Trace<T> trace = model.Forward(batch, dropout: new RandomStream(Seed, 2));
                LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean);
                T[] read =
                [
                    .. Enumerable
                        .Range(0, Times)
                        .SelectMany(t => Enumerable.Range(0, Lanes).SelectMany(b => trace.ReadOut(t, b).ToArray())),
                ];
                var found = (read, trace.FinalStates().ToArray(), Bptt<T>.Gradient(trace, losses).Values);
                one ??= found;
                Assert.Equal(one.Value.Read, found.read);
                Assert.Equal(one.Value.Final, found.Item2);
                Assert.Equal(one.Value.Gradient, found.Values);
            }
        }
    }

    [Theory]
    [MemberData(nameof(LawCell.Names), MemberType = typeof(LawCell))]
    public void The_map_is_the_same_to_the_bit_on_every_number_of_threads(string cell)
    {
        SameMap<float>(cell, new MapExtent { Factors = true });
        SameMap<double>(cell, new MapExtent());
        SameMap<float>(cell, new MapExtent { NormsOf = "weight_hh_l0" });
        SameMap<float>(cell, new MapExtent { Window = 3 });
    }

    private static void SameMap<T>(string cell, MapExtent extent)
        where T : unmanaged
    {
        foreach (Network network in Networks(cell))
        {
            if (extent.NormsOf is { } name && network.Blocks.All(block => block.Name != name))
                continue; // a cell without recurrent products
            Parameters<double> parameters = LawCell.Parameters(network, Seed);
            GradientMap? one = null;
            foreach (int threads in new[] { 1, 2, 3 })
            {
                var model = new Model<T>(network, parameters.To<T>()) { Threads = threads };
                Trace<T> trace = model.Forward(BatchFor(network));
                GradientMap map = GradientMap.Of(trace, LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean), extent);
                one ??= map;
                Assert.Equal(one.Residual, map.Residual);
                foreach ((MapSeries expected, MapSeries found) in one.Series.Zip(map.Series))
                {
                    Assert.Equal(expected.Log2Norm, found.Log2Norm);
                    Assert.Equal(expected.Log2LaneNorm, found.Log2LaneNorm);
                    Assert.Equal(expected.Share, found.Share);
                    Assert.Equal(expected.Class, found.Class);
                }
                foreach ((MapSite expected, MapSite found) in one.Sites.Zip(map.Sites))
                    Assert.Equal(expected.Log2Adjoint, found.Log2Adjoint);
            }
        }
    }

    [Fact]
    public void Norms_of_one_block_are_those_of_the_whole_map_and_nothing_else_is_claimed()
    {
        Network network = Networks("lstm").Last();
        var model = new Model<double>(network, LawCell.Parameters(network, Seed));
        Trace<double> trace = model.Forward(BatchFor(network));
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean);
        GradientMap all = GradientMap.Of(trace, losses),
            one = GradientMap.Of(trace, losses, new MapExtent { NormsOf = "weight_hh_l0" });
        Assert.Equal(
            ["weight_hh_l0", "weight_hh_l0.i", "weight_hh_l0.f", "weight_hh_l0.g", "weight_hh_l0.o"],
            one.Series.Select(s => s.Name)
        );
        foreach (MapSeries series in one.Series)
        {
            Assert.Equal(all[series.Name].Log2Norm, series.Log2Norm);
            Assert.Equal(all[series.Name].Class, series.Class);
            Assert.All(series.Share, share => Assert.True(double.IsNaN(share)));
        }
        Assert.Null(one.Residual);
        Assert.Throws<InvalidOperationException>(() => one.All);
        foreach (string name in new[] { "all", "no such block" })
            Assert.Throws<ArgumentException>(() => GradientMap.Of(trace, losses, new MapExtent { NormsOf = name }));
    }

    // lanes in pairs that pull opposite ways but for a thousandth: a float's sum of squares keeps nothing of it
    [Theory]
    [MemberData(nameof(LawCell.Names), MemberType = typeof(LawCell))]
    public void Lanes_that_nearly_cancel_keep_their_norm_in_float(string cell)
    {
        var network = new Network
        {
            Cell = LawCell.Named(cell),
            Inputs = 3,
            Hidden = 19,
            Outputs = 2,
        };
        var random = new RandomStream(Seed, 3);
        const int Pairs = 10;
        double[] values = new double[Times * Pairs * 2 * 3];
        for (int place = 0; place < values.Length; place += 6)
        for (int i = 0; i < 3; i++)
            values[place + i] = values[place + 3 + i] = (float)random.NextNormal();
        Parameters<double> parameters = LawCell.Parameters(network, Seed);
        var map = (Make<float>(), Make<double>());
        foreach (MapSeries expected in map.Item2.Series)
        {
            MapSeries found = map.Item1[expected.Name];
            for (int entry = 0; entry < expected.Class.Length; entry++)
                if (expected.Class[entry] == CellClass.Value && expected.Log2LaneNorm[entry] > -40)
                    Assert.Equal(expected.Log2Norm[entry], found.Log2Norm[entry], 0.02); // δ itself is a float's
        }

        GradientMap Make<T>()
            where T : unmanaged
        {
            var model = new Model<T>(network, parameters.To<T>());
            Batch batch = Batch.OfValues(values, Times, 2 * Pairs, 3, new ClassTargets(new int[Times * 2 * Pairs]));
            Trace<T> trace = model.Forward(batch);
            LossField losses = LossField.Of(trace, new Gradients.Pull(place => place % 2 == 0 ? 1 : -0.999), Reduction.Mean);
            return GradientMap.Of(trace, losses);
        }
    }

    // words with vectors of their own, both directions, learned initial states; and a stack of vectors with one bias
    private static IEnumerable<Network> Networks(string cell) =>
        [
            new()
            {
                Cell = LawCell.Named(cell),
                Words = 7,
                Embedding = 5,
                Hidden = 19,
                Layers = 3,
                Bidirectional = true,
                Outputs = 4,
                InitialStates = InitialStates.Learned,
                Dropout = 0.3,
            },
            new()
            {
                Cell = LawCell.Named(cell),
                Inputs = 3,
                Hidden = 35,
                Outputs = 4,
                Biases = Biases.One,
            },
        ];

    private static Batch BatchFor(Network network)
    {
        var random = new RandomStream(Seed);
        int[] Whole(int below) => [.. Enumerable.Range(0, Times * Lanes).Select(_ => random.Next(below))];
        int[] lengths = [.. Enumerable.Range(0, Lanes).Select(b => 1 + (b + 3) % Times)];
        return network.Words > 0
            ? Batch.OfIds(Whole(7), Times, Lanes, new ClassTargets(Whole(4)), lengths)
            : Batch.OfValues(
                [.. Enumerable.Range(0, Times * Lanes * 3).Select(_ => random.NextNormal())],
                Times,
                Lanes,
                3,
                new ClassTargets(Whole(4)),
                lengths
            );
    }

    [Fact]
    public void Parts_are_all_done_once_each_by_threads_of_their_number()
    {
        for (int round = 0; round < 2000; round++)
        {
            int threads = 1 + round % 4,
                count = round % 7;
            int[] done = new int[count];
            int worst = 0;
            Team.Run(
                threads,
                count,
                (part, thread) =>
                {
                    Interlocked.Increment(ref done[part]);
                    if (thread >= threads)
                        Interlocked.Exchange(ref worst, thread);
                }
            );
            Assert.All(done, times => Assert.Equal(1, times));
            Assert.Equal(0, worst);
        }
    }

    // whoever wakes up on the caller's core goes to another one: it may return
    [Fact]
    public void The_threads_of_the_team_keep_the_cores_that_they_were_allowed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells a thread's cores.");
        string[] allowed = new string[2];
        int met = 0;
        for (int round = 0; round < 300; round++)
            Team.Run(
                2,
                2,
                (_, thread) =>
                {
                    allowed[thread] = File.ReadLines("/proc/thread-self/status")
                        .First(line => line.StartsWith("Cpus_allowed:", StringComparison.Ordinal));
                    Interlocked.Or(ref met, 1 << thread);
                }
            );
        Assert.SkipUnless(met == 3, "no second thread came: the machine is busy, or has one core.");
        Assert.Equal(allowed[0], allowed[1]);
    }

    [Fact]
    public void Parts_may_have_parts()
    {
        int done = 0;
        Team.Run(3, 5, (_, _) => Team.Run(3, 4, (_, _) => Interlocked.Increment(ref done)));
        Assert.Equal(20, done);
    }

    [Fact]
    public void Several_callers_at_once_all_get_their_work_done()
    {
        int done = 0;
        Parallel.For(
            0,
            8,
            _ =>
            {
                for (int round = 0; round < 200; round++)
                    Team.Run(2, 3, (_, _) => Interlocked.Increment(ref done));
            }
        );
        Assert.Equal(8 * 200 * 3, done);
    }

    [Fact]
    public void What_a_part_throws_reaches_the_caller_and_the_team_goes_on()
    {
        var error = Assert.Throws<FormatException>(() => Team.Run(2, 2, (part, _) => throw new FormatException($"part {part}")));
        Assert.StartsWith("part ", error.Message, StringComparison.Ordinal);
        int done = 0;
        Team.Run(2, 2, (_, _) => Interlocked.Increment(ref done));
        Assert.Equal(2, done);
    }

    [Fact]
    public void A_word_that_the_network_does_not_know_is_refused_on_every_number_of_threads()
    {
        Network network = Networks("lstm").First();
        int[] ids = new int[Times * Lanes];
        ids[17] = 99;
        Batch batch = Batch.OfIds(ids, Times, Lanes, new ClassTargets(new int[Times * Lanes]));
        foreach (int threads in new[] { 1, 3 })
        {
            var model = new Model<float>(network, LawCell.Parameters(network, Seed).To<float>()) { Threads = threads };
            Assert.Contains("word 99", Assert.Throws<ArgumentException>(() => model.Forward(batch)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void No_threads_are_refused()
    {
        Network network = Networks("elman").Last();
        Assert.Throws<ArgumentOutOfRangeException>(() => new Model<float>(network, new Parameters<float>(network)) { Threads = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => Team.Most = 0);
    }
}
