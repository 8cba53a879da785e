using System.Diagnostics;

namespace Farback.Cli.Measuring;

/// <summary>How long something takes that is done again and again.</summary>
/// <param name="Median">Seconds; half of the repeats took longer.</param>
/// <param name="Least">Seconds of the fastest.</param>
/// <param name="Repeats">How many were counted.</param>
internal readonly record struct Timing(double Median, double Least, int Repeats)
{
    // the JIT compiles what is called often twice more: with counters, then with what they saw
    private const double WarmUp = 0.35;

    /// <summary>Repeats for about so many seconds, at least three times unless that takes five times as long.</summary>
    /// <remarks>
    ///   A quarter of the time goes first, uncounted, and no less than a third of a second: memory is allocated there and the JIT compiles.
    /// </remarks>
    public static Timing Of(Action run, double seconds, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        do
        {
            cancel.ThrowIfCancellationRequested();
            run();
        } while (clock.Elapsed.TotalSeconds < Math.Max(seconds / 4, WarmUp));
        List<double> times = [];
        clock.Restart();
        do
        {
            cancel.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            run();
            times.Add((double)(Stopwatch.GetTimestamp() - start) / Stopwatch.Frequency); // a TimeSpan knows tenths of a microsecond
        } while (clock.Elapsed.TotalSeconds < (times.Count < 3 ? 5 : 1) * seconds);
        times.Sort();
        return new(times[times.Count / 2], times[0], times.Count);
    }
}
