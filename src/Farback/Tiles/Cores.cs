namespace Farback.Tiles;

/// <summary>The cores that the threads of one piece of work have taken: who wakes up on one of those goes to another.</summary>
/// <remarks>
///   Schedulers that save power, on virtual machines above all, wake a thread on the core of the one that called it and part the two some
///   milliseconds later, longer than most pieces take. A thread moves once and may then run where it might before. On Linux; elsewhere
///   threads stay where they are put.
/// </remarks>
internal static class Cores
{
    private const int Words = 16; // 64 cores each; those beyond are not looked after
    private static readonly ulong[] Taken = new ulong[Words];

    /// <summary>A new piece: all cores are free but the caller's.</summary>
    public static void TakeFirst()
    {
        if (!Linux.Answers)
            return;
        Array.Clear(Taken);
        _ = IsTaken();
    }

    /// <summary>Takes the core that this thread is on; if somebody has, one that is free, where the thread may run on such a one.</summary>
    public static void Take()
    {
        if (Linux.Answers && IsTaken() && Move())
            _ = IsTaken();
    }

    private static bool IsTaken()
    {
        int core = Linux.CurrentCore();
        if (core is < 0 or >= 64 * Words)
            return false;
        ulong bit = 1UL << core;
        return (Interlocked.Or(ref Taken[core / 64], bit) & bit) != 0;
    }

    private static unsafe bool Move()
    {
        const int size = Words * sizeof(ulong);
        ulong* allowed = stackalloc ulong[Words],
            free = stackalloc ulong[Words];
        if (Linux.GetAllowed(0, size, allowed) != 0)
            return false;
        ulong any = 0;
        for (int i = 0; i < Words; i++)
            any |= free[i] = allowed[i] & ~Volatile.Read(ref Taken[i]);
        if (any == 0 || Linux.SetAllowed(0, size, free) != 0)
            return false;
        _ = Linux.SetAllowed(0, size, allowed); // allowed an instant ago
        return true;
    }
}
