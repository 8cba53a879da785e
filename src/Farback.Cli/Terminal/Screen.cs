namespace Farback.Cli.Terminal;

/// <summary>The one place that knows what the terminal can do: results go to stdout, progress and errors to stderr.</summary>
internal static class Screen
{
    /// <summary>Whether stdout shows 24-bit colour.</summary>
    public static bool OutHasColour => !Console.IsOutputRedirected && !Plain;

    /// <summary>Whether stderr is a terminal whose line can be overwritten.</summary>
    public static bool ErrorIsLive => !Console.IsErrorRedirected && !Plain;

    // the conventions of no-color.org and of terminals that can do nothing
    private static bool Plain =>
        Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 } || Environment.GetEnvironmentVariable("TERM") is "dumb";
}
