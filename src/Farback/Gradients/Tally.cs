namespace Farback.Gradients;

/// <summary>What the parts of an entry add up to: gates make a block, blocks make the whole. Squares are to be multiplied by 4^power, the share by 2^power.</summary>
internal struct Tally
{
    /// <summary>Σ‖G‖².</summary>
    public double Square;

    /// <summary>ΣΣ_b‖G_b‖².</summary>
    public double LaneSquare;

    /// <summary>⟨G, g⟩, not yet divided.</summary>
    public double Share;

    /// <summary>What a zero would be.</summary>
    public CellClass Zero;

    /// <summary>Whether anything has been added.</summary>
    public bool IsRead;

    /// <summary>Adds a part. What rounding left below zero is zero; what is no number stays none.</summary>
    public void Add(double square, double laneSquare, double share, CellClass zero)
    {
        Square += Math.Max(square, 0);
        LaneSquare += Math.Max(laneSquare, 0);
        Share += share;
        Zero = IsRead ? BothZero(Zero, zero) : zero;
        IsRead = true;
    }

    /// <summary>Two parts that are zero: something too small is there; of different causes the common one is that a factor is zero.</summary>
    public static CellClass BothZero(CellClass one, CellClass other) =>
        one == other ? one
        : one == CellClass.BelowRange || other == CellClass.BelowRange ? CellClass.BelowRange
        : CellClass.ExactZero;
}
