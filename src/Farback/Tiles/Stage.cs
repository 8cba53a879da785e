using Farback.Cells;

namespace Farback.Tiles;

/// <summary>A stage's weights, packed four ways: for x and u forwards, for λ and ∂L/∂x backwards.</summary>
/// <remarks>
///   Forward panels: [panel][k][block of the panel][gate]. Adjoint panels: [pair of target blocks][block][gate][lane] · [2 blocks].
///   A gate's slot in a panel is its place among the input-fed (or the state-fed) sums.
/// </remarks>
[SkipLocalsInit]
internal sealed unsafe partial class Stage<V, T, TSums, TWeights>
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
    private readonly long _panelStride; // numbers from a panel of two target blocks to the next
    private readonly bool _recurrent;
    private readonly int[] _inputGates,
        _stateGates; // the gate of each sum that the input (the state) feeds
    private readonly OuterProduct<V, T> _outerInput,
        _outerState;

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
        PanelsPerPair = 2 / BlocksPerPanel;
        Panels = (units + BlocksPerPanel * V.Lanes - 1) / (BlocksPerPanel * V.Lanes);
        long padded = (long)blocks * V.Lanes;
        _panelStride = padded * Slots * 2 * V.Lanes;
        _input = new(Slots * padded * inputs);
        _state = new(recurrent ? Slots * padded * units : 0);
        _bias = new(Sums * padded);
        _adjointState = new(recurrent ? Slots * padded * padded : 0);
        _adjointInput = new(Slots * padded * inputBlocks * V.Lanes);
        (_outerInput, _outerState) = (new(inputs, blocks), new(units, blocks));
        _inputGates = [.. _gates.OrderBy(gate => gate.InputSum).Select(gate => gate.Row)];
        _stateGates = [.. _gates.OrderBy(gate => gate.StateSum).Select(gate => gate.Row)];
    }

    /// <summary>How many sums.</summary>
    public int Sums { get; }

    /// <summary>How many of them the input feeds; as many the state feeds.</summary>
    public int Slots { get; }

    public int BlocksPerPanel { get; }

    /// <summary>Forward panels in two blocks of units.</summary>
    public int PanelsPerPair { get; }

    /// <summary>Forward panels that are not all padding.</summary>
    public int Panels { get; }

    public T* Bias => _bias.Pointer;

    [MethodImpl(Inline)]
    public T* InputPanel(int panel) => _input.Pointer + (long)panel * _inputs * BlocksPerPanel * Slots * V.Lanes;

    [MethodImpl(Inline)]
    public T* StatePanel(int panel) => _state.Pointer + (long)panel * _units * BlocksPerPanel * Slots * V.Lanes;

    /// <summary>The slot of a sum among the input-fed ones.</summary>
    private int InputSlot(int sum) => sum - (Sums - Slots);

    public void Pack(LayerWeights<T> weights)
    {
        PackBias(weights);
        foreach ((int gateRow, int inputSum, int stateSum) in _gates)
        {
            int input = InputSlot(inputSum);
            for (int block = 0; block * V.Lanes < _units; block++)
            {
                int row = gateRow * _units + block * V.Lanes;
                Pack(weights.Wx[(row * _inputs)..], _inputs, block, input, _input.Pointer, _adjointInput.Pointer);
                if (_recurrent)
                    Pack(weights.Wh[(row * _units)..], _units, block, stateSum, _state.Pointer, _adjointState.Pointer);
            }
        }
    }

    private void PackBias(LayerWeights<T> weights)
    {
        _bias.Clear();
        foreach ((int gateRow, int inputSum, int stateSum) in _gates)
        {
            for (int unit = 0; unit < _units; unit++)
            {
                T* block = _bias.Pointer + (long)(unit / V.Lanes) * Sums * V.Lanes + unit % V.Lanes;
                if (weights.Bx.Length > 0)
                    Add(block + inputSum * V.Lanes, weights.Bx[gateRow * _units + unit]);
                if (weights.Bh.Length > 0)
                    Add(block + stateSum * V.Lanes, weights.Bh[gateRow * _units + unit]);
            }
        }
    }

    // the rows of one block of units, both ways; in the order in which they are written, because a read is cheaper to strew than a write
    [MethodImpl(Compiled)]
    private void Pack(ReadOnlySpan<T> rows, int columns, int block, int slot, T* panels, T* adjoint)
    {
        int units = Math.Min(V.Lanes, _units - block * V.Lanes),
            width = BlocksPerPanel * Slots * V.Lanes,
            pair = 2 * V.Lanes;
        fixed (T* w = rows)
        {
            T* to = panels + (long)(block / BlocksPerPanel) * columns * width + (block % BlocksPerPanel * Slots + slot) * V.Lanes;
            for (int k = 0; k < columns; k++, to += width)
            {
                T* from = w + k;
                for (int lane = 0; lane < units; lane++, from += columns)
                    to[lane] = *from;
            }
            to = adjoint + (long)(block * Slots + slot) * V.Lanes * pair;
            for (int k = 0; k < columns; k += pair, to += (long)_blocks * Slots * V.Lanes * pair)
            for (int lane = 0; lane < units; lane++)
                new Span<T>(w + (long)lane * columns + k, Math.Min(pair, columns - k)).CopyTo(new(to + lane * pair, pair));
        }
    }

    // through V, so that dual numbers add too
    private static void Add(T* at, T value)
    {
        V sum = V.Spread(ref Unsafe.AsRef<V>(at), 0) + V.Spread(ref Unsafe.As<T, V>(ref value), 0);
        *at = Unsafe.As<V, T>(ref sum);
    }

    /// <summary>Adds Σ_n δ_n u_nᵀ to W_x's or W_h's gradient; n counts the deltas' slots.</summary>
    public void AddOuter(
        T* operand,
        long stride,
        T* δ,
        long slots,
        long from,
        long count,
        bool byInput,
        Span<T> gradient,
        int firstBlock,
        int lastBlock
    ) =>
        (byInput ? _outerInput : _outerState).Add(
            δ + (from * Sums + (byInput ? Sums - Slots : 0)) * V.Lanes,
            Sums * V.Lanes,
            slots * Sums * V.Lanes,
            byInput ? _inputGates : _stateGates,
            _units,
            operand,
            stride,
            count,
            gradient,
            firstBlock * V.Lanes,
            Math.Min(_units, lastBlock * V.Lanes)
        );

    /// <summary>Adds Σ_n δ_n to the biases' gradients.</summary>
    public void AddBias(T* δ, long slots, long from, long count, Span<T> bx, Span<T> bh, int firstBlock, int lastBlock)
    {
        if (bx.Length == 0 && bh.Length == 0)
            return;
        for (int block = firstBlock; block < lastBlock && block * V.Lanes < _units; block++)
        {
            TSums total = Total(δ + (block * slots + from) * Sums * V.Lanes, count);
            ref V sums = ref Unsafe.As<TSums, V>(ref total);
            int units = Math.Min(V.Lanes, _units - block * V.Lanes);
            foreach ((int gateRow, int inputSum, int stateSum) in _gates)
            {
                int row = gateRow * _units + block * V.Lanes;
                if (bx.Length > 0)
                    OuterProduct<V, T>.Add(ref Unsafe.Add(ref sums, inputSum), bx.Slice(row, units));
                if (bh.Length > 0)
                    OuterProduct<V, T>.Add(ref Unsafe.Add(ref sums, stateSum), bh.Slice(row, units));
            }
        }
    }

    // four totals, so that an addition need not wait for the last
    [MethodImpl(Compiled)]
    private static TSums Total(T* δ, long count)
    {
        Unsafe.SkipInit(out TSums total);
        ref V at = ref Unsafe.AsRef<V>(δ);
        int sums = Unsafe.SizeOf<TSums>() / Unsafe.SizeOf<V>();
        for (int sum = 0; sum < sums; sum++)
        {
            ref V one = ref Unsafe.Add(ref at, sum);
            V a = default,
                b = default,
                c = default,
                d = default;
            long n = 0;
            for (; n + 4 <= count; n += 4)
            {
                a += one;
                b += Unsafe.Add(ref one, sums);
                c += Unsafe.Add(ref one, 2 * sums);
                d += Unsafe.Add(ref one, 3 * sums);
                one = ref Unsafe.Add(ref one, 4 * sums);
            }
            for (; n < count; n++)
            {
                a += one;
                one = ref Unsafe.Add(ref one, sums);
            }
            Unsafe.Add(ref Unsafe.As<TSums, V>(ref total), sum) = a + b + (c + d);
        }
        return total;
    }
}
