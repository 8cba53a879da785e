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
        UnitShare share
    )
    {
        CellEquations(trace, p, rows, first, last, deltas, slot, share);
        if (!TGate.Present)
            return;
        share.Meet(); // the adjoint of the operand is made of all δ
        GateEquations(trace, p, rows, first, last, deltas, slot, share);
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
        UnitShare share
    )
    {
        ref int laneOf = ref MemoryMarshal.GetArrayDataReference(rows.Lane);
        bool padded = trace.AnyPadding,
            hasUnit = deltas.UnitParameters > 0;
        for (int block = 2 * share.First; block < 2 * share.Last && block * V.Lanes < Units; block++)
        {
            TUnit unit = UnitOf(block);
            ref TRecord records = ref Record(trace, block, p, 0);
            ref TState before = ref State(trace, block, p, 0);
            ref TState after = ref State(trace, block, p + 1, 0);
            ref TState λ = ref Λ(rows, block, first);
            ref TSums δ = ref Unsafe.Add(ref Unsafe.AsRef<TSums>(deltas.CellPointer), (nint)(block * deltas.Slots + slot + first));
            for (int row = first; row < last; row++)
            {
                int lane = Unsafe.Add(ref laneOf, row);
                TUnit unitGradient = default;
                if (padded && trace.IsPadding(p, lane))
                {
                    δ = default; // the step is the identity: λ passes unchanged
                }
                else
                {
                    if (TGate.Present)
                        Kept(rows, block, row) = λ;
                    δ = TCell.Vjp(
                        Unsafe.Add(ref records, lane),
                        TCell.VjpReadsStates ? Unsafe.Add(ref before, lane * StateStride) : default,
                        TCell.VjpReadsStates ? Unsafe.Add(ref after, lane * StateStride) : default,
                        unit,
                        λ,
                        out TState direct,
                        out unitGradient
                    );
                    λ = direct;
                }
                if (hasUnit)
                    Unsafe.Add(ref Unsafe.AsRef<TUnit>(deltas.UnitPointer), (nint)(block * deltas.Slots + slot + row)) = unitGradient;
                λ = ref Unsafe.Add(ref λ, 1);
                δ = ref Unsafe.Add(ref δ, 1);
            }
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
        UnitShare share
    )
    {
        T* operand = rows.OperandPointer;
        _cell.Transport(
            deltas.CellPointer + (slot + first) * CellSums * V.Lanes,
            deltas.Slots,
            true,
            last - first,
            operand + (long)first * PaddedUnits,
            PaddedUnits,
            V.Lanes,
            add: false,
            share.First,
            share.Last
        );
        for (int block = 2 * share.First; block < 2 * share.Last && block * V.Lanes < Units; block++)
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

    internal override void StateProduct(
        LayerTrace<T> trace,
        int p,
        Adjoints<T> rows,
        int first,
        int last,
        Deltas<T> deltas,
        long slot,
        UnitShare share
    )
    {
        if (!Cell.IsRecurrent || last <= first)
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
        if (Cell.IsRecurrent)
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
