using Farback.Cells;
using Farback.Diagnosis.Spectra;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Diagnosis.Spectra;

/// <summary>The gates that are read off a run are those that made it.</summary>
public sealed class GateSpectrumTests
{
    private const double Rounding = 1e-13; // a product of some numbers of order one, formed twice

    public static TheoryData<string> Cells => [.. AllCells.List.Select(cell => cell.Name)];

    [Theory]
    [MemberData(nameof(Cells))]
    public void The_gates_make_the_next_state(string cell)
    {
        Trace<double> trace = Run(AllCells.Named(cell)!, scale: 1);
        var gates = GateReading.Of(trace, 0);
        int n = trace.Model.Network.Hidden,
            place = 0;
        foreach (int lane in new[] { 0, 1 })
            for (int p = 0; p < trace.Batch.Lengths[lane]; p++, place++)
            for (int unit = 0; unit < n; unit++)
            {
                int at = place * n + unit;
                double Of(string name) => gates.Values(name)[at];
                double State(int step, int part) => trace.Layers[0].State(step, lane, part, unit);
                double h = State(p + 1, 0),
                    made = cell switch
                    {
                        "lstm" or "lstm-peephole" => Of("o") * Math.Tanh(Of("f") * State(p, 1) + Of("i") * Of("g")),
                        "gru" or "gru-reset-before" => (1 - Of("z")) * Of("n") + Of("z") * State(p, 0),
                        _ => Of(""),
                    };
                Assert.Equal(h, made, Rounding);
            }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Every_gate_has_its_histogram_and_every_fraction_its_place(string cell)
    {
        Trace<double> trace = Run(AllCells.Named(cell)!, scale: 1);
        Spectrum spectrum = Spectrum.Of(trace);
        Assert.Equal(trace.Model.Network.Cell.Gates.Select(gate => gate.Name), spectrum.Gates.Select(gate => gate.Gate));
        foreach (GateSpectrum gate in spectrum.Gates)
        {
            Assert.Equal(1, gate.Values.Fractions.Sum(), 1e-12);
            Assert.Equal(1, gate.Slopes.Fractions.Sum(), 1e-12);
            Assert.InRange(gate.Low + gate.High, 0, 1);
            Assert.InRange(gate.MeanSlope, 0, 1);
            Assert.Equal(7 + 5, gate.Places);
            if (gate.Activation is ActivationKind.Sigmoid) // saturated is what lies in the outermost of ten bins
                Assert.Equal(gate.Values.Fractions[0] + gate.Values.Fractions[^1], gate.Low + gate.High, 1e-12);
        }
        Assert.Equal(spectrum.Recurrent.Count, trace.Model.Network.Cell.Gates.Count);
    }

    [Fact]
    public void Large_weights_saturate_and_a_great_negative_bias_kills_a_relu()
    {
        Assert.All(
            Spectrum.Of(Run(AllCells.Lstm, scale: 200)).Gates,
            gate => Assert.True(gate.Low + gate.High > 0.9 && gate.MeanSlope < 0.05)
        );
        Assert.All(
            Spectrum.Of(Run(AllCells.Lstm, scale: 1e-3)).Gates,
            gate => Assert.True(gate.Low + gate.High == 0 && gate.MeanSlope > 0.99)
        );

        Trace<double> trace = Run(AllCells.ElmanRelu, scale: 1);
        trace.Model.Parameters["bias_ih_l0"][..2].Fill(-100);
        trace.Model.Pack();
        GateSpectrum dead = Spectrum.Of(trace.Model, trace.Batch).Gates[0];
        int n = trace.Model.Network.Hidden;
        Assert.True(dead.DeadUnits >= 2.0 / n);
        Assert.True(dead.StuckUnits >= dead.DeadUnits);
        // and two units' worth of directions are gone after one step
        Assert.Equal(double.NegativeInfinity, Spectrum.Of(trace.Model, trace.Batch).States[0].Lags[0].Log10Smallest);
    }

    [Theory]
    [InlineData("lstm", "f")]
    [InlineData("gru", "z")]
    public void A_gate_that_stands_still_forgets_at_its_own_rate(string cell, string gate)
    {
        // all weights 0: σ(b) at every step
        Trace<double> trace = Run(AllCells.Named(cell)!, scale: 0);
        int n = trace.Model.Network.Hidden,
            row = trace.Model.Network.Cell.Gates.ToList().FindIndex(one => one.Name == gate);
        trace.Model.Parameters["bias_hh_l0"].Slice(row * n, n).Fill(3);
        trace.Model.Pack();
        MemorySpectrum memory = Assert.Single(Spectrum.Of(trace.Model, trace.Batch).Memory);
        double f = 1 / (1 + Math.Exp(-3));
        Assert.Equal(gate, memory.Gate);
        Assert.All(memory.Times, τ => Assert.Equal(-1 / Math.Log(f), τ, 1e-11));
        foreach (ForgetProduct product in memory.Products)
        {
            Assert.Equal(product.Lag * Math.Log10(f), product.Log10Low, 1e-12);
            Assert.Equal(product.Lag * Math.Log10(f), product.Log10Middle, 1e-12);
            Assert.Equal(product.Lag * Math.Log10(f), product.Log10High, 1e-12);
        }
        Assert.Equal(7, memory.Products[^1].Lag);
    }

    [Fact]
    public void A_gate_that_shuts_once_is_zero_in_the_products_over_that_step_and_in_no_other()
    {
        Trace<double> trace = Run(AllCells.Lstm, scale: 1);
        int n = trace.Model.Network.Hidden,
            inputs = trace.Model.Network.Inputs,
            f = trace.Model.Network.Cell.Gates.ToList().FindIndex(gate => gate.Name == "f");
        trace.Model.Parameters["weight_ih_l0"].Slice(f * n * inputs, n * inputs).Fill(1000);
        trace.Model.Pack();
        double[] x = new double[9 * inputs];
        x.AsSpan(2 * inputs, inputs).Fill(-1); // σ(−3000) = 0 at step 2, in every unit
        var none = new ClassTargets([.. Enumerable.Repeat(ClassTargets.Ignored, 9)]);
        Trace<double> shut = trace.Model.Forward(Batch.OfValues(x, 9, 1, inputs, none));
        double[] gate = GateReading.Of(shut, 0).Values("f").ToArray();
        MemorySpectrum memory = GateReading.Of(shut, 0).Memory(9)!;
        Assert.All(Enumerable.Range(0, n), unit => Assert.Equal(0, gate[2 * n + unit]));
        Assert.All(memory.Times, τ => Assert.Equal(0, τ)); // the mean of ln f is −∞
        // between the two nearest; a part of the way up from −∞ is −∞
        double Quantile(double[] sorted, double fraction)
        {
            double at = fraction * (sorted.Length - 1),
                low = sorted[(int)at];
            return double.IsNegativeInfinity(low) ? low : low + (at - (int)at) * (sorted[(int)Math.Ceiling(at)] - low);
        }
        foreach (ForgetProduct product in memory.Products)
        {
            double[] logs =
            [
                .. Enumerable
                    .Range(0, 9 - product.Lag + 1)
                    .SelectMany(start => Enumerable.Range(0, n).Select(unit => (start, unit)))
                    .Select(at => Enumerable.Range(at.start, product.Lag).Sum(p => Math.Log10(gate[p * n + at.unit])))
                    .Order(),
            ];
            Assert.Equal(Quantile(logs, 0.1), product.Log10Low, Rounding);
            Assert.Equal(Quantile(logs, 0.5), product.Log10Middle, Rounding);
            Assert.Equal(Quantile(logs, 0.9), product.Log10High, Rounding);
        }
        Assert.Contains(memory.Products, product => double.IsFinite(product.Log10High) && double.IsNegativeInfinity(product.Log10Low));
    }

    [Fact]
    public void A_cell_whose_page_names_no_activations_has_no_histograms_but_all_the_rest()
    {
        Spectrum spectrum = Spectrum.Of(Run(Laws.LawCell.Named("lru"), scale: 1));
        Assert.Empty(spectrum.Gates);
        Assert.Empty(spectrum.Recurrent);
        Assert.Empty(spectrum.Memory);
        Assert.NotEmpty(Assert.Single(spectrum.States).Exponents);
    }

    [Fact]
    public void Float_says_what_double_says_of_the_same_weights()
    {
        Trace<double> exact = Run(AllCells.Gru, scale: 1);
        Trace<float> single = new Model<float>(exact.Model.Network, exact.Model.Parameters.To<float>()).Forward(exact.Batch);
        Spectrum a = Spectrum.Of(new Model<double>(exact.Model.Network, single.Model.Parameters.To<double>()), exact.Batch),
            b = Spectrum.Of(single);
        // 2⁻²⁴ a rounding, some hundred in a row
        Assert.Equal(a.States[0].Exponents[0].Value, b.States[0].Exponents[0].Value, 1e-4);
        Assert.Equal(a.Gates[0].MeanValue, b.Gates[0].MeanValue, 1e-5);
    }

    private static Trace<double> Run(Cell cell, double scale)
    {
        var network = new Network
        {
            Cell = cell,
            Inputs = 3,
            Hidden = 5,
            Outputs = 0,
        };
        Parameters<double> parameters = Laws.LawCell.Parameters(network, 51);
        foreach (ref double value in parameters.Values.AsSpan())
            value *= scale;
        var random = new RandomStream(52);
        double[] x = [.. Enumerable.Range(0, 7 * 2 * 3).Select(_ => random.NextNormal())];
        var none = new ClassTargets([.. Enumerable.Repeat(ClassTargets.Ignored, 14)]);
        return new Model<double>(network, parameters).Forward(Batch.OfValues(x, 7, 2, 3, none, [7, 5]));
    }
}
