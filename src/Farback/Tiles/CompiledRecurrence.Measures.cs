using Farback.Cells;

namespace Farback.Tiles;

// Inner products and scalings of what the sweep holds, and the projections that turn a share into one of them.
internal sealed unsafe partial class CompiledRecurrence<V, T, TCell, TState, TSums, TWeights, TUnit, TRecord, TGate, TGateSums>
{
    public override void Project(LayerTrace<T> trace, Deltas<T> byInput, Deltas<T> byState, long first, long last)
    {
        T* operand = TGate.Present ? trace.OperandPointer : trace.HPointer;
        ProjectStage(_cell, first, last, trace.XPointer, operand, byInput.CellPointer, byState.CellPointer, byInput.Slots);
        if (TGate.Present)
            ProjectStage(_gate!, first, last, trace.XPointer, trace.HPointer, byInput.GatePointer, byState.GatePointer, byInput.Slots);
    }

    private void ProjectStage<S, W>(Stage<V, T, S, W> stage, long first, long last, T* x, T* operand, T* byInput, T* byState, long slots)
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
    {
        if (stage.BlocksPerPanel == 2)
            ProjectPanels<S, W, Sums2<V>, Sums2<V>>(stage, first, last, x, operand, byInput, byState, slots);
        else
            ProjectPanels<S, W, S, W>(stage, first, last, x, operand, byInput, byState, slots);
    }

    private void ProjectPanels<S, W, P, PW>(
        Stage<V, T, S, W> stage,
        long first,
        long last,
        T* x,
        T* operand,
        T* byInput,
        T* byState,
        long slots
    )
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
        where P : struct, ISums<P, PW, V>
        where PW : struct
    {
        for (int panel = 0; panel < _blocks / stage.BlocksPerPanel; panel++)
        {
            var tile = new ProjectTile<S, W, P, PW>
            {
                Recurrence = this,
                Stage = stage,
                Panel = panel,
                First = first,
                Slots = slots,
                X = x,
                Operand = operand,
                ByInput = byInput,
                ByState = byState,
            };
            Tiling<P, PW, V>.Of((int)(last - first), ref tile);
        }
    }

    private ref struct ProjectTile<S, W, P, PW> : ITileUser<P, PW, V>
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
        where P : struct, ISums<P, PW, V>
        where PW : struct
    {
        public CompiledRecurrence<V, T, TCell, TState, TSums, TWeights, TUnit, TRecord, TGate, TGateSums> Recurrence;
        public Stage<V, T, S, W> Stage;
        public int Panel;
        public long First,
            Slots;
        public T* X,
            Operand,
            ByInput,
            ByState;

        public readonly void Use<TRows>(int first, int many)
            where TRows : struct, IRows<TRows, P, PW, V> =>
            Recurrence.ProjectRows<TRows, S, W, P, PW>(many, Stage, Panel, First + first, X, Operand, ByInput, ByState, Slots);
    }

    private void ProjectRows<TRows, S, W, P, PW>(
        int many,
        Stage<V, T, S, W> stage,
        int panel,
        long slot,
        T* x,
        T* operand,
        T* byInput,
        T* byState,
        long slots
    )
        where TRows : struct, IRows<TRows, P, PW, V>
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
        where P : struct, ISums<P, PW, V>
        where PW : struct
    {
        P none = default;
        Unsafe.SkipInit(out TRows sums);
        Tile<V>.Forward<Panel<TRows, P, PW, V>, TRows, P, PW>(
            ref none,
            0,
            ref Unsafe.AsRef<V>(x + slot * Inputs),
            Inputs,
            Inputs,
            ref Unsafe.AsRef<PW>(stage.InputPanel(panel)),
            ref Unsafe.AsRef<V>(operand),
            0,
            0,
            ref Unsafe.AsRef<PW>(stage.StatePanel(panel)),
            ref Unsafe.As<TRows, Panel<TRows, P, PW, V>>(ref sums)
        );
        Spread(ref Unsafe.As<TRows, S>(ref sums), many, stage.BlocksPerPanel, byInput, slots, panel, slot);
        Tile<V>.Forward<Panel<TRows, P, PW, V>, TRows, P, PW>(
            ref none,
            0,
            ref Unsafe.AsRef<V>(x),
            0,
            0,
            ref Unsafe.AsRef<PW>(stage.InputPanel(panel)),
            ref Unsafe.AsRef<V>(operand + slot * PaddedUnits),
            _recurrent ? Units : 0,
            PaddedUnits,
            ref Unsafe.AsRef<PW>(stage.StatePanel(panel)),
            ref Unsafe.As<TRows, Panel<TRows, P, PW, V>>(ref sums)
        );
        Spread(ref Unsafe.As<TRows, S>(ref sums), many, stage.BlocksPerPanel, byState, slots, panel, slot);
    }

    private static void Spread<S>(ref S sums, int rows, int blocks, T* target, long slots, int panel, long slot)
        where S : struct
    {
        for (int row = 0; row < rows; row++)
        for (int block = 0; block < blocks; block++)
        {
            Unsafe.Add(ref Unsafe.AsRef<S>(target), (nint)((panel * blocks + block) * slots + slot + row)) = sums;
            sums = ref Unsafe.Add(ref sums, 1);
        }
    }

    public override void Measure(Adjoints<T> rows, int first, int last)
    {
        nint next = (nint)rows.Capacity * StateParts;
        ref double squares = ref MemoryMarshal.GetArrayDataReference(rows.SquaredNorm);
        for (int row = first; row < last; row += 4)
        {
            nint many = Math.Min(4, last - row); // fewer: the last of them once more
            Squares(
                ref Unsafe.As<TState, V>(ref Λ(rows, 0, row)),
                Math.Min(1, many - 1) * StateParts,
                Math.Min(2, many - 1) * StateParts,
                (many - 1) * StateParts,
                next,
                _blocks,
                StateParts,
                ref Unsafe.Add(ref squares, row),
                many - 1
            );
        }
    }

    // four rows at once, so that an addition need not wait for the last
    [MethodImpl(Compiled)]
    private static void Squares(
        ref V λ,
        nint second,
        nint third,
        nint fourth,
        nint next,
        nint blocks,
        nint parts,
        ref double squares,
        nint lastRow
    )
    {
        V a = default,
            b = default,
            c = default,
            d = default;
        for (nint block = 0; block < blocks; block++, λ = ref Unsafe.Add(ref λ, next))
        for (nint part = 0; part < parts; part++)
        {
            V one = Unsafe.Add(ref λ, part),
                two = Unsafe.Add(ref λ, second + part),
                three = Unsafe.Add(ref λ, third + part),
                four = Unsafe.Add(ref λ, fourth + part);
            a = V.MultiplyAdd(one, one, a);
            b = V.MultiplyAdd(two, two, b);
            c = V.MultiplyAdd(three, three, c);
            d = V.MultiplyAdd(four, four, d);
        }
        Unsafe.Add(ref squares, Math.Min(2, lastRow)) = V.Total(c);
        Unsafe.Add(ref squares, lastRow) = V.Total(d);
        Unsafe.Add(ref squares, Math.Min(1, lastRow)) = V.Total(b);
        squares = V.Total(a);
    }

    [MethodImpl(Compiled)]
    public override bool IsZero(Adjoints<T> rows, int row)
    {
        V size = default;
        for (int block = 0; block < _blocks; block++)
        {
            ref V at = ref Unsafe.As<TState, V>(ref Λ(rows, block, row));
            for (int part = 0; part < StateParts; part++)
                size += V.Abs(Unsafe.Add(ref at, part));
        }
        return V.Total(size) == 0;
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

    // row by row, as seeds lie: they come from afar, λ is near
    [MethodImpl(Compiled)]
    internal override void AddSeeds(Adjoints<T> rows, int first, int last, T* source, long stride, in UnitShare share)
    {
        int from = 2 * share.First,
            to = 2 * share.Last, // blocks
            whole = Math.Min(Units / V.Lanes, to);
        nint next = rows.Capacity * StateParts;
        for (int part = 0; part < Cell.OutputParts; part++, source += Units)
        {
            for (int row = first; row < last; row++)
            {
                ref V seed = ref Unsafe.AsRef<V>(source + row * stride + from * V.Lanes);
                ref V at = ref Unsafe.Add(ref Unsafe.As<TState, V>(ref Λ(rows, from, row)), part);
                for (int block = from; block < whole; block++)
                {
                    at += seed;
                    seed = ref Unsafe.Add(ref seed, 1);
                    at = ref Unsafe.Add(ref at, next);
                }
                for (int unit = Math.Max(from, whole) * V.Lanes; unit < Math.Min(Units, to * V.Lanes); unit++)
                {
                    ref T one = ref rows.At(row, part, unit);
                    one = Real.From<T>(Real.ToDouble(one) + Real.ToDouble(source[row * stride + unit]));
                }
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
}
