namespace Farback.Gradients;

/// <summary>What kind of number an entry of the map is: zeros have different causes, and only some mean that a gradient vanished.</summary>
public enum CellClass : byte
{
    /// <summary>A number other than zero.</summary>
    Value,

    /// <summary>Zero because a factor is exactly zero (the initial state as operand, an adjoint that already was), or lanes cancel; not because it faded.</summary>
    ExactZero,

    /// <summary>No path leads from this loss to this use of the weights.</summary>
    NoPath,

    /// <summary>A path leads there, and truncation or the chosen window cut it.</summary>
    CutByTruncation,

    /// <summary>There is no loss at this time.</summary>
    NotALoss,

    /// <summary>Not zero, and too small for this precision to hold.</summary>
    BelowRange,

    /// <summary>Zero because no unit lets it through: every slope it meets is zero (a dead relu), or rounds to zero in this precision.</summary>
    ZeroBySaturation,

    /// <summary>Not a number.</summary>
    NaN,

    /// <summary>Too large to hold.</summary>
    Infinite,
}
