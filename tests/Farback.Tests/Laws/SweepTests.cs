using Farback.Adjoints;
using Farback.Cells;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Laws;

/// <summary>What a step of training asks of the walk forwards and back.</summary>
public sealed class SweepTests
{
    private const long Seed = 37;

    [Theory]
    [MemberData(nameof(LawCell.Names), MemberType = typeof(LawCell))]
    public void A_run_and_its_gradient_allocate_nothing_after_the_first(string cell)
    {
        Quiet<double>(cell, null);
        Quiet<float>(cell, null);
        Quiet<double>(cell, new(4, 2));
        Quiet<float>(cell, null, lanes: 17, threads: 3);
    }

    private static void Quiet<T>(string cell, Truncation? truncation, int lanes = 5, int threads = 1)
        where T : unmanaged
    {
        var network = new Network
        {
            Cell = LawCell.Named(cell),
            Words = 5,
            Embedding = 3,
            Hidden = 6,
            Outputs = 4,
            Layers = 2,
            Bidirectional = truncation is null,
            InitialStates = InitialStates.Learned,
            Dropout = 0.2,
        };
        var random = new RandomStream(Seed);
        int[] Words(int below) => [.. Enumerable.Range(0, 7 * lanes).Select(_ => random.Next(below))];
        int[] lengths = [.. Enumerable.Range(0, lanes).Select(lane => 1 + (lane + 3) % 7)];
        Batch batch = Batch.OfIds(Words(5), 7, lanes, new ClassTargets(Words(4)), lengths);
        var model = new Model<T>(network, LawCell.Parameters(network, Seed).To<T>()) { Threads = threads };
        var bptt = new Bptt<T>(model, truncation);
        var gradient = new Parameters<T>(network);
        var loss = new SoftmaxCrossEntropy();
        Trace<T>? trace = null;
        LossField? losses = null;
        long allocated = Allocated.AtEveryStep(() =>
        {
            model.Pack();
            trace = model.Forward(batch, trace, random);
            losses = LossField.Of(trace, loss, Reduction.Mean, losses);
            bptt.Run(trace, losses, gradient);
        });
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void A_run_of_another_model_is_refused()
    {
        var network = new Network
        {
            Cell = AllCells.Elman,
            Inputs = 1,
            Hidden = 3,
            Outputs = 2,
        };
        Model<double> one = new(network, LawCell.Parameters(network, Seed)),
            other = new(network, LawCell.Parameters(network, Seed + 1));
        Trace<double> trace = other.Forward(Batch.OfValues(new double[4], 4, 1, 1, new ClassTargets(new int[4])));
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean);
        Assert.Throws<ArgumentException>(() => new Bptt<double>(one).Run(trace, losses, new(network)));
    }

    [Fact]
    public void Given_seeds_however_small_give_a_gradient_in_their_proportion()
    {
        // in float 2⁻³⁰ − 1 is −1: a gradient must not be made by subtracting what is not meant
        var network = new Network
        {
            Cell = AllCells.Lstm,
            Inputs = 2,
            Hidden = 5,
            Outputs = 0,
        };
        var random = new RandomStream(Seed, 1);
        const int Times = 6;
        double[] x = [.. Enumerable.Range(0, Times * 2).Select(_ => random.NextNormal())];
        Batch batch = Batch.OfValues(x, Times, 1, 2, new ClassTargets([.. Enumerable.Repeat(ClassTargets.Ignored, Times)]));
        var model = new Model<float>(network, LawCell.Parameters(network, Seed).To<float>());
        Trace<float> trace = model.Forward(batch);
        double[] adjoints = [.. Enumerable.Range(0, Times * 5).Select(_ => random.NextNormal())];
        double[] whole = Gradient(adjoints);
        foreach (int power in new[] { -20, -30, -60, -90 })
        {
            double[] small = Gradient([.. adjoints.Select(a => Math.ScaleB(a, power))]);
            Close.Normwise(whole, [.. small.Select(g => Math.ScaleB(g, -power))], 1e-6, $"2^{power}");
        }

        double[] Gradient(double[] seeds)
        {
            var gradient = new Parameters<float>(network);
            new Bptt<float>(model).Run(trace, Seeds<float>.Given(trace, seeds), gradient);
            return [.. gradient.Values.Select(g => (double)g)];
        }
    }

    [Fact]
    public void A_row_that_passes_saturated_units_is_tiny_in_float_and_not_zero()
    {
        // z = ±40: a slope of 7e-35 a step, whose square is below float; log₂ of the row must go on in step with double's
        const int Times = 8;
        // z is a sum of four products near 40, each rounded to ε₂₄/2; a slope is e^(−2|z|)
        double perStep = 2 * 4 * Math.ScaleB(1, -24) * 41 / Math.Log(2);
        double[] single = Log2Norms<float>(Times),
            wide = Log2Norms<double>(Times);
        Assert.True(wide[^1] < -600, $"the case saturates: 2^{wide[^1]}");
        for (int lag = 0; lag < Times; lag++)
            Assert.True(
                Math.Abs(single[lag] - wide[lag]) <= perStep * (lag + 1),
                $"lag {lag}: 2^{single[lag]} in float, 2^{wide[lag]} in double"
            );
    }

    private static double[] Log2Norms<T>(int times)
        where T : unmanaged
    {
        var network = new Network
        {
            Cell = AllCells.Elman,
            Inputs = 1,
            Hidden = 3,
            Outputs = 0,
            Biases = Biases.None,
        };
        Parameters<double> parameters = LawCell.Parameters(network, Seed);
        parameters["weight_ih_l0"].Fill(40);
        parameters["weight_hh_l0"].Fill(0.25); // all of one sign, so that nothing cancels
        var model = new Model<T>(network, parameters.To<T>());
        double[] x = [.. Enumerable.Range(0, times).Select(time => time % 2 == 0 ? 1.0 : -1)];
        Trace<T> trace = model.Forward(
            Batch.OfValues(x, times, 1, 1, new ClassTargets([.. Enumerable.Repeat(ClassTargets.Ignored, times)]))
        );
        var adjoints = new double[times * 3];
        adjoints.AsSpan(^3).Fill(1);
        var rows = new LastRow<T>(times);
        new Sweep<T>(model, times, 1).Walk(
            trace,
            Seeds<T>.Given(trace, adjoints),
            RowPlan.OneRowPerLossTime([times - 1], times, 1, times),
            rows,
            scaled: true
        );
        return rows.Log2;
    }

    private sealed class LastRow<T>(int times) : Reader<T>
        where T : unmanaged
    {
        public double[] Log2 { get; } = new double[times];

        public override void Adjoint(in Position<T> at)
        {
            double square = 0;
            for (int unit = 0; unit < at.Rows.Units; unit++)
                square += Math.Pow(Real.ToDouble(at.Rows.At(0, 0, unit)), 2);
            Log2[times - 1 - at.Time] = Math.Log2(square) / 2 + at.Rows.Exponent[0];
        }
    }
}
