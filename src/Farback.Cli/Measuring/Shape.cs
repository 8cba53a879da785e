using System.Globalization;

namespace Farback.Cli.Measuring;

/// <summary>The size of a piece of work: T steps, B lanes, I inputs, H units.</summary>
internal readonly record struct Shape(int T, int B, int I, int H) : IParsable<Shape>
{
    /// <summary>From a toy to as large as one trains on a processor, and one long sequence alone.</summary>
    public static IReadOnlyList<Shape> Listed { get; } =
    [new(20, 1, 16, 16), new(50, 16, 32, 32), new(100, 32, 64, 128), new(100, 32, 128, 256), new(200, 64, 256, 512), new(1000, 1, 64, 128)];

    /// <summary>Those of which the peers make maps.</summary>
    public static IReadOnlyList<Shape> Mapped { get; } = [new(50, 16, 32, 64), new(100, 32, 64, 128), new(200, 32, 64, 128)];

    /// <summary>Useful GFLOP of the products forwards, with g gates: 2·T·B·gH·(I + H).</summary>
    public double Forward(int g) => 2e-9 * T * B * g * H * ((double)I + H);

    /// <summary>Useful GFLOP of λ W_h on the way back, 2·T·B·gH·H.</summary>
    public double Backward(int g) => 2e-9 * T * B * g * H * H;

    /// <summary>Useful GFLOP of ∂L/∂x, 2·T·B·gH·I.</summary>
    public double InputGradient(int g) => 2e-9 * T * B * g * H * I;

    /// <summary>Useful GFLOP of a training step: forwards, δuᵀ (as many again), λ W_h.</summary>
    public double Step(int g) => 2 * Forward(g) + Backward(g);

    /// <summary>Useful GFLOP of a full map: every pair k ≤ t is carried on once, T(T−1)·B·gH·H, and has the inner products of its B lanes.</summary>
    public double Map(int g) => 1e-9 * ((double)T * (T - 1) * B * g * H * H + T * (T + 1.0) / 2 * B * (B + 1) * g * H);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{T},{B},{I},{H}");

    public static Shape Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out Shape shape)
            ? shape
            : throw new FormatException($"shape: expected four whole numbers above 0, T,B,I,H as in 100,32,64,128, got '{s}'.");

    public static bool TryParse(string? s, IFormatProvider? provider, out Shape result)
    {
        int[] sizes =
        [
            .. (s ?? "")
                .Split(',')
                .Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int size) ? size : 0),
        ];
        result = sizes is [var t, var b, var i, var h] ? new(t, b, i, h) : default;
        return sizes.Length == 4 && sizes.All(size => size > 0);
    }
}
