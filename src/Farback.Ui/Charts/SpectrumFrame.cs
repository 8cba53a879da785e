using Farback.Diagnosis.Spectra;
using Farback.Reports;

namespace Farback.Ui.Charts;

/// <summary>The frames that all spectra of a report share, so that they can be compared by eye.</summary>
internal sealed record SpectrumFrame(LogFrame Lags, double LowExponent, double HighExponent, double Circle)
{
    // Deeper than nine decades a line is cut, as in the profile's chart.
    private const double Deepest = -9;

    /// <summary>From the largest lag, the largest stretch, the exponents above e⁻⁶ and the largest eigenvalue.</summary>
    public static SpectrumFrame Of(IReadOnlyList<NetworkSpectrum> views)
    {
        var states = views.SelectMany(view => view.Spectrum.States).ToList();
        var lags = states.SelectMany(state => state.Lags).ToList();
        var exponents = states.SelectMany(state => state.Exponents).Select(one => one.Value).Where(double.IsFinite).ToList();
        return new(
            new LogFrame(
                lags.Select(lag => lag.Lag).DefaultIfEmpty(1).Max(),
                Math.Clamp(Math.Ceiling(lags.Select(lag => lag.Log10Largest).Where(double.IsFinite).DefaultIfEmpty(0).Max()), 1, 9),
                Math.Clamp(Math.Floor(lags.Select(lag => lag.Log10Smallest).DefaultIfEmpty(-1).Min()), Deepest, -1)
            ),
            Math.Clamp(Math.Floor(exponents.DefaultIfEmpty(-1).Min()), -6, -1),
            Math.Clamp(Math.Ceiling(exponents.DefaultIfEmpty(0).Max() * 2) / 2, 0.5, 6),
            Math.Clamp(views.SelectMany(Points).Select(point => point.Modulus).DefaultIfEmpty(1).Max() * 1.05, 1.2, 4)
        );
    }

    /// <summary>W_h's own eigenvalues where there is one such matrix, and those of one step of every state.</summary>
    public static IEnumerable<Eigenvalue> Points(NetworkSpectrum view) =>
        view.Spectrum.States.SelectMany(state => state.StepEigenvalues).Concat(Own(view));

    /// <summary>W_h's own eigenvalues where there is one such matrix; gates have one each, and no circle of their own.</summary>
    public static IReadOnlyList<Eigenvalue> Own(NetworkSpectrum view) => view.Spectrum.Recurrent is [{ } only] ? only.Eigenvalues : [];
}
