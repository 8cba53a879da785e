using Farback.Diagnosis;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Laws;

/// <summary>Every law × every cell × every width × both precisions × every way in which a network can be put together.</summary>
public sealed class EveryCellTests(ITestOutputHelper output)
{
    private const long Seed = 41;
    private const int Classes = 3;

    private sealed record Shape(
        string What,
        Network Network,
        int Times,
        int Lanes,
        int[]? Lengths = null,
        bool Dropout = false,
        double? FirstInputs = null
    );

    [Theory]
    [MemberData(nameof(LawCell.Everywhere), MemberType = typeof(LawCell))]
    public void Every_law_holds(string cell, Width width, string precision)
    {
        LawCell.Require(width);
        foreach (Shape shape in Shapes(cell))
        {
            Parameters<double> parameters = LawCell.Parameters(shape.Network, Seed);
            Batch batch = Draw(shape);
            long? dropout = shape.Dropout ? Seed : null;
            IReadOnlyList<LawResult> laws =
                precision == "double"
                    ? ModelLaws.Check(
                        new Model<double>(shape.Network, parameters, width),
                        batch,
                        new SoftmaxCrossEntropy(),
                        Reduction.Mean,
                        dropout
                    )
                    : ModelLaws.Check(
                        new Model<float>(shape.Network, parameters.To<float>(), width),
                        batch,
                        new SoftmaxCrossEntropy(),
                        Reduction.Sum,
                        dropout
                    );
            foreach (LawResult law in laws)
            {
                output.WriteLine($"{law} [{shape.What}]");
                Assert.True(law.Holds, $"{shape.What}, seed {Seed}: {law}. {law.Meaning}");
            }
        }
    }

    private static IEnumerable<Shape> Shapes(string cell)
    {
        var one = new Network
        {
            Cell = LawCell.Named(cell),
            Inputs = 3,
            Hidden = 5,
            Outputs = Classes,
        };
        yield return new("one layer", one, 6, 3);
        yield return new("one unit, one lane, one step", one with { Hidden = 1, Inputs = 1 }, 1, 1);
        yield return new("learned initial state, no bias", one with { InitialStates = InitialStates.Learned, Biases = Biases.None }, 4, 2);
        yield return new("sums of exactly zero at the first step", one with { Biases = Biases.None }, 3, 2, FirstInputs: 0);
        yield return new("two layers, one bias", one with { Layers = 2, Biases = Biases.One }, 5, 2);
        yield return new("two layers, fixed dropout", one with { Layers = 2, Dropout = 0.4 }, 4, 2, Dropout: true);
        yield return new("both directions, lengths", one with { Bidirectional = true }, 5, 4, [5, 1, 3, 0]);
        yield return new(
            "two layers, both directions, lengths, learned initial states",
            one with
            {
                Layers = 2,
                Bidirectional = true,
                Hidden = 3,
                InitialStates = InitialStates.Learned,
            },
            4,
            3,
            [4, 2, 3]
        );
        yield return new(
            "words, both directions",
            one with
            {
                Inputs = 0,
                Words = 4,
                Embedding = 2,
                Bidirectional = true,
            },
            4,
            3,
            [4, 3, 2]
        );
    }

    [Theory]
    [MemberData(nameof(LawCell.Names), MemberType = typeof(LawCell))]
    public void Every_law_holds_at_sizes_that_fill_no_register(string cell)
    {
        var network = new Network
        {
            Cell = LawCell.Named(cell),
            Inputs = 13,
            Hidden = 37,
            Outputs = 5,
        };
        var shape = new Shape("odd sizes", network, 7, 11, [7, 7, 6, 5, 7, 1, 7, 7, 2, 7, 3]);
        foreach (
            LawResult law in ModelLaws.Check(
                network,
                LawCell.Parameters(network, Seed),
                Draw(shape),
                new SoftmaxCrossEntropy(),
                Reduction.Mean
            )
        )
        {
            output.WriteLine($"{law}");
            Assert.True(law.Holds, $"{law}. {law.Meaning}");
        }
    }

    private static Batch Draw(Shape shape)
    {
        var random = new RandomStream(Seed, 2);
        int places = shape.Times * shape.Lanes;
        var targets = new ClassTargets([
            .. Enumerable.Range(1, places).Select(i => i % 5 == 0 ? ClassTargets.Ignored : random.Next(shape.Network.Outputs)),
        ]);
        if (shape.Network.Words > 0)
            return Batch.OfIds(
                [.. Enumerable.Range(0, places).Select(_ => random.Next(shape.Network.Words))],
                shape.Times,
                shape.Lanes,
                targets,
                shape.Lengths
            );
        double[] values = [.. Enumerable.Range(0, places * shape.Network.Inputs).Select(_ => (double)(float)random.NextNormal())];
        if (shape.FirstInputs is { } first)
            values.AsSpan(0, shape.Lanes * shape.Network.Inputs).Fill(first);
        return Batch.OfValues(values, shape.Times, shape.Lanes, shape.Network.Inputs, targets, shape.Lengths);
    }
}
