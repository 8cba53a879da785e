namespace Farback.Cli;

/// <summary>What a program that started this one is told.</summary>
internal static class ExitCodes
{
    /// <summary>All went well.</summary>
    public const int Done = 0;

    /// <summary>Something failed.</summary>
    public const int Failed = 1;

    /// <summary>What was asked for makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>What --fail-on names was found.</summary>
    public const int Finding = 3;

    /// <summary>Stopped before the end, with a checkpoint: the same again goes on.</summary>
    public const int Interrupted = 75;

    /// <summary>Stopped before the end, with nothing to go on from.</summary>
    public const int Cancelled = 130;
}
