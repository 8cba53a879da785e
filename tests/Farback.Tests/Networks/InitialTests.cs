using Farback.Cells;
using Farback.Networks;

namespace Farback.Tests.Networks;

public sealed class InitialTests
{
    // Gram–Schmidt done twice is orthogonal to a few ε; sums of 24 products
    private const double Orthogonal = 24 * 2.220446049250313e-16;

    private static Network NetworkOf(Cell cell, Biases biases = Biases.Two) =>
        new()
        {
            Cell = cell,
            Words = 11,
            Embedding = 7,
            Hidden = 24,
            Layers = 2,
            Bidirectional = true,
            Outputs = 5,
            Biases = biases,
            InitialStates = InitialStates.Learned,
        };

    private static Parameters<double> Draw(string initial, Cell cell, long seed = 3) => Initial.Parse(initial).Draw(NetworkOf(cell), seed);

    private static IEnumerable<(Block Block, double[] Matrix)> RecurrentMatrices(Parameters<double> parameters)
    {
        int hidden = parameters.Network.Hidden,
            size = hidden * hidden;
        foreach (Block block in parameters.Network.Blocks.Where(block => block.Kind == BlockKind.RecurrentWeights))
            for (int gate = 0; gate < parameters.Network.Cell.Gates.Count; gate++)
                yield return (block, parameters[block].Slice(gate * size, size).ToArray());
    }

    private static double Dot(double[] matrix, int size, int row, int other) =>
        Enumerable.Range(0, size).Sum(i => matrix[row * size + i] * matrix[other * size + i]);

    private static double[] Gate(Parameters<double> parameters, string block, int gate) =>
        parameters[block].Slice(gate * parameters.Network.Hidden, parameters.Network.Hidden).ToArray();

    [Fact]
    public void The_default_is_pytorchs_bounds_and_fills_them()
    {
        foreach (Cell cell in AllCells.List)
        {
            Parameters<double> drawn = Draw("default", cell);
            foreach (Block block in drawn.Network.Blocks)
            {
                double[] numbers = drawn[block].ToArray();
                if (block.Kind == BlockKind.InitialState)
                {
                    Assert.All(numbers, number => Assert.Equal(0, number));
                    continue;
                }
                if (block.Kind == BlockKind.Embedding)
                {
                    // 77 standard normals: the standard error of the mean square is √(2/77) = 0.16
                    Assert.InRange(numbers.Average(x => x * x), 0.3, 1.7);
                    continue;
                }
                double bound = block.Kind is BlockKind.ReadOutWeights or BlockKind.ReadOutBias
                    ? 1 / Math.Sqrt(drawn.Network.LayerOutputs)
                    : 1 / Math.Sqrt(drawn.Network.Hidden);
                Assert.All(numbers, number => Assert.InRange(number, -bound, bound));
                // the mean square of n uniform numbers: bound²/3 with standard error bound²·√(4/45/n); six of them
                double error = 6 * Math.Sqrt(4.0 / 45 / numbers.Length) * bound * bound;
                Assert.InRange(numbers.Average(x => x * x), bound * bound / 3 - error, bound * bound / 3 + error);
            }
        }
    }

    [Fact]
    public void Every_recurrent_block_of_every_gate_is_orthogonal_times_its_scale()
    {
        foreach (Cell cell in AllCells.List)
        {
            Parameters<double> drawn = Draw("orthogonal=0.9", cell);
            int size = drawn.Network.Hidden;
            foreach ((_, double[] matrix) in RecurrentMatrices(drawn))
                for (int row = 0; row < size; row++)
                for (int other = 0; other <= row; other++)
                    Assert.Equal(row == other ? 0.81 : 0, Dot(matrix, size, row, other), Orthogonal);
            Assert.Equal(
                RecurrentMatrices(drawn).Count(),
                RecurrentMatrices(drawn).Select(pair => pair.Matrix[0]).Distinct().Count() // no two alike
            );
        }
    }

    [Fact]
    public void The_identity_comes_with_biases_of_zero()
    {
        Parameters<double> drawn = Draw("identity=0.5", AllCells.ElmanRelu);
        int size = drawn.Network.Hidden;
        foreach ((_, double[] matrix) in RecurrentMatrices(drawn))
            for (int i = 0; i < matrix.Length; i++)
                Assert.Equal(i / size == i % size ? 0.5 : 0, matrix[i]);
        foreach (Block block in drawn.Network.Blocks.Where(b => b.Kind is BlockKind.InputBias or BlockKind.RecurrentBias))
            Assert.All(drawn[block].ToArray(), number => Assert.Equal(0, number));
    }

    [Fact]
    public void A_gaussian_matrix_has_the_spectral_radius_asked_for()
    {
        // ‖Aⁿ‖ over ‖A²ⁿ‖ by plain products, a route that knows nothing of how the radius was found
        Parameters<double> drawn = Draw("gaussian=0.95", AllCells.Elman);
        int size = drawn.Network.Hidden;
        foreach ((_, double[] matrix) in RecurrentMatrices(drawn))
        {
            double[] vector = [.. Enumerable.Range(0, size).Select(i => Math.Cos(i * i))];
            double log = 0,
                at = 0;
            const int Steps = 100_000;
            for (int step = 0; step < 2 * Steps; step++)
            {
                double[] next =
                [
                    .. Enumerable.Range(0, size).Select(row => Enumerable.Range(0, size).Sum(i => matrix[row * size + i] * vector[i])),
                ];
                double norm = Math.Sqrt(next.Sum(x => x * x));
                log += Math.Log(norm);
                vector = [.. next.Select(x => x / norm)];
                if (step == Steps - 1)
                    at = log;
            }
            // a complex pair makes the norm swing by a bounded factor: ln 10 / 1e5
            Assert.Equal(Math.Log(0.95), (log - at) / Steps, 2.4e-5);
            break;
        }
    }

    [Fact]
    public void The_two_forget_biases_add_up_to_the_value_and_the_input_bias_carries_it()
    {
        foreach (Cell cell in new[] { AllCells.Lstm, AllCells.LstmPeephole })
        {
            Parameters<double> drawn = Draw("forget=1", cell);
            foreach (string suffix in new[] { "l0", "l0_reverse", "l1", "l1_reverse" })
            {
                Assert.All(Gate(drawn, $"bias_ih_{suffix}", 1), b => Assert.Equal(1, b));
                Assert.All(Gate(drawn, $"bias_hh_{suffix}", 1), b => Assert.Equal(0, b));
            }
        }
    }

    [Fact]
    public void Chrono_makes_input_and_forget_biases_opposite_and_memories_within_the_longest_lag()
    {
        Parameters<double> drawn = Draw("chrono=40", AllCells.Lstm);
        foreach (string suffix in new[] { "l0", "l1_reverse" })
        {
            double[] input = Gate(drawn, $"bias_ih_{suffix}", 0),
                forget = Gate(drawn, $"bias_ih_{suffix}", 1);
            for (int unit = 0; unit < forget.Length; unit++)
            {
                Assert.Equal(-forget[unit], input[unit]);
                Assert.InRange(Math.Exp(forget[unit]), 1, 39.000001);
            }
            // 24 numbers from U[1, 39]: their mean is 20 ± 2.2; four errors
            Assert.InRange(forget.Average(Math.Exp), 11, 29);
            Assert.All(Gate(drawn, $"bias_hh_{suffix}", 0).Concat(Gate(drawn, $"bias_hh_{suffix}", 1)), b => Assert.Equal(0, b));
        }
        Assert.NotEqual(Gate(drawn, "bias_ih_l0", 1), Gate(drawn, "bias_ih_l1", 1));
    }

    [Fact]
    public void With_one_bias_it_carries_the_value()
    {
        Parameters<double> drawn = Initial.Parse("forget=2").Draw(NetworkOf(AllCells.Lstm, Biases.One), 1);
        Assert.All(Gate(drawn, "bias_ih_l0", 1), b => Assert.Equal(2, b));
    }

    [Fact]
    public void Choices_under_one_seed_differ_only_in_what_they_are_about()
    {
        Parameters<double> plain = Draw("default", AllCells.Lstm);
        Parameters<double> turned = Draw("orthogonal+forget=1", AllCells.Lstm);
        foreach (Block block in plain.Network.Blocks)
        {
            double[] a = plain[block].ToArray(),
                b = turned[block].ToArray();
            if (block.Kind is BlockKind.InputBias or BlockKind.RecurrentBias)
            {
                int hidden = plain.Network.Hidden;
                Assert.Equal(a[..hidden], b[..hidden]);
                Assert.Equal(a[(2 * hidden)..], b[(2 * hidden)..]);
            }
            else if (block.Kind != BlockKind.RecurrentWeights)
            {
                Assert.Equal(a, b);
            }
        }
    }

    [Fact]
    public void A_seed_gives_the_same_numbers_again_and_another_seed_others()
    {
        Assert.Equal(Draw("chrono=40", AllCells.Lstm).Values, Draw("chrono=40", AllCells.Lstm).Values);
        Assert.NotEqual(Draw("default", AllCells.Lstm).Values, Draw("default", AllCells.Lstm, seed: 4).Values);
    }

    [Theory]
    [InlineData("default")]
    [InlineData("orthogonal")]
    [InlineData("identity")]
    [InlineData("identity=0.5")]
    [InlineData("gaussian=0.95")]
    [InlineData("forget=1")]
    [InlineData("chrono=40")]
    [InlineData("orthogonal=0.9+forget=-1.5")]
    public void A_name_is_read_and_written_alike(string name)
    {
        Assert.Equal(name, Initial.Parse(name).ToString());
        Assert.Equal(Initial.Parse(name), Initial.Parse(Initial.Parse(name).ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("xavier")]
    [InlineData("forget")]
    [InlineData("forget=one")]
    [InlineData("gaussian")]
    [InlineData("chrono=4=0")]
    [InlineData("default=1")]
    [InlineData("forget=1+chrono=40")]
    [InlineData("orthogonal+identity")]
    public void What_is_no_name_is_answered_with_the_names(string text)
    {
        var error = Assert.Throws<ArgumentException>(() => Initial.Parse(text));
        Assert.Contains("default, orthogonal, identity", error.Message);
        Assert.Contains($"'{text}'", error.Message);
    }

    [Theory]
    [InlineData("chrono=1")]
    [InlineData("orthogonal=0")]
    [InlineData("identity=-1")]
    [InlineData("gaussian=NaN")]
    [InlineData("forget=Infinity")]
    public void A_number_out_of_range_is_refused(string text)
    {
        var error = Assert.Throws<ArgumentException>(() => Initial.Parse(text));
        Assert.Contains("expected", error.Message);
    }

    [Fact]
    public void A_choice_that_the_cell_cannot_take_says_what_the_cell_has()
    {
        Assert.Contains("it has no gates", Assert.Throws<ArgumentException>(() => Draw("forget=1", AllCells.Elman)).Message);
        Assert.Contains("it has r, z, n", Assert.Throws<ArgumentException>(() => Draw("chrono=9", AllCells.Gru)).Message);
        Assert.Contains("without gates", Assert.Throws<ArgumentException>(() => Draw("identity", AllCells.Lstm)).Message);
        Assert.Contains(
            "has none",
            Assert.Throws<ArgumentException>(() => Initial.Parse("forget=1").Draw(NetworkOf(AllCells.Lstm, Biases.None), 1)).Message
        );
    }
}
