using Farback.Cells;

namespace Farback.Tiles;

// What norms and shares of one loss time are made of: sums over the lanes of δ, of its products with δ, and with g u.
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
        T* total = sums.TotalsPointer;
        new Span<T>(total, LaneSums<T>.Totals * V.Lanes).Clear();
        T* δ = (isGate ? deltas.GatePointer : deltas.CellPointer) + slot * row + field * V.Lanes;
        Gather(δ, row, (nint)deltas.Slots * row, tables, sums, isGate, (long)p * lanes, field);
        GhostNorm<V, T>.Add(sums.DeltaPointer, lanes, _blocks, input, state, total + V.Lanes);
        ref LaneSums<T>.OfSum of = ref sums.Of[sum];
        of.Square = Total(total, 0);
        of.Input = Total(total, 1);
        of.State = Total(total, 2);
        of.LanesInput = Total(total, 3);
        of.LanesState = Total(total, 4);
        of.Lanes = Total(total, 5);
        of.Size = of.Lanes > SmallestSize && double.IsFinite(of.Lanes) ? of.Lanes : SizeOf(sums.DeltaPointer, lanes * _blocks);
        of.ShareInput = Total(total, 6);
        of.ShareState = Total(total, 7);
        of.ShareInputBias = Total(total, 8);
        of.ShareStateBias = Total(total, 9);
    }

    // squares that are no zeros for certain
    private const double SmallestSize = 1e-36;

    [MethodImpl(Compiled)]
    private static double SizeOf(T* packed, nint count)
    {
        V size = default;
        for (nint i = 0; i < count; i++)
            size += V.Abs(At(packed, i));
        return V.Total(size);
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
        of.Input = of.LanesInput = byInput ? of.Square * Real.ToDouble(tables.Products(Operand.X, p)[0]) : 0;
        Operand operand = isGate ? Operand.BeforeProduct : Operand.State;
        of.State = of.LanesState = byState ? of.Square * Real.ToDouble(tables.Products(operand, p)[0]) : 0;
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

    private void Gather(T* δ, nint row, nint block, UseTables<T> tables, LaneSums<T> sums, bool isGate, long place, int field)
    {
        if (!sums.Shares)
        {
            Gather<NormsAlone>(
                δ,
                row,
                block,
                sums.Lanes,
                _blocks,
                sums.ScalePointer,
                null,
                null,
                0,
                null,
                0,
                null,
                0,
                sums.DeltaPointer,
                sums.TotalsPointer
            );
            return;
        }
        T* Of(Deltas<T>? of, long slot) =>
            of is null ? sums.ZerosPointer : (isGate ? of.GatePointer : of.CellPointer) + slot * row + field * V.Lanes;
        Gather<WithShares>(
            δ,
            row,
            block,
            sums.Lanes,
            _blocks,
            sums.ScalePointer,
            Of(tables.ByInput, place),
            Of(tables.ByState, place),
            (nint)tables.ByInput!.Slots * row,
            Of(tables.InputBias, 0),
            tables.InputBias is null ? 0 : row,
            Of(tables.StateBias, 0),
            tables.StateBias is null ? 0 : row,
            sums.DeltaPointer,
            sums.TotalsPointer
        );
    }

    private readonly struct NormsAlone;

    private readonly struct WithShares;

    /// <summary>
    ///   Packs the δ of one sum, times the lanes' scales, lane by lane; adds the square of their sum; and, where shares are wanted, δ_b·(g x_b),
    ///   δ_b·(g u_b), and the sum's products with g of the biases. Both ways are compiled, so that nobody asks in the loop.
    /// </summary>
    [MethodImpl(Compiled)]
    private static void Gather<TShares>(
        T* δ,
        nint row,
        nint block,
        int lanes,
        nint blocks,
        T* scale,
        T* byInput,
        T* byState,
        nint far,
        T* inputBias,
        nint nextInputBias,
        T* stateBias,
        nint nextStateBias,
        T* packed,
        T* totals
    )
        where TShares : struct
    {
        V square = default,
            input = default,
            input1 = default,
            state = default,
            state1 = default;
        for (
            nint one = 0;
            one < blocks;
            one += 2,
                δ += 2 * block,
                packed += 2 * V.Lanes,
                byInput += 2 * far,
                byState += 2 * far,
                inputBias += 2 * nextInputBias,
                stateBias += 2 * nextStateBias
        )
        {
            V sum = default,
                sum1 = default;
            for (nint b = 0; b < lanes; b++)
            {
                V by = V.Spread(ref Unsafe.AsRef<V>(scale), b),
                    δ0 = At(δ + b * row, 0) * by,
                    δ1 = At(δ + b * row + block, 0) * by;
                At(packed, b * blocks) = δ0;
                At(packed, b * blocks + 1) = δ1;
                sum += δ0;
                sum1 += δ1;
                if (typeof(TShares) == typeof(NormsAlone))
                    continue;
                input = V.MultiplyAdd(δ0, At(byInput + b * row, 0), input);
                input1 = V.MultiplyAdd(δ1, At(byInput + b * row + far, 0), input1);
                state = V.MultiplyAdd(δ0, At(byState + b * row, 0), state);
                state1 = V.MultiplyAdd(δ1, At(byState + b * row + far, 0), state1);
            }
            square = V.MultiplyAdd(sum, sum, V.MultiplyAdd(sum1, sum1, square));
            if (typeof(TShares) == typeof(NormsAlone))
                continue;
            ref V ofInputBias = ref At(totals, 8);
            ofInputBias = V.MultiplyAdd(sum, At(inputBias, 0), V.MultiplyAdd(sum1, At(inputBias + nextInputBias, 0), ofInputBias));
            ref V ofStateBias = ref At(totals, 9);
            ofStateBias = V.MultiplyAdd(sum, At(stateBias, 0), V.MultiplyAdd(sum1, At(stateBias + nextStateBias, 0), ofStateBias));
        }
        At(totals, 0) = square;
        At(totals, 6) = input + input1;
        At(totals, 7) = state + state1;
    }

    /// <summary>u_b·u_c of all lanes, in squares; those below the diagonal twice, because they stand for two.</summary>
    internal override void Products(T* operand, long stride, int count, int lanes, T* products)
    {
        for (int row = 0; row < lanes; row += 4)
        for (int column = 0; column <= row; column += 4, products += LaneSquares.Size)
        {
            T* u = operand + row * stride,
                v = operand + column * stride;
            Unsafe.SkipInit(out FourByFour<V> sums);
            bool isWhole = row + 4 <= lanes;
            int whole = isWhole ? count / V.Lanes * V.Lanes : 0;
            if (isWhole)
                Products(u, v, (nint)stride, count / V.Lanes, ref sums);
            for (int b = 0; b < 4; b++)
            for (int c = 0; c < 4; c++)
                products[4 * b + c] =
                    row + b >= lanes || column + c >= lanes
                        ? default
                        : Real.From<T>(
                            (column < row ? 2 : 1)
                                * (
                                    (isWhole ? V.Total(Unsafe.Add(ref Unsafe.As<FourByFour<V>, V>(ref sums), 4 * b + c)) : 0)
                                    + Rest(u + b * stride, v + c * stride, whole, count)
                                )
                        );
        }
    }

    // lanes lie a number of numbers apart that need not be one of registers
    [MethodImpl(Compiled)]
    private static void Products(T* rows, T* columns, nint stride, nint count, ref FourByFour<V> sums)
    {
        FourByFour<V> products = default;
        for (nint i = 0; i < count; i++)
            products.Add(ref At(rows, i), ref At(columns, i), stride * sizeof(T));
        sums = products;
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
        int turn = Turn(rows.Lane.AsSpan(first, last - first));
        for (int some = first, many; some < last; some += many)
        {
            many = Math.Min(AtOnce, last - some);
            if (many >= turn)
                many -= many % turn;
            for (int row = 0; row < many; row++)
                powers[row] = Real.From<T>(Power.Of(rows.Exponent[some + row]));
            ref int lanes = ref rows.Lane[some];
            int one = Math.Min(turn, many);
            for (int block = 0; block < _blocks; block++)
                AddBlock(
                    to + (block * toSlots + toSlot) * wide,
                    from + (block * fromSlots + slot + some) * wide,
                    fields,
                    powers,
                    ref lanes,
                    one,
                    many / one
                );
        }
    }

    private const int AtOnce = 256; // rows

    // after how many rows the same lanes come again in the same order; all rows where they do not
    private static int Turn(ReadOnlySpan<int> lanes)
    {
        int turn = lanes[1..].IndexOf(lanes[0]) + 1;
        return turn > 0 && lanes.Length % turn == 0 && lanes[turn..].SequenceEqual(lanes[..^turn]) ? turn : lanes.Length;
    }

    // two turns at a time: δ is read as it lies, and a lane's sum half as often; the order of its additions is that of the rows
    [MethodImpl(Compiled)]
    private static void AddBlock(T* to, T* from, nint fields, T* powers, ref int lanes, nint turn, nint turns)
    {
        nint next = turn * fields;
        for (; turns > 0; turns -= 2, from += 2 * next * V.Lanes, powers += 2 * turn)
        for (nint i = 0; i < turn; i++)
        {
            V by = V.Spread(ref Unsafe.AsRef<V>(powers), i),
                by1 = turns > 1 ? V.Spread(ref Unsafe.AsRef<V>(powers), turn + i) : default;
            ref V target = ref At(to, Unsafe.Add(ref lanes, i) * fields),
                source = ref At(from, i * fields);
            for (nint field = 0; field < fields; field++)
            {
                V sum = V.MultiplyAdd(by, Unsafe.Add(ref source, field), Unsafe.Add(ref target, field));
                if (turns > 1)
                    sum = V.MultiplyAdd(by1, Unsafe.Add(ref source, next + field), sum);
                Unsafe.Add(ref target, field) = sum;
            }
        }
    }
}
