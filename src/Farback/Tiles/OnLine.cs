#pragma warning disable CS0169 // it is only room
namespace Farback.Tiles;

/// <summary>Room on the stack for the sums of a tile, wherever they begin in it: on a cache line's boundary.</summary>
/// <remarks>The stack itself is not laid out so, and a register that lies across two lines is two stores.</remarks>
internal struct OnLine<TSums>
    where TSums : struct
{
    private TSums _sums;
    private Line _rest;

    private unsafe struct Line
    {
        public fixed byte Bytes[64];
    }

    /// <summary>The sums in a local variable.</summary>
    [MethodImpl(Inline)]
    public static unsafe ref TSums In(ref OnLine<TSums> local) =>
        ref Unsafe.AsRef<TSums>((void*)(((nint)Unsafe.AsPointer(ref local) + 63) & ~63));
}
