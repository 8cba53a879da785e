using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Farback.Tiles;

/// <summary>The process's threads: together they do the parts of one piece of work, and end together.</summary>
/// <remarks>
///   Parts are taken in order by whoever is free, the caller first: a thread that comes late costs its help and nothing else. While the
///   team is at work another caller does its parts alone. No number may depend on who did a part: parts write to memory of their own, and
///   what they write does not depend on where the others stand. Then every count of threads gives the same bits.
///   A thread spins for a moment after its last part, then sleeps; it never keeps a process alive, and nothing is to be disposed of.
///   Neither a run nor its parts are allocated.
/// </remarks>
public static class Team
{
    private static readonly long Awake = Stopwatch.Frequency / 4_000; // 250 µs: what lies between two pieces of a training step
    private static readonly Lock Door = new(); // one piece of work at a time
    private static readonly object Bed = new();
    private static readonly Lazy<double> MeasuredCost = new(MeasureCost);

    private static Action<int, int> s_part = static (_, _) => { };
    private static ExceptionDispatchInfo? s_failure;
    private static int s_count,
        s_helpers, // threads besides the caller that may take parts of the piece at hand
        s_started, // threads there are
        s_asleep,
        s_left,
        s_met;
    private static long s_next; // (piece, next part): one word, so that nobody takes a part of a piece that is over
    private static int s_most = Environment.ProcessorCount;

    [ThreadStatic]
    private static bool t_busy; // a part that itself has parts does them alone

    /// <summary>The most threads that a network runs on which was not told how many: all cores, unless set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public static int Most
    {
        get => s_most;
        set => s_most = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "expected at least one thread.");
    }

    /// <summary>What it costs to send a team of two that has just fallen asleep to work and to wait for its end, in seconds; measured once, at the first call.</summary>
    public static double Cost => MeasuredCost.Value;

    /// <summary>How many threads a piece of work is worth: each gets at least four times what sending it costs.</summary>
    /// <param name="flops">Multiplications and additions.</param>
    /// <param name="lanes">Numbers in a register: no core does more than 16·10⁹ of such a lane in a second, so the work takes at least as long.</param>
    internal static int Worth(double flops, int lanes)
    {
        double seconds = flops / (16e9 * lanes);
        return Most == 1 || seconds < 8e-6 ? 1 : (int)Math.Clamp(seconds / (4 * Cost), 1, Most);
    }

    /// <summary>Does parts 0 … count − 1 on at most that many threads, and returns when all are done.</summary>
    /// <param name="threads">The most threads, the caller among them; 1 does them here, in order.</param>
    /// <param name="count">How many parts.</param>
    /// <param name="part">(part, thread): the thread's number, below <paramref name="threads"/>, is for memory that parts may use one after the other.</param>
    /// <remarks>What a part throws is thrown here, after the others have ended; of several the one that came first.</remarks>
    public static void Run(int threads, int count, Action<int, int> part)
    {
        ArgumentNullException.ThrowIfNull(part);
        if (TryRun(threads, count, part))
            return;
        for (int i = 0; i < count; i++)
            part(i, 0);
    }

    /// <summary>The same; false, and nothing done, where the caller would have to do it alone.</summary>
    internal static bool TryRun(int threads, int count, Action<int, int> part)
    {
        int helpers = Math.Min(threads, count) - 1;
        if (helpers >= 1 && !t_busy)
            Start(helpers); // even if the team is at work: what a first call allocates no later one does
        if (helpers < 1 || t_busy || !Door.TryEnter())
            return false;
        try
        {
            Together(helpers, count, part);
        }
        finally
        {
            Interlocked.Exchange(ref s_next, s_next | int.MaxValue); // closed: who comes late finds no part
            s_part = static (_, _) => { };
            s_failure = null;
            Door.Exit();
        }
        return true;
    }

    private static void Start(int helpers)
    {
        if (Volatile.Read(ref s_started) >= helpers)
            return;
        lock (Bed)
        {
            while (s_started < helpers)
            {
                int number = s_started + 1;
                new Thread(() => Live(number)) { IsBackground = true, Name = $"farback {number}" }.Start();
                Volatile.Write(ref s_started, number);
            }
        }
    }

    private static void Together(int helpers, int count, Action<int, int> part)
    {
        (s_part, s_count, s_helpers) = (part, count, helpers);
        Volatile.Write(ref s_left, count);
        long piece = (s_next >> 32) + 1;
        Cores.TakeFirst();
        Interlocked.Exchange(ref s_next, piece << 32);
        if (Volatile.Read(ref s_asleep) > 0)
            lock (Bed)
                Monitor.PulseAll(Bed);
        Take(piece, 0);
        long deadline = Stopwatch.GetTimestamp() + Awake;
        while (Volatile.Read(ref s_left) > 0)
            if (Stopwatch.GetTimestamp() < deadline)
                Thread.SpinWait(8);
            else
                Thread.Yield(); // a thread that holds the last part may be waiting for this core
        Volatile.Read(ref s_failure)?.Throw();
    }

    private static void Live(int number)
    {
        long seen = 0;
        while (true)
        {
            long deadline = Stopwatch.GetTimestamp() + Awake;
            while (Volatile.Read(ref s_next) >> 32 == seen && Stopwatch.GetTimestamp() < deadline)
                Thread.SpinWait(8);
            if (Volatile.Read(ref s_next) >> 32 == seen)
                Sleep(seen);
            seen = Volatile.Read(ref s_next) >> 32;
            if (number <= s_helpers)
                Cores.Take();
            Take(seen, number);
        }
    }

    private static void Sleep(long seen)
    {
        lock (Bed)
        {
            Interlocked.Increment(ref s_asleep); // a full fence: the caller sees it, or this thread sees the new piece
            while (Volatile.Read(ref s_next) >> 32 == seen)
                Monitor.Wait(Bed);
            Interlocked.Decrement(ref s_asleep);
        }
    }

    // a part is taken by moving s_next on: while one is not yet taken its piece is at hand, so what describes it is too
    private static void Take(long piece, int thread)
    {
        t_busy = true;
        while (true)
        {
            long next = Volatile.Read(ref s_next);
            int number = (int)next;
            if (next >> 32 != piece || number >= s_count || thread > s_helpers)
                break;
            if (Interlocked.CompareExchange(ref s_next, next + 1, next) != next)
                continue;
            try
            {
                s_part(number, thread);
            }
            catch (Exception error)
            {
                Interlocked.CompareExchange(ref s_failure, ExceptionDispatchInfo.Capture(error), null);
            }
            Interlocked.Decrement(ref s_left);
        }
        t_busy = false;
    }

    // until two threads have met; one of the quick ones, because the first starts the thread and a busy machine gives long ones
    private static double MeasureCost()
    {
        if (Environment.ProcessorCount == 1)
            return double.PositiveInfinity;
        Span<double> costs = stackalloc double[9];
        foreach (ref double cost in costs)
        {
            SpinWait.SpinUntil(static () => Volatile.Read(ref s_asleep) > 0, millisecondsTimeout: 5); // a busy machine may keep it from falling asleep
            long began = Stopwatch.GetTimestamp();
            s_met = 0;
            Run(2, 2, static (_, _) => Meet());
            cost = Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
        costs.Sort();
        return costs[costs.Length / 4];
    }

    private static void Meet()
    {
        Interlocked.Increment(ref s_met);
        long deadline = Stopwatch.GetTimestamp() + Stopwatch.Frequency / 2000;
        while (Volatile.Read(ref s_met) < 2 && Stopwatch.GetTimestamp() < deadline)
            Thread.SpinWait(8);
    }
}
