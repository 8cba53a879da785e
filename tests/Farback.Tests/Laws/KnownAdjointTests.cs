using Farback.Adjoints;
using Farback.Cells;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;
using Farback.Tiles;

namespace Farback.Tests.Laws;

/// <summary>Linear systems h = W h₋ + x, whose adjoints are known at every lag: ‖λ[t,t−ℓ]‖ = ‖λ[t,t] W^ℓ‖.</summary>
public sealed class KnownAdjointTests
{
    private const int Units = 6;
    private const long Seed = 17;

    public static TheoryData<Width> EveryWidth => [.. Enum.GetValues<Width>()];

    [Theory]
    [MemberData(nameof(EveryWidth))]
    public void An_orthogonal_matrix_times_rho_shrinks_or_grows_the_adjoint_by_rho_a_step(Width width)
    {
        LawCell.Require(width);
        // W is orthogonal to some ε, so that ℓ steps are off by some ℓ·ε = 300·2e-16 at most
        const double Tolerance = 1e-12;
        const int Lag = 300;
        foreach (double ρ in new[] { 0.5, 0.9, 1, 1.3 })
        {
            double[] w = Orthogonal(Units);
            double[] log2 = Walk<double>(width, Units, Lag + 1, [.. w.Select(number => ρ * number)]).Log2;
            for (int lag = 0; lag <= Lag; lag++)
            {
                double ratio = double.Exp2(log2[lag] - log2[0] - lag * Math.Log2(ρ));
                Assert.True(Math.Abs(ratio - 1) <= Tolerance, $"ρ = {ρ}, lag {lag}: off by {ratio - 1:g3}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(EveryWidth))]
    public void Half_the_identity_is_exact_to_lag_2000_in_float_where_the_number_itself_would_be_zero(Width width)
    {
        LawCell.Require(width);
        const int Lag = 2000;
        double[] half = new double[Units * Units];
        for (int i = 0; i < Units; i++)
            half[i * Units + i] = 0.5;
        Rows<float> rows = Walk<float>(width, Units, Lag + 1, half);
        for (int lag = 0; lag <= Lag; lag++)
            Assert.Equal(rows.At(0, timesTwoToThe: 0), rows.At(lag, timesTwoToThe: lag));
    }

    [Theory]
    [MemberData(nameof(EveryWidth))]
    public void Float_follows_double_on_the_same_float_weights_to_lag_1000(Width width)
    {
        LawCell.Require(width);
        // ε₂₄·√ℓ of random roundings, at most ℓ·ε₂₄ = 6e-5 of systematic ones; science: 1e-5 for ½·orthogonal
        const double Tolerance = 1e-5;
        const int Lag = 1000;
        double[] w = [.. Orthogonal(Units).Select(number => (double)(float)(0.5 * number))];
        double[] single = Walk<float>(width, Units, Lag + 1, w).Log2,
            wide = Walk<double>(width, Units, Lag + 1, w).Log2;
        for (int lag = 0; lag <= Lag; lag++)
            Assert.True(
                Math.Abs(double.Exp2(single[lag] - wide[lag]) - 1) <= Tolerance,
                $"lag {lag}: 2^{single[lag]} in float, 2^{wide[lag]} in double"
            );
    }

    /// <summary>λ[T−1, T−1−ℓ] for every lag ℓ, of one loss at the end.</summary>
    private static Rows<T> Walk<T>(Width width, int units, int times, double[] recurrent)
        where T : unmanaged
    {
        var network = new Network
        {
            Cell = AllCells.ElmanIdentity,
            Inputs = 1,
            Hidden = units,
            Outputs = 0,
            Biases = Biases.None,
        };
        var parameters = new Parameters<double>(network);
        recurrent.CopyTo(parameters["weight_hh_l0"]);
        var targets = new ClassTargets([.. Enumerable.Repeat(ClassTargets.Ignored, times)]);
        var model = new Model<T>(network, parameters.To<T>(), width);
        Trace<T> trace = model.Forward(Batch.OfValues(new double[times], times, 1, 1, targets));
        var adjoints = new double[times * units];
        var random = new RandomStream(Seed, 3);
        for (int i = 0; i < units; i++)
            adjoints[(times - 1) * units + i] = random.NextNormal();
        var rows = new Rows<T>(times);
        new Sweep<T>(model, times, 1).Walk(
            trace,
            Seeds<T>.Given(trace, adjoints),
            RowPlan.OneRowPerLossTime([times - 1], times, 1, times),
            rows,
            scaled: true
        );
        return rows;
    }

    private sealed class Rows<T>(int times) : Reader<T>
        where T : unmanaged
    {
        private readonly double[][] _stored = new double[times][];
        private readonly int[] _exponent = new int[times];

        /// <summary>log₂‖λ‖ by lag.</summary>
        public double[] Log2 => [.. _stored.Zip(_exponent, (row, exponent) => Math.Log2(row.Sum(x => x * x)) / 2 + exponent)];

        /// <summary>The row at a lag, exactly.</summary>
        public double[] At(int lag, int timesTwoToThe) => [.. _stored[lag].Select(x => Math.ScaleB(x, _exponent[lag] + timesTwoToThe))];

        public override void Adjoint(in Position<T> at)
        {
            int lag = times - 1 - at.Time;
            Adjoints<T> rows = at.Rows;
            _stored[lag] = [.. Enumerable.Range(0, rows.Units).Select(unit => Real.ToDouble(rows.At(0, 0, unit)))];
            _exponent[lag] = rows.Exponent[0];
        }
    }

    // Gram and Schmidt, twice, so that it is orthogonal to rounding
    private static double[] Orthogonal(int n)
    {
        var random = new RandomStream(Seed);
        var rows = new double[n][];
        for (int i = 0; i < n; i++)
        {
            double[] row = [.. Enumerable.Range(0, n).Select(_ => random.NextNormal())];
            for (int pass = 0; pass < 2; pass++)
            {
                for (int j = 0; j < i; j++)
                {
                    double along = row.Zip(rows[j], (a, b) => a * b).Sum();
                    row = [.. row.Zip(rows[j], (a, b) => a - along * b)];
                }
                double norm = Math.Sqrt(row.Sum(a => a * a));
                row = [.. row.Select(a => a / norm)];
            }
            rows[i] = row;
        }
        return [.. rows.SelectMany(row => row)];
    }
}
