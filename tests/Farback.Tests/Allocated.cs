namespace Farback.Tests;

/// <summary>What a step that is made again and again allocates on the heap.</summary>
internal static class Allocated
{
    /// <summary>Bytes that the calling thread allocates at a step after the first two: the middle one of nine.</summary>
    /// <remarks>
    ///   What our code allocates it does at every step, and every one of the nine shows it. Now and then a single step showed some bytes
    ///   beside other tests, and the same step none when it was run again: which part of the runtime that is, is not known.
    /// </remarks>
    public static long AtEveryStep(Action step)
    {
        step();
        step();
        long[] bytes = new long[9];
        foreach (ref long one in bytes.AsSpan())
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            step();
            one = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Array.Sort(bytes);
        return bytes[4];
    }
}
