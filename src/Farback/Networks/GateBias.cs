using System.Globalization;
using Farback.Cells;

namespace Farback.Networks;

/// <summary>Where the biases of some gates start: what the cell remembers before it has learned anything.</summary>
/// <remarks>
///   With two biases only their sum matters to the step: the one beside W_x (bias_ih) carries the value, the one beside W_h (bias_hh) starts
///   at 0 in the same rows. With one bias it carries the value.
/// </remarks>
public abstract record GateBias
{
    /// <summary>The gates, by name, whose biases it sets.</summary>
    internal abstract IReadOnlyList<string> Gates { get; }

    /// <summary>Overwrites the biases of those gates, [gate][unit].</summary>
    internal abstract void Draw(RandomStream random, double[][] biases);

    internal void Check(Network network)
    {
        foreach (string name in Gates)
            if (IndexOf(network.Cell, name) < 0)
                throw new ArgumentException(
                    $"initial: '{this}' sets the bias of the gate '{name}', which {network.Cell.Title} lacks"
                        + $" (it has {Have(network.Cell)}); use it with an LSTM, or '{Initial.Default}' here."
                );
        if (network.Biases == Biases.None)
            throw new ArgumentException($"initial: '{this}' sets biases, but the network has none; give it one or two.");
    }

    internal static int IndexOf(Cell cell, string gate)
    {
        for (int index = 0; index < cell.Gates.Count; index++)
            if (cell.Gates[index].Name == gate)
                return index;
        return -1;
    }

    private static string Have(Cell cell) => cell.Gates.Count == 1 ? "no gates" : string.Join(", ", cell.Gates.Select(gate => gate.Name));
}

/// <summary>b_f = b in every unit: with b = 1 a gate that forgets a quarter a step instead of half.</summary>
/// <remarks>σ(1) = 0.73 keeps c for 3 steps, σ(0) = 0.5 for 1.4. Source: Gers, Schmidhuber &amp; Cummins 2000; Jozefowicz, Zaremba &amp; Sutskever 2015.</remarks>
/// <param name="Value">b.</param>
public sealed record ForgetBias(double Value) : GateBias
{
    /// <summary>b, finite.</summary>
    public double Value { get; } =
        double.IsFinite(Value) ? Value : throw new ArgumentException($"forget: expected a finite number, got {Value}.");

    internal override IReadOnlyList<string> Gates => ["f"];

    internal override void Draw(RandomStream random, double[][] biases) => Array.Fill(biases[0], Value);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"forget={Value}");
}

/// <summary>b_f = ln u, u ~ U[1, T_max − 1], and b_i = −b_f: units that remember for 1 to T_max steps.</summary>
/// <remarks>f = σ(ln u) = u/(u + 1), so 1 − f = 1/(u + 1) and c decays over u + 1 steps. Source: Tallec &amp; Ollivier 2018.</remarks>
/// <param name="LongestLag">T_max ≥ 2, the longest lag that is expected to matter.</param>
public sealed record ChronoBias(double LongestLag) : GateBias
{
    /// <summary>T_max ≥ 2.</summary>
    public double LongestLag { get; } =
        LongestLag >= 2 && double.IsFinite(LongestLag)
            ? LongestLag
            : throw new ArgumentException($"chrono: expected a longest lag of 2 or more, got {LongestLag}.");

    internal override IReadOnlyList<string> Gates => ["f", "i"];

    internal override void Draw(RandomStream random, double[][] biases)
    {
        for (int unit = 0; unit < biases[0].Length; unit++)
        {
            biases[0][unit] = Math.Log(random.NextUniform(1, LongestLag - 1));
            biases[1][unit] = -biases[0][unit];
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"chrono={LongestLag}");
}
