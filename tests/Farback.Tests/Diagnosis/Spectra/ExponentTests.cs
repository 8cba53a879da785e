using Farback.Cells;
using Farback.Diagnosis.Spectra;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Diagnosis.Spectra;

/// <summary>Lyapunov exponents of systems whose exponents are known.</summary>
public sealed class ExponentTests
{
    [Fact]
    public void A_cycle_of_three_matrices_has_a_third_of_the_logarithms_of_its_products_eigenvalues()
    {
        // s_{t+1} = J_t s_t with J = A, B, C, A, …; in the wrong order ACB has other eigenvalues, and constant J cannot tell
        const int n = 4,
            cycles = 700,
            burnIn = 150;
        var random = new RandomStream(31);
        double[][] j = [.. Enumerable.Range(0, 3).Select(_ => Matrices.Gaussian(n, random))];
        double[] right = Exponents(Matrices.Product(Matrices.Product(j[2], j[1], n), j[0], n)),
            wrong = Exponents(Matrices.Product(Matrices.Product(j[0], j[1], n), j[2], n));
        Assert.True(Math.Abs(right[0] - wrong[0]) > 0.01, "the cycle cannot tell the orders apart");

        var product = new ScaledProduct(n);
        double[]? settled = null;
        for (int k = 3 * cycles - 1; k >= 0; k--)
        {
            product.Multiply(j[k % 3]);
            if (k == 3 * (cycles - burnIn))
                settled = product.LogScales.ToArray();
        }
        double[] found = [.. Enumerable.Range(0, n).Select(i => (product.LogScales[i] - settled![i]) / (3 * (cycles - burnIn)))];
        for (int i = 0; i < n; i++)
            Assert.Equal(right[i], found[i], 2.0 / (cycles - burnIn)); // O(1/N): a pair of complex eigenvalues turns for ever

        static double[] Exponents(double[] cycle) => [.. Eigenvalues.Of(cycle, n).Select(one => Math.Log(one.Magnitude) / 3)];
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(1.7)]
    public void An_orthogonal_linear_network_has_the_logarithm_of_its_scale_everywhere(double ρ)
    {
        Spectrum spectrum = Linear(Initial.Parse(FormattableString.Invariant($"orthogonal={ρ}")), hidden: 8, times: 400);
        StateSpectrum state = Assert.Single(spectrum.States);
        Assert.Equal(8, state.Exponents.Count);
        Assert.All(state.Exponents, one => Assert.Equal(Math.Log(ρ), one.Value, 1e-12));
        // singular values of products, and W_h's own
        foreach (LagSpectrum lag in state.Lags)
        {
            Assert.Equal(lag.Lag * Math.Log10(ρ), lag.Log10Largest, 1e-12 * lag.Lag + 1e-13);
            Assert.Equal(lag.Lag * Math.Log10(ρ), lag.Log10Smallest, 1e-12 * lag.Lag + 1e-13);
            Assert.Equal(lag.Lag * Math.Log10(ρ), lag.Log10Adjoint!.Value, 1e-12 * lag.Lag + 1e-13);
        }
        Assert.Equal(ρ, spectrum.Recurrent[0].SpectralRadius, 1e-12);
        Assert.Equal(ρ, spectrum.Recurrent[0].SpectralNorm, 1e-12);
        Assert.Equal(Math.Log10(ρ), spectrum.Log10BoundPerStep!.Value, 1e-12);
        Assert.All(state.StepEigenvalues, one => Assert.Equal(ρ, one.Modulus, 1e-12));
    }

    [Fact]
    public void A_scaled_identity_keeps_every_direction_alike_at_lag_two_thousand()
    {
        Spectrum spectrum = Linear(Initial.Parse("identity=0.5"), hidden: 5, times: 2001);
        LagSpectrum far = spectrum.States[0].Lags[^1];
        Assert.Equal(2001, far.Lag);
        Assert.Equal(2001 * Math.Log10(0.5), far.Log10Largest, 1e-9); // 10^−602, far below double
        Assert.Equal(2001 * Math.Log10(0.5), far.Log10Smallest, 1e-9);
        Assert.Equal(far.Log10Largest, far.Log10Adjoint!.Value, 1e-9);
        Assert.All(spectrum.States[0].Exponents, one => Assert.Equal(Math.Log(0.5), one.Value, 1e-12));
    }

    [Fact]
    public void A_triangular_linear_network_has_the_logarithms_of_its_diagonal()
    {
        const int n = 6;
        var random = new RandomStream(33);
        double[] diagonal = [.. Enumerable.Range(0, n).Select(i => 1.3 * Math.Pow(1.1, -i))];
        Network network = LinearNetwork(n);
        var parameters = new Parameters<double>(network);
        Span<double> w = parameters["weight_hh_l0"];
        for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            w[i * n + j] =
                i == j ? diagonal[i]
                : i < j ? random.NextUniform(-0.1, 0.1)
                : 0;
        StateSpectrum state = Of(network, parameters, 2000, new() { BurnIn = 200 }).States[0];
        for (int i = 0; i < n; i++)
            Assert.Equal(Math.Log(diagonal[i]), state.Exponents[i].Value, 1e-3);
        Assert.Equal(2000 - 200, state.ExponentSteps);
        // their sum is the mean of ln|det|, exactly
        Assert.Equal(diagonal.Sum(Math.Log), state.Exponents.Sum(one => one.Value), 1e-12);
    }

    [Fact]
    public void The_exponents_of_an_lstm_add_up_to_its_gates_and_U_o()
    {
        // ln|det J| = Σ ln f + Σ ln|tanh c · o(1 − o)| + ln|det U_o|, the mean over the steps behind the burn-in
        const int n = 5,
            times = 60,
            burnIn = 12;
        Trace<double> trace = Trained("lstm", n, times);
        StateSpectrum state = Spectrum.Of(trace, new() { BurnIn = burnIn }).States[0];
        double expected = 0;
        double[] outputs = trace.Model.Parameters["weight_hh_l0"][(3 * n * n)..].ToArray();
        for (int p = 0; p < times - burnIn; p++)
        {
            expected += Matrices.LogDeterminant(outputs, n);
            for (int j = 0; j < n; j++)
            {
                double Sum(int gate)
                {
                    int row = gate * n + j;
                    double z = trace.Model.Parameters["bias_ih_l0"][row] + trace.Model.Parameters["bias_hh_l0"][row];
                    for (int i = 0; i < 2; i++)
                        z += trace.Model.Parameters["weight_ih_l0"][row * 2 + i] * trace.Batch.Values![p * 2 + i];
                    for (int m = 0; m < n; m++)
                        z += trace.Model.Parameters["weight_hh_l0"][row * n + m] * trace.Layers[0].State(p, 0, 0, m);
                    return z;
                }
                double f = 1 / (1 + Math.Exp(-Sum(1))),
                    o = 1 / (1 + Math.Exp(-Sum(3)));
                expected += Math.Log(f) + Math.Log(Math.Abs(Math.Tanh(trace.Layers[0].State(p + 1, 0, 1, j)) * o * (1 - o)));
            }
        }
        Assert.Equal(expected / (times - burnIn), state.Exponents.Sum(one => one.Value), 1e-10);
    }

    [Fact]
    public void Adjoint_and_forward_directions_agree_to_one_over_N_and_their_sums_exactly()
    {
        const int n = 4,
            times = 400;
        Trace<double> trace = Trained("gru", n, times);
        var steps = new StepJacobians<double>(trace);
        ScaledProduct adjoint = new(n),
            forward = new(n);
        double[] jacobian = new double[n * n];
        for (int p = times - 1; p >= 0; p--)
        {
            steps.Read(0, p, jacobian);
            adjoint.Multiply(jacobian);
        }
        for (int p = 0; p < times; p++)
        {
            steps.Read(0, p, jacobian);
            forward.Multiply(Matrices.Transpose(jacobian, n)); // (J_n … J_1)ᵀ
        }
        double[] a = [.. adjoint.LogScales],
            f = [.. forward.LogScales];
        Assert.Equal(a.Sum(), f.Sum(), 1e-9);
        for (int i = 0; i < n; i++)
            Assert.Equal(a[i] / times, f[i] / times, 10.0 / times);
        // and the singular values of the one product are the other's
        IReadOnlyList<double> left = adjoint.SingularValues().Log,
            right = forward.SingularValues().Log;
        for (int i = 0; i < n; i++)
            Assert.Equal(left[i], right[i], 1e-6);
    }

    [Fact]
    public void Several_sequences_give_an_interval_around_their_mean()
    {
        Trace<double> trace = Trained("elman", 6, 80, lanes: 5);
        StateSpectrum all = Spectrum.Of(trace).States[0];
        Assert.Equal(5, all.Sequences);
        Assert.Equal(16, all.BurnIn);
        Assert.All(all.Exponents, one => Assert.True(one.Low <= one.Value && one.Value <= one.High && one.Low < one.High));
        Assert.Null(Spectrum.Of(trace, new() { Sequences = 1 }).States[0].Exponents[0].Low);
        StateSpectrum little = Spectrum.Of(trace, new() { Work = 1 }).States[0];
        Assert.Equal(1, little.Sequences);
        Assert.Equal(1, little.Lags[^1].Lag);
        Assert.Equal(double.NaN, Spectrum.Of(trace, new() { BurnIn = 80 }).States[0].FactorPerStep ?? double.NaN);
    }

    [Theory]
    [InlineData("elman")]
    [InlineData("elman-relu")]
    public void Pascanus_bound_lies_above_what_is_measured_and_the_adjoint_below_the_most_that_can_be_kept(string cell)
    {
        Network network = LinearNetwork(12) with { Cell = AllCells.Named(cell)! };
        var random = new RandomStream(35);
        double[] x = [.. Enumerable.Range(0, 30 * 3 * 2).Select(_ => random.NextNormal())];
        int[] classes = [.. Enumerable.Range(0, 30 * 3).Select(_ => random.Next(3))];
        Spectrum spectrum = Spectrum.Of(
            new Model<double>(network, Initial.Default.Draw(network, 4)),
            Batch.OfValues(x, 30, 3, 2, new ClassTargets(classes)),
            loss: new SoftmaxCrossEntropy()
        );
        double bound = spectrum.Log10BoundPerStep!.Value;
        StateSpectrum state = spectrum.States[0];
        foreach (LagSpectrum lag in state.Lags)
        {
            Assert.True(lag.Log10Largest <= bound * lag.Lag + 1e-12);
            Assert.True(lag.Log10Adjoint <= lag.Log10Largest + 1e-12);
            Assert.InRange(lag.AlignedLeft!.Value, 0, 1 + 1e-12);
            Assert.InRange(lag.AlignedRight!.Value, 0, 1 + 1e-12);
            Assert.True(lag.Log10Smallest <= lag.Log10Low && lag.Log10Low <= lag.Log10Middle && lag.Log10High <= lag.Log10Largest);
        }
        Assert.True(state.Exponents[0].Value <= bound * Math.Log(10) + 1e-12);
        Assert.True(spectrum.Recurrent[0].SpectralRadius <= spectrum.Recurrent[0].SpectralNorm + 1e-12);
    }

    private static Network LinearNetwork(int hidden) =>
        new()
        {
            Cell = AllCells.ElmanIdentity,
            Inputs = 2,
            Hidden = hidden,
            Outputs = 3,
        };

    private static Spectrum Linear(Initial initial, int hidden, int times) =>
        Of(LinearNetwork(hidden), initial.Draw(LinearNetwork(hidden), 5), times, new());

    // no input, so that an expanding linear network's state stays where its biases put it; the losses are at the end
    private static Spectrum Of(Network network, Parameters<double> parameters, int times, SpectrumOptions options)
    {
        foreach (string bias in new[] { "bias_ih_l0", "bias_hh_l0" })
            parameters[bias].Clear();
        int[] classes = [.. Enumerable.Range(0, times).Select(t => t == times - 1 ? 1 : ClassTargets.Ignored)];
        Batch batch = Batch.OfValues(new double[times * 2], times, 1, 2, new ClassTargets(classes));
        return Spectrum.Of(new Model<double>(network, parameters), batch, options, new SoftmaxCrossEntropy());
    }

    internal static Trace<double> Trained(string cell, int hidden, int times, int lanes = 1)
    {
        var network = new Network
        {
            Cell = AllCells.Named(cell)!,
            Inputs = 2,
            Hidden = hidden,
            Outputs = 0,
        };
        var random = new RandomStream(34);
        double[] x = [.. Enumerable.Range(0, times * lanes * 2).Select(_ => random.NextNormal())];
        var none = new ClassTargets([.. Enumerable.Repeat(ClassTargets.Ignored, times * lanes)]);
        return new Model<double>(network, Laws.LawCell.Parameters(network, 9)).Forward(Batch.OfValues(x, times, lanes, 2, none));
    }
}
