using Farback.Cells;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Gradients;

/// <summary>Small networks of every kind, with sizes that are multiples of nothing, for laws that must hold for all.</summary>
internal static class Shapes
{
    public const int Times = 7;

    public static IReadOnlyDictionary<string, Network> All { get; } = Make();

    private static Dictionary<string, Network> Make()
    {
        var shapes = new Dictionary<string, Network>();
        foreach (Cell cell in AllCells.List)
            shapes[cell.Name] = new Network
            {
                Cell = cell,
                Inputs = 3,
                Hidden = 5,
                Outputs = 4,
            };
        shapes["lstm 2 layers"] = shapes["lstm"] with { Layers = 2 };
        shapes["gru both ways"] = shapes["gru"] with { Bidirectional = true };
        shapes["lstm 2 layers both ways"] = shapes["lstm"] with { Layers = 2, Bidirectional = true };
        shapes["gru before 3 layers both ways"] = shapes["gru-reset-before"] with { Layers = 3, Bidirectional = true };
        shapes["elman no bias"] = shapes["elman"] with { Biases = Biases.None };
        shapes["lstm learned initial"] = shapes["lstm"] with { InitialStates = InitialStates.Learned, Biases = Biases.One };
        shapes["lstm words"] = new Network
        {
            Cell = AllCells.Lstm,
            Words = 6,
            Embedding = 3,
            Hidden = 5,
            Outputs = 4,
        };
        shapes["gru words both ways 2 layers"] = new Network
        {
            Cell = AllCells.Gru,
            Words = 6,
            Embedding = 3,
            Hidden = 4,
            Outputs = 4,
            Bidirectional = true,
            Layers = 2,
        };
        return shapes;
    }

    /// <summary>A run with lengths 7, 4, 6 (or one whole lane), losses at most places, and weights of order one half.</summary>
    public static (Trace<T> Trace, LossField Losses) Run<T>(Network network, int seed, int lanes = 3)
        where T : unmanaged
    {
        var random = new RandomStream(seed);
        var parameters = new Parameters<double>(network);
        foreach (ref double value in parameters.Values.AsSpan())
            value = random.NextUniform(-0.7, 0.7);
        int[] lengths = lanes == 1 ? [Times] : [7, 4, 6];
        int[] classes = [.. Enumerable.Range(0, Times * lanes).Select(_ => random.Next(network.Outputs + 1) - 1)];
        var targets = new ClassTargets(classes);
        Batch batch =
            network.Words > 0
                ? Batch.OfIds(
                    [.. Enumerable.Range(0, Times * lanes).Select(_ => random.Next(network.Words))],
                    Times,
                    lanes,
                    targets,
                    lengths
                )
                : Batch.OfValues(
                    [.. Enumerable.Range(0, Times * lanes * network.Inputs).Select(_ => random.NextUniform(-1, 1))],
                    Times,
                    lanes,
                    network.Inputs,
                    targets,
                    lengths
                );
        Trace<T> trace = new Model<T>(network, parameters.To<T>()).Forward(batch);
        return (trace, LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean));
    }
}
