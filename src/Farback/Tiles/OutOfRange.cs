namespace Farback.Tiles;

/// <summary>What lies at a pointer is refused by name where an index leaves it; the equations themselves walk on pointers and ask nothing.</summary>
internal static class OutOfRange
{
    /// <summary>Refuses an index outside 0 … count − 1.</summary>
    [MethodImpl(Inline)]
    public static void Check(long index, long count, string name)
    {
        if ((ulong)index >= (ulong)count)
            Throw(index, count, name);
    }

    private static void Throw(long index, long count, string name) =>
        throw new ArgumentOutOfRangeException(
            name,
            index,
            count > 0 ? $"expected 0 to {count - 1}." : "expected none: there is nothing of it here."
        );
}
