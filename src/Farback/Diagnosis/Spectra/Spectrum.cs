using Farback.Adjoints;
using Farback.Cells;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Diagnosis.Spectra;

/// <summary>Why a gradient fades, keeps or blows up: the singular values, exponents and eigenvalues of a network's steps, and its gates.</summary>
/// <remarks>
///   J_t = ∂s_t/∂s_{t−1} of the whole state (h and c, all layers), exact; products over lags as <see cref="ScaledProduct"/>; exponents by the
///   adjoint form with a burn-in at the late end, averaged over the batch's sequences. A value below 1 (an exponent below 0) fades, 1
///   keeps, above 1 grows. All of it is of these sequences and these weights: initial and trained networks differ.
///   Cost: (steps · some 6n³ + lags · 20n³) a sequence, n the size of the state.
/// </remarks>
public sealed record Spectrum
{
    /// <summary>The joint state of all layers; of a bidirectional network each layer and direction by itself, its input held fixed.</summary>
    public required IReadOnlyList<StateSpectrum> States { get; init; }

    /// <summary>W_h of every layer, direction and gate.</summary>
    public required IReadOnlyList<RecurrentSpectrum> Recurrent { get; init; }

    /// <summary>log₁₀(γ σ_max(W_h)), Pascanu's bound on the growth a step; null where the cell or a stack has none.</summary>
    public required double? Log10BoundPerStep { get; init; }

    /// <summary>Every gate whose activation the cell's page names.</summary>
    public required IReadOnlyList<GateSpectrum> Gates { get; init; }

    /// <summary>The direct path past the weights, by layer and direction; empty for cells without one.</summary>
    public required IReadOnlyList<MemorySpectrum> Memory { get; init; }

    /// <summary>The spectrum of a model on a batch.</summary>
    /// <param name="model">The model, in float or double.</param>
    /// <param name="batch">Sequences to run it over.</param>
    /// <param name="options">How much is measured; null for the default.</param>
    /// <param name="loss">L, for what happens to the adjoint that really walks; null to leave that out.</param>
    public static Spectrum Of<T>(Model<T> model, Batch batch, SpectrumOptions? options = null, Loss? loss = null)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(model);
        Trace<T> trace = model.Forward(batch);
        return Of(trace, options, loss is null ? null : LossField.Of(trace, loss, Reduction.Mean));
    }

    /// <summary>The spectrum of a run.</summary>
    /// <param name="trace">The run; only read.</param>
    /// <param name="options">How much is measured; null for the default.</param>
    /// <param name="losses">Its losses, for what happens to the adjoint that really walks; null to leave that out.</param>
    public static Spectrum Of<T>(Trace<T> trace, SpectrumOptions? options = null, LossField? losses = null)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(trace);
        options ??= new();
        Network network = trace.Model.Network;
        Parameters<double> parameters = trace.Model.Parameters.To<double>();
        Seeds<T>? seeds = losses is null ? null : Seeds<T>.Of(trace, losses, scaled: true);
        int sites = network.Layers * network.Directions;
        GateReading[] readings = [.. Enumerable.Range(0, sites).Select(site => GateReading.Of(trace, site, options.Sequences))];
        StateSpectrum Walk(int? site, string name) => new StateWalk<T>(trace, seeds, losses, options, site).Measure(name);
        return new()
        {
            States = network.Bidirectional
                ? [.. Enumerable.Range(0, sites).Select(site => Walk(site, trace.Model.Sites[site].ToString()))]
                : [Walk(null, network.Layers == 1 ? "layer 0" : "all layers")],
            Recurrent = [.. trace.Model.Sites.Take(sites).SelectMany(site => OfWeights(site, parameters))],
            Log10BoundPerStep = network.Bidirectional ? null : SpectralNorm.Log10BoundPerStep(network, parameters),
            Gates = [.. readings.SelectMany(reading => reading.Gates())],
            Memory = [.. readings.Select(reading => reading.Memory(options.Lags)).OfType<MemorySpectrum>()],
        };
    }

    private static IEnumerable<RecurrentSpectrum> OfWeights(Site site, Parameters<double> parameters)
    {
        if (site.RecurrentWeights is not { } block)
            yield break;
        IReadOnlyList<Gate> gates = site.Cell.Gates;
        for (int gate = 0; gate < gates.Count; gate++)
        {
            int n = site.Units;
            double[] matrix = parameters[block].Slice(gate * n * n, n * n).ToArray();
            Eigenvalue[] points = Points(matrix, n);
            string name = gates[gate].Name.Length > 0 ? $"{block.Name}.{gates[gate].Name}" : block.Name;
            yield return new(name, points[0].Modulus, SpectralNorm.Of(matrix, n, n), points);
        }
    }

    internal static Eigenvalue[] Points(ReadOnlySpan<double> matrix, int n) =>
        [.. Eigenvalues.Of(matrix, n).Select(one => new Eigenvalue(one.Real, one.Imaginary))];
}
