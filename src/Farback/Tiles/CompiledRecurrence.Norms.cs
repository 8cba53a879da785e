using Farback.Cells;

namespace Farback.Tiles;

// Ghost norms: ‖Σ_b δ_b u_bᵀ‖² = Σ_{b,b'} (δ_b·δ_b')(u_b·u_b') as Σ_b δ_b ∘ (Σ_{b'≤b} L_bb' δ_b'), a product of tiles with the packed δ of one sum.
internal sealed unsafe partial class CompiledRecurrence<V, T, TCell, TState, TSums, TWeights, TUnit, TRecord, TGate, TGateSums>
{
    internal override void SumOverLanes(Deltas<T> deltas, long slot, int p, UseTables<T> tables, LaneSums<T> sums)
    {
        for (int sum = 0; sum < CellSums + GateSums; sum++)
            Sum(deltas, slot, p, tables, sums, sum);
    }

    private void Sum(Deltas<T> deltas, long slot, int p, UseTables<T> tables, LaneSums<T> sums, int sum)
    {
        bool isGate = sum >= CellSums;
        int fields = isGate ? GateSums : CellSums,
            field = isGate ? sum - CellSums : sum,
            lanes = sums.Lanes;
        nint row = fields * V.Lanes;
        (bool byInput, bool byState) = sums.Reads[sum];
        T* input = byInput ? tables.Products(Operand.X, p) : null;
        T* state = byState ? tables.Products(isGate ? Operand.BeforeProduct : Operand.State, p) : null;
        if (lanes == 1)
        {
            SumOne(deltas, slot, p, tables, sums, sum, isGate, field, row);
            return;
        }
        T* inputSquares = byInput ? tables.Squares(Operand.X, p) : sums.ZerosPointer;
        T* stateSquares = byState ? tables.Squares(isGate ? Operand.BeforeProduct : Operand.State, p) : sums.ZerosPointer;
        T* total = sums.TotalsPointer;
        new Span<T>(total, LaneSums<T>.Totals * V.Lanes).Clear();
        for (int block = 0; block < _blocks; block += 2)
        {
            T* δ = (isGate ? deltas.GatePointer : deltas.CellPointer) + (block * deltas.Slots + slot) * row + field * V.Lanes;
            Weigh(δ, row, (nint)deltas.Slots * row, lanes, sums.ScalePointer, inputSquares, stateSquares, sums.DeltaPointer, total);
            if (sums.Shares)
                Project(sums, tables, isGate, block, (long)p * lanes, row, field);
            if (byInput)
                GhostNorm<V, T>.Add(input, lanes, sums.DeltaPointer, total + 5 * V.Lanes);
            if (byState)
                GhostNorm<V, T>.Add(state, lanes, sums.DeltaPointer, total + 6 * V.Lanes);
        }
        ref LaneSums<T>.OfSum of = ref sums.Of[sum];
        of.Size = Total(total, 0);
        of.Lanes = Total(total, 1);
        of.LanesInput = Total(total, 2);
        of.LanesState = Total(total, 3);
        of.Square = Total(total, 4);
        of.Input = Total(total, 5);
        of.State = Total(total, 6);
        of.ShareInput = Total(total, 7);
        of.ShareState = Total(total, 8);
        of.ShareInputBias = Total(total, 9);
        of.ShareStateBias = Total(total, 10);
    }

    // one lane: ‖δuᵀ‖² = ‖δ‖²‖u‖², and everything is read from δ at once
    private void SumOne(
        Deltas<T> deltas,
        long slot,
        int p,
        UseTables<T> tables,
        LaneSums<T> sums,
        int sum,
        bool isGate,
        int field,
        nint row
    )
    {
        T* Of(Deltas<T>? of, long at) => of is null ? null : (isGate ? of.GatePointer : of.CellPointer) + at * row + field * V.Lanes;
        ref LaneSums<T>.OfSum of = ref sums.Of[sum];
        double scale = Real.ToDouble(sums.ScalePointer[0]);
        T* δ = Of(deltas, slot);
        nint next = (nint)deltas.Slots * row;
        Size(δ, next, _blocks, out V size, out V square);
        of.Size = V.Total(size) * scale;
        of.Square = of.Lanes = V.Total(square) * scale * scale;
        (bool byInput, bool byState) = sums.Reads[sum];
        of.Input = of.LanesInput = byInput ? of.Square * Real.ToDouble(tables.Squares(Operand.X, p)[0]) : 0;
        Operand operand = isGate ? Operand.BeforeProduct : Operand.State;
        of.State = of.LanesState = byState ? of.Square * Real.ToDouble(tables.Squares(operand, p)[0]) : 0;
        if (!sums.Shares)
            return;
        nint far = (nint)tables.ByInput!.Slots * row;
        of.ShareInput = Dot(δ, next, Of(tables.ByInput, p), far, _blocks) * scale;
        of.ShareState = Dot(δ, next, Of(tables.ByState, p), far, _blocks) * scale;
        of.ShareInputBias = tables.InputBias is null ? 0 : Dot(δ, next, Of(tables.InputBias, 0), row, _blocks) * scale;
        of.ShareStateBias = tables.StateBias is null ? 0 : Dot(δ, next, Of(tables.StateBias, 0), row, _blocks) * scale;
    }

    // the number of blocks is even
    [MethodImpl(Compiled)]
    private static void Size(T* δ, nint next, int blocks, out V size, out V square)
    {
        V size0 = default,
            size1 = default,
            square0 = default,
            square1 = default;
        for (int block = 0; block < blocks; block += 2, δ += 2 * next)
        {
            V a = At(δ, 0),
                b = At(δ + next, 0);
            size0 += V.Abs(a);
            size1 += V.Abs(b);
            square0 = V.MultiplyAdd(a, a, square0);
            square1 = V.MultiplyAdd(b, b, square1);
        }
        size = size0 + size1;
        square = square0 + square1;
    }

    [MethodImpl(Compiled)]
    private static double Dot(T* δ, nint next, T* g, nint far, int blocks)
    {
        V even = default,
            odd = default;
        for (int block = 0; block < blocks; block += 2, δ += 2 * next, g += 2 * far)
        {
            even = V.MultiplyAdd(At(δ, 0), At(g, 0), even);
            odd = V.MultiplyAdd(At(δ + next, 0), At(g + far, 0), odd);
        }
        return V.Total(even + odd);
    }

    private static double Total(T* totals, int index) => V.Total(At(totals, index));

    [MethodImpl(Inline)]
    private static ref V At(T* origin, nint index) => ref Unsafe.Add(ref Unsafe.AsRef<V>(origin), index);

    /// <summary>Packs the δ of one sum in two blocks, times the lanes' scales; adds Σ|δ|, the lanes' squares, and the square of their sum.</summary>
    [MethodImpl(Compiled)]
    private static void Weigh(T* δ, nint row, nint block, int lanes, T* scale, T* input, T* state, T* packed, T* totals)
    {
        V size = At(totals, 0),
            square = At(totals, 1),
            ofInput = At(totals, 2),
            ofState = At(totals, 3);
        V sum0 = default,
            sum1 = default,
            size1 = default,
            square1 = default,
            ofInput1 = default,
            ofState1 = default;
        for (nint b = 0; b < lanes; b++)
        {
            V by = V.Spread(ref Unsafe.AsRef<V>(scale), b),
                x = V.Spread(ref Unsafe.AsRef<V>(input), b),
                u = V.Spread(ref Unsafe.AsRef<V>(state), b);
            V δ0 = At(δ + b * row, 0) * by,
                δ1 = At(δ + b * row + block, 0) * by;
            At(packed, 2 * b) = δ0;
            At(packed, 2 * b + 1) = δ1;
            sum0 += δ0;
            sum1 += δ1;
            size += V.Abs(δ0);
            size1 += V.Abs(δ1);
            δ0 *= δ0;
            δ1 *= δ1;
            square += δ0;
            square1 += δ1;
            ofInput = V.MultiplyAdd(x, δ0, ofInput);
            ofInput1 = V.MultiplyAdd(x, δ1, ofInput1);
            ofState = V.MultiplyAdd(u, δ0, ofState);
            ofState1 = V.MultiplyAdd(u, δ1, ofState1);
        }
        At(totals, 0) = size + size1;
        At(totals, 1) = square + square1;
        At(totals, 2) = ofInput + ofInput1;
        At(totals, 3) = ofState + ofState1;
        At(totals, 4) = V.MultiplyAdd(sum0, sum0, V.MultiplyAdd(sum1, sum1, At(totals, 4)));
        At(totals, 11) = sum0;
        At(totals, 12) = sum1;
    }

    private static void Project(LaneSums<T> sums, UseTables<T> tables, bool isGate, int block, long place, nint row, int field)
    {
        T* Of(Deltas<T> deltas, long slot) =>
            (isGate ? deltas.GatePointer : deltas.CellPointer) + (block * deltas.Slots + slot) * row + field * V.Lanes;
        T* totals = sums.TotalsPointer;
        nint next = (nint)tables.ByInput!.Slots * row;
        ProjectRows(sums.DeltaPointer, sums.Lanes, Of(tables.ByInput, place), Of(tables.ByState!, place), row, next, totals + 7 * V.Lanes);
        if (tables.InputBias is not null)
            ProjectSum(totals, Of(tables.InputBias, 0), row, 9);
        if (tables.StateBias is not null)
            ProjectSum(totals, Of(tables.StateBias, 0), row, 10);
    }

    // one slot: the next block lies a row further
    private static void ProjectSum(T* totals, T* bias, nint row, int index)
    {
        ref V total = ref At(totals, index);
        total = V.MultiplyAdd(At(totals, 11), At(bias, 0), V.MultiplyAdd(At(totals, 12), At(bias + row, 0), total));
    }

    /// <summary>Adds δ_b·(g x_b) and δ_b·(g u_b).</summary>
    [MethodImpl(Compiled)]
    private static void ProjectRows(T* packed, int lanes, T* byInput, T* byState, nint row, nint block, T* totals)
    {
        V input = At(totals, 0),
            state = At(totals, 1),
            input1 = default,
            state1 = default;
        for (nint b = 0; b < lanes; b++)
        {
            V δ0 = At(packed, 2 * b),
                δ1 = At(packed, 2 * b + 1);
            input = V.MultiplyAdd(δ0, At(byInput + b * row, 0), input);
            input1 = V.MultiplyAdd(δ1, At(byInput + b * row + block, 0), input1);
            state = V.MultiplyAdd(δ0, At(byState + b * row, 0), state);
            state1 = V.MultiplyAdd(δ1, At(byState + b * row + block, 0), state1);
        }
        At(totals, 0) = input + input1;
        At(totals, 1) = state + state1;
    }

    /// <summary>The lower triangle of u_b·u_b', the products below the diagonal twice, because they stand for two.</summary>
    internal override void Products(T* operand, long stride, int count, int lanes, T* products)
    {
        for (int b = 0; b < lanes; b++)
        {
            T* u = operand + b * stride;
            int c = 0;
            for (; c + 4 <= b; c += 4)
                Products4(u, operand + c * stride, (nint)stride, count, products + (long)b * lanes + c);
            for (; c <= b; c++)
                products[(long)b * lanes + c] = Real.From<T>((c < b ? 2 : 1) * Product(u, operand + c * stride, count));
        }
    }

    [MethodImpl(Compiled)]
    private static void Products4(T* u, T* others, nint stride, int count, T* products)
    {
        V a = default,
            b = default,
            c = default,
            d = default;
        int i = 0;
        for (; i + V.Lanes <= count; i += V.Lanes)
        {
            V own = At(u + i, 0);
            a = V.MultiplyAdd(own, At(others + i, 0), a);
            b = V.MultiplyAdd(own, At(others + stride + i, 0), b);
            c = V.MultiplyAdd(own, At(others + 2 * stride + i, 0), c);
            d = V.MultiplyAdd(own, At(others + 3 * stride + i, 0), d);
        }
        products[0] = Real.From<T>(2 * (V.Total(a) + Rest(u, others, i, count)));
        products[1] = Real.From<T>(2 * (V.Total(b) + Rest(u, others + stride, i, count)));
        products[2] = Real.From<T>(2 * (V.Total(c) + Rest(u, others + 2 * stride, i, count)));
        products[3] = Real.From<T>(2 * (V.Total(d) + Rest(u, others + 3 * stride, i, count)));
    }

    [MethodImpl(Compiled)]
    private static double Product(T* u, T* other, int count)
    {
        V sum = default;
        int i = 0;
        for (; i + V.Lanes <= count; i += V.Lanes)
            sum = V.MultiplyAdd(At(u + i, 0), At(other + i, 0), sum);
        return V.Total(sum) + Rest(u, other, i, count);
    }

    private static double Rest(T* u, T* other, int from, int count)
    {
        double sum = 0;
        for (int i = from; i < count; i++)
            sum += Real.ToDouble(u[i]) * Real.ToDouble(other[i]);
        return sum;
    }

    /// <summary>Adds δ of rows to those of their lanes.</summary>
    internal override void AddDeltas(Deltas<T> target, long targetSlot, Deltas<T> source, long slot, Adjoints<T> rows, int first, int last)
    {
        AddRows(target.CellPointer, target.Slots, targetSlot, source.CellPointer, source.Slots, slot, CellSums, rows, first, last);
        AddRows(target.GatePointer, target.Slots, targetSlot, source.GatePointer, source.Slots, slot, GateSums, rows, first, last);
        AddRows(target.UnitPointer, target.Slots, targetSlot, source.UnitPointer, source.Slots, slot, UnitParameters, rows, first, last);
    }

    private void AddRows(
        T* to,
        long toSlots,
        long toSlot,
        T* from,
        long fromSlots,
        long slot,
        int fields,
        Adjoints<T> rows,
        int first,
        int last
    )
    {
        if (fields == 0)
            return;
        T* powers = stackalloc T[AtOnce];
        nint wide = fields * V.Lanes;
        for (int some = first; some < last; some += AtOnce)
        {
            int many = Math.Min(AtOnce, last - some);
            for (int row = 0; row < many; row++)
                powers[row] = Real.From<T>(Power.Of(rows.Exponent[some + row]));
            ReadOnlySpan<int> lanes = rows.Lane.AsSpan(some, many);
            for (int block = 0; block < _blocks; block++)
                AddBlock(
                    to + (block * toSlots + toSlot) * wide,
                    from + (block * fromSlots + slot + some) * wide,
                    (nint)fields,
                    powers,
                    lanes
                );
        }
    }

    private const int AtOnce = 128; // rows

    [MethodImpl(Compiled)]
    private static void AddBlock(T* to, T* from, nint fields, T* powers, ReadOnlySpan<int> lanes)
    {
        if (fields == 1)
        {
            for (int row = 0; row < lanes.Length; row++)
            {
                ref V target = ref At(to, lanes[row]);
                target = V.MultiplyAdd(V.Spread(ref Unsafe.AsRef<V>(powers), row), At(from, row), target);
            }
            return;
        }
        for (int row = 0; row < lanes.Length; row++, from += fields * V.Lanes)
        {
            V by = V.Spread(ref Unsafe.AsRef<V>(powers), row);
            ref V target = ref At(to, lanes[row] * fields);
            for (nint field = 0; field < fields; field++)
                Unsafe.Add(ref target, field) = V.MultiplyAdd(by, At(from, field), Unsafe.Add(ref target, field));
        }
    }
}
