namespace Farback.Numbers;

/// <summary>The two things we ask of the JIT.</summary>
internal static class Jit
{
    /// <summary>On every link from a tile's loop down to the last operator: one link without it ends the inlining of all below.</summary>
    public const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>Optimised at the first call, and never part of a caller, whose accumulators it would push out of their registers.</summary>
    public const MethodImplOptions Compiled = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;
}
