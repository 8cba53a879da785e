namespace Farback.Tiles;

/// <summary>Memory in large pages, where the system gives them to who asks.</summary>
/// <remarks>
///   A trace is read and written line by line, each time another of its pages, and on a virtual machine to find a page that the processor
///   does not remember takes longer than to fetch a line: a training step is 1 to 2 % shorter (LSTM, T,B,I,H = 100,32,64,128 and 200,64,256,512).
///   Linux; elsewhere, and where the system says no, pages are as they are.
/// </remarks>
internal static class LargePages
{
    private static readonly nint Page = Environment.SystemPageSize;
    private const int Large = 14; // MADV_HUGEPAGE

    /// <summary>A new array, in large pages if it is large. Its numbers are still to be set.</summary>
    /// <remarks>Such an array stays where it is; if it moved, other memory would be asked for, and nothing else would happen.</remarks>
    public static unsafe T[] Array<T>(int count)
        where T : unmanaged
    {
        T[] array = GC.AllocateUninitializedArray<T>(count);
        nint from = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));
        Ask(from, from + (nint)count * sizeof(T));
        return array;
    }

    /// <summary>Asks for them between two addresses, before anything is written there.</summary>
    /// <remarks>What lies side by side and was asked for counts as one, so it is worth asking for less than one large page.</remarks>
    public static void Ask(nint from, nint to)
    {
        from = (from + Page - 1) & -Page;
        to &= -Page;
        if (Linux.Answers && to - from >= 16 * Page)
            _ = Linux.Advise(from, to - from, Large);
    }
}
