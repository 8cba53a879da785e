namespace Farback.Formats.Hdf5;

/// <summary>Texts of varying length: an element says its length, and which object of which collection holds it.</summary>
internal static class GlobalHeap
{
    /// <summary>Reads the element (length, address, index) and what it points to.</summary>
    public static string Text(Hdf5Bytes bytes, Hdf5Reader element)
    {
        (uint length, ulong address, uint index) = (element.U32(), element.U64(), element.U32());
        if (length == 0)
            return "";
        Hdf5Reader heap = bytes.At(address, $"the heap of {element.What}");
        long begin = heap.At;
        heap.Mark("GCOL");
        heap.Version(1);
        heap.Skip(3);
        ulong size = heap.U64();
        if (size < 16 || size > (ulong)(heap.Left + 16))
            throw heap.Fault(begin, $"{heap.What} has {size} bytes", "a size inside the file");
        heap = heap.Part((long)size - 16, heap.What);
        while (heap.Left >= 16)
        {
            int own = heap.U16();
            heap.Skip(6);
            ulong count = heap.U64();
            if (own == 0)
                break;
            if (count > (ulong)heap.Left)
                throw heap.Fault($"object {own} of {heap.What} has {count} bytes", $"at most the {heap.Left} that are left");
            if (own != index)
            {
                heap.Skip(Math.Min(heap.Left, (long)(count + 7 & ~7ul)));
                continue;
            }
            if (length > count)
                throw heap.Fault($"{element.What} is a text of {length} bytes in an object of {count}", "a text inside its object");
            long at = heap.At;
            return heap.Utf8(heap.Span(length), at).TrimEnd('\0');
        }
        throw element.Fault($"{element.What} asks for object {index} of the heap at byte {address}", "one that is there");
    }
}
