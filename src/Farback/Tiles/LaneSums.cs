namespace Farback.Tiles;

/// <summary>The sums over the lanes of one loss time at one step that norms and shares are made of, and the memory to make them in.</summary>
/// <remarks>δ_b stands for the stored δ of a lane times its scale. The lanes with scale 0 take no part.</remarks>
internal sealed unsafe class LaneSums<T>
    where T : unmanaged
{
    private readonly NativeBlock<T> _memory;

    public LaneSums(Recurrence<T> recurrence, int lanes)
    {
        Lanes = lanes;
        long padded = LaneSquares.Padded(lanes);
        _memory = new((Totals + 1) * recurrence.Width + padded * recurrence.PaddedUnits + padded);
        TotalsPointer = _memory.Pointer;
        ZerosPointer = TotalsPointer + Totals * recurrence.Width;
        DeltaPointer = ZerosPointer + recurrence.Width;
        ScalePointer = DeltaPointer + padded * recurrence.PaddedUnits;
        Of = new OfSum[recurrence.CellSums + recurrence.GateSums];
        Reads = new (bool, bool)[Of.Length];
    }

    public const int Totals = 10; // registers

    /// <summary>B.</summary>
    public int Lanes { get; }

    /// <summary>The sums of one sum of the cell.</summary>
    public OfSum[] Of { get; }

    /// <summary>Whether norms of weights on the input, and on the state, are wanted of a sum.</summary>
    public (bool Input, bool State)[] Reads { get; }

    /// <summary>Whether shares are wanted.</summary>
    public bool Shares { get; init; }

    /// <summary>What each lane's δ is multiplied by.</summary>
    public Span<T> Scale => new(ScalePointer, Lanes);

    // fields, because a property is called where the JIT has inlined enough
    internal readonly T* TotalsPointer;
    internal readonly T* ZerosPointer; // a register in the place of a bias that there is not
    internal readonly T* DeltaPointer; // δ of one sum, [lane][unit]; lanes filled up to fours with zeros
    internal readonly T* ScalePointer;

    /// <summary>Of one sum of the cell, over lanes and units.</summary>
    public struct OfSum
    {
        /// <summary>Σ|δ|: 0 only where every δ is.</summary>
        public double Size;

        /// <summary>Σ_b ‖δ_b‖², and with the squared norms of x and u.</summary>
        public double Lanes,
            LanesInput,
            LanesState;

        /// <summary>‖Σ_b δ_b‖², ‖Σ_b δ_b x_bᵀ‖², ‖Σ_b δ_b u_bᵀ‖².</summary>
        public double Square,
            Input,
            State;

        /// <summary>Σ_b δ_b·(g x_b), δ_b·(g u_b), δ_b·g of the biases.</summary>
        public double ShareInput,
            ShareState,
            ShareInputBias,
            ShareStateBias;
    }
}
