using System.Diagnostics;

namespace Farback.Cli.Terminal;

/// <summary>Progress with time left: one line that is overwritten on a terminal, a plain line now and then when piped.</summary>
/// <param name="from">The fraction at which the work begins here; more than 0 where it goes on.</param>
internal sealed class ProgressLine(double from = 0) : IDisposable
{
    private static readonly TimeSpan Live = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan Piped = TimeSpan.FromSeconds(2);

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly bool _live = Screen.ErrorIsLive;
    private readonly Lock _turn = new();
    private TimeSpan _last = TimeSpan.MinValue;

    /// <summary>Whether <see cref="Report"/> would say something now: for callers whose message costs something.</summary>
    public bool IsDue(double fraction) => _last == TimeSpan.MinValue || _watch.Elapsed - _last >= (_live ? Live : Piped) || fraction >= 1;

    /// <summary>Says how far it is; the time left is by the pace since the beginning here.</summary>
    public void Report(double fraction, string message)
    {
        lock (_turn)
        {
            if (!IsDue(fraction))
                return;
            _last = _watch.Elapsed;
            string left =
                fraction - from > 0.02 && fraction < 1 ? $", {Seconds(_watch.Elapsed * ((1 - fraction) / (fraction - from)))} left" : "";
            string line = FormattableString.Invariant($"{100 * fraction, 3:0} %{left}  {message}");
            if (_live)
                Console.Error.Write($"\r\u001b[2K{line}");
            else
                Console.Error.WriteLine(line);
        }
    }

    /// <summary>Says a sentence that stays.</summary>
    public void Say(string sentence)
    {
        lock (_turn)
            Console.Error.WriteLine(_live ? $"\r\u001b[2K{sentence}" : sentence);
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
