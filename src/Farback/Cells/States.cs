namespace Farback.Cells;

/// <summary>A state with one part: what the cell says is what it remembers.</summary>
public struct HiddenState<V>
    where V : struct, INumbers<V>
{
    /// <summary>The parts, in the order in which they lie in memory.</summary>
    public V H;
}

/// <summary>A state with two parts: what the cell says, and the memory c that no weight matrix multiplies.</summary>
public struct MemoryState<V>
    where V : struct, INumbers<V>
{
    /// <summary>The parts, in the order in which they lie in memory.</summary>
    public V H,
        C;
}
