using Farback.Cells;

namespace Farback.Tiles;

// The way forward: sums in registers, then the equations on them.
internal sealed unsafe partial class CompiledRecurrence<V, T, TCell, TState, TSums, TWeights, TUnit, TRecord, TGate, TGateSums>
{
    public override void Forward(LayerTrace<T> trace, int from, int to, int first, int last)
    {
        for (int p = from; p < to; p++)
        {
            if (TGate.Present)
                Panels(_gate!, trace, p, first, last, isGate: true);
            Panels(_cell, trace, p, first, last, isGate: false);
            if (trace.AnyPadding)
                StandStill(trace, p, first, last);
        }
    }

    private void Panels<S, W>(Stage<V, T, S, W> stage, LayerTrace<T> trace, int p, int first, int last, bool isGate)
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
    {
        int width = stage.BlocksPerPanel * V.Lanes;
        for (int panel = 0; panel * width < Units; panel++)
        {
            if (!ManyRegisters && stage is { Sums: 4, Slots: 4 })
                Panel<S, W, TwoOfFour<V>, Sums4<V>>(stage, trace, p, panel, first, last, isGate);
            else if (stage.BlocksPerPanel == 1)
                Panel<S, W, S, W>(stage, trace, p, panel, first, last, isGate);
            else if (Units - panel * width > V.Lanes)
                Panel<S, W, Sums2<V>, Sums2<V>>(stage, trace, p, panel, first, last, isGate);
            else
                Panel<S, W, Half<V>, Sums2<V>>(stage, trace, p, panel, first, last, isGate);
        }
    }

    private void Panel<S, W, P, PW>(Stage<V, T, S, W> stage, LayerTrace<T> trace, int p, int panel, int first, int last, bool isGate)
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
        where P : struct, ISums<P, PW, V>
        where PW : struct
    {
        var tile = new ForwardTile<S, W, P, PW>
        {
            Recurrence = this,
            Stage = stage,
            Trace = trace,
            Step = p,
            Panel = panel,
            First = first,
            IsGate = isGate,
        };
        Tiling<P, PW, V>.Of(last - first, ref tile);
    }

    private ref struct ForwardTile<S, W, P, PW> : ITileUser<P, PW, V>
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
        where P : struct, ISums<P, PW, V>
        where PW : struct
    {
        public CompiledRecurrence<V, T, TCell, TState, TSums, TWeights, TUnit, TRecord, TGate, TGateSums> Recurrence;
        public Stage<V, T, S, W> Stage;
        public LayerTrace<T> Trace;
        public int Step,
            Panel,
            First;
        public bool IsGate;

        public readonly void Use<TRows>(int first, int many)
            where TRows : struct, IRows<TRows, P, PW, V> =>
            Recurrence.One<TRows, S, W, P, PW>(many, Stage, Trace, Step, Panel, First + first, IsGate);
    }

    [MethodImpl(Compiled)]
    private void One<TRows, S, W, P, PW>(int many, Stage<V, T, S, W> stage, LayerTrace<T> trace, int p, int panel, int row, bool isGate)
        where TRows : struct, IRows<TRows, P, PW, V>
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
        where P : struct, ISums<P, PW, V>
        where PW : struct
    {
        long place = (long)p * trace.Lanes + row;
        T* operand = isGate || !TGate.Present ? trace.HPointer : trace.OperandPointer;
        int block = panel * stage.BlocksPerPanel,
            registers = Unsafe.SizeOf<P>() / Unsafe.SizeOf<V>(), // sums of a row that the tile holds
            parts = registers < stage.Sums ? 2 : 1;
        Unsafe.SkipInit(out OnLine<Plus<TRows, TRows, P, PW, V>> local);
        ref var sums = ref OnLine<Plus<TRows, TRows, P, PW, V>>.In(ref local);
        if (trace.IsLarge && !isGate)
            FetchTargets(trace, p, block, Math.Max(1, registers / stage.Sums), row, many);
        for (int part = 0; part < parts; part++)
            Tile<V>.Forward<TRows, P, PW>(
                ref Unsafe.AsRef<P>(stage.Bias + ((long)block * stage.Sums + part * registers) * V.Lanes),
                ref Unsafe.AsRef<V>(trace.XPointer + place * Inputs),
                Inputs,
                Inputs,
                ref Unsafe.AsRef<PW>(stage.InputPanel(panel) + part * registers * V.Lanes),
                ref Unsafe.AsRef<V>(operand + place * PaddedUnits),
                Cell.IsRecurrent ? Units : 0,
                PaddedUnits,
                ref Unsafe.AsRef<PW>(stage.StatePanel(panel) + part * registers * V.Lanes),
                ref part == 0 ? ref sums.Upper : ref sums.Lower
            );
        if (parts == 2)
            sums = SideBySide<TRows, P, PW>(ref sums, many);
        int blocks = Math.Max(1, registers / stage.Sums);
        if (isGate)
            GateSteps(ref Unsafe.As<TRows, TGateSums>(ref sums.Upper), many, blocks, trace, p, block, row);
        else
            Steps(ref Unsafe.As<TRows, TSums>(ref sums.Upper), many, blocks, trace, p, block, row);
    }

    // where the equations will write: it comes while the tile computes
    [MethodImpl(Compiled)]
    private void FetchTargets(LayerTrace<T> trace, int p, int firstBlock, int blocks, int row, int rows)
    {
        for (int block = firstBlock; block < firstBlock + blocks; block++)
        {
            Jit.Fetch(ref Unsafe.As<TRecord, T>(ref Record(trace, block, p, row)), rows * (Unsafe.SizeOf<TRecord>() / sizeof(T)));
            if (!StateIsH)
                Jit.Fetch(ref Unsafe.As<TState, T>(ref State(trace, block, p + 1, row)), rows * (Unsafe.SizeOf<TState>() / sizeof(T)));
            for (int i = 0; i < rows; i++)
                Jit.Fetch(ref Unsafe.As<V, T>(ref H(trace, block, p + 1, row + i)), V.Lanes);
        }
    }

    // all rows' first halves, then all second ones, become row by row
    private static Plus<TRows, TRows, P, PW, V> SideBySide<TRows, P, PW>(ref Plus<TRows, TRows, P, PW, V> halves, int rows)
        where TRows : struct, IRows<TRows, P, PW, V>
        where P : struct, ISums<P, PW, V>
        where PW : struct
    {
        Unsafe.SkipInit(out Plus<TRows, TRows, P, PW, V> whole);
        ref P from = ref Unsafe.As<TRows, P>(ref halves.Upper);
        ref P to = ref Unsafe.As<TRows, P>(ref whole.Upper);
        for (int row = 0; row < rows; row++)
        {
            Unsafe.Add(ref to, 2 * row) = Unsafe.Add(ref from, row);
            Unsafe.Add(ref to, 2 * row + 1) = Unsafe.Add(ref from, rows + row);
        }
        return whole;
    }

    // a place is worked out once a block: worked out for every register it took as long as the equations
    [MethodImpl(Compiled)]
    private void Steps(ref TSums sums, int rows, int blocks, LayerTrace<T> trace, int p, int firstBlock, int firstRow)
    {
        for (int block = 0; block < blocks; block++)
        {
            ref TSums sum = ref Unsafe.Add(ref sums, block);
            TUnit unit = UnitOf(firstBlock + block);
            ref TState before = ref State(trace, firstBlock + block, p, firstRow);
            ref TState after = ref State(trace, firstBlock + block, p + 1, firstRow);
            ref TRecord record = ref Record(trace, firstBlock + block, p, firstRow);
            ref V h = ref H(trace, firstBlock + block, p + 1, firstRow);
            for (int row = 0; row < rows; row++)
            {
                TCell.Step(sum, before, unit, ref record, out after);
                if (!StateIsH)
                    h = Unsafe.As<TState, V>(ref after);
                sum = ref Unsafe.Add(ref sum, blocks);
                before = ref Unsafe.Add(ref before, StateStride);
                after = ref Unsafe.Add(ref after, StateStride);
                record = ref Unsafe.Add(ref record, 1);
                h = ref Unsafe.Add(ref h, _blocks);
            }
        }
    }

    [MethodImpl(Compiled)]
    private void GateSteps(ref TGateSums sums, int rows, int blocks, LayerTrace<T> trace, int p, int firstBlock, int firstRow)
    {
        for (int row = firstRow; row < firstRow + rows; row++)
        {
            for (int block = firstBlock; block < firstBlock + blocks; block++)
            {
                Unsafe.AsRef<V>(trace.OperandPointer + ((long)p * trace.Lanes + row) * PaddedUnits + block * V.Lanes) = TGate.Step(
                    sums,
                    State(trace, block, p, row),
                    ref Record(trace, block, p, row)
                );
                sums = ref Unsafe.Add(ref sums, 1);
            }
        }
    }

    private void StandStill(LayerTrace<T> trace, int p, int first, int last)
    {
        for (int row = first; row < last; row++)
        {
            if (!trace.IsPadding(p, row))
                continue;
            for (int block = 0; block < _blocks; block++)
            {
                State(trace, block, p + 1, row) = State(trace, block, p, row);
                H(trace, block, p + 1, row) = H(trace, block, p, row);
            }
        }
    }
}
