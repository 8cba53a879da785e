using System.Diagnostics;
using System.Runtime.CompilerServices;
using Farback.Numbers;
using Farback.Tiles;

namespace Farback.Cli.Measuring;

/// <summary>What the processor can do at most: a·x + y in registers, nothing read or written.</summary>
/// <remarks>
///   A fused multiply–add takes about four cycles and two start in each: eight must be on their way at once. Twelve independent ones
///   and two constants fit the sixteen registers of AVX2. The best burst counts: everything that disturbs makes a burst slower.
/// </remarks>
internal static class Peak
{
    private const int Chains = 12,
        Bursts = 25;
    private const long Turns = 400_000; // 0.6–3 ms: what it costs to send a team to work is nothing beside it

    /// <summary>GFLOP/s of float or double at a width, on so many threads at once.</summary>
    public static double Of(Width width, bool isDouble, int threads) =>
        (width, isDouble) switch
        {
            (Width.Scalar, false) => Best<Scalar<float>>(threads),
            (Width.Scalar, true) => Best<Scalar<double>>(threads),
            (Width.Bits128, false) => Best<Lanes128<float>>(threads),
            (Width.Bits128, true) => Best<Lanes128<double>>(threads),
            (Width.Bits256, false) => Best<Lanes256<float>>(threads),
            (Width.Bits256, true) => Best<Lanes256<double>>(threads),
            (_, false) => Best<Lanes512<float>>(threads),
            (_, true) => Best<Lanes512<double>>(threads),
        };

    private static double Best<V>(int threads)
        where V : struct, INumbers<V>
    {
        double least = double.PositiveInfinity;
        for (int burst = 0; burst < Bursts; burst++)
        {
            long start = Stopwatch.GetTimestamp();
            Team.Run(threads, threads, static (_, _) => _ = Burst<V>(Turns));
            least = Math.Min(least, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return 2.0 * Chains * V.Lanes * Turns * threads / least / 1e9;
    }

    // accumulators are named: in an array they would live in memory
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static double Burst<V>(long turns)
        where V : struct, INumbers<V>
    {
        V x = 0.999,
            y = 0.001;
        V a = 1,
            b = 2,
            c = 3,
            d = 4,
            e = 5,
            f = 6,
            g = 7,
            h = 8,
            i = 9,
            j = 10,
            k = 11,
            l = 12;
        for (long turn = 0; turn < turns; turn++)
        {
            a = V.MultiplyAdd(a, x, y);
            b = V.MultiplyAdd(b, x, y);
            c = V.MultiplyAdd(c, x, y);
            d = V.MultiplyAdd(d, x, y);
            e = V.MultiplyAdd(e, x, y);
            f = V.MultiplyAdd(f, x, y);
            g = V.MultiplyAdd(g, x, y);
            h = V.MultiplyAdd(h, x, y);
            i = V.MultiplyAdd(i, x, y);
            j = V.MultiplyAdd(j, x, y);
            k = V.MultiplyAdd(k, x, y);
            l = V.MultiplyAdd(l, x, y);
        }
        return V.Total(a + b + c + d + e + f + g + h + i + j + k + l);
    }
}
