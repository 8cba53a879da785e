using Farback.Cells;

namespace Farback.Tiles;

// The way back: equations, then the products that carry λ on; and the dense gradient of the deltas they left.
internal sealed unsafe partial class CompiledRecurrence<V, T, TCell, TState, TSums, TWeights, TUnit, TRecord, TGate, TGateSums>
{
    internal override void Equations(
        LayerTrace<T> trace,
        int p,
        Adjoints<T> rows,
        int first,
        int last,
        Deltas<T> deltas,
        long slot,
        in UnitShare share
    )
    {
        if (!trace.AnyPadding)
        {
            Move(trace, p, rows, first, last, deltas, slot, share);
            return;
        }
        for (int row = first; row < last; )
        {
            int end = EndOfRun(trace, p, rows, row, last, out bool stands);
            if (stands)
                Stand(deltas, slot + row, end - row, share);
            else
                Move(trace, p, rows, row, end, deltas, slot, share);
            row = end;
        }
    }

    [MethodImpl(Inline)]
    private void Move(LayerTrace<T> trace, int p, Adjoints<T> rows, int first, int last, Deltas<T> deltas, long slot, in UnitShare share)
    {
        CellEquations(trace, p, rows, first, last, deltas, slot, share);
        if (!TGate.Present)
            return;
        share.Meet(); // the adjoint of the operand is made of all δ
        GateEquations(trace, p, rows, first, last, deltas, slot, share);
    }

    // rows that follow each other and all move at this step, or all stand still in padding
    private static int EndOfRun(LayerTrace<T> trace, int p, Adjoints<T> rows, int row, int last, out bool stands)
    {
        stands = trace.IsPadding(p, rows.Lane[row]);
        do row++;
        while (row < last && trace.IsPadding(p, rows.Lane[row]) == stands);
        return row;
    }

    // the step is the identity: λ passes unchanged, and nothing is learned
    private void Stand(Deltas<T> deltas, long slot, int rows, in UnitShare share)
    {
        for (int block = 2 * share.First; block < 2 * share.Last; block++)
        {
            long at = (block * deltas.Slots + slot) * V.Lanes;
            new Span<T>(deltas.CellPointer + at * CellSums, rows * CellSums * V.Lanes).Clear();
            new Span<T>(deltas.GatePointer + at * GateSums, rows * GateSums * V.Lanes).Clear();
            new Span<T>(deltas.UnitPointer + at * UnitParameters, rows * UnitParameters * V.Lanes).Clear();
        }
    }

    [MethodImpl(Compiled)]
    private void CellEquations(
        LayerTrace<T> trace,
        int p,
        Adjoints<T> rows,
        int first,
        int last,
        Deltas<T> deltas,
        long slot,
        in UnitShare share
    )
    {
        int end = Math.Min((Units + V.Lanes - 1) / V.Lanes, 2 * share.Last);
        for (int block = 2 * share.First; block < end; block++)
        {
            nint place = (nint)(block * deltas.Slots + slot + first);
            CellEquations(
                ref rows.Lane[first],
                last - first,
                StateStride,
                ref Record(trace, block, p, 0),
                ref State(trace, block, p, 0),
                ref State(trace, block, p + 1, 0),
                ref UnitOf(block),
                ref Λ(rows, block, first),
                ref Kept(rows, block, first),
                ref Unsafe.Add(ref Unsafe.AsRef<TSums>(deltas.CellPointer), place),
                ref Unsafe.Add(ref Unsafe.AsRef<TUnit>(deltas.UnitPointer), place)
            );
        }
    }

    // nothing is called here and little is held, so that everything stays in registers
    [MethodImpl(Compiled)]
    private static void CellEquations(
        ref int lanes,
        nint rows,
        nint stride,
        ref TRecord records,
        ref TState before,
        ref TState after,
        ref TUnit unit,
        ref TState λ,
        ref TState kept,
        ref TSums δ,
        ref TUnit unitGradient
    )
    {
        for (nint row = 0; row < rows; row++)
        {
            nint lane = Unsafe.Add(ref lanes, row);
            if (TGate.Present)
                Unsafe.Add(ref kept, row) = Unsafe.Add(ref λ, row);
            Unsafe.Add(ref δ, row) = TCell.Vjp(
                Unsafe.Add(ref records, lane),
                TCell.VjpReadsStates ? Unsafe.Add(ref before, lane * stride) : default,
                TCell.VjpReadsStates ? Unsafe.Add(ref after, lane * stride) : default,
                unit,
                Unsafe.Add(ref λ, row),
                out TState direct,
                out TUnit ofUnit
            );
            Unsafe.Add(ref λ, row) = direct;
            if (Unsafe.SizeOf<TUnit>() >= Unsafe.SizeOf<V>()) // else a unit has nothing to itself
                Unsafe.Add(ref unitGradient, row) = ofUnit;
        }
    }

    // the stage before the product: first the adjoint of its operand u, then its own equations
    [MethodImpl(Compiled)]
    private void GateEquations(
        LayerTrace<T> trace,
        int p,
        Adjoints<T> rows,
        int first,
        int last,
        Deltas<T> deltas,
        long slot,
        in UnitShare share
    )
    {
        T* operand = rows.OperandPointer + (long)first * PaddedUnits;
        _cell.Transport(
            deltas.CellPointer + (slot + first) * CellSums * V.Lanes,
            deltas.Slots,
            true,
            last - first,
            operand,
            PaddedUnits,
            V.Lanes,
            add: false,
            share.First,
            share.Last
        );
        int end = Math.Min((Units + V.Lanes - 1) / V.Lanes, 2 * share.Last);
        for (int block = 2 * share.First; block < end; block++)
            GateEquations(
                ref rows.Lane[first],
                last - first,
                _blocks,
                ref Record(trace, block, p, 0),
                ref Unsafe.AsRef<V>(operand + block * V.Lanes),
                ref Kept(rows, block, first),
                ref Λ(rows, block, first),
                ref Unsafe.Add(ref Unsafe.AsRef<TGateSums>(deltas.GatePointer), (nint)(block * deltas.Slots + slot + first))
            );
    }

    [MethodImpl(Compiled)]
    private static void GateEquations(
        ref int lanes,
        nint rows,
        nint stride,
        ref TRecord records,
        ref V operand,
        ref TState kept,
        ref TState λ,
        ref TGateSums δ
    )
    {
        for (nint row = 0; row < rows; row++)
            Unsafe.Add(ref δ, row) = TGate.Vjp(
                Unsafe.Add(ref records, (nint)Unsafe.Add(ref lanes, row)),
                Unsafe.Add(ref kept, row),
                Unsafe.Add(ref operand, row * stride),
                ref Unsafe.Add(ref λ, row)
            );
    }

    internal override void StateProduct(
        LayerTrace<T> trace,
        int p,
        Adjoints<T> rows,
        int first,
        int last,
        Deltas<T> deltas,
        long slot,
        in UnitShare share
    )
    {
        if (!_recurrent || last <= first)
            return;
        T* target = rows.Pointer + (long)first * StateParts * V.Lanes;
        long rowStride = StateParts * V.Lanes,
            blockStride = (long)rows.Capacity * StateParts * V.Lanes;
        Ahead<T> ahead = default;
        if (p > 0 && trace.IsLarge)
            ahead = new()
            {
                Pointer = (T*)Unsafe.AsPointer(ref Record(trace, 0, p - 1, rows.Lane[first])),
                RowStride = Unsafe.SizeOf<TRecord>() / sizeof(T),
                BlockStride = (long)trace.Times * trace.Lanes * (Unsafe.SizeOf<TRecord>() / sizeof(T)),
                Rows = Math.Min(trace.Lanes - rows.Lane[first], last - first),
            };
        if (TGate.Present)
            _gate!.Transport(
                deltas.GatePointer + (slot + first) * GateSums * V.Lanes,
                deltas.Slots,
                true,
                last - first,
                target,
                rowStride,
                blockStride,
                add: true,
                share.First,
                share.Last,
                ahead
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
                add: true,
                share.First,
                share.Last,
                ahead
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
            add: false,
            0,
            PaddedInputs / (2 * V.Lanes)
        );
        _gate?.Transport(
            deltas.GatePointer + (slot + first) * GateSums * V.Lanes,
            deltas.Slots,
            false,
            last - first,
            place,
            stride,
            V.Lanes,
            add: true,
            0,
            PaddedInputs / (2 * V.Lanes)
        );
    }

    public override void AddGradient(
        LayerTrace<T> trace,
        Deltas<T> deltas,
        long slot,
        int from,
        int to,
        LayerWeights<T> gradient,
        int firstPanel,
        int lastPanel
    )
    {
        int first = 2 * firstPanel,
            last = 2 * lastPanel; // blocks of units
        long n = (long)from * trace.Lanes,
            count = (long)(to - from) * trace.Lanes;
        if (count <= 0)
            return;
        T* x = trace.XPointer + n * Inputs;
        T* h = trace.HPointer + n * PaddedUnits;
        T* u = TGate.Present ? trace.OperandPointer + n * PaddedUnits : h;
        _cell.AddOuter(x, Inputs, deltas.CellPointer, deltas.Slots, slot, count, true, gradient.Wx, first, last);
        _cell.AddBias(deltas.CellPointer, deltas.Slots, slot, count, gradient.Bx, gradient.Bh, first, last);
        _gate?.AddOuter(x, Inputs, deltas.GatePointer, deltas.Slots, slot, count, true, gradient.Wx, first, last);
        _gate?.AddBias(deltas.GatePointer, deltas.Slots, slot, count, gradient.Bx, gradient.Bh, first, last);
        if (_recurrent)
        {
            _cell.AddOuter(u, PaddedUnits, deltas.CellPointer, deltas.Slots, slot, count, false, gradient.Wh, first, last);
            _gate?.AddOuter(h, PaddedUnits, deltas.GatePointer, deltas.Slots, slot, count, false, gradient.Wh, first, last);
        }
        for (int parameter = 0; parameter < deltas.UnitParameters; parameter++)
        for (int unit = first * V.Lanes; unit < Math.Min(Units, last * V.Lanes); unit++)
        {
            double sum = 0;
            for (long i = slot; i < slot + count; i++)
                sum += Real.ToDouble(deltas.UnitAt(i, parameter, unit));
            ref T to1 = ref gradient.Unit[parameter * Units + unit];
            to1 = Real.From<T>(Real.ToDouble(to1) + sum);
        }
    }
}
