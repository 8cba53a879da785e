using Farback.Cells;
using Farback.Diagnosis;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Diagnosis;

/// <summary>‖∂s_t/∂s_k‖ ≤ (γ σ_max(W_h))^(t−k), for every cell that has no other path through time.</summary>
public sealed class SpectralBoundTests
{
    private const int Times = 15;

    public static TheoryData<string> Bounded => ["elman", "elman-relu", "elman-identity", "elman-sigmoid"];

    private static Cell Named(string name) => name == "elman-sigmoid" ? new SigmoidElman() : AllCells.Named(name)!;

    [Theory]
    [MemberData(nameof(Bounded))]
    public void No_jacobian_is_longer_than_the_bound(string cell)
    {
        var network = new Network
        {
            Cell = Named(cell),
            Inputs = 2,
            Hidden = 6,
            Outputs = 0,
        };
        var random = new RandomStream(3, 1);
        var parameters = new Parameters<double>(network);
        foreach (ref double value in parameters.Values.AsSpan())
            value = random.NextUniform(-0.8, 0.8);
        double[] x = [.. Enumerable.Range(0, Times * 2).Select(_ => random.NextNormal())];
        var none = new ClassTargets([.. Enumerable.Repeat(ClassTargets.Ignored, Times)]);
        Trace<double> trace = new Model<double>(network, parameters).Forward(Batch.OfValues(x, Times, 1, 2, none));
        double perStep = SpectralNorm.Log10BoundPerStep(network, parameters)!.Value;
        Assert.Equal(
            network.Cell.LargestSlope!.Value * SpectralNorm.Of(parameters["weight_hh_l0"], 6, 6),
            Math.Pow(10, perStep),
            1e-12 // of a number of order one, through a logarithm and back
        );
        for (int k = 0; k < Times; k++)
        {
            double norm = SpectralNorm.Of([.. StateJacobian.Between(trace, 0, Times - 1, k).Cast<double>()], 6, 6);
            Assert.True(Math.Log10(norm) <= perStep * (Times - 1 - k) + 1e-12, $"lag {Times - 1 - k}: {norm}");
        }
    }

    [Fact]
    public void Cells_with_a_second_path_and_stacks_have_no_bound()
    {
        foreach (Cell cell in AllCells.List)
        {
            var network = new Network
            {
                Cell = cell,
                Inputs = 2,
                Hidden = 3,
                Outputs = 0,
            };
            Assert.Equal(
                cell.Name.StartsWith("elman", StringComparison.Ordinal),
                SpectralNorm.Log10BoundPerStep(network, new Parameters<double>(network)) is not null
            );
            Network two = network with { Layers = 2 };
            Assert.Null(SpectralNorm.Log10BoundPerStep(two, new Parameters<double>(two)));
        }
    }

    /// <summary>h = σ(z), whose slope is at most ¼.</summary>
    private sealed class SigmoidElman : Cell
    {
        public override string Name => "elman-sigmoid";
        public override string Title => "Elman (sigmoid)";
        public override string Equation => "h = σ(W_x x + W_h h₋ + b)";
        public override IReadOnlyList<Gate> Gates { get; } = [new("", 0, 0)];
        public override double? LargestSlope => 0.25;

        public override TResult Open<V, TResult>(ICellUser<V, TResult> user) =>
            user.Use<
                Elman<V, Sigmoid<V>>,
                HiddenState<V>,
                Sums1<V>,
                Sums1<V>,
                NoUnit<V>,
                Elman<V, Sigmoid<V>>.Record,
                NoGate<V, HiddenState<V>, Elman<V, Sigmoid<V>>.Record>,
                NoSums<V>
            >();
    }
}
