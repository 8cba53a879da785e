using System.Text;
using Farback.Diagnosis.Spectra;
using Farback.Reports;

namespace Farback.Cli.Terminal;

/// <summary>A spectrum on a terminal: the answer, products over lags, exponents, W_h, gates as bars.</summary>
internal static class SpectrumPicture
{
    private const string Levels = " ▁▂▃▄▅▆▇█";
    private const string PlainLevels = " .:-=+*#@";
    private const int MostExponents = 6;

    /// <summary>All of it as text.</summary>
    public static string Render(NetworkSpectrum view, bool colour)
    {
        var text = new StringBuilder();
        text.Append($"{view.Network}; {view.Data}.\n{Bold(SpectrumText.Answer(view), colour)} {SpectrumText.Line}\n");
        foreach (string sentence in new[] { SpectrumText.Beside(view), SpectrumText.Alignment(view) })
            if (sentence.Length > 0)
                text.Append($"{sentence}\n");
        foreach (StateSpectrum state in view.Spectrum.States)
            Add(text, state, view.Unit, colour);
        if (view.Spectrum.Recurrent.Count > 0)
        {
            text.Append($"\n{Bold("W_h", colour), -28} {"spectral radius", 16} {"σ_max", 10}\n");
            foreach (RecurrentSpectrum matrix in view.Spectrum.Recurrent)
                text.Append(
                    $"  {matrix.Name, -26} {NumberText.Short(matrix.SpectralRadius), 16} {NumberText.Short(matrix.SpectralNorm), 10}\n"
                );
        }
        Gates(text, view, colour);
        foreach (MemorySpectrum memory in view.Spectrum.Memory)
            text.Append($"{SpectrumText.Memory(memory, view.Unit)}\n");
        return text.ToString();
    }

    private static void Add(StringBuilder text, StateSpectrum state, string unit, bool colour)
    {
        text.Append($"\n{Bold(state.Name, colour)}: how far a product of steps stretches\n");
        text.Append(
            $"{unit + "s back", 12} {"σ₁", 11} {"90 %", 11} {"median", 11} {"10 %", 11} {"σₙ", 11} {"the error", 11} {"sets out", 9} {"arrives", 9}\n"
        );
        foreach (LagSpectrum lag in state.Lags)
        {
            text.Append($"{lag.Lag, 12}");
            foreach (double log in new[] { lag.Log10Largest, lag.Log10High, lag.Log10Middle, lag.Log10Low, lag.Log10Smallest })
                text.Append($" {NumberText.Size(log), 11}");
            text.Append(
                $" {(lag.Log10Adjoint is { } adjoint ? NumberText.Size(adjoint) : "–"), 11} {Cosine(lag.AlignedLeft), 9} {Cosine(lag.AlignedRight), 9}\n"
            );
        }
        if (state.Exponents.Count == 0)
            return;
        int n = state.Exponents.Count;
        text.Append($"Lyapunov exponents (e^λ in brackets; 90 % intervals over sequences). {SpectrumText.Directions(state)}\n");
        foreach (int i in Enumerable.Range(0, Math.Min(n, MostExponents)).Append(n - 1).Distinct())
        {
            LyapunovExponent one = state.Exponents[i];
            string interval = one is { Low: { } low, High: { } high } ? $"  {NumberText.Signed(low)} … {NumberText.Signed(high)}" : "";
            text.Append($"{$"λ{i + 1}", 12} {NumberText.Signed(one.Value), 11} ({NumberText.Size(one.Value / Math.Log(10))}){interval}\n");
        }
    }

    private static string Cosine(double? cosine) => cosine is { } value ? NumberText.Fixed(value, 2) : "–";

    private static void Gates(StringBuilder text, NetworkSpectrum view, bool colour)
    {
        if (view.Spectrum.Gates.Count == 0)
            return;
        text.Append($"\n{Bold("Gates", colour)}: where activations and slopes lie, from the least to the most, in ten bins each\n");
        foreach (GateSpectrum gate in view.Spectrum.Gates)
            text.Append(
                $"  {SpectrumText.Name(gate, view.Spectrum.States.Count), -10} |{Bars(gate.Values, colour)}| |{Bars(gate.Slopes, colour)}|  {SpectrumText.Saturation(gate)}\n"
            );
    }

    private static string Bars(Histogram histogram, bool colour)
    {
        string levels = colour ? Levels : PlainLevels;
        double most = histogram.Fractions.Max();
        // what is there at all shows
        return string.Concat(
            histogram.Fractions.Select(part => levels[part == 0 ? 0 : Math.Max(1, (int)Math.Round(part / most * (levels.Length - 1)))])
        );
    }

    private static string Bold(string text, bool colour) => colour ? $"\u001b[1m{text}\u001b[0m" : text;
}
