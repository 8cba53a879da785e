using System.Diagnostics;

namespace Farback.Bench;

/// <summary>How long a word takes from one core to another and back: what threads that wait for each other pay at least.</summary>
/// <remarks>On virtual machines it can be 100 ns one day and 500 the next, as the host places the cores.</remarks>
internal static class RoundTrip
{
    /// <summary>Nanoseconds, the best of many hundreds in a row; NaN on one core, where the two would take turns in time slices.</summary>
    public static double Nanoseconds()
    {
        const int turns = 500;
        if (Environment.ProcessorCount < 2)
            return double.NaN;
        int ball = 0; // 1: the other's, 0: mine, −1: over
        var other = new Thread(() =>
        {
            while (Volatile.Read(ref ball) is var seen and >= 0)
                if (seen == 1)
                    Volatile.Write(ref ball, 0);
        });
        other.Start();
        double least = double.PositiveInfinity;
        var clock = Stopwatch.StartNew();
        while (clock.ElapsedMilliseconds < 60)
        {
            long start = Stopwatch.GetTimestamp();
            for (int turn = 0; turn < turns; turn++)
            {
                Volatile.Write(ref ball, 1);
                while (Volatile.Read(ref ball) == 1) { }
            }
            least = Math.Min(least, Stopwatch.GetElapsedTime(start).TotalNanoseconds / turns);
        }
        Volatile.Write(ref ball, -1);
        other.Join();
        return least;
    }
}
