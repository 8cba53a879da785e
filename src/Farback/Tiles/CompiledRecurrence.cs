using Farback.Cells;

namespace Farback.Tiles;

/// <summary>The recurrence of one cell over one kind of numbers.</summary>
[SkipLocalsInit]
internal sealed unsafe partial class CompiledRecurrence<V, T, TCell, TState, TSums, TWeights, TUnit, TRecord, TGate, TGateSums>
    : Recurrence<T>
    where V : struct, INumbers<V>
    where T : unmanaged
    where TCell : struct, ICell<V, TState, TSums, TUnit, TRecord>
    where TState : struct
    where TSums : struct, ISums<TSums, TWeights, V>
    where TWeights : struct, ISums<TWeights, TWeights, V>
    where TUnit : struct
    where TRecord : struct
    where TGate : struct, IGate<V, TState, TGateSums, TRecord>
    where TGateSums : struct, ISums<TGateSums, TGateSums, V>
{
    private readonly int _blocks;
    private readonly bool _recurrent; // the cell's own answer is a virtual call, and it is asked at every step
    private readonly Stage<V, T, TSums, TWeights> _cell;
    private readonly Stage<V, T, TGateSums, TGateSums>? _gate;
    private readonly NativeBlock<T> _unit;

    public CompiledRecurrence(Cell cell, int inputs, int units)
        : base(cell, inputs, units)
    {
        Width = V.Lanes;
        _recurrent = cell.IsRecurrent;
        _blocks = (units + 2 * V.Lanes - 1) / (2 * V.Lanes) * 2;
        PaddedUnits = _blocks * V.Lanes;
        int inputBlocks = (inputs + 2 * V.Lanes - 1) / (2 * V.Lanes) * 2;
        PaddedInputs = inputBlocks * V.Lanes;
        _allUnits = new(UnitPanels);
        StateParts = Unsafe.SizeOf<TState>() / Unsafe.SizeOf<V>();
        RecordParts = Math.Max(1, Unsafe.SizeOf<TRecord>() / Unsafe.SizeOf<V>()); // a record without fields still has a place
        var gates = cell.Gates.Select((gate, row) => (gate, row)).ToArray();
        _cell = new(
            gates.Where(g => !g.gate.BeforeProduct).Select(g => (g.row, g.gate.InputSum, g.gate.StateSum)),
            inputs,
            units,
            _blocks,
            inputBlocks,
            cell.IsRecurrent
        );
        CellSums = _cell.Sums;
        if (TGate.Present)
        {
            _gate = new(
                gates.Where(g => g.gate.BeforeProduct).Select(g => (g.row, g.gate.InputSum, g.gate.StateSum)),
                inputs,
                units,
                _blocks,
                inputBlocks,
                cell.IsRecurrent
            );
            GateSums = _gate.Sums;
        }
        _unit = new((long)PaddedUnits * Math.Max(1, UnitParameters)); // a unit struct without fields still has a place
    }

    public override void Pack(LayerWeights<T> weights)
    {
        _cell.Pack(weights);
        _gate?.Pack(weights);
        for (int parameter = 0; parameter < UnitParameters; parameter++)
        for (int unit = 0; unit < PaddedUnits; unit++) // padding repeats the last unit, so that a cell may divide by its parameter
            _unit.Pointer[(unit / Width * UnitParameters + parameter) * Width + unit % Width] = weights.Unit[
                parameter * Units + Math.Min(unit, Units - 1)
            ];
    }

    // a state of one part is h
    private static bool StateIsH
    {
        [MethodImpl(Inline)]
        get => Unsafe.SizeOf<TState>() == Unsafe.SizeOf<V>();
    }

    // from a lane's state to the next one's
    private int StateStride
    {
        [MethodImpl(Inline)]
        get => StateIsH ? _blocks : 1;
    }

    [MethodImpl(Inline)]
    private ref TState State(LayerTrace<T> trace, int block, int p, int lane) =>
        ref StateIsH
            ? ref Unsafe.As<V, TState>(ref H(trace, block, p, lane))
            : ref Unsafe.Add(ref Unsafe.AsRef<TState>(trace.StatesPointer), (nint)((block * (trace.Times + 1L) + p) * trace.Lanes + lane));

    [MethodImpl(Inline)]
    private static ref TRecord Record(LayerTrace<T> trace, int block, int p, int lane) =>
        ref Unsafe.Add(ref Unsafe.AsRef<TRecord>(trace.RecordsPointer), (nint)(((long)block * trace.Times + p) * trace.Lanes + lane));

    [MethodImpl(Inline)]
    private ref V H(LayerTrace<T> trace, int block, int p, int lane) =>
        ref Unsafe.AsRef<V>(trace.HPointer + ((long)p * trace.Lanes + lane) * PaddedUnits + block * V.Lanes);

    [MethodImpl(Inline)]
    private static ref TState Λ(Adjoints<T> rows, int block, int row) =>
        ref Unsafe.Add(ref Unsafe.AsRef<TState>(rows.Pointer), (nint)((long)block * rows.Capacity + row));

    // λ as it was before the cell's equations, which the stage before the product still needs
    [MethodImpl(Inline)]
    private static ref TState Kept(Adjoints<T> rows, int block, int row) =>
        ref Unsafe.Add(ref Unsafe.AsRef<TState>(rows.KeptPointer), (nint)((long)block * rows.Capacity + row));

    [MethodImpl(Inline)]
    private ref TUnit UnitOf(int block) => ref Unsafe.Add(ref Unsafe.AsRef<TUnit>(_unit.Pointer), block);
}
