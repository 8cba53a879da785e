using System.Text;
using Farback.Diagnosis.Spectra;

namespace Farback.Reports;

/// <summary>A spectrum as Markdown: the sentences, the products over lags, the gates.</summary>
internal static class SpectrumMarkdown
{
    public static void Add(StringBuilder text, NetworkSpectrum before, NetworkSpectrum after)
    {
        MarkdownReport.Line(text, "### What a step keeps");
        MarkdownReport.Line(text, SpectrumText.Line);
        foreach ((string when, NetworkSpectrum view) in new[] { ("Before training", before), ("After training", after) })
            MarkdownReport.Line(
                text,
                $"**{when}.** {MarkdownReport.Plain($"{SpectrumText.Answer(view)} {SpectrumText.Beside(view)}".TrimEnd())}"
            );
        foreach (StateSpectrum state in after.Spectrum.States)
        {
            MarkdownReport.Row(text, [$"{after.Unit}s back", "σ₁", "90 %", "median", "10 %", "σₙ", "the error"]);
            MarkdownReport.Rule(text, 7);
            foreach (LagSpectrum lag in state.Lags)
                MarkdownReport.Row(
                    text,
                    [
                        NumberText.Whole(lag.Lag),
                        NumberText.Size(lag.Log10Largest),
                        NumberText.Size(lag.Log10High),
                        NumberText.Size(lag.Log10Middle),
                        NumberText.Size(lag.Log10Low),
                        NumberText.Size(lag.Log10Smallest),
                        lag.Log10Adjoint is { } log ? NumberText.Size(log) : "–",
                    ]
                );
            text.Append('\n');
        }
        foreach (GateSpectrum gate in after.Spectrum.Gates)
            text.Append(
                System.Globalization.CultureInfo.InvariantCulture,
                $"- {MarkdownReport.Plain(SpectrumText.Name(gate, after.Spectrum.States.Count))}: {MarkdownReport.Plain(SpectrumText.Saturation(gate))}\n"
            );
        text.Append('\n');
    }
}
