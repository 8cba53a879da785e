using Farback.Cells;
using Farback.Diagnosis;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;
using Farback.Tests.Laws;

namespace Farback.Tests.Diagnosis;

/// <summary>∂s_t/∂s_k against dual numbers, against itself, and against what is known on paper.</summary>
public sealed class StateJacobianTests
{
    private const int Times = 12;
    private const int Lane = 1; // the one that lasts to the end
    private const long Seed = 53;

    // some 12 products of matrices of order one, in another order
    private const double Tolerance = 1e-10;

    // one step, formed twice from the same numbers
    private const double OneStep = 1e-13;

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

    private static Trace<double> Run(string cell, int layers, int hidden = 4)
    {
        var network = new Network
        {
            Cell = LawCell.Named(cell),
            Inputs = 2,
            Hidden = hidden,
            Outputs = 0,
            Layers = layers,
            InitialStates = InitialStates.Learned,
        };
        var random = new RandomStream(Seed, 2);
        double[] x = [.. Enumerable.Range(0, Times * 2 * 2).Select(_ => random.NextNormal())];
        var none = new ClassTargets([.. Enumerable.Repeat(ClassTargets.Ignored, Times * 2)]);
        return new Model<double>(network, LawCell.Parameters(network, Seed)).Forward(Batch.OfValues(x, Times, 2, 2, none, [9, Times]));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void It_is_the_derivative_that_dual_numbers_carry_forwards(string cell, int layers)
    {
        Trace<double> trace = Run(cell, layers);
        foreach ((int t, int k) in new[] { (11, -1), (11, 4), (7, 6), (5, 5) })
            Close.Normwise(Forwards(trace, t, k), Flat(StateJacobian.Between(trace, Lane, t, k)), Tolerance, $"{cell} ({t}, {k})");
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_long_way_is_the_product_of_its_parts(string cell, int layers)
    {
        Trace<double> trace = Run(cell, layers);
        double[,] product = Product(StateJacobian.Between(trace, Lane, 11, 6), StateJacobian.Between(trace, Lane, 6, 1));
        Close.Normwise(Flat(product), Flat(StateJacobian.Between(trace, Lane, 11, 1)), Tolerance, cell);
    }

    [Theory]
    [InlineData("lstm")]
    [InlineData("lstm-peephole")]
    public void A_step_of_an_lstm_is_its_closed_form(string cell)
    {
        Trace<double> trace = Run(cell, layers: 1);
        int n = trace.Model.Network.Hidden;
        for (int t = 0; t < Times; t++)
        {
            Gates at = Lstm(trace, t);
            var expected = new double[2 * n, 2 * n];
            for (int j = 0; j < n; j++)
            {
                double y = Math.Tanh(at.C[j]),
                    fSlope = at.Before[j] * at.F[j] * (1 - at.F[j]),
                    iSlope = at.G[j] * at.I[j] * (1 - at.I[j]),
                    gSlope = at.I[j] * (1 - at.G[j] * at.G[j]),
                    oSlope = y * at.O[j] * (1 - at.O[j]),
                    q = at.O[j] * (1 - y * y) + oSlope * at.Peephole(2, j);
                expected[n + j, n + j] = at.F[j] + fSlope * at.Peephole(1, j) + iSlope * at.Peephole(0, j);
                expected[j, n + j] = q * expected[n + j, n + j];
                for (int m = 0; m < n; m++)
                {
                    expected[n + j, m] = fSlope * at.U(1, j, m) + iSlope * at.U(0, j, m) + gSlope * at.U(2, j, m);
                    expected[j, m] = oSlope * at.U(3, j, m) + q * expected[n + j, m];
                }
            }
            Close.Normwise(Flat(expected), Flat(StateJacobian.Between(trace, Lane, t, t - 1)), OneStep, $"step {t}");
        }
    }

    [Fact]
    public void The_volume_that_an_lstms_step_keeps_is_its_forget_gates_its_open_outputs_and_U_o()
    {
        Trace<double> trace = Run("lstm", layers: 1);
        int n = trace.Model.Network.Hidden;
        for (int t = 0; t < Times; t++)
        {
            Gates at = Lstm(trace, t);
            var outputs = new double[n, n];
            double expected = 0;
            for (int j = 0; j < n; j++)
            {
                expected += Math.Log(at.F[j]) + Math.Log(Math.Abs(Math.Tanh(at.C[j]) * at.O[j] * (1 - at.O[j])));
                for (int m = 0; m < n; m++)
                    outputs[j, m] = at.U(3, j, m);
            }
            expected += LogDeterminant(outputs);
            // the elimination loses what the matrix' condition takes: some 1e4 · ε
            Assert.Equal(expected, LogDeterminant(StateJacobian.Between(trace, Lane, t, t - 1)), 1e-10);
        }
    }

    [Fact]
    public void A_step_of_a_gru_is_its_closed_form()
    {
        Trace<double> trace = Run("gru", layers: 1);
        int n = trace.Model.Network.Hidden;
        for (int t = 0; t < Times; t++)
        {
            double[] h = State(trace, t, part: 0);
            var sums = new Sums(trace, t, h);
            var expected = new double[n, n];
            for (int j = 0; j < n; j++)
            {
                double r = Sigmoid(sums.Of(0, j)),
                    z = Sigmoid(sums.Of(1, j)),
                    byState = sums.ByState(2, j),
                    c = Math.Tanh(sums.ByInput(2, j) + r * byState);
                for (int m = 0; m < n; m++)
                    expected[j, m] =
                        (h[j] - c) * z * (1 - z) * sums.U(1, j, m)
                        + (1 - z) * (1 - c * c) * (r * sums.U(2, j, m) + byState * r * (1 - r) * sums.U(0, j, m));
                expected[j, j] += z;
            }
            Close.Normwise(Flat(expected), Flat(StateJacobian.Between(trace, Lane, t, t - 1)), OneStep, $"step {t}");
        }
    }

    [Fact]
    public void A_linear_cell_has_the_powers_of_its_matrix()
    {
        Trace<double> trace = Run("elman-identity", layers: 1);
        int n = trace.Model.Network.Hidden;
        Span<double> w = trace.Model.Parameters["weight_hh_l0"];
        var step = new double[n, n];
        for (int i = 0; i < n * n; i++)
            step[i / n, i % n] = w[i];
        double[,] power = StateJacobian.Between(trace, Lane, 11, 11);
        for (int lag = 0; lag < Times; lag++)
        {
            Close.Normwise(Flat(power), Flat(StateJacobian.Between(trace, Lane, 11, 11 - lag)), OneStep, $"lag {lag}");
            power = Product(power, step);
        }
    }

    [Fact]
    public void Float_has_the_doubles_jacobian_on_the_same_weights()
    {
        Trace<double> exact = Run("lstm", layers: 2);
        Trace<float> single = new Model<float>(exact.Model.Network, exact.Model.Parameters.To<float>()).Forward(exact.Batch);
        // 2⁻²⁴ a rounding, some hundred of them in a row
        Close.Normwise(
            Flat(StateJacobian.Between(exact, Lane, 11, 3)),
            Flat(StateJacobian.Between(single, Lane, 11, 3)),
            1e-5,
            "float against double"
        );
    }

    [Fact]
    public void Halves_that_walk_in_opposite_directions_have_no_joint_step()
    {
        Trace<double> trace = Run("gru", layers: 1);
        Network both = trace.Model.Network with { Bidirectional = true };
        Trace<double> run = new Model<double>(both, new Parameters<double>(both)).Forward(trace.Batch);
        Assert.Contains("opposite directions", Assert.Throws<ArgumentException>(() => StateJacobian.Between(run, 0, 3, 2)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => StateJacobian.Between(trace, 0, 9, 2)); // lane 0 has 9 steps
        Assert.Throws<ArgumentOutOfRangeException>(() => StateJacobian.Between(trace, 0, 3, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => StateJacobian.Between(trace, 2, 3, 2));
    }

    // the columns, one run in dual numbers each, from the state after step k with a tangent on one coordinate
    private static double[] Forwards(Trace<double> trace, int t, int k)
    {
        Network network = trace.Model.Network;
        int parts = network.Cell.State.Count,
            units = network.Hidden,
            count = network.Layers * parts * units;
        var jacobian = new double[count * count];
        if (t == k)
        {
            for (int i = 0; i < count; i++)
                jacobian[i * count + i] = 1;
            return jacobian;
        }
        int steps = t - k;
        double[] x = [.. Enumerable.Range(k + 1, steps).SelectMany(time => trace.Batch.Values!.AsSpan((time * 2 + Lane) * 2, 2).ToArray())];
        Batch batch = Batch.OfValues(x, steps, 1, 2, new ClassTargets([.. Enumerable.Repeat(ClassTargets.Ignored, steps)]));
        var model = new Model<Dual>(network, trace.Model.Parameters.To<Dual>());
        Trace<Dual>? run = null;
        for (int column = 0; column < count; column++)
        {
            var start = new States<Dual>(network, 1);
            for (int i = 0; i < count; i++)
                start[i / (parts * units), i / units % parts, 0][i % units] = new(
                    trace.Layers[i / (parts * units)].State(k + 1, Lane, i / units % parts, i % units),
                    i == column ? 1 : 0
                );
            run = model.Forward(batch, run, initial: start);
            States<Dual> end = run.FinalStates();
            for (int i = 0; i < count; i++)
                jacobian[i * count + column] = end[i / (parts * units), i / units % parts, 0][i % units].Tangent;
        }
        return jacobian;
    }

    private static double[] State(Trace<double> trace, int p, int part) =>
        [.. Enumerable.Range(0, trace.Model.Network.Hidden).Select(unit => trace.Layers[0].State(p, Lane, part, unit))];

    private static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));

    // z = W_x x + b_x + W_h h₋ + b_h of one gate and unit
    private sealed class Sums(Trace<double> trace, int t, double[] h)
    {
        private readonly int _n = trace.Model.Network.Hidden;

        public double U(int gate, int unit, int from) => trace.Model.Parameters["weight_hh_l0"][(gate * _n + unit) * _n + from];

        public double ByState(int gate, int unit) =>
            trace.Model.Parameters["bias_hh_l0"][gate * _n + unit] + h.Select((value, from) => value * U(gate, unit, from)).Sum();

        public double ByInput(int gate, int unit)
        {
            int row = gate * _n + unit;
            Span<double> w = trace.Model.Parameters["weight_ih_l0"];
            Span<double> x = trace.Batch.Values.AsSpan((t * 2 + Lane) * 2, 2);
            return trace.Model.Parameters["bias_ih_l0"][row] + w[row * 2] * x[0] + w[row * 2 + 1] * x[1];
        }

        public double Of(int gate, int unit) => ByInput(gate, unit) + ByState(gate, unit);
    }

    private sealed record Gates(
        double[] I,
        double[] F,
        double[] G,
        double[] O,
        double[] Before,
        double[] C,
        Func<int, int, double> Peephole,
        Func<int, int, int, double> U
    );

    private static Gates Lstm(Trace<double> trace, int t)
    {
        Network network = trace.Model.Network;
        int n = network.Hidden;
        bool peepholes = network.Cell.UnitParameters.Count > 0;
        double Peephole(int gate, int unit) => peepholes ? trace.Model.Parameters["unit_l0"][gate * n + unit] : 0;
        double[] before = State(trace, t, part: 1);
        var sums = new Sums(trace, t, State(trace, t, part: 0));
        double[] i = new double[n],
            f = new double[n],
            g = new double[n],
            o = new double[n],
            c = new double[n];
        for (int j = 0; j < n; j++)
        {
            i[j] = Sigmoid(sums.Of(0, j) + Peephole(0, j) * before[j]);
            f[j] = Sigmoid(sums.Of(1, j) + Peephole(1, j) * before[j]);
            g[j] = Math.Tanh(sums.Of(2, j));
            c[j] = f[j] * before[j] + i[j] * g[j];
            o[j] = Sigmoid(sums.Of(3, j) + Peephole(2, j) * c[j]);
        }
        return new(i, f, g, o, before, c, Peephole, sums.U);
    }

    private static double[] Flat(double[,] matrix) => [.. matrix.Cast<double>()];

    private static double[,] Product(double[,] a, double[,] b)
    {
        var product = new double[a.GetLength(0), b.GetLength(1)];
        for (int i = 0; i < a.GetLength(0); i++)
        for (int j = 0; j < b.GetLength(1); j++)
        for (int m = 0; m < b.GetLength(0); m++)
            product[i, j] += a[i, m] * b[m, j];
        return product;
    }

    // ln|det| by elimination with the largest pivot of each column
    private static double LogDeterminant(double[,] matrix)
    {
        double[,] a = (double[,])matrix.Clone();
        int n = a.GetLength(0);
        double log = 0;
        for (int column = 0; column < n; column++)
        {
            int pivot = Enumerable.Range(column, n - column).MaxBy(row => Math.Abs(a[row, column]));
            for (int j = 0; j < n; j++)
                (a[column, j], a[pivot, j]) = (a[pivot, j], a[column, j]);
            log += Math.Log(Math.Abs(a[column, column]));
            for (int row = column + 1; row < n; row++)
            {
                double factor = a[row, column] / a[column, column];
                for (int j = column; j < n; j++)
                    a[row, j] -= factor * a[column, j];
            }
        }
        return log;
    }
}
