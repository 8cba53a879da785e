using Farback.Cells;

namespace Farback.Tiles;

// The way forward: sums in registers, then the equations on them.
internal sealed unsafe partial class CompiledRecurrence<V, T, TCell, TState, TSums, TWeights, TUnit, TRecord, TGate, TGateSums>
{
    internal override void Forward(LayerTrace<T> trace, int from, int to, int first, int last, in UnitShare share)
    {
        for (int p = from; p < to; p++)
        {
            if (trace.InputSteps > 0 && (p == from || p % trace.InputSteps == 0))
                AddInputs(trace, p, Math.Min(to, (p / trace.InputSteps + 1) * trace.InputSteps), first, last, share);
            if (TGate.Present)
            {
                Panels(_gate!, trace, p, first, last, isGate: true, share);
                share.Meet(); // the product reads all of its operand
            }
            Panels(_cell, trace, p, first, last, isGate: false, share);
            if (trace.AnyPadding)
                StandStill(trace, p, first, last, share);
            if (_recurrent && p + 1 < to)
                share.Meet(); // the next step reads all of h
        }
    }

    private void Panels<S, W>(Stage<V, T, S, W> stage, LayerTrace<T> trace, int p, int first, int last, bool isGate, in UnitShare share)
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
    {
        int width = stage.BlocksPerPanel * V.Lanes,
            begin = share.First * stage.PanelsPerPair,
            end = Math.Min(stage.Panels, share.Last * stage.PanelsPerPair);
        bool few = last - first <= RowRange.Few; // their chains are too few for one panel: they take several at a time
        for (int panel = begin, many = few ? end - begin : 1; panel < end; panel += many)
        {
            if (!few && !ManyRegisters && stage is { Sums: 4, Slots: 4 })
                Rows<S, W, TwoOfFour<V>, Sums4<V>>(stage, trace, p, panel, many, first, last, isGate);
            else if (stage.BlocksPerPanel == 1)
                Rows<S, W, S, W>(stage, trace, p, panel, many, first, last, isGate);
            else if (many > 1 || Units - panel * width > V.Lanes)
                Rows<S, W, Sums2<V>, Sums2<V>>(stage, trace, p, panel, many, first, last, isGate);
            else
                Rows<S, W, Half<V>, Sums2<V>>(stage, trace, p, panel, many, first, last, isGate);
        }
    }

    private void Rows<S, W, P, PW>(
        Stage<V, T, S, W> stage,
        LayerTrace<T> trace,
        int p,
        int panel,
        int panels,
        int first,
        int last,
        bool isGate
    )
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
            Panels = panels,
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
            Panels,
            First;
        public bool IsGate;

        public readonly void Use<TRows>(int first, int many)
            where TRows : struct, IRows<TRows, P, PW, V>
        {
            if (Panels == 1)
            {
                Recurrence.One<Panel<TRows, P, PW, V>, TRows, S, W, P, PW>(many, 1, Stage, Trace, Step, Panel, First + first, IsGate);
                return;
            }
            var rows = new ForwardRows<TRows, S, W, P, PW>
            {
                Tile = this,
                First = first,
                Rows = many,
            };
            PanelTiling<TRows, P, PW, V>.Of(Panels, ref rows);
        }

        [MethodImpl(Inline)]
        public readonly void One<TPanels, TRows>(int first, int many, int panel, int panels)
            where TPanels : struct, IPanels<TPanels, TRows, P, PW, V>
            where TRows : struct, IRows<TRows, P, PW, V> =>
            Recurrence.One<TPanels, TRows, S, W, P, PW>(many, panels, Stage, Trace, Step, Panel + panel, First + first, IsGate);
    }

    private ref struct ForwardRows<TRows, S, W, P, PW> : IPanelUser<TRows, P, PW, V>
        where TRows : struct, IRows<TRows, P, PW, V>
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
        where P : struct, ISums<P, PW, V>
        where PW : struct
    {
        public ForwardTile<S, W, P, PW> Tile;
        public int First,
            Rows;

        public readonly void Use<TPanels>(int first, int many)
            where TPanels : struct, IPanels<TPanels, TRows, P, PW, V> => Tile.One<TPanels, TRows>(First, Rows, first, many);
    }

    [MethodImpl(Compiled)]
    private void One<TPanels, TRows, S, W, P, PW>(
        int many,
        int panels,
        Stage<V, T, S, W> stage,
        LayerTrace<T> trace,
        int p,
        int panel,
        int row,
        bool isGate
    )
        where TPanels : struct, IPanels<TPanels, TRows, P, PW, V>
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
            each = Unsafe.SizeOf<S>() / Unsafe.SizeOf<V>(), // sums of a block
            parts = registers < each ? 2 : 1,
            inputs = Inputs;
        T* start = stage.Bias;
        nint startStride = 0;
        if (trace.InputSteps > 0)
        {
            inputs = 0;
            start = InputSums(stage, trace, p, row, isGate);
            startStride = PaddedUnits / V.Lanes * each / registers;
        }
        Unsafe.SkipInit(out OnLine<Beside<TPanels, TPanels, TRows, P, PW, V>> local);
        ref var sums = ref OnLine<Beside<TPanels, TPanels, TRows, P, PW, V>>.In(ref local);
        int blocks = Math.Max(1, registers / each);
        if (trace.IsLarge && !isGate)
            FetchTargets(trace, p, block, panels * blocks, row, many);
        for (int part = 0; part < parts; part++)
            Tile<V>.Forward<TPanels, TRows, P, PW>(
                ref Unsafe.AsRef<P>(start + ((long)block * each + part * registers) * V.Lanes),
                startStride,
                ref Unsafe.AsRef<V>(trace.XPointer + place * Inputs),
                inputs,
                Inputs,
                ref Unsafe.AsRef<PW>(stage.InputPanel(panel) + part * registers * V.Lanes),
                ref Unsafe.AsRef<V>(operand + place * PaddedUnits),
                _recurrent ? Units : 0,
                PaddedUnits,
                ref Unsafe.AsRef<PW>(stage.StatePanel(panel) + part * registers * V.Lanes),
                ref part == 0 ? ref sums.Left : ref sums.Right
            );
        if (parts == 2)
            sums = SideBySide<Beside<TPanels, TPanels, TRows, P, PW, V>, P>(ref sums, many);
        if (many == 1)
            (panels, blocks) = (1, panels * blocks); // one row's blocks follow each other from panel to panel
        for (int i = 0; i < panels; i++)
        {
            ref TRows rows = ref Unsafe.Add(ref Unsafe.As<TPanels, TRows>(ref sums.Left), i);
            if (isGate)
                GateSteps(ref Unsafe.As<TRows, TGateSums>(ref rows), many, blocks, trace, p, block + i * blocks, row);
            else
                Steps(ref Unsafe.As<TRows, TSums>(ref rows), many, blocks, trace, p, block + i * blocks, row);
        }
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
    private static TBoth SideBySide<TBoth, P>(ref TBoth halves, int rows)
        where TBoth : struct
        where P : struct
    {
        Unsafe.SkipInit(out TBoth whole);
        ref P from = ref Unsafe.As<TBoth, P>(ref halves);
        ref P to = ref Unsafe.As<TBoth, P>(ref whole);
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
                if (!StateIsH && !TCell.HasOutput)
                    Unsafe.Add(ref h, row * _blocks) = Unsafe.As<TState, V>(ref after);
                sum = ref Unsafe.Add(ref sum, blocks);
                before = ref Unsafe.Add(ref before, StateStride);
                after = ref Unsafe.Add(ref after, StateStride);
                record = ref Unsafe.Add(ref record, 1);
            }
            if (TCell.HasOutput)
                Outputs(
                    ref State(trace, firstBlock + block, p, firstRow),
                    ref Record(trace, firstBlock + block, p, firstRow),
                    ref State(trace, firstBlock + block, p + 1, firstRow),
                    ref h,
                    rows,
                    StateStride,
                    _blocks
                );
        }
    }

    [MethodImpl(Compiled)]
    private static void Outputs(ref TState before, ref TRecord record, ref TState after, ref V h, nint rows, nint stateStride, nint stride)
    {
        for (nint row = 0; row < rows; row++)
        {
            TCell.Output(ref before, ref Unsafe.Add(ref record, row), ref after);
            if (!StateIsH)
                h = Unsafe.As<TState, V>(ref after);
            before = ref Unsafe.Add(ref before, stateStride);
            after = ref Unsafe.Add(ref after, stateStride);
            h = ref Unsafe.Add(ref h, stride);
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

    private void StandStill(LayerTrace<T> trace, int p, int first, int last, in UnitShare share)
    {
        for (int row = first; row < last; row++)
        {
            if (!trace.IsPadding(p, row))
                continue;
            for (int block = 2 * share.First; block < 2 * share.Last; block++)
            {
                State(trace, block, p + 1, row) = State(trace, block, p, row);
                H(trace, block, p + 1, row) = H(trace, block, p, row);
            }
        }
    }
}
