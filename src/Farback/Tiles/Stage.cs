using Farback.Cells;

namespace Farback.Tiles;

/// <summary>A stage's weights, packed four ways: for x and u forwards, for λ and ∂L/∂x backwards.</summary>
/// <remarks>
///   Forward panels: [panel][k][block of the panel][gate]. Adjoint panels: [pair of target blocks][block][gate][lane] · [2 blocks].
///   A gate's slot in a panel is its place among the input-fed (or the state-fed) sums.
/// </remarks>
internal sealed unsafe class Stage<V, T, TSums, TWeights>
    where V : struct, INumbers<V>
    where T : unmanaged
    where TSums : struct, ISums<TSums, TWeights, V>
    where TWeights : struct, ISums<TWeights, TWeights, V>
{
    private readonly (int Row, int InputSum, int StateSum)[] _gates;
    private readonly NativeBlock<T> _input,
        _state,
        _bias,
        _adjointState,
        _adjointInput;
    private readonly int _inputs,
        _units,
        _blocks,
        _inputBlocks;
    private readonly bool _recurrent;

    public Stage(
        IEnumerable<(int Row, int InputSum, int StateSum)> gates,
        int inputs,
        int units,
        int blocks,
        int inputBlocks,
        bool recurrent
    )
    {
        _gates = [.. gates];
        (_inputs, _units, _blocks, _inputBlocks, _recurrent) = (inputs, units, blocks, inputBlocks, recurrent);
        Sums = Unsafe.SizeOf<TSums>() / Unsafe.SizeOf<V>();
        Slots = Unsafe.SizeOf<TWeights>() / Unsafe.SizeOf<V>();
        BlocksPerPanel = Sums == 1 ? 2 : 1;
        long padded = (long)blocks * V.Lanes;
        _input = new(Slots * padded * inputs);
        _state = new(recurrent ? Slots * padded * units : 0);
        _bias = new(Sums * padded);
        _adjointState = new(recurrent ? Slots * padded * padded : 0);
        _adjointInput = new(Slots * padded * inputBlocks * V.Lanes);
    }

    /// <summary>How many sums.</summary>
    public int Sums { get; }

    /// <summary>How many of them the input feeds; as many the state feeds.</summary>
    public int Slots { get; }

    public int BlocksPerPanel { get; }

    public T* Bias => _bias.Pointer;

    public T* InputPanel(int panel) => _input.Pointer + (long)panel * _inputs * BlocksPerPanel * Slots * V.Lanes;

    public T* StatePanel(int panel) => _state.Pointer + (long)panel * _units * BlocksPerPanel * Slots * V.Lanes;

    /// <summary>The slot of a sum among the input-fed ones.</summary>
    private int InputSlot(int sum) => sum - (Sums - Slots);

    [MethodImpl(Compiled)]
    public void Pack(LayerWeights<T> weights)
    {
        int lanes = V.Lanes,
            width = BlocksPerPanel * Slots * lanes,
            pair = 2 * lanes;
        long perTarget = (long)_blocks * Slots * lanes * pair;
        _bias.Clear();
        foreach ((int gateRow, int inputSum, int stateSum) in _gates)
        {
            for (int unit = 0; unit < _units; unit++)
            {
                int row = gateRow * _units + unit,
                    block = unit / lanes,
                    lane = unit % lanes,
                    panel = block / BlocksPerPanel;
                int inside = block % BlocksPerPanel * Slots;
                if (weights.Bx.Length > 0)
                    Add(_bias.Pointer + (block * Sums + inputSum) * lanes + lane, weights.Bx[row]);
                if (weights.Bh.Length > 0)
                    Add(_bias.Pointer + (block * Sums + stateSum) * lanes + lane, weights.Bh[row]);

                T* panelStart = InputPanel(panel) + (inside + InputSlot(inputSum)) * lanes + lane;
                T* adjoint = _adjointInput.Pointer + ((long)(block * Slots + InputSlot(inputSum)) * lanes + lane) * pair;
                ReadOnlySpan<T> wx = weights.Wx.Slice(row * _inputs, _inputs);
                for (int k = 0; k < wx.Length; k++)
                {
                    panelStart[(long)k * width] = wx[k];
                    adjoint[k / pair * perTarget + k % pair] = wx[k];
                }
                if (!_recurrent)
                    continue;
                panelStart = StatePanel(panel) + (inside + stateSum) * lanes + lane;
                adjoint = _adjointState.Pointer + ((long)(block * Slots + stateSum) * lanes + lane) * pair;
                ReadOnlySpan<T> wh = weights.Wh.Slice(row * _units, _units);
                for (int k = 0; k < wh.Length; k++)
                {
                    panelStart[(long)k * width] = wh[k];
                    adjoint[k / pair * perTarget + k % pair] = wh[k];
                }
            }
        }
    }

    // through V, so that dual numbers add too
    private static void Add(T* at, T value)
    {
        V sum = V.Spread(ref Unsafe.AsRef<V>(at), 0) + V.Spread(ref Unsafe.As<T, V>(ref value), 0);
        *at = Unsafe.As<V, T>(ref sum);
    }

    /// <summary>target[row][block] (+)= δ[row] Wᵀ for the state or the input, two target blocks at a time.</summary>
    /// <param name="δ">Slot 0 of block 0.</param>
    /// <param name="slots">Slots per block.</param>
    /// <param name="toState">Whether to the state (W_h, state-fed deltas) or to the input.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="target">Row 0, block 0.</param>
    /// <param name="rowStride">Numbers from one row to the next.</param>
    /// <param name="blockStride">Numbers from one block to the next.</param>
    /// <param name="add">Whether to add or to overwrite.</param>
    public void Transport(T* δ, long slots, bool toState, int rows, T* target, long rowStride, long blockStride, bool add) =>
        Rows<Pair<Sums1<V>, Sums1<V>, V>, Pair<Sums1<V>, Sums1<V>, V>.Weights>(
            δ + (toState ? 0 : (Sums - Slots) * V.Lanes),
            slots,
            toState ? _adjointState.Pointer : _adjointInput.Pointer,
            toState ? _blocks : _inputBlocks,
            rows,
            target,
            rowStride,
            blockStride,
            add
        );

    [MethodImpl(Compiled)]
    private void Rows<P, W>(T* δ, long slots, T* panels, int targetBlocks, int rows, T* target, long rowStride, long blockStride, bool add)
        where P : struct, ISums<P, W, V>
        where W : struct
    {
        long perTarget = (long)_blocks * Slots * V.Lanes * 2 * V.Lanes;
        for (int block = 0; block < targetBlocks; block += 2)
        {
            T* panel = panels + block / 2 * perTarget;
            T* place = target + block * blockStride;
            int row = 0;
            for (; row + 8 <= rows; row += 8)
                One<Twice<Twice<Twice<Row<P, W, V>, P, W, V>, P, W, V>, P, W, V>, P, W>(
                    8,
                    δ,
                    slots,
                    panel,
                    row,
                    place,
                    rowStride,
                    blockStride,
                    add
                );
            if (row + 4 <= rows)
            {
                One<Twice<Twice<Row<P, W, V>, P, W, V>, P, W, V>, P, W>(4, δ, slots, panel, row, place, rowStride, blockStride, add);
                row += 4;
            }
            if (row + 2 <= rows)
            {
                One<Twice<Row<P, W, V>, P, W, V>, P, W>(2, δ, slots, panel, row, place, rowStride, blockStride, add);
                row += 2;
            }
            if (row < rows)
                One<Row<P, W, V>, P, W>(1, δ, slots, panel, row, place, rowStride, blockStride, add);
        }
    }

    [MethodImpl(Inline)]
    private void One<TRows, P, W>(int many, T* δ, long slots, T* panel, int row, T* place, long rowStride, long blockStride, bool add)
        where TRows : struct, IRows<TRows, P, W, V>
        where P : struct, ISums<P, W, V>
        where W : struct
    {
        Unsafe.SkipInit(out TRows sums);
        Tile<V>.Product<TRows, P, W>(
            ref Unsafe.AsRef<V>(δ + (long)row * Sums * V.Lanes),
            _blocks,
            Slots * V.Lanes,
            Sums * V.Lanes,
            (nint)slots * Sums * V.Lanes,
            ref Unsafe.AsRef<W>(panel),
            ref sums
        );
        ref V sum = ref Unsafe.As<TRows, V>(ref sums);
        for (int r = 0; r < many; r++)
        {
            T* to = place + (row + r) * rowStride;
            Store(to, sum, add);
            Store(to + blockStride, Unsafe.Add(ref sum, 1), add);
            sum = ref Unsafe.Add(ref sum, 2);
        }
    }

    [MethodImpl(Inline)]
    private static void Store(T* to, V value, bool add)
    {
        ref V at = ref Unsafe.AsRef<V>(to);
        at = add ? at + value : value;
    }

    /// <summary>Adds Σ_n δ_n u_nᵀ to W_x's or W_h's gradient; n counts the deltas' slots.</summary>
    [MethodImpl(Compiled)]
    public void AddOuter(
        T* operand,
        long stride,
        int columns,
        T* δ,
        long slots,
        long from,
        long count,
        bool byInput,
        Span<T> gradient,
        int firstBlock,
        int lastBlock
    )
    {
        int offset = (byInput ? Sums - Slots : 0) * V.Lanes;
        for (int block = firstBlock; block < lastBlock; block++)
        {
            T* deltas = δ + (block * slots + from) * Sums * V.Lanes + offset;
            int j = 0;
            for (; j + 8 <= columns; j += 8)
                Columns<
                    Twice<Twice<Twice<Row<TWeights, TWeights, V>, TWeights, TWeights, V>, TWeights, TWeights, V>, TWeights, TWeights, V>
                >(8, operand + j, stride, deltas, count, block, j, columns, byInput, gradient);
            if (j + 4 <= columns)
            {
                Columns<Twice<Twice<Row<TWeights, TWeights, V>, TWeights, TWeights, V>, TWeights, TWeights, V>>(
                    4,
                    operand + j,
                    stride,
                    deltas,
                    count,
                    block,
                    j,
                    columns,
                    byInput,
                    gradient
                );
                j += 4;
            }
            for (; j < columns; j++)
                Columns<Row<TWeights, TWeights, V>>(1, operand + j, stride, deltas, count, block, j, columns, byInput, gradient);
        }
    }

    private void Columns<TRows>(
        int many,
        T* operand,
        long stride,
        T* δ,
        long count,
        int block,
        int j,
        int columns,
        bool byInput,
        Span<T> gradient
    )
        where TRows : struct, IRows<TRows, TWeights, TWeights, V>
    {
        TRows sums = default;
        Tile<V>.Outer<TRows, TWeights>(ref Unsafe.AsRef<V>(operand), (nint)count, (nint)stride, ref Unsafe.AsRef<V>(δ), Sums, ref sums);
        foreach ((int gateRow, int inputSum, int stateSum) in _gates)
        {
            int slot = byInput ? InputSlot(inputSum) : stateSum;
            for (int r = 0; r < many; r++)
            {
                ref T from = ref Unsafe.As<V, T>(ref Unsafe.Add(ref Unsafe.As<TRows, V>(ref sums), r * Slots + slot));
                for (int lane = 0; lane < V.Lanes && block * V.Lanes + lane < _units; lane++)
                {
                    ref T to = ref gradient[(gateRow * _units + block * V.Lanes + lane) * columns + j + r];
                    AddOne(ref to, Unsafe.Add(ref from, lane));
                }
            }
        }
    }

    private static void AddOne(ref T to, T value) => to = Real.From<T>(Real.ToDouble(to) + Real.ToDouble(value));

    /// <summary>Adds Σ_n δ_n to the biases' gradients.</summary>
    [MethodImpl(Compiled)]
    public void AddBias(T* δ, long slots, long from, long count, Span<T> bx, Span<T> bh, int firstBlock, int lastBlock)
    {
        for (int block = firstBlock; block < lastBlock; block++)
        {
            foreach ((int gateRow, int inputSum, int stateSum) in _gates)
            {
                if (bx.Length > 0)
                    Total(δ, slots, from, count, block, inputSum, bx.Slice(gateRow * _units, _units));
                if (bh.Length > 0)
                    Total(δ, slots, from, count, block, stateSum, bh.Slice(gateRow * _units, _units));
            }
        }
    }

    private void Total(T* δ, long slots, long from, long count, int block, int sum, Span<T> gradient)
    {
        ref V at = ref Unsafe.AsRef<V>(δ + ((block * slots + from) * Sums + sum) * V.Lanes);
        V total = default;
        for (long n = 0; n < count; n++)
        {
            total += at;
            at = ref Unsafe.Add(ref at, Sums);
        }
        for (int lane = 0; lane < V.Lanes && block * V.Lanes + lane < _units; lane++)
            AddOne(ref gradient[block * V.Lanes + lane], Unsafe.Add(ref Unsafe.As<V, T>(ref total), lane));
    }
}
