using System.Globalization;

namespace Farback.Formats.Keras;

/// <summary>The version that wrote a file: 1.2.2, 2.1.3, 2.3.0-tf, 3.9.0; a file without one is Keras 1's.</summary>
internal sealed record KerasVersion(string Text)
{
    public int Major => Number(0) ?? 1;

    /// <summary>Whether a GRU that does not say resets after the product: from TensorFlow 2's Keras on.</summary>
    public bool ResetsAfter => Major >= 3 || Text.EndsWith("-tf", StringComparison.Ordinal) || (Major == 2 && Number(1) >= 4);

    /// <summary>hard_sigmoid is clip(x/6 + ½) in Keras 3, and clip(0.2x + ½) before.</summary>
    public double HardSigmoidSlope => Major >= 3 ? 1 / 6.0 : 0.2;

    private int? Number(int place) =>
        Text.Split('.') is var parts
        && parts.Length > place
        && int.TryParse(parts[place], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : null;
}
