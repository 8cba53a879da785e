using Farback.Diagnosis;
using Farback.Diagnosis.Spectra;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;
using Farback.Tests.Laws;

namespace Farback.Tests.Diagnosis.Spectra;

/// <summary>Single steps and their products against the dense ∂s_t/∂s_k, for every cell, stacked and in both directions.</summary>
public sealed class StepJacobiansTests
{
    private const int Times = 12;
    private const double Tolerance = 1e-10; // some 12 products of matrices of order one, in another order

    public static TheoryData<string, int> Networks
    {
        get
        {
            TheoryData<string, int> data = [];
            foreach (string cell in LawCell.Names)
            foreach (int layers in new[] { 1, 2 })
                data.Add(cell, layers);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Kept_in_three_factors_a_product_is_the_dense_one(string cell, int layers)
    {
        Trace<double> trace = Run(Of(cell) with { Layers = layers }, [Times, 9]);
        var steps = new StepJacobians<double>(trace);
        int n = steps.Coordinates;
        for (int lane = 0; lane < 2; lane++)
        {
            (int first, int end) = steps.Steps(lane);
            var product = new ScaledProduct(n);
            double[] jacobian = new double[n * n];
            for (int p = end - 1; p >= first; p--)
            {
                steps.Read(lane, p, jacobian);
                Close.Normwise(Flat(StateJacobian.Between(trace, lane, p, p - 1)), jacobian, 1e-13, $"{cell} step {p}");
                product.Multiply(jacobian);
                Close.Normwise(Flat(StateJacobian.Between(trace, lane, end - 1, p - 1)), Written(product), Tolerance, $"{cell} to {p}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(LawCell.Names), MemberType = typeof(LawCell))]
    public void Each_half_of_a_bidirectional_layer_has_the_steps_of_a_network_that_reads_that_way(string cell)
    {
        Network both = Of(cell) with { Bidirectional = true };
        Trace<double> trace = Run(both, [Times, 9]);
        Network one = both with { Bidirectional = false };
        for (int direction = 0; direction < 2; direction++)
        {
            var parameters = new Parameters<double>(one);
            foreach (Block block in one.Blocks.Where(block => block.Layer == 0))
                trace.Model.Parameters[block.Name + (direction == 1 ? "_reverse" : "")].CopyTo(parameters[block]);
            // the short lane by itself, so that it begins at its own last word
            for (int lane = 0; lane < 2; lane++)
            {
                Batch own = trace.Batch.Lane(lane);
                double[] x = [.. own.Values!];
                if (direction == 1)
                    x = [.. x.Chunk(own.Inputs).Reverse().SelectMany(step => step)];
                Trace<double> alone = new Model<double>(one, parameters).Forward(Batch.OfValues(x, own.Times, 1, own.Inputs, own.Targets));
                var steps = new StepJacobians<double>(trace, direction);
                int n = steps.Coordinates;
                (int first, int end) = steps.Steps(lane);
                double[] jacobian = new double[n * n];
                for (int p = first; p < end; p++)
                {
                    steps.Read(lane, p, jacobian);
                    Close.Normwise(
                        Flat(StateJacobian.Between(alone, 0, p - first, p - first - 1)),
                        jacobian,
                        1e-13,
                        $"{cell} {direction} {p}"
                    );
                }
            }
        }
    }

    [Fact]
    public void A_layer_of_a_stack_by_itself_is_its_block_of_the_joint_state()
    {
        Trace<double> trace = Run(Of("lstm") with { Layers = 2 }, [Times, Times]);
        var joint = new StepJacobians<double>(trace);
        int n = joint.Coordinates;
        double[] all = new double[n * n];
        joint.Read(1, 7, all);
        for (int layer = 0; layer < 2; layer++)
        {
            var own = new StepJacobians<double>(trace, layer);
            double[] block = new double[own.Coordinates * own.Coordinates];
            own.Read(1, 7, block);
            for (int i = 0; i < block.Length; i++)
                Assert.Equal(
                    all[(layer * own.Coordinates + i / own.Coordinates) * n + layer * own.Coordinates + i % own.Coordinates],
                    block[i],
                    1e-15
                );
        }
    }

    [Fact]
    public void What_does_not_exist_is_refused_in_a_sentence()
    {
        Trace<double> both = Run(Of("gru") with { Bidirectional = true }, [Times, 9]);
        Assert.Contains(
            "opposite directions",
            Assert.Throws<ArgumentException>(() => new StepJacobians<double>(both)).Message,
            StringComparison.Ordinal
        );
        Assert.Throws<ArgumentException>(() => new StepJacobians<double>(both, 2));
        var backwards = new StepJacobians<double>(both, 1);
        Assert.Equal((3, 12), backwards.Steps(1));
        double[] jacobian = new double[backwards.Coordinates * backwards.Coordinates];
        Assert.Throws<ArgumentOutOfRangeException>(() => backwards.Read(1, 2, jacobian));
    }

    private static Network Of(string cell) =>
        new()
        {
            Cell = LawCell.Named(cell),
            Inputs = 2,
            Hidden = 4,
            Outputs = 0,
        };

    private static Trace<double> Run(Network network, int[] lengths)
    {
        var random = new RandomStream(41);
        double[] x = [.. Enumerable.Range(0, Times * lengths.Length * 2).Select(_ => random.NextNormal())];
        var none = new ClassTargets([.. Enumerable.Repeat(ClassTargets.Ignored, Times * lengths.Length)]);
        return new Model<double>(network, LawCell.Parameters(network, 43)).Forward(
            Batch.OfValues(x, Times, lengths.Length, 2, none, lengths)
        );
    }

    private static double[] Written(ScaledProduct product)
    {
        List<double> all = [];
        for (int i = 0; i < product.Size; i++)
        {
            double[] unit = new double[product.Size];
            unit[i] = 1;
            (double log, double[] direction) = product.Apply(unit);
            all.AddRange(direction.Select(x => x * Math.Exp(log)));
        }
        return [.. all];
    }

    private static double[] Flat(double[,] matrix) => [.. matrix.Cast<double>()];
}
