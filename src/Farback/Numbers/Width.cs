using System.Runtime.Intrinsics;

namespace Farback.Numbers;

/// <summary>How many numbers the equations run on at once.</summary>
public enum Width
{
    /// <summary>One at a time: the plain engine.</summary>
    Scalar = 0,

    /// <summary>Registers of 128 bits.</summary>
    Bits128 = 128,

    /// <summary>Registers of 256 bits (AVX2).</summary>
    Bits256 = 256,

    /// <summary>Registers of 512 bits (AVX-512).</summary>
    Bits512 = 512,
}

/// <summary>Which widths this machine has, and which one is used.</summary>
public static class Widths
{
    /// <summary>The environment variable that forces a width: scalar, 128, 256 or 512.</summary>
    public const string Variable = "FARBACK_WIDTH";

    /// <summary>True where this machine's processor has registers of that width.</summary>
    public static bool IsSupported(Width width) =>
        width switch
        {
            Width.Scalar => true,
            Width.Bits128 => Vector128.IsHardwareAccelerated,
            Width.Bits256 => Vector256.IsHardwareAccelerated,
            _ => Vector512.IsHardwareAccelerated,
        };

    /// <summary>Every width this machine has, the narrowest first.</summary>
    public static IEnumerable<Width> Supported => Enum.GetValues<Width>().Where(IsSupported);

    /// <summary>The width in use: the one <see cref="Variable"/> names, else the widest.</summary>
    /// <exception cref="PlatformNotSupportedException">The variable names a width that this machine lacks, or no width.</exception>
    public static Width Current => Chosen.Value;

    private static readonly Lazy<Width> Chosen = new(() => Choose(Environment.GetEnvironmentVariable(Variable)));

    /// <summary>The width that a value of <see cref="Variable"/> names; null or empty means the widest.</summary>
    /// <exception cref="PlatformNotSupportedException">No such width, or not on this machine.</exception>
    public static Width Choose(string? named)
    {
        if (string.IsNullOrEmpty(named))
            return Supported.Last();
        Width width = named switch
        {
            "scalar" => Width.Scalar,
            "128" => Width.Bits128,
            "256" => Width.Bits256,
            "512" => Width.Bits512,
            _ => throw new PlatformNotSupportedException(
                $"{Variable} is '{named}'; expected scalar, 128, 256 or 512. Unset it to use the widest this machine has."
            ),
        };
        return IsSupported(width)
            ? width
            : throw new PlatformNotSupportedException(
                $"{Variable} asks for {named}-bit registers, which this processor does not have. It has: {string.Join(", ", Supported.Select(Name))}."
            );
    }

    /// <summary>The name by which <see cref="Variable"/> knows a width.</summary>
    public static string Name(Width width) => width == Width.Scalar ? "scalar" : $"{(int)width}";
}
