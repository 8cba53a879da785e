using Farback.Cells;

namespace Farback.Tiles;

// The way forward: sums in registers, then the equations on them.
internal sealed unsafe partial class CompiledRecurrence<V, T, TCell, TState, TSums, TWeights, TUnit, TRecord, TGate, TGateSums>
{
    public override void Forward(LayerTrace<T> trace, int from, int to, int first, int last)
    {
        for (int p = from; p < to; p++)
        {
            if (TGate.Present)
                Panels(_gate!, trace, p, first, last, isGate: true);
            Panels(_cell, trace, p, first, last, isGate: false);
            if (trace.AnyPadding)
                StandStill(trace, p, first, last);
        }
    }

    // sixteen sums, whatever the cell
    private void Panels<S, W>(Stage<V, T, S, W> stage, LayerTrace<T> trace, int p, int first, int last, bool isGate)
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
    {
        if (stage.BlocksPerPanel == 2)
            Eights<S, W, Pair<S, W, V>, Pair<S, W, V>.Weights>(stage, trace, p, first, last, isGate);
        else if (stage.Sums == 2)
            Eights<S, W, S, W>(stage, trace, p, first, last, isGate);
        else
            Fours<S, W, S, W>(stage, trace, p, first, last, isGate);
    }

    [MethodImpl(Compiled)]
    private void Eights<S, W, P, PW>(Stage<V, T, S, W> stage, LayerTrace<T> trace, int p, int first, int last, bool isGate)
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
        where P : struct, ISums<P, PW, V>
        where PW : struct
    {
        for (int panel = 0; panel < _blocks / stage.BlocksPerPanel; panel++)
        {
            int row = first;
            for (; row + 8 <= last; row += 8)
                One<Twice<Twice<Twice<Row<P, PW, V>, P, PW, V>, P, PW, V>, P, PW, V>, S, W, P, PW>(8, stage, trace, p, panel, row, isGate);
            Rest<S, W, P, PW>(stage, trace, p, panel, row, last, isGate);
        }
    }

    [MethodImpl(Compiled)]
    private void Fours<S, W, P, PW>(Stage<V, T, S, W> stage, LayerTrace<T> trace, int p, int first, int last, bool isGate)
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
        where P : struct, ISums<P, PW, V>
        where PW : struct
    {
        for (int panel = 0; panel < _blocks / stage.BlocksPerPanel; panel++)
            Rest<S, W, P, PW>(stage, trace, p, panel, first, last, isGate);
    }

    private void Rest<S, W, P, PW>(Stage<V, T, S, W> stage, LayerTrace<T> trace, int p, int panel, int row, int last, bool isGate)
        where S : struct, ISums<S, W, V>
        where W : struct, ISums<W, W, V>
        where P : struct, ISums<P, PW, V>
        where PW : struct
    {
        for (; row + 4 <= last; row += 4)
            One<Twice<Twice<Row<P, PW, V>, P, PW, V>, P, PW, V>, S, W, P, PW>(4, stage, trace, p, panel, row, isGate);
        for (; row < last; row++)
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

    private void StandStill(LayerTrace<T> trace, int p, int first, int last)
    {
        for (int row = first; row < last; row++)
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
}
