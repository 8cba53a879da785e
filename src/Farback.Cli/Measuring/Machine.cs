using System.Runtime.InteropServices;
using Farback.Numbers;

namespace Farback.Cli.Measuring;

/// <summary>The machine a number was measured on, as it tells itself.</summary>
/// <param name="Processor">Its name.</param>
/// <param name="Cores">How many the program may use.</param>
/// <param name="Caches">Sizes of one core's caches, the smallest first; empty where the system does not say.</param>
/// <param name="Registers">The width in use: scalar, 128, 256 or 512.</param>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="System">The operating system.</param>
internal sealed record Machine(string Processor, int Cores, IReadOnlyList<string> Caches, string Registers, string Runtime, string System)
{
    public static Machine This() =>
        new(
            NameOfProcessor(),
            Environment.ProcessorCount,
            [.. SizesOfCaches()],
            Widths.Name(Widths.Current),
            RuntimeInformation.FrameworkDescription,
            RuntimeInformation.OSDescription
        );

    public override string ToString() =>
        $"{Processor}, {Cores} {(Cores == 1 ? "core" : "cores")}, "
        + (Caches.Count > 0 ? $"caches {string.Join(", ", Caches)}, " : "")
        + $"{(Registers == "scalar" ? "no registers of several numbers" : $"{Registers}-bit registers")}, {Runtime}, {System}";

    private static string NameOfProcessor()
    {
        const string file = "/proc/cpuinfo";
        string? line = File.Exists(file)
            ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
            ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static IEnumerable<string> SizesOfCaches()
    {
        const string folder = "/sys/devices/system/cpu/cpu0/cache";
        if (!Directory.Exists(folder))
            yield break;
        foreach (string cache in Directory.EnumerateDirectories(folder, "index*").Order(StringComparer.Ordinal))
            if (Read(cache, "type") is { } type and not "Instruction" && Read(cache, "level") is { } level)
                yield return $"L{level} {Read(cache, "size")}";
    }

    private static string? Read(string folder, string name)
    {
        string file = Path.Combine(folder, name);
        return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
    }
}
