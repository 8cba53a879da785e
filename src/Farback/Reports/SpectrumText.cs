using Farback.Diagnosis.Spectra;

namespace Farback.Reports;

/// <summary>A spectrum in sentences: the same on a terminal, on the page and in Markdown.</summary>
public static class SpectrumText
{
    /// <summary>The one line to remember.</summary>
    public const string Line = "1 keeps, below 1 fades, above 1 blows up.";

    /// <summary>What the strongest direction does: fades, keeps, blows up. The rule is the exponent's 90 % interval, or its sign where there is none.</summary>
    public static string Verdict(StateSpectrum state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Exponents is not [{ } first, ..] || double.IsNaN(first.Value))
            return "not measured";
        (double low, double high) = (first.Low ?? first.Value, first.High ?? first.Value);
        const double rounding = 1e-9; // an orthogonal matrix' exponent is not exactly 0
        return high < -rounding ? "fades"
            : low > rounding ? "blows up"
            : "keeps";
    }

    /// <summary>The strongest direction in one sentence, with its number.</summary>
    public static string Answer(NetworkSpectrum view)
    {
        ArgumentNullException.ThrowIfNull(view);
        StateSpectrum state = Slowest(view.Spectrum);
        if (state.FactorPerStep is not { } factor)
            return "The sequences are too short to measure exponents on.";
        string interval = Interval(state.Exponents[0]) is { Length: > 0 } text ? $" ({text})" : "";
        return $"What lasts longest is multiplied by {Factor(factor)}{interval} a {view.Unit}: it {Verdict(state)}.";
    }

    /// <summary>A factor a step: near 1 with the digits that tell fading from keeping.</summary>
    public static string Factor(double factor) => factor is > 0.9 and < 1.1 ? NumberText.Fixed(factor, 4) : NumberText.Short(factor);

    /// <summary>The state of which something lasts longest: the joint one, or the best of a bidirectional network's.</summary>
    public static StateSpectrum Slowest(Spectrum spectrum)
    {
        ArgumentNullException.ThrowIfNull(spectrum);
        return spectrum.States.MaxBy(state => state.FactorPerStep ?? double.NegativeInfinity)!;
    }

    /// <summary>e^λ of an exponent's interval; empty where it has none.</summary>
    public static string Interval(LyapunovExponent exponent)
    {
        ArgumentNullException.ThrowIfNull(exponent);
        return exponent is { Low: { } low, High: { } high } ? $"{Factor(Math.Exp(low))}–{Factor(Math.Exp(high))}" : "";
    }

    /// <summary>Bound, spectral radius, exponent and what really happened, side by side.</summary>
    public static string Beside(NetworkSpectrum view)
    {
        ArgumentNullException.ThrowIfNull(view);
        Spectrum spectrum = view.Spectrum;
        List<string> parts = [];
        if (spectrum.Log10BoundPerStep is { } bound)
            parts.Add(
                $"the bound γσ_max(W_h) {NumberText.Short(Math.Pow(10, bound))} a {view.Unit}{(bound > 0 ? " (above 1, so it forbids nothing)" : "")}"
            );
        if (spectrum.Recurrent is [{ } only])
            parts.Add($"the spectral radius of W_h {NumberText.Short(only.SpectralRadius)}");
        StateSpectrum state = Slowest(spectrum);
        if (state.FactorPerStep is { } factor)
            parts.Add($"the first exponent {Factor(factor)}");
        if (state.Lags.LastOrDefault(lag => lag.Log10Adjoint is { } log && double.IsFinite(log)) is { } last)
            parts.Add(
                $"the error that really walked {Factor(Math.Pow(10, last.Log10Adjoint!.Value / last.Lag))}, over {Say.Count(last.Lag, view.Unit, view.Unit + "s")}"
            );
        return parts.Count < 2 ? "" : $"Side by side: {string.Join("; ", parts)}.";
    }

    /// <summary>Whether the error points where most of it would last.</summary>
    public static string Alignment(NetworkSpectrum view)
    {
        ArgumentNullException.ThrowIfNull(view);
        StateSpectrum state = Slowest(view.Spectrum);
        return state.Lags.LastOrDefault(lag => lag is { AlignedLeft: not null, AlignedRight: not null }) is not { } last
            ? ""
            : $"Over {Say.Count(last.Lag, view.Unit, view.Unit + "s")} the error sets out at cosine {NumberText.Short(last.AlignedLeft!.Value)} to the direction of which most arrives, and arrives at cosine {NumberText.Short(last.AlignedRight!.Value)} to where that one ends.";
    }

    /// <summary>How many directions of the state last, and how many are gone.</summary>
    public static string Directions(StateSpectrum state)
    {
        ArgumentNullException.ThrowIfNull(state);
        int gone = state.Exponents.Count(one => double.IsNegativeInfinity(one.Value)),
            grow = state.Exponents.Count(one => one.Value > 0);
        return $"{Say.Count(state.Coordinates, "number makes", "numbers make")} the state; {(grow == 0 ? "no direction grows" : Say.Count(grow, "direction grows", "directions grow"))}"
            + $"{(gone > 0 ? $", {Say.Count(gone, "is", "are")} gone entirely" : "")}."
            + $" {Say.Count(state.ExponentSteps, "step", "steps")} of {Say.Count(state.Sequences, "sequence", "sequences")}, after a burn-in of {state.BurnIn} each.";
    }

    /// <summary>Where one step's eigenvalues lie, and W_h's own.</summary>
    public static string Circle(NetworkSpectrum view)
    {
        ArgumentNullException.ThrowIfNull(view);
        Eigenvalue[] step = [.. view.Spectrum.States.SelectMany(state => state.StepEigenvalues)];
        string own = view.Spectrum.Recurrent is [{ } only] ? $" W_h alone: spectral radius {NumberText.Short(only.SpectralRadius)}." : "";
        return step.Length == 0
            ? own.TrimStart()
            : $"One step: {Say.Count(step.Length, "eigenvalue", "eigenvalues")}, {NumberText.Whole(step.Count(point => point.Modulus > 1))} outside the unit circle, the largest {NumberText.Short(step.Max(point => point.Modulus))}.{own}";
    }

    /// <summary>A gate by its letter, or φ where the cell has one block only.</summary>
    public static string Name(GateSpectrum gate, int sites)
    {
        ArgumentNullException.ThrowIfNull(gate);
        return $"{(gate.Gate.Length > 0 ? gate.Gate : "φ")}{(sites > 1 ? $", {gate.Site}" : "")}";
    }

    /// <summary>Where a gate's activations lie.</summary>
    public static string Saturation(GateSpectrum gate)
    {
        ArgumentNullException.ThrowIfNull(gate);
        string ends = gate.Activation switch
        {
            Numbers.ActivationKind.Sigmoid => $"closed {NumberText.Percent(gate.Low)}, open {NumberText.Percent(gate.High)}",
            Numbers.ActivationKind.Tanh => $"near −1 {NumberText.Percent(gate.Low)}, near 1 {NumberText.Percent(gate.High)}",
            Numbers.ActivationKind.Relu => $"off {NumberText.Percent(gate.Low)}",
            _ => "linear",
        };
        return $"{ends}; slope {NumberText.Percent(gate.MeanSlope)} of the most{(gate.StuckUnits > 0 ? $"; {NumberText.Percent(gate.StuckUnits)} of the units stuck" : "")}{(gate.DeadUnits > 0 ? $"; {NumberText.Percent(gate.DeadUnits)} dead" : "")}";
    }

    /// <summary>How long the units' direct path remembers.</summary>
    public static string Memory(MemorySpectrum memory, string unit)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(unit);
        return $"Past the weights ({memory.Gate}, {memory.Site}) a unit forgets with τ = {NumberText.Short(memory.Times[0])} {unit}s at the least, {NumberText.Short(memory.Times[memory.Times.Count / 2])} in the middle, {NumberText.Short(memory.Times[^1])} at the most.";
    }
}
