using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Laws;

/// <summary>Four steps of one unit, A_k = tanh(Z_k), Z_k = v x_k + W A_{k−1}, y = u A: every number of the table worked by hand.</summary>
/// <remarks>L_t = ½(y_t − d_t)², so that L_t' = ∂L_t/∂A_t = (y_t − d_t) u. Steps are counted from 1, as on paper.</remarks>
public sealed class ToyTests
{
    private const double V = 0.7,
        W = -1.3,
        U = 0.9,
        Start = 0.4;

    private static readonly double[] X = [0.5, -1.1, 0.8, 0.3];
    private static readonly double[] D = [0.2, 0.1, -0.6, 0.5];

    // a handful of products of order one
    private const double Tolerance = 1e-14;

    private readonly double[] _a = new double[5]; // A_0 … A_4
    private readonly double[] _φ = new double[5]; // φ'_1 … φ'_4
    private readonly double[] _l = new double[5]; // L_1' … L_4'
    private readonly DenseMap _map;
    private readonly Parameters<double> _gradient;
    private readonly Network _network = new()
    {
        Cell = AllCells.Elman,
        Inputs = 1,
        Hidden = 1,
        Outputs = 1,
        Biases = Biases.One,
        InitialStates = InitialStates.Learned,
    };

    public ToyTests()
    {
        _a[0] = Start;
        for (int k = 1; k <= 4; k++)
        {
            _a[k] = Math.Tanh(V * X[k - 1] + W * _a[k - 1]);
            _φ[k] = 1 - _a[k] * _a[k];
            _l[k] = (U * _a[k] - D[k - 1]) * U;
        }
        var parameters = new Parameters<double>(_network);
        parameters["weight_ih_l0"][0] = V;
        parameters["weight_hh_l0"][0] = W;
        parameters["initial_l0"][0] = Start;
        parameters["head.weight"][0] = U;
        Batch batch = Batch.OfValues(X, 4, 1, 1, new ValueTargets(D, 1));
        Trace<double> trace = new Model<double>(_network, parameters).Forward(batch);
        // SquaredError is (y − d)²; half of it makes L' = (y − d)
        LossField losses = LossField.Of(trace, new HalfSquare(), Reduction.Sum);
        _map = DenseMap.Of(trace, losses);
        _gradient = Bptt<double>.Gradient(trace, losses);
    }

    /// <summary>∂L_t/∂A_k = L_t' · Π_{i=k+1…t} φ'_i W, written out.</summary>
    private double Adjoint(int t, int k) =>
        (t, k) switch
        {
            (1, 1) => _l[1],
            (2, 2) => _l[2],
            (2, 1) => _l[2] * _φ[2] * W,
            (3, 3) => _l[3],
            (3, 2) => _l[3] * _φ[3] * W,
            (3, 1) => _l[3] * _φ[3] * W * _φ[2] * W,
            (4, 4) => _l[4],
            (4, 3) => _l[4] * _φ[4] * W,
            (4, 2) => _l[4] * _φ[4] * W * _φ[3] * W,
            (4, 1) => _l[4] * _φ[4] * W * _φ[3] * W * _φ[2] * W,
            _ => 0, // a later use of the weights
        };

    [Fact]
    public void Every_number_of_the_table_is_the_one_worked_by_hand()
    {
        for (int t = 1; t <= 4; t++)
        for (int k = 1; k <= 4; k++)
        {
            double δ = Adjoint(t, k) * _φ[k];
            Near(Adjoint(t, k), _map.Adjoint(0, t - 1, k - 1, 0)[0]);
            Near(δ * _a[k - 1], Entry("weight_hh_l0", t, k));
            Near(δ * X[k - 1], Entry("weight_ih_l0", t, k));
            Near(δ, Entry("bias_ih_l0", t, k));
            Near(δ * V, _map.Input(t - 1, k - 1, 0)[0]);
            // the read-out is used at k = t only; the initial state before the first step only
            Near(t == k ? (U * _a[t] - D[t - 1]) * _a[t] : 0, Entry("head.weight", t, k));
            Near(k == 1 ? δ * W : 0, Entry("initial_l0", t, k));
        }
    }

    [Fact]
    public void No_loss_reaches_a_later_use_of_the_weights()
    {
        for (int t = 1; t <= 4; t++)
        for (int k = t + 1; k <= 4; k++)
            foreach (Block block in _network.Blocks)
                Assert.Equal(0, Entry(block.Name, t, k));
    }

    [Fact]
    public void The_third_column_is_the_whole_dw3_of_which_the_forum_printed_a_part()
    {
        double column = Entry("weight_hh_l0", 3, 3) + Entry("weight_hh_l0", 4, 3);
        // dw3 = ( ∂L3/∂A3 + ∂L4/∂A4 · ∂A4/∂Z4 · ∂Z4/∂A3 ) · ∂A3/∂Z3 · ∂⁺Z3/∂W
        Near((_l[3] + _l[4] * _φ[4] * W) * _φ[3] * _a[2], column);
        // the forum: ∂Z4/∂W4 = h3 where ∂Z4/∂A3 = W belongs, and L3's own term left out
        double forum = _l[4] * _φ[4] * _a[3] * _φ[3] * _a[2];
        Assert.NotEqual(forum, column, 1e-3);
    }

    [Fact]
    public void The_fourth_row_is_dL4_dw_and_all_rows_and_columns_sum_to_the_gradient()
    {
        double row = 0,
            all = 0;
        for (int k = 1; k <= 4; k++)
            row += Entry("weight_hh_l0", 4, k);
        Near(_l[4] * _φ[4] * (_a[3] + W * _φ[3] * (_a[2] + W * _φ[2] * (_a[1] + W * _φ[1] * _a[0]))), row);
        for (int t = 1; t <= 4; t++)
        for (int k = 1; k <= t; k++)
            all += Adjoint(t, k) * _φ[k] * _a[k - 1];
        Near(all, _gradient["weight_hh_l0"][0]);
    }

    [Fact]
    public void The_first_recurrent_use_is_zero_because_the_initial_state_is_zero_not_because_it_vanished()
    {
        Network network = _network with { InitialStates = InitialStates.Zero };
        var parameters = new Parameters<double>(network);
        (parameters["weight_ih_l0"][0], parameters["weight_hh_l0"][0], parameters["head.weight"][0]) = (V, W, U);
        Trace<double> trace = new Model<double>(network, parameters).Forward(Batch.OfValues(X, 4, 1, 1, new ValueTargets(D, 1)));
        DenseMap map = DenseMap.Of(trace, LossField.Of(trace, new HalfSquare(), Reduction.Sum));
        for (int t = 0; t < 4; t++)
        {
            Assert.Equal(0, map.Entry(network["weight_hh_l0"], t, 0)[0]);
            Assert.NotEqual(0, map.Adjoint(0, t, 0, 0)[0]);
        }
    }

    private double Entry(string block, int t, int k) => _map.Entry(_network[block], t - 1, k - 1)[0];

    private static void Near(double expected, double found) => Assert.Equal(expected, found, Tolerance);

    /// <summary>½(y − d)².</summary>
    private sealed class HalfSquare : Loss
    {
        public override double Evaluate(ReadOnlySpan<double> output, Targets targets, int place, Span<double> gradient)
        {
            gradient[0] = output[0] - ((ValueTargets)targets).At(place)[0];
            return gradient[0] * gradient[0] / 2;
        }

        public override double WeightInMean(ReadOnlySpan<double> output, Targets targets, int place) => 1;
    }
}
