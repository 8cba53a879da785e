namespace Farback.Cli.Runs;

/// <summary>The names of the precisions.</summary>
internal static class RunPrecision
{
    /// <summary>double.</summary>
    public const string Double = "float64";

    /// <summary>float.</summary>
    public const string Single = "float32";

    /// <summary>A name that is one.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static string Parse(string text) =>
        text is Double or Single ? text : throw new ArgumentException($"--precision: expected {Double} or {Single}, got {text}.");
}
