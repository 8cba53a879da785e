namespace Farback.Tiles;

/// <summary>Rows λ that walk back together through one layer: each a covector on the whole state of one lane.</summary>
/// <remarks>
///   The true row is the stored one times 2^exponent, one exponent for all parts of the state, so that neither float nor double
///   underflows at long lags; while a row that is summed over time is walked (an ordinary gradient) all exponents stay 0.
///   Layout [block of units][row][part].
/// </remarks>
public sealed unsafe class Adjoints<T>
    where T : unmanaged
{
    private readonly NativeBlock<T> _values,
        _gateValues;

    internal Adjoints(Recurrence<T> layer, int capacity)
    {
        (Capacity, Units, Width, Parts) = (capacity, layer.Units, layer.Width, layer.StateParts);
        _values = new((long)capacity * layer.PaddedUnits * Parts);
        _gateValues = new(layer.HasGate ? (long)capacity * layer.PaddedUnits * (Parts + 1) : 0);
        Lane = new int[capacity];
        Exponent = new int[capacity];
        SquaredNorm = new double[capacity];
    }

    /// <summary>How many rows fit.</summary>
    public int Capacity { get; }

    /// <summary>H.</summary>
    public int Units { get; }

    internal int Width { get; }

    /// <summary>How many parts the state has.</summary>
    public int Parts { get; }

    /// <summary>The lane of each row.</summary>
    public int[] Lane { get; }

    /// <summary>The power of two that each stored row is to be multiplied by.</summary>
    public int[] Exponent { get; }

    /// <summary>‖stored row‖², where <see cref="Recurrence{T}.Measure"/> has been run.</summary>
    public double[] SquaredNorm { get; }

    /// <summary>An entry of a stored row.</summary>
    public ref T At(int row, int part, int unit)
    {
        OutOfRange.Check(row, Capacity, nameof(row));
        OutOfRange.Check(part, Parts, nameof(part));
        OutOfRange.Check(unit, Units, nameof(unit));
        return ref Pointer[(((long)(unit / Width) * Capacity + row) * Parts + part) * Width + unit % Width];
    }

    internal T* Pointer => _values.Pointer;

    /// <summary>λ before the cell's equations, laid out like the rows: the stage before the product still needs it.</summary>
    internal T* KeptPointer => _gateValues.Pointer;

    /// <summary>The adjoint of that stage's operand, [row][unit].</summary>
    internal T* OperandPointer => _gateValues.Pointer + _gateValues.Count / (Parts + 1) * Parts;

    /// <summary>Overwrites the first part of a stored row, every number times 2^power.</summary>
    internal void Set(int row, ReadOnlySpan<double> values, int power)
    {
        // block by block: At divides for every number, which cost more than the product that follows
        for (int first = 0; first < values.Length; first += Width)
        {
            T* at = Pointer + ((long)(first / Width) * Capacity + row) * Parts * Width;
            ReadOnlySpan<double> block = values.Slice(first, Math.Min(Width, values.Length - first));
            if (power == 0)
                Real.From(block, new Span<T>(at, block.Length));
            else
                for (int i = 0; i < block.Length; i++)
                    at[i] = Real.From<T>(Math.ScaleB(block[i], power));
        }
    }

    /// <summary>Puts another row in the place of a stored one; −1 for zero.</summary>
    internal void Replace(int row, int other)
    {
        Exponent[row] = other < 0 ? 0 : Exponent[other];
        int size = Parts * Width;
        for (long block = 0; block < _values.Count; block += (long)Capacity * size)
        {
            Span<T> to = new(Pointer + block + (long)row * size, size);
            if (other < 0)
                to.Clear();
            else
                new Span<T>(Pointer + block + (long)other * size, size).CopyTo(to);
        }
    }

    /// <summary>Makes rows first … last − 1 zero.</summary>
    internal void Clear(int first, int last)
    {
        int row = Parts * Width;
        for (T* block = Pointer; block < Pointer + _values.Count; block += (long)Capacity * row)
            new Span<T>(block + (long)first * row, (last - first) * row).Clear();
        Array.Clear(Exponent, first, last - first);
    }
}

/// <summary>Deltas δ of one layer: a ring of one step (map), or the whole sequence (gradient); also any numbers laid out like them.</summary>
/// <remarks>Layout [block of units][slot][sum], where a slot is a row, or a (walk step, lane).</remarks>
public sealed unsafe class Deltas<T>
    where T : unmanaged
{
    private readonly NativeBlock<T> _cell,
        _gate,
        _unit;

    internal Deltas(Recurrence<T> layer, long slots)
    {
        (Slots, Units, Width) = (slots, layer.Units, layer.Width);
        (CellSums, GateSums, UnitParameters) = (layer.CellSums, layer.GateSums, layer.UnitParameters);
        _cell = new(slots * layer.PaddedUnits * CellSums);
        _gate = new(slots * layer.PaddedUnits * GateSums);
        _unit = new(slots * layer.PaddedUnits * UnitParameters);
    }

    /// <summary>How many slots it has.</summary>
    public long Slots { get; }

    /// <summary>H.</summary>
    public int Units { get; }

    internal int Width { get; }
    internal int CellSums { get; }
    internal int GateSums { get; }
    internal int UnitParameters { get; }

    /// <summary>The delta of a sum; sums of the stage before the product are numbered after the cell's own.</summary>
    public ref T At(long slot, int sum, int unit)
    {
        Check(slot, unit);
        OutOfRange.Check(sum, CellSums + GateSums, nameof(sum));
        return ref sum < CellSums
            ? ref CellPointer[((unit / Width * Slots + slot) * CellSums + sum) * Width + unit % Width]
            : ref GatePointer[((unit / Width * Slots + slot) * GateSums + sum - CellSums) * Width + unit % Width];
    }

    /// <summary>The gradient of a unit's own parameter.</summary>
    public ref T UnitAt(long slot, int parameter, int unit)
    {
        Check(slot, unit);
        OutOfRange.Check(parameter, UnitParameters, nameof(parameter));
        return ref UnitPointer[((unit / Width * Slots + slot) * UnitParameters + parameter) * Width + unit % Width];
    }

    private void Check(long slot, int unit)
    {
        OutOfRange.Check(slot, Slots, nameof(slot));
        OutOfRange.Check(unit, Units, nameof(unit));
    }

    internal T* CellPointer => _cell.Pointer;
    internal T* GatePointer => _gate.Pointer;
    internal T* UnitPointer => _unit.Pointer;

    internal void Clear()
    {
        _cell.Clear();
        _gate.Clear();
        _unit.Clear();
    }
}
