using Farback.Diagnosis.Spectra;

namespace Farback.Reports;

/// <summary>A network's spectrum with what it was measured on, in words: what the terminal, the page, Markdown and JSON render.</summary>
/// <param name="Network">Which network.</param>
/// <param name="Data">What it ran over.</param>
/// <param name="Unit">What one step is called: word, step.</param>
/// <param name="Spectrum">The numbers.</param>
public sealed record NetworkSpectrum(string Network, string Data, string Unit, Spectrum Spectrum);
