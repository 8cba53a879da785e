using Farback.Adjoints;
using Farback.Examples;
using Farback.Gradients;
using Farback.Networks;
using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Tests.Laws;

/// <summary>h = λh₋ + x answers a unit pulse with h_j = λ^j, ∂h_j/∂λ = jλ^{j−1}: under white input their sums of squares are the variances.</summary>
/// <remarks>Source: Zucchet &amp; Orvieto, Recurrent neural networks: vanishing and exploding gradients are not the end of the story, 2024.</remarks>
public sealed class LruTests
{
    // |λ|^{2T}·T² < 1e-12 for |λ| ≤ 0.9 at T = 220; the rest is rounding
    private const int Times = 220;
    private const double Tolerance = 1e-10;

    [Theory]
    [InlineData(0.3, 0)]
    [InlineData(0.9, 0)]
    [InlineData(-0.5, 0.6)]
    [InlineData(0.1, -0.88)]
    public void The_state_and_its_sensitivity_have_the_variances_of_zucchet_and_orvieto(double re, double im)
    {
        double squareOfλ = re * re + im * im;
        double states = 1 / (1 - squareOfλ),
            sensitivities = (1 + squareOfλ) / Math.Pow(1 - squareOfλ, 3);
        foreach (Width width in Widths.Supported)
        {
            Trace<double> trace = Pulse(re, im, width);
            DenseMap map = DenseMap.Of(trace, Seeds<double>.Given(trace, RealPart()));
            Block block = trace.Model.Network["unit_l0"];
            double h = 0,
                dh = 0;
            for (int t = 0; t < Times; t++)
            {
                h += Square(trace.Layers[0].State(t + 1, 0, 0, 0)) + Square(trace.Layers[0].State(t + 1, 0, 1, 0));
                // h is holomorphic in λ: ∂Re h/∂λ_re and −∂Re h/∂λ_im are the two parts of ∂h/∂λ
                double byRe = 0,
                    byIm = 0;
                for (int k = 0; k <= t; k++)
                {
                    byRe += map.Entry(block, t, k)[0];
                    byIm += map.Entry(block, t, k)[1];
                }
                dh += Square(byRe) + Square(byIm);
            }
            Assert.True(Math.Abs(h / states - 1) <= Tolerance, $"E|h|²: {h:r}, expected {states:r}");
            Assert.True(Math.Abs(dh / sensitivities - 1) <= Tolerance, $"E|∂h/∂λ|²: {dh:r}, expected {sensitivities:r}");
        }
    }

    private static double Square(double x) => x * x;

    private static double[] RealPart() => [.. Enumerable.Range(0, 2 * Times).Select(i => i % 2 == 0 ? 1.0 : 0)];

    private static Trace<double> Pulse(double re, double im, Width width)
    {
        var network = new Network
        {
            Cell = new LruCell(),
            Inputs = 1,
            Hidden = 1,
            Outputs = 0,
            Biases = Biases.None,
        };
        var parameters = new Parameters<double>(network);
        parameters["weight_ih_l0"][0] = 1; // the real row
        (parameters["unit_l0"][0], parameters["unit_l0"][1]) = (re, im);
        var x = new double[Times];
        x[0] = 1;
        var targets = new ClassTargets([.. Enumerable.Repeat(ClassTargets.Ignored, Times)]);
        return new Model<double>(network, parameters, width).Forward(Batch.OfValues(x, Times, 1, 1, targets));
    }
}
