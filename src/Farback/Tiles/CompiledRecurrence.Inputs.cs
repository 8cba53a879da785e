using Farback.Cells;

namespace Farback.Tiles;

// Few lanes: b + W_x x of many steps at a time, before they walk. A step alone would fetch all of W_x for a row or two; the order of the
// additions is the same, and so are the bits.
internal sealed unsafe partial class CompiledRecurrence<V, T, TCell, TState, TSums, TWeights, TUnit, TRecord, TGate, TGateSums>
{
    // a (step, lane)'s sums lie as the bias does
    [MethodImpl(Inline)]
    private T* InputSums<S, W>(Stage<V, T, S, W> stage, LayerTrace<T> trace, int p, int lane, bool isGate)
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
    {
        T* sums = trace.InputSumsPointer + (isGate ? (long)trace.InputSteps * trace.Lanes * PaddedUnits * CellSums : 0);
        return sums + ((long)(p % trace.InputSteps) * trace.Lanes + lane) * PaddedUnits * stage.Sums;
    }

    private void AddInputs(LayerTrace<T> trace, int from, int to, int first, int last, in UnitShare share)
    {
        AddInputs(_cell, trace, from, to, first, last, isGate: false, share);
        if (TGate.Present)
            AddInputs(_gate!, trace, from, to, first, last, isGate: true, share);
    }

    private void AddInputs<S, W>(
        Stage<V, T, S, W> stage,
        LayerTrace<T> trace,
        int from,
        int to,
        int first,
        int last,
        bool isGate,
        in UnitShare share
    )
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
    {
        if (stage.BlocksPerPanel == 2)
            AddInputs<S, W, Sums2<V>, Sums2<V>>(stage, trace, from, to, first, last, isGate, share);
        else
            AddInputs<S, W, S, W>(stage, trace, from, to, first, last, isGate, share);
    }

    private void AddInputs<S, W, P, PW>(
        Stage<V, T, S, W> stage,
        LayerTrace<T> trace,
        int from,
        int to,
        int first,
        int last,
        bool isGate,
        in UnitShare share
    )
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
        where P : struct, ISums<P, PW, V>
        where PW : struct
    {
        int begin = share.First * stage.PanelsPerPair,
            end = share.Last * stage.PanelsPerPair;
        var tile = new InputTile<S, W, P, PW>
        {
            Stage = stage,
            X = trace.XPointer + ((long)from * trace.Lanes + first) * Inputs,
            Inputs = Inputs,
            XStride = (nint)trace.Lanes * Inputs,
            Target = InputSums(stage, trace, from, first, isGate),
            TargetStride = (long)trace.Lanes * PaddedUnits * stage.Sums,
        };
        for (int lane = first; lane < last; lane++)
        {
            for (tile.Panel = begin; tile.Panel < end; tile.Panel++)
                Tiling<P, PW, V>.Of(to - from, ref tile);
            tile.X += Inputs;
            tile.Target += PaddedUnits * stage.Sums;
        }
    }

    // some steps of a lane, one panel
    private struct InputTile<S, W, P, PW> : ITileUser<P, PW, V>
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
        where P : struct, ISums<P, PW, V>
        where PW : struct
    {
        public Stage<V, T, S, W> Stage;
        public T* X,
            Target;
        public nint Inputs,
            XStride;
        public long TargetStride;
        public int Panel;

        public readonly void Use<TRows>(int first, int many)
            where TRows : struct, IRows<TRows, P, PW, V>
        {
            Unsafe.SkipInit(out Panel<TRows, P, PW, V> sums);
            Tile<V>.Forward<Panel<TRows, P, PW, V>, TRows, P, PW>(
                ref Unsafe.AsRef<P>(Stage.Bias + Panel * Unsafe.SizeOf<P>() / sizeof(T)),
                0,
                ref Unsafe.AsRef<V>(X + first * XStride),
                Inputs,
                XStride,
                ref Unsafe.AsRef<PW>(Stage.InputPanel(Panel)),
                ref Unsafe.AsRef<V>(X),
                0,
                0,
                ref Unsafe.AsRef<PW>(Stage.StatePanel(Panel)),
                ref sums
            );
            T* to = Target + first * TargetStride + Panel * Unsafe.SizeOf<P>() / sizeof(T);
            for (int step = 0; step < many; step++, to += TargetStride)
                Unsafe.AsRef<P>(to) = Unsafe.Add(ref Unsafe.As<Panel<TRows, P, PW, V>, P>(ref sums), step);
        }
    }
}
