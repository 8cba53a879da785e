using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Farback.Tiles;

/// <summary>One piece of work that threads of the <see cref="Team"/> walk through side by side, meeting after every step.</summary>
/// <remarks>
///   Who has come by the start takes part; a caller to whom nobody comes, or whose team is at work elsewhere, walks alone. So nobody waits
///   for a thread that is not there. A meeting costs what a word from core to core costs, and a thread that waits looks for it without
///   pause. Where cores are taken away that is ruin, a time slice for every step: a caller who is kept waiting too often sends the others
///   home at a meeting, walks on alone, and for a while begins alone. What a thread throws ends the others' next meeting.
///   One caller at a time; after the first run nothing is allocated but by what goes wrong.
/// </remarks>
public sealed class Meeting
{
    private const int Apart = 16; // longs: no two threads' counts on one line, or on two that are fetched together
    private const int Closed = int.MinValue;
    private const int Patience = 20_000; // looks, some tens of microseconds: then the other thread is not running
    private const long Home = long.MaxValue; // the caller's count when it goes on alone
    private static readonly long ShortRest = Stopwatch.Frequency / 10;
    private static readonly long LongRest = 4 * Stopwatch.Frequency;
    private static readonly Lock Measuring = new();
    private static double s_cost = double.PositiveInfinity;
    private static long s_rest = ShortRest,
        s_restUntil; // a timestamp: before it everybody walks alone

    private readonly Action<int> _walk;
    private readonly Action<int, int> _come;
    private long[] _met = []; // how often each thread has come to a meeting
    private ExceptionDispatchInfo? _failure;
    private int _most,
        _late, // meetings at which the caller lost patience
        _came, // threads beside the caller; Closed once it has set out
        _threads; // those that walk; 0 before they set out

    /// <summary>Work to walk through.</summary>
    /// <param name="walk">
    ///   What each thread does, given its number below <see cref="Threads"/>; all pass the same meetings. After each the caller, number 0,
    ///   may be alone and then has all that is left to do.
    /// </param>
    public Meeting(Action<int> walk)
    {
        ArgumentNullException.ThrowIfNull(walk);
        (_walk, _come) = (walk, Come);
    }

    /// <summary>How many threads walk, the caller among them. Between two meetings it does not change.</summary>
    public int Threads => _threads;

    /// <summary>At how many meetings of the run at hand, or of the last, the caller has lost patience.</summary>
    public int Late => Volatile.Read(ref _late);

    /// <summary>What one meeting of two threads costs, in seconds; measured at the first call. Infinite as long as no second thread is free to come.</summary>
    public static double Cost
    {
        get
        {
            lock (Measuring)
                if (s_cost == double.PositiveInfinity && Environment.ProcessorCount > 1 && !IsResting)
                    s_cost = MeasureCost();
            return s_cost;
        }
    }

    private static bool IsResting => Stopwatch.GetTimestamp() < Volatile.Read(ref s_restUntil);

    /// <summary>Walks with as many threads as come, at most so many, and returns when all have ended.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is not even one thread.</exception>
    /// <remarks>What a thread throws is thrown here; of several the one that came first.</remarks>
    public void Run(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        if (_met.Length < (threads + 1) * Apart)
            _met = new long[(threads + 1) * Apart];
        Array.Clear(_met);
        (_most, _late, _came, _threads, _failure) = (threads - 1, 0, 0, 0, null);
        if (IsResting || !Team.TryRun(threads, threads, _come))
            SetOut(alone: true);
        _failure?.Throw();
    }

    /// <summary>Waits until every thread has come as far; what they wrote before is then there to be read.</summary>
    /// <param name="thread">The number of the thread that has come.</param>
    [MethodImpl(Compiled)]
    public void Pass(int thread)
    {
        if (_threads == 1)
            return;
        long mine = _met[(thread + 1) * Apart] + 1;
        bool alone = thread == 0 && _late > 3 + mine / 1000;
        if (!alone)
            Volatile.Write(ref _met[(thread + 1) * Apart], mine);
        for (int other = 0; other < _threads; other++)
        {
            ref long met = ref _met[(other + 1) * Apart];
            if (other != thread)
                for (int looks = 0; Volatile.Read(ref met) < mine; looks++)
                    if (looks > 1000)
                        Wait(looks, thread);
        }
        if (alone)
            SendHome();
        else if (thread > 0 && Volatile.Read(ref _met[Apart]) == Home)
            throw new OperationCanceledException();
    }

    private void Wait(int looks, int thread)
    {
        if (Volatile.Read(ref _failure) is not null)
            throw new OperationCanceledException("another thread of this work has failed.");
        if (looks < Patience)
            return;
        if (looks == Patience && thread == 0)
            _late++;
        Thread.Yield();
    }

    // all others have come to this meeting, and wait there for the caller
    private void SendHome()
    {
        Volatile.Write(ref _met[Apart], Home);
        Volatile.Write(ref _threads, 1);
        Volatile.Write(ref s_restUntil, Stopwatch.GetTimestamp() + s_rest);
        s_rest = Math.Min(LongRest, 2 * s_rest);
    }

    private void Come(int part, int thread)
    {
        if (thread == 0)
        {
            if (_threads == 0)
                SetOut(alone: false);
            return;
        }
        int came = Volatile.Read(ref _came);
        while (came != Closed && Interlocked.CompareExchange(ref _came, came + 1, came) is var found && found != came)
            came = found;
        if (came == Closed)
            return;
        for (int looks = 0; Volatile.Read(ref _threads) == 0; looks++)
            if (looks > Patience)
                Thread.Yield();
        Walk(came + 1);
    }

    // the caller waits for the others about as long as it takes them to wake up
    private void SetOut(bool alone)
    {
        if (!alone)
        {
            long deadline = Stopwatch.GetTimestamp() + (long)(Math.Min(2 * Team.Cost, 100e-6) * Stopwatch.Frequency);
            while (Volatile.Read(ref _came) < _most && Stopwatch.GetTimestamp() < deadline)
                Thread.SpinWait(1);
        }
        Volatile.Write(ref _threads, 1 + Interlocked.Exchange(ref _came, Closed));
        Walk(0);
        if (_threads > 1)
            s_rest = ShortRest;
    }

    private void Walk(int thread)
    {
        try
        {
            _walk(thread);
        }
        catch (OperationCanceledException) when (thread > 0 && _met[Apart] == Home)
        {
            // sent home
        }
        catch (Exception error)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(error), null);
        }
    }

    // the best of some hundreds in a row, several times: a busy machine gives long ones
    private static double MeasureCost()
    {
        const int Meetings = 500;
        double least = double.PositiveInfinity;
        Meeting meeting = null!;
        meeting = new(thread =>
        {
            meeting.Pass(thread);
            long began = Stopwatch.GetTimestamp();
            for (int i = 0; i < Meetings; i++)
                meeting.Pass(thread);
            if (thread == 0 && meeting.Threads == 2)
                least = Math.Min(least, Stopwatch.GetElapsedTime(began).TotalSeconds / Meetings);
        });
        for (int burst = 0; burst < 9; burst++)
            meeting.Run(2);
        return least;
    }
}
