using System.Diagnostics;

namespace Farback.Cli.Terminal;

/// <summary>Progress with time left: one line that is overwritten on a terminal, a plain line now and then when piped.</summary>
internal sealed class ProgressLine : IDisposable
{
    private static readonly TimeSpan Live = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan Piped = TimeSpan.FromSeconds(5);

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly bool _live = Screen.ErrorIsLive;
    private readonly Lock _turn = new();
    private TimeSpan _last = TimeSpan.MinValue;

    /// <summary>Says how far it is.</summary>
    public void Report(double fraction, string message)
    {
        lock (_turn)
        {
            if (_last != TimeSpan.MinValue && _watch.Elapsed - _last < (_live ? Live : Piped) && fraction < 1)
                return;
            _last = _watch.Elapsed;
            string left = fraction is > 0.02 and < 1 ? $", {Seconds(_watch.Elapsed * ((1 - fraction) / fraction))} left" : "";
            string line = FormattableString.Invariant($"{100 * fraction, 3:0} %{left}  {message}");
            if (_live)
                Console.Error.Write($"\r\u001b[2K{line}");
            else
                Console.Error.WriteLine(line);
        }
    }

    /// <summary>Clears the line.</summary>
    public void Dispose()
    {
        if (_live)
            Console.Error.Write("\r\u001b[2K");
    }

    private static string Seconds(TimeSpan time) =>
        time.TotalSeconds < 90 ? $"{Math.Ceiling(time.TotalSeconds):0} s" : $"{Math.Ceiling(time.TotalMinutes):0} min";
}
