using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Farback.Numbers;

/// <summary>The two things we ask of the JIT, and the one that we must know of the processor to fill its registers and caches.</summary>
internal static class Jit
{
    /// <summary>On every link from a tile's loop down to the last operator: one link without it ends the inlining of all below.</summary>
    public const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>Optimised at the first call, and never part of a caller, whose accumulators it would push out of their registers.</summary>
    public const MethodImplOptions Compiled = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    /// <summary>Whether there are 32 vector registers (AVX-512 at any width, ARM) or 16. The JIT knows: what is not taken costs nothing.</summary>
    public static bool ManyRegisters
    {
        [MethodImpl(Inline)]
        get => Avx512F.VL.IsSupported || AdvSimd.IsSupported;
    }

    /// <summary>Asks for some numbers that will be needed soon; where the processor cannot be asked, nothing happens.</summary>
    [MethodImpl(Inline)]
    public static unsafe void Fetch<T>(ref T first, int count)
        where T : unmanaged
    {
        if (Sse.IsSupported)
            for (int line = 0; line < count; line += 64 / sizeof(T))
                Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.Add(ref first, line)));
    }
}
