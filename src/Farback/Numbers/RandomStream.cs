namespace Farback.Numbers;

/// <summary>A reproducible stream of random numbers whose whole state is four words.</summary>
/// <remarks>
///   xoshiro256** seeded by splitmix64; source: Blackman &amp; Vigna 2021. The same seed gives the same stream on every machine, and
///   <see cref="Save"/> with <see cref="Restore"/> continue it exactly. Not for secrets.
/// </remarks>
public sealed class RandomStream
{
    private ulong _a,
        _b,
        _c,
        _d;

    /// <summary>Streams with different seeds, or different purposes under one seed, are independent.</summary>
    public RandomStream(long seed, int purpose = 0)
    {
        ulong x = (ulong)seed ^ ((ulong)purpose * 0xD1B54A32D192ED03);
        _a = SplitMix(ref x);
        _b = SplitMix(ref x);
        _c = SplitMix(ref x);
        _d = SplitMix(ref x);
    }

    /// <summary>The state.</summary>
    public ulong[] Save() => [_a, _b, _c, _d];

    /// <summary>Continues where <see cref="Save"/> left off.</summary>
    public void Restore(ReadOnlySpan<ulong> state) => (_a, _b, _c, _d) = (state[0], state[1], state[2], state[3]);

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>Uniform on [0, 1), 53 bits.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform on [low, high).</summary>
    public double NextUniform(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>A whole number, uniform on 0 … below − 1.</summary>
    public int Next(int below) => (int)((UInt128)NextBits() * (ulong)below >> 64);

    /// <summary>Standard normal, by Box and Muller.</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>Puts the items in a random order (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int last = items.Length - 1; last > 0; last--)
        {
            int other = Next(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }

    private static ulong SplitMix(ref ulong x)
    {
        ulong z = x += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
