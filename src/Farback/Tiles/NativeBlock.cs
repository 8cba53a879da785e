namespace Farback.Tiles;

/// <summary>Zeroed numbers at a fixed address on a cache line's boundary, freed by the garbage collector.</summary>
internal sealed unsafe class NativeBlock<T>
    where T : unmanaged
{
    private struct Line
    {
        public fixed byte Bytes[64];
    }

    private readonly Line[] _lines;

    public NativeBlock(long count)
    {
        Count = count;
        _lines = GC.AllocateArray<Line>(checked((int)((count * sizeof(T) + 63) / 64 + 2)), pinned: true);
        nint address = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_lines));
        Pointer = (T*)((address + 63) & ~63);
        LargePages.Ask(address, address + _lines.Length * (nint)64);
    }

    public long Count { get; }

    public T* Pointer { get; }

    public void Clear() => Array.Clear(_lines);
}
