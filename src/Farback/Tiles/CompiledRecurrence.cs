using Farback.Cells;

namespace Farback.Tiles;

/// <summary>The recurrence of one cell over one kind of numbers.</summary>
internal sealed unsafe class CompiledRecurrence<V, T, TCell, TState, TSums, TWeights, TUnit, TRecord, TGate, TGateSums> : Recurrence<T>
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
    private readonly Stage<V, T, TSums, TWeights> _cell;
    private readonly Stage<V, T, TGateSums, TGateSums>? _gate;
    private readonly NativeBlock<T> _unit;
    private NativeBlock<T> _operandAdjoint = new(0);

    public CompiledRecurrence(Cell cell, int inputs, int units)
        : base(cell, inputs, units)
    {
        Width = V.Lanes;
        _blocks = (units + 2 * V.Lanes - 1) / (2 * V.Lanes) * 2;
        PaddedUnits = _blocks * V.Lanes;
        int inputBlocks = (inputs + 2 * V.Lanes - 1) / (2 * V.Lanes) * 2;
        PaddedInputs = inputBlocks * V.Lanes;
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

    public override void Forward(LayerTrace<T> trace, int from, int to)
    {
        for (int p = from; p < to; p++)
        {
            if (TGate.Present)
                Panels(_gate!, trace, p, isGate: true);
            Panels(_cell, trace, p, isGate: false);
            if (trace.AnyPadding)
                StandStill(trace, p);
        }
    }

    // sixteen sums, whatever the cell
    private void Panels<S, W>(Stage<V, T, S, W> stage, LayerTrace<T> trace, int p, bool isGate)
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
    {
        if (stage.BlocksPerPanel == 2)
            Eights<S, W, Pair<S, W, V>, Pair<S, W, V>.Weights>(stage, trace, p, isGate);
        else if (stage.Sums == 2)
            Eights<S, W, S, W>(stage, trace, p, isGate);
        else
            Fours<S, W, S, W>(stage, trace, p, isGate);
    }

    [MethodImpl(Compiled)]
    private void Eights<S, W, P, PW>(Stage<V, T, S, W> stage, LayerTrace<T> trace, int p, bool isGate)
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
        where P : struct, ISums<P, PW, V>
        where PW : struct
    {
        for (int panel = 0; panel < _blocks / stage.BlocksPerPanel; panel++)
        {
            int row = 0;
            for (; row + 8 <= trace.Lanes; row += 8)
                One<Twice<Twice<Twice<Row<P, PW, V>, P, PW, V>, P, PW, V>, P, PW, V>, S, W, P, PW>(8, stage, trace, p, panel, row, isGate);
            Rest<S, W, P, PW>(stage, trace, p, panel, row, isGate);
        }
    }

    [MethodImpl(Compiled)]
    private void Fours<S, W, P, PW>(Stage<V, T, S, W> stage, LayerTrace<T> trace, int p, bool isGate)
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
        where P : struct, ISums<P, PW, V>
        where PW : struct
    {
        for (int panel = 0; panel < _blocks / stage.BlocksPerPanel; panel++)
            Rest<S, W, P, PW>(stage, trace, p, panel, 0, isGate);
    }

    private void Rest<S, W, P, PW>(Stage<V, T, S, W> stage, LayerTrace<T> trace, int p, int panel, int row, bool isGate)
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
        where P : struct, ISums<P, PW, V>
        where PW : struct
    {
        for (; row + 4 <= trace.Lanes; row += 4)
            One<Twice<Twice<Row<P, PW, V>, P, PW, V>, P, PW, V>, S, W, P, PW>(4, stage, trace, p, panel, row, isGate);
        for (; row < trace.Lanes; row++)
            One<Row<P, PW, V>, S, W, P, PW>(1, stage, trace, p, panel, row, isGate);
    }

    private void One<TRows, S, W, P, PW>(int many, Stage<V, T, S, W> stage, LayerTrace<T> trace, int p, int panel, int row, bool isGate)
        where TRows : struct, IRows<TRows, P, PW, V>
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
        where P : struct, ISums<P, PW, V>
        where PW : struct
    {
        long place = (long)p * trace.Lanes + row;
        T* operand = isGate || !TGate.Present ? trace.HPointer : trace.OperandPointer;
        int block = panel * stage.BlocksPerPanel;
        Unsafe.SkipInit(out TRows sums);
        Tile<V>.Forward<TRows, P, PW>(
            ref Unsafe.AsRef<P>(stage.Bias + (long)block * stage.Sums * V.Lanes),
            ref Unsafe.AsRef<V>(trace.XPointer + place * Inputs),
            Inputs,
            Inputs,
            ref Unsafe.AsRef<PW>(stage.InputPanel(panel)),
            ref Unsafe.AsRef<V>(operand + place * PaddedUnits),
            Cell.IsRecurrent ? Units : 0,
            PaddedUnits,
            ref Unsafe.AsRef<PW>(stage.StatePanel(panel)),
            ref sums
        );
        if (isGate)
            GateSteps(ref Unsafe.As<TRows, TGateSums>(ref sums), many, stage.BlocksPerPanel, trace, p, block, row);
        else
            Steps(ref Unsafe.As<TRows, TSums>(ref sums), many, stage.BlocksPerPanel, trace, p, block, row);
    }

    [MethodImpl(Compiled)]
    private void Steps(ref TSums sums, int rows, int blocks, LayerTrace<T> trace, int p, int firstBlock, int firstRow)
    {
        for (int row = firstRow; row < firstRow + rows; row++)
        {
            for (int block = firstBlock; block < firstBlock + blocks; block++)
            {
                TCell.Step(
                    sums,
                    State(trace, block, p, row),
                    UnitOf(block),
                    ref Record(trace, block, p, row),
                    out State(trace, block, p + 1, row)
                );
                H(trace, block, p + 1, row) = Unsafe.As<TState, V>(ref State(trace, block, p + 1, row));
                sums = ref Unsafe.Add(ref sums, 1);
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

    private void StandStill(LayerTrace<T> trace, int p)
    {
        for (int row = 0; row < trace.Lanes; row++)
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

    public override void Equations(LayerTrace<T> trace, int p, Adjoints<T> rows, int first, int last, Deltas<T> deltas, long slot)
    {
        CellEquations(trace, p, rows, first, last, deltas, slot);
        if (TGate.Present)
            GateEquations(trace, p, rows, first, last, deltas, slot);
    }

    [MethodImpl(Compiled)]
    private void CellEquations(LayerTrace<T> trace, int p, Adjoints<T> rows, int first, int last, Deltas<T> deltas, long slot)
    {
        int[] laneOf = rows.Lane;
        if (TGate.Present && _operandAdjoint.Count < (long)rows.Capacity * PaddedUnits * (1 + StateParts))
            _operandAdjoint = new((long)rows.Capacity * PaddedUnits * (1 + StateParts));
        for (int block = 0; block < _blocks; block++)
        {
            TUnit unit = UnitOf(block);
            for (int row = first; row < last; row++)
            {
                int lane = laneOf[row];
                ref TState λ = ref Λ(rows, block, row);
                ref TSums δ = ref Unsafe.Add(ref Unsafe.AsRef<TSums>(deltas.CellPointer), (nint)(block * deltas.Slots + slot + row));
                TUnit unitGradient = default;
                if (trace.AnyPadding && trace.IsPadding(p, lane))
                {
                    δ = default; // the step is the identity: λ passes unchanged
                }
                else
                {
                    if (TGate.Present)
                        Kept(rows, block, row) = λ;
                    δ = TCell.Vjp(
                        Record(trace, block, p, lane),
                        State(trace, block, p, lane),
                        State(trace, block, p + 1, lane),
                        unit,
                        λ,
                        out TState direct,
                        out unitGradient
                    );
                    λ = direct;
                }
                if (deltas.UnitParameters > 0)
                    Unsafe.Add(ref Unsafe.AsRef<TUnit>(deltas.UnitPointer), (nint)(block * deltas.Slots + slot + row)) = unitGradient;
            }
        }
    }

    // the stage before the product: first the adjoint of its operand u, then its own equations
    [MethodImpl(Compiled)]
    private void GateEquations(LayerTrace<T> trace, int p, Adjoints<T> rows, int first, int last, Deltas<T> deltas, long slot)
    {
        T* operand = _operandAdjoint.Pointer + (long)rows.Capacity * PaddedUnits * StateParts;
        _cell.Transport(
            deltas.CellPointer + (slot + first) * CellSums * V.Lanes,
            deltas.Slots,
            true,
            last - first,
            operand + (long)first * PaddedUnits,
            PaddedUnits,
            V.Lanes,
            add: false
        );
        for (int block = 0; block < _blocks; block++)
        {
            for (int row = first; row < last; row++)
            {
                int lane = rows.Lane[row];
                ref TGateSums δ = ref Unsafe.Add(
                    ref Unsafe.AsRef<TGateSums>(deltas.GatePointer),
                    (nint)(block * deltas.Slots + slot + row)
                );
                δ =
                    trace.AnyPadding && trace.IsPadding(p, lane)
                        ? default
                        : TGate.Vjp(
                            Record(trace, block, p, lane),
                            Kept(rows, block, row),
                            Unsafe.AsRef<V>(operand + (long)row * PaddedUnits + block * V.Lanes),
                            ref Λ(rows, block, row)
                        );
            }
        }
    }

    public override void StateProduct(Adjoints<T> rows, int first, int last, Deltas<T> deltas, long slot)
    {
        if (!Cell.IsRecurrent || last <= first)
            return;
        T* target = rows.Pointer + (long)first * StateParts * V.Lanes;
        long rowStride = StateParts * V.Lanes,
            blockStride = (long)rows.Capacity * StateParts * V.Lanes;
        if (TGate.Present)
            _gate!.Transport(
                deltas.GatePointer + (slot + first) * GateSums * V.Lanes,
                deltas.Slots,
                true,
                last - first,
                target,
                rowStride,
                blockStride,
                add: true
            );
        else
            _cell.Transport(
                deltas.CellPointer + (slot + first) * CellSums * V.Lanes,
                deltas.Slots,
                true,
                last - first,
                target,
                rowStride,
                blockStride,
                add: true
            );
    }

    internal override void InputProduct(Deltas<T> deltas, long slot, int first, int last, T* target, long stride)
    {
        if (last <= first)
            return;
        T* place = target + first * stride;
        _cell.Transport(
            deltas.CellPointer + (slot + first) * CellSums * V.Lanes,
            deltas.Slots,
            false,
            last - first,
            place,
            stride,
            V.Lanes,
            add: false
        );
        _gate?.Transport(
            deltas.GatePointer + (slot + first) * GateSums * V.Lanes,
            deltas.Slots,
            false,
            last - first,
            place,
            stride,
            V.Lanes,
            add: true
        );
    }

    public override void AddGradient(LayerTrace<T> trace, Deltas<T> deltas, int from, int to, LayerWeights<T> gradient)
    {
        long n = (long)from * trace.Lanes,
            count = (long)(to - from) * trace.Lanes;
        if (count <= 0)
            return;
        T* x = trace.XPointer + n * Inputs;
        T* h = trace.HPointer + n * PaddedUnits;
        T* u = TGate.Present ? trace.OperandPointer + n * PaddedUnits : h;
        _cell.AddOuter(x, Inputs, Inputs, deltas.CellPointer, deltas.Slots, n, count, true, gradient.Wx);
        _cell.AddBias(deltas.CellPointer, deltas.Slots, n, count, gradient.Bx, gradient.Bh);
        _gate?.AddOuter(x, Inputs, Inputs, deltas.GatePointer, deltas.Slots, n, count, true, gradient.Wx);
        _gate?.AddBias(deltas.GatePointer, deltas.Slots, n, count, gradient.Bx, gradient.Bh);
        if (Cell.IsRecurrent)
        {
            _cell.AddOuter(u, PaddedUnits, Units, deltas.CellPointer, deltas.Slots, n, count, false, gradient.Wh);
            _gate?.AddOuter(h, PaddedUnits, Units, deltas.GatePointer, deltas.Slots, n, count, false, gradient.Wh);
        }
        for (int parameter = 0; parameter < deltas.UnitParameters; parameter++)
        for (int unit = 0; unit < Units; unit++)
        {
            double sum = 0;
            for (long slot = n; slot < n + count; slot++)
                sum += Real.ToDouble(deltas.UnitAt(slot, parameter, unit));
            ref T to1 = ref gradient.Unit[parameter * Units + unit];
            to1 = Real.From<T>(Real.ToDouble(to1) + sum);
        }
    }

    public override void Project(LayerTrace<T> trace, Deltas<T> byInput, Deltas<T> byState)
    {
        ProjectStage(_cell, trace, byInput.CellPointer, byState.CellPointer, TGate.Present ? trace.OperandPointer : trace.HPointer);
        if (TGate.Present)
            ProjectStage(_gate!, trace, byInput.GatePointer, byState.GatePointer, trace.HPointer);
    }

    private void ProjectStage<S, W>(Stage<V, T, S, W> stage, LayerTrace<T> trace, T* byInput, T* byState, T* operand)
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
    {
        long slots = (long)trace.Times * trace.Lanes;
        if (stage.BlocksPerPanel == 2)
            ProjectPanels<S, W, Pair<S, W, V>, Pair<S, W, V>.Weights>(stage, slots, trace.XPointer, operand, byInput, byState);
        else
            ProjectPanels<S, W, S, W>(stage, slots, trace.XPointer, operand, byInput, byState);
    }

    private void ProjectPanels<S, W, P, PW>(Stage<V, T, S, W> stage, long slots, T* x, T* operand, T* byInput, T* byState)
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
        where P : struct, ISums<P, PW, V>
        where PW : struct
    {
        P none = default;
        for (int panel = 0; panel < _blocks / stage.BlocksPerPanel; panel++)
        {
            for (long slot = 0; slot < slots; slot++)
            {
                Unsafe.SkipInit(out Row<P, PW, V> sums);
                Tile<V>.Forward<Row<P, PW, V>, P, PW>(
                    ref none,
                    ref Unsafe.AsRef<V>(x + slot * Inputs),
                    Inputs,
                    Inputs,
                    ref Unsafe.AsRef<PW>(stage.InputPanel(panel)),
                    ref Unsafe.AsRef<V>(operand),
                    0,
                    0,
                    ref Unsafe.AsRef<PW>(stage.StatePanel(panel)),
                    ref sums
                );
                Spread<S, Row<P, PW, V>>(ref sums, stage.BlocksPerPanel, byInput, slots, panel, slot);
                Tile<V>.Forward<Row<P, PW, V>, P, PW>(
                    ref none,
                    ref Unsafe.AsRef<V>(x),
                    0,
                    0,
                    ref Unsafe.AsRef<PW>(stage.InputPanel(panel)),
                    ref Unsafe.AsRef<V>(operand + slot * PaddedUnits),
                    Cell.IsRecurrent ? Units : 0,
                    PaddedUnits,
                    ref Unsafe.AsRef<PW>(stage.StatePanel(panel)),
                    ref sums
                );
                Spread<S, Row<P, PW, V>>(ref sums, stage.BlocksPerPanel, byState, slots, panel, slot);
            }
        }
    }

    private static void Spread<S, TRows>(ref TRows sums, int blocks, T* target, long slots, int panel, long slot)
        where S : struct
        where TRows : struct
    {
        for (int block = 0; block < blocks; block++)
            Unsafe.Add(ref Unsafe.AsRef<S>(target), (nint)((panel * blocks + block) * slots + slot)) = Unsafe.Add(
                ref Unsafe.As<TRows, S>(ref sums),
                block
            );
    }

    [MethodImpl(Compiled)]
    public override void Measure(Adjoints<T> rows, int first, int last)
    {
        for (int row = first; row < last; row++)
        {
            V total = default;
            for (int block = 0; block < _blocks; block++)
            {
                ref V at = ref Unsafe.As<TState, V>(ref Λ(rows, block, row));
                for (int part = 0; part < StateParts; part++)
                {
                    V value = Unsafe.Add(ref at, part);
                    total = V.MultiplyAdd(value, value, total);
                }
            }
            rows.SquaredNorm[row] = V.Total(total);
        }
    }

    [MethodImpl(Compiled)]
    public override void Scale(Adjoints<T> rows, int row, double factor)
    {
        V by = factor;
        for (int block = 0; block < _blocks; block++)
        {
            ref V at = ref Unsafe.As<TState, V>(ref Λ(rows, block, row));
            for (int part = 0; part < StateParts; part++)
                Unsafe.Add(ref at, part) *= by;
        }
    }

    public override void Inner(Deltas<T> a, long slotA, Deltas<T> b, long slotB, Span<double> perSum)
    {
        InnerOf(a.CellPointer, a.Slots, slotA, b.CellPointer, b.Slots, slotB, CellSums, perSum);
        if (TGate.Present)
            InnerOf(a.GatePointer, a.Slots, slotA, b.GatePointer, b.Slots, slotB, GateSums, perSum[CellSums..]);
    }

    [MethodImpl(Compiled)]
    private void InnerOf(T* a, long slotsA, long slotA, T* b, long slotsB, long slotB, int sums, Span<double> perSum)
    {
        for (int sum = 0; sum < sums; sum++)
        {
            V total = default;
            for (int block = 0; block < _blocks; block++)
                total = V.MultiplyAdd(
                    Unsafe.AsRef<V>(a + ((block * slotsA + slotA) * sums + sum) * V.Lanes),
                    Unsafe.AsRef<V>(b + ((block * slotsB + slotB) * sums + sum) * V.Lanes),
                    total
                );
            perSum[sum] = V.Total(total);
        }
    }

    [MethodImpl(Compiled)]
    internal override void AddSeed(Adjoints<T> rows, int row, T* source, double factor)
    {
        V by = factor;
        int whole = Units / V.Lanes;
        for (int part = 0; part < Cell.OutputParts; part++, source += Units)
        {
            for (int block = 0; block < whole; block++)
            {
                ref V at = ref Unsafe.Add(ref Unsafe.As<TState, V>(ref Λ(rows, block, row)), part);
                at = V.MultiplyAdd(by, Unsafe.AsRef<V>(source + block * V.Lanes), at);
            }
            for (int unit = whole * V.Lanes; unit < Units; unit++)
            {
                ref T at = ref rows.At(row, part, unit);
                at = Real.From<T>(Real.ToDouble(at) + factor * Real.ToDouble(source[unit]));
            }
        }
    }

    public override void AddDeltas(Deltas<T> target, long targetSlot, Deltas<T> source, long sourceSlot, double factor)
    {
        AddRegisters(target.CellPointer, target.Slots, targetSlot, source.CellPointer, source.Slots, sourceSlot, CellSums, factor);
        AddRegisters(target.GatePointer, target.Slots, targetSlot, source.GatePointer, source.Slots, sourceSlot, GateSums, factor);
        AddRegisters(
            target.UnitPointer,
            target.Slots,
            targetSlot,
            source.UnitPointer,
            source.Slots,
            sourceSlot,
            target.UnitParameters,
            factor
        );
    }

    [MethodImpl(Compiled)]
    private void AddRegisters(T* to, long toSlots, long toSlot, T* from, long fromSlots, long fromSlot, int fields, double factor)
    {
        V by = factor;
        for (int block = 0; block < _blocks; block++)
        {
            for (int field = 0; field < fields; field++)
            {
                ref V at = ref Unsafe.AsRef<V>(to + ((block * toSlots + toSlot) * fields + field) * V.Lanes);
                at = V.MultiplyAdd(by, Unsafe.AsRef<V>(from + ((block * fromSlots + fromSlot) * fields + field) * V.Lanes), at);
            }
        }
    }

    [MethodImpl(Inline)]
    private static ref TState State(LayerTrace<T> trace, int block, int p, int lane) =>
        ref Unsafe.Add(ref Unsafe.AsRef<TState>(trace.StatesPointer), (nint)((block * (trace.Times + 1L) + p) * trace.Lanes + lane));

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
    private ref TState Kept(Adjoints<T> rows, int block, int row) =>
        ref Unsafe.Add(ref Unsafe.AsRef<TState>(_operandAdjoint.Pointer), (nint)((long)block * rows.Capacity + row));

    [MethodImpl(Inline)]
    private ref TUnit UnitOf(int block) => ref Unsafe.Add(ref Unsafe.AsRef<TUnit>(_unit.Pointer), block);
}
