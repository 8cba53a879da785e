using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Laws;

/// <summary>Threads that share the units of few lanes give the bits of one thread.</summary>
/// <remarks>Alone, because beside other tests the cores are taken, and a caller who is kept waiting goes on alone.</remarks>
[Collection(nameof(Alone))]
public sealed class AbreastTests
{
    private const long Seed = 53;
    private const int Times = 40;
    private const int Inputs = 9;

    [CollectionDefinition(nameof(Alone), DisableParallelization = true)]
    public sealed class Alone;

    [Theory]
    [MemberData(nameof(LawCell.Names), MemberType = typeof(LawCell))]
    public void Every_number_of_threads_gives_few_lanes_the_same_gradient_to_the_bit(string cell)
    {
        foreach (int hidden in new[] { 33, 101, 225 })
        foreach (int lanes in new[] { 1, 2, 3, 8 })
        {
            Compare<float>(cell, hidden, lanes);
            Compare<double>(cell, hidden, lanes);
        }
    }

    private static void Compare<T>(string cell, int hidden, int lanes)
        where T : unmanaged
    {
        Network network = new()
        {
            Cell = LawCell.Named(cell),
            Inputs = Inputs,
            Hidden = hidden,
            Outputs = 3,
            Bidirectional = hidden == 33,
            InitialStates = InitialStates.Learned,
        };
        var random = new RandomStream(Seed, lanes);
        Batch batch = Batch.OfValues(
            [.. Enumerable.Range(0, Times * lanes * Inputs).Select(_ => random.NextNormal())],
            Times,
            lanes,
            Inputs,
            new ClassTargets([.. Enumerable.Range(0, Times * lanes).Select(_ => random.Next(3))]),
            [.. Enumerable.Range(0, lanes).Select(lane => Times - lane)]
        );
        var model = new Model<T>(network, LawCell.Parameters(network, Seed).To<T>()) { Threads = 1 };
        var (expectedStates, expected) = Gradient(model, batch);
        foreach (int threads in new[] { 2, 3, 5 })
        {
            model.Threads = threads;
            var (states, gradient) = Gradient(model, batch);
            Assert.Equal(expectedStates, states);
            Assert.Equal(expected, gradient);
        }
    }

    private static (T[] States, T[] Gradient) Gradient<T>(Model<T> model, Batch batch)
        where T : unmanaged
    {
        Trace<T> trace = model.Forward(batch);
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean);
        return (trace.FinalStates().ToArray(), Bptt<T>.Gradient(trace, losses).Values);
    }
}
