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
