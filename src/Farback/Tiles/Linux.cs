namespace Farback.Tiles;

/// <summary>What is asked of the system's C library, where the system is Linux and has these calls.</summary>
internal static unsafe partial class Linux
{
    /// <summary>Whether it answers; where not, nothing of this class is to be called.</summary>
    public static bool Answers { get; } = OperatingSystem.IsLinux() && HasCalls();

    /// <summary>The core that this thread is on; negative where it is not known.</summary>
    [SuppressGCTransition]
    [LibraryImport("libc", EntryPoint = "sched_getcpu")]
    public static partial int CurrentCore();

    /// <summary>The cores that a thread may run on, a bit each; 0 is this thread. Returns 0 if all went well.</summary>
    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    public static partial int GetAllowed(int thread, nint size, ulong* cores);

    /// <summary>The same, set.</summary>
    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    public static partial int SetAllowed(int thread, nint size, ulong* cores);

    /// <summary>Tells how some pages will be used.</summary>
    [LibraryImport("libc", EntryPoint = "madvise")]
    public static partial int Advise(nint from, nint size, int advice);

    private static bool HasCalls()
    {
        try
        {
            _ = GetAllowed(0, 0, null);
            _ = SetAllowed(0, 0, null);
            _ = Advise(0, 0, 0);
            return CurrentCore() >= 0;
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }
}
