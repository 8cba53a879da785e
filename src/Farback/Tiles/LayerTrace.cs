namespace Farback.Tiles;

/// <summary>What one run of one layer and direction left behind: inputs, states and records, in the order in which it walked.</summary>
/// <remarks>
///   "Walk step" p counts from 0 in the direction of the recurrence; a layer that runs backwards meets input position T − 1 − p at
///   walk step p. A sweep only reads it. Where p lies outside a lane's [first, end) the step is the identity: the state stays, nothing
///   is learned, nothing leaks from padding. Layout: x, h and operand [p][lane][·]; states and records [block of units][p][lane][part].
///   A state of one part is h, and lies there only.
/// </remarks>
public sealed unsafe class LayerTrace<T>
    where T : unmanaged
{
    private readonly NativeBlock<T> _x,
        _h,
        _operand,
        _states,
        _records,
        _inputSums;

    internal LayerTrace(Recurrence<T> layer, int times, int lanes)
    {
        (Times, Lanes, Inputs, Units) = (times, lanes, layer.Inputs, layer.Units);
        (PaddedUnits, Width, StateParts) = (layer.PaddedUnits, layer.Width, layer.StateParts);
        _x = new((long)times * lanes * Inputs);
        _h = new((times + 1L) * lanes * PaddedUnits);
        _operand = new(layer.HasGate ? (long)times * lanes * PaddedUnits : 0);
        _states = new(StateParts > 1 ? (times + 1L) * lanes * PaddedUnits * StateParts : 0);
        _records = new((long)times * lanes * PaddedUnits * layer.RecordParts);
        InputSteps = lanes <= RowRange.Few && times > 1 && layer.IsWide ? Math.Min(times, 24) : 0;
        _inputSums = new((long)InputSteps * lanes * PaddedUnits * (layer.CellSums + layer.GateSums));
        IsLarge = _records.Count * sizeof(T) > 1 << 20;
        First = new int[lanes];
        End = new int[lanes];
        Array.Fill(End, times);
    }

    /// <summary>T.</summary>
    public int Times { get; }

    /// <summary>B.</summary>
    public int Lanes { get; }

    /// <summary>The size of an input.</summary>
    public int Inputs { get; }

    /// <summary>H.</summary>
    public int Units { get; }

    internal int PaddedUnits { get; }
    internal int Width { get; }

    /// <summary>How many parts the state has.</summary>
    public int StateParts { get; }

    /// <summary>The first walk step of each lane that is not padding.</summary>
    public int[] First { get; }

    /// <summary>The walk step after the last of each lane that is not padding.</summary>
    public int[] End { get; }

    internal bool AnyPadding { get; set; }

    /// <summary>True where the lane stands still at this walk step.</summary>
    public bool IsPadding(int p, int lane) => p < First[lane] || p >= End[lane];

    /// <summary>The input at a walk step.</summary>
    public Span<T> X(int p, int lane)
    {
        Check(p, Times, lane);
        return new(XPointer + ((long)p * Lanes + lane) * Inputs, Inputs);
    }

    /// <summary>A part of the state after p steps of a unit; p = 0 is the initial state.</summary>
    public ref T State(int p, int lane, int part, int unit)
    {
        Check(p, Times + 1, lane);
        OutOfRange.Check(part, StateParts, nameof(part));
        OutOfRange.Check(unit, Units, nameof(unit));
        return ref StateParts == 1
            ? ref HPointer[((long)p * Lanes + lane) * PaddedUnits + unit]
            : ref StatesPointer[(((unit / Width * (Times + 1L) + p) * Lanes + lane) * StateParts + part) * Width + unit % Width];
    }

    /// <summary>The first part of the state after p steps: what the recurrent product reads at walk step p.</summary>
    public Span<T> H(int p, int lane)
    {
        Check(p, Times + 1, lane);
        return new(HPointer + ((long)p * Lanes + lane) * PaddedUnits, Units);
    }

    /// <summary>The operand of the recurrent product of the cell's own stage at walk step p: h₋, or what a gate made of it.</summary>
    public Span<T> Operand(int p, int lane)
    {
        Check(p, Times, lane);
        return _operand.Count == 0 ? H(p, lane) : new(OperandPointer + ((long)p * Lanes + lane) * PaddedUnits, Units);
    }

    /// <summary>Sets the initial state of a lane.</summary>
    public void SetInitial(int lane, int part, ReadOnlySpan<T> values)
    {
        OutOfRange.Check(lane, Lanes, nameof(lane));
        OutOfRange.Check(part, StateParts, nameof(part));
        if (values.Length != Units)
            throw new ArgumentException($"initial state: expected {Units} numbers, one a unit, got {values.Length}.");
        for (int unit = 0; unit < Units; unit += Width)
        {
            int count = Math.Min(Width, Units - unit);
            values.Slice(unit, count).CopyTo(new Span<T>(Unsafe.AsPointer(ref State(0, lane, part, unit)), count));
        }
        if (part == 0)
            values.CopyTo(H(0, lane));
    }

    private void Check(int p, int end, int lane)
    {
        OutOfRange.Check(p, end, nameof(p));
        OutOfRange.Check(lane, Lanes, nameof(lane));
    }

    // more than the second cache holds: what is read or written next is worth fetching
    internal bool IsLarge { get; }

    // of how many steps to keep what the inputs add to the sums: few lanes have it before they walk, many as they walk
    internal int InputSteps { get; }

    internal T* XPointer => _x.Pointer;
    internal T* HPointer => _h.Pointer;
    internal T* OperandPointer => _operand.Pointer;
    internal T* StatesPointer => _states.Pointer;
    internal T* RecordsPointer => _records.Pointer;
    internal T* InputSumsPointer => _inputSums.Pointer;
}
