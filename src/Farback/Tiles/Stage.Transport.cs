using Farback.Cells;

namespace Farback.Tiles;

// The products that carry δ back: to the state and to the input.
internal sealed unsafe partial class Stage<V, T, TSums, TWeights>
{
    /// <summary>target[row][block] (+)= δ[row] Wᵀ for the state or the input, two target blocks at a time.</summary>
    /// <param name="δ">Slot 0 of block 0.</param>
    /// <param name="slots">Slots per block.</param>
    /// <param name="toState">Whether to the state (W_h, state-fed deltas) or to the input.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="target">Row 0, block 0.</param>
    /// <param name="rowStride">Numbers from one row to the next.</param>
    /// <param name="blockStride">Numbers from one block to the next.</param>
    /// <param name="add">Whether to add or to overwrite.</param>
    /// <param name="firstPanel">The first pair of target blocks.</param>
    /// <param name="lastPanel">The pair after the last.</param>
    /// <param name="ahead">What to fetch on the way.</param>
    public void Transport(
        T* δ,
        long slots,
        bool toState,
        int rows,
        T* target,
        long rowStride,
        long blockStride,
        bool add,
        int firstPanel,
        int lastPanel,
        Ahead<T> ahead = default
    )
    {
        int targets = toState ? _units : _inputs,
            together = rows <= RowRange.Few ? lastPanel - firstPanel : 1; // few rows take several panels at a time
        TransportTile<Sums2<V>> tile = new()
        {
            Stage = this,
            Delta = δ + (toState ? 0 : (Sums - Slots) * V.Lanes),
            Slots = slots,
            Panel = (toState ? _adjointState.Pointer : _adjointInput.Pointer) + firstPanel * _panelStride,
            Panels = together,
            Target = target + 2 * firstPanel * blockStride,
            RowStride = rowStride,
            BlockStride = blockStride,
            Add = add,
            Ahead = ahead,
        };
        tile.Ahead.Pointer += 2 * firstPanel * ahead.BlockStride;
        for (int panel = firstPanel; panel < lastPanel; panel += together)
        {
            if (together > 1 || targets - panel * 2 * V.Lanes > V.Lanes)
            {
                Tiling<Sums2<V>, Sums2<V>, V>.Of(rows, ref tile);
            }
            else
            {
                ref var half = ref Unsafe.As<TransportTile<Sums2<V>>, TransportTile<Half<V>>>(ref tile);
                Tiling<Half<V>, Sums2<V>, V>.Of(rows, ref half);
            }
            tile.Panel += _panelStride;
            tile.Target += 2 * blockStride;
            tile.Ahead.Pointer += 2 * ahead.BlockStride;
        }
    }

    // panels of two target blocks, or of the one that is left
    private struct TransportTile<P> : ITileUser<P, Sums2<V>, V>
        where P : struct, ISums<P, Sums2<V>, V>
    {
        public Stage<V, T, TSums, TWeights> Stage;
        public T* Delta,
            Panel,
            Target;
        public long Slots,
            RowStride,
            BlockStride;
        public int Panels;
        public bool Add;
        public Ahead<T> Ahead;

        public readonly void Use<TRows>(int first, int many)
            where TRows : struct, IRows<TRows, P, Sums2<V>, V>
        {
            Ahead.Fetch(first, many, Panels * (Unsafe.SizeOf<P>() / Unsafe.SizeOf<V>()));
            if (Panels == 1)
            {
                Stage.Transport<Panel<TRows, P, Sums2<V>, V>, TRows, P>(
                    Delta,
                    Slots,
                    Panel,
                    first,
                    many,
                    1,
                    Target,
                    RowStride,
                    BlockStride,
                    Add
                );
                return;
            }
            var rows = new TransportRows<TRows, P>
            {
                Tile = this,
                First = first,
                Rows = many,
            };
            PanelTiling<TRows, P, Sums2<V>, V>.Of(Panels, ref rows);
        }

        [MethodImpl(Inline)]
        public readonly void One<TPanels, TRows>(int first, int many, int panel, int panels)
            where TPanels : struct, IPanels<TPanels, TRows, P, Sums2<V>, V>
            where TRows : struct, IRows<TRows, P, Sums2<V>, V> =>
            Stage.Transport<TPanels, TRows, P>(
                Delta,
                Slots,
                Panel + panel * Stage._panelStride,
                first,
                many,
                panels,
                Target + 2 * panel * BlockStride,
                RowStride,
                BlockStride,
                Add
            );
    }

    private struct TransportRows<TRows, P> : IPanelUser<TRows, P, Sums2<V>, V>
        where TRows : struct, IRows<TRows, P, Sums2<V>, V>
        where P : struct, ISums<P, Sums2<V>, V>
    {
        public TransportTile<P> Tile;
        public int First,
            Rows;

        public readonly void Use<TPanels>(int first, int many)
            where TPanels : struct, IPanels<TPanels, TRows, P, Sums2<V>, V> => Tile.One<TPanels, TRows>(First, Rows, first, many);
    }

    [MethodImpl(Compiled)]
    private void Transport<TPanels, TRows, P>(
        T* δ,
        long slots,
        T* panel,
        int row,
        int many,
        int panels,
        T* target,
        long rowStride,
        long blockStride,
        bool add
    )
        where TPanels : struct, IPanels<TPanels, TRows, P, Sums2<V>, V>
        where TRows : struct, IRows<TRows, P, Sums2<V>, V>
        where P : struct, ISums<P, Sums2<V>, V>
    {
        Unsafe.SkipInit(out OnLine<TPanels> local);
        ref TPanels sums = ref OnLine<TPanels>.In(ref local);
        Tile<V>.Product<TPanels, TRows, P, Sums2<V>>(
            ref Unsafe.AsRef<V>(δ + (long)row * Sums * V.Lanes),
            _units / V.Lanes,
            _units % V.Lanes,
            Slots,
            Sums * V.Lanes,
            (nint)slots * Sums * V.Lanes,
            ref Unsafe.AsRef<Sums2<V>>(panel),
            (nint)(_panelStride / (2 * V.Lanes)),
            ref sums
        );
        ref V sum = ref Unsafe.As<TPanels, V>(ref sums);
        for (int i = 0; i < panels; i++, target += 2 * blockStride)
        for (int r = 0; r < many; r++)
        {
            T* to = target + (row + r) * rowStride;
            for (int block = 0; block < Unsafe.SizeOf<P>() / Unsafe.SizeOf<V>(); block++)
            {
                Store(to + block * blockStride, sum, add);
                sum = ref Unsafe.Add(ref sum, 1);
            }
        }
    }

    [MethodImpl(Inline)]
    private static void Store(T* to, V value, bool add)
    {
        ref V at = ref Unsafe.AsRef<V>(to);
        at = add ? at + value : value;
    }
}
