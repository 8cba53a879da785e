using Farback.Cells;

namespace Farback.Tiles;

/// <summary>The weights of one layer and direction, or numbers laid out like them. Rows of a gate are contiguous, as PyTorch stores them.</summary>
public readonly ref struct LayerWeights<T>
    where T : unmanaged
{
    /// <summary>W_x [gate·H + unit][input].</summary>
    public Span<T> Wx { get; init; }

    /// <summary>W_h [gate·H + unit][unit]; empty where the cell has no recurrent product.</summary>
    public Span<T> Wh { get; init; }

    /// <summary>The bias beside W_x, [gate·H + unit]; empty for none.</summary>
    public Span<T> Bx { get; init; }

    /// <summary>The bias beside W_h, [gate·H + unit]; empty for none.</summary>
    public Span<T> Bh { get; init; }

    /// <summary>What a unit has to itself, [parameter][unit].</summary>
    public Span<T> Unit { get; init; }
}

/// <summary>One layer in one direction, compiled for a cell, a width and a precision. Here the cell's types are forgotten: a host sees numbers.</summary>
/// <remarks>
///   It knows nothing of directions, losses or other layers. Units are padded to whole panels with zero weights: a padded unit's
///   outgoing weights are zero, so whatever it holds is never read.
/// </remarks>
public abstract class Recurrence<T>
    where T : unmanaged
{
    private protected Recurrence(Cell cell, int inputs, int units) =>
        (Cell, Inputs, Units, UnitParameters) = (cell, inputs, units, cell.UnitParameters.Count);

    /// <summary>The cell.</summary>
    public Cell Cell { get; }

    /// <summary>The size of an input.</summary>
    public int Inputs { get; }

    /// <summary>H.</summary>
    public int Units { get; }

    /// <summary>How many parameters a unit has to itself. Asked of the cell once: its page may make the list anew each time.</summary>
    public int UnitParameters { get; }

    /// <summary>How many parts the state has.</summary>
    public int StateParts { get; private protected init; }

    /// <summary>The number of sums of the cell's own stage.</summary>
    public int CellSums { get; private protected init; }

    /// <summary>The number of sums of the stage before the product; 0 where there is none.</summary>
    public int GateSums { get; private protected init; }

    internal int PaddedUnits { get; private protected init; }
    internal int Width { get; private protected init; }
    internal int RecordParts { get; private protected init; }
    internal bool HasGate => GateSums > 0;

    /// <summary>Whether the weights that a step reads are more than the first cache holds.</summary>
    internal bool IsWide => (long)PaddedUnits * (CellSums + GateSums) * (Inputs + Units) * Unsafe.SizeOf<T>() > 1 << 15;

    /// <summary>The sum that a gate's input (or state) feeds, counted through both stages.</summary>
    public int SumOf(Gate gate, bool byInput) => (gate.BeforeProduct ? CellSums : 0) + (byInput ? gate.InputSum : gate.StateSum);

    /// <summary>Memory for a run.</summary>
    public LayerTrace<T> NewTrace(int times, int lanes) => new(this, times, lanes);

    /// <summary>Memory for rows that walk back.</summary>
    public Adjoints<T> NewAdjoints(int rows) => new(this, rows);

    /// <summary>Memory for deltas.</summary>
    public Deltas<T> NewDeltas(long slots) => new(this, slots);

    /// <summary>Lays the weights out for the products. Call it whenever they change.</summary>
    public abstract void Pack(LayerWeights<T> weights);

    /// <summary>Walks all lanes from step <paramref name="from"/> to before step <paramref name="to"/>: s_{p+1} = F(s_p, x_p).</summary>
    public void Forward(LayerTrace<T> trace, int from, int to) => Forward(trace, from, to, 0, trace.Lanes);

    /// <summary>The same for lanes first … last − 1, which have nothing to do with the others.</summary>
    public void Forward(LayerTrace<T> trace, int from, int to, int first, int last) => Forward(trace, from, to, first, last, in _allUnits);

    /// <summary>The same for a share of the units; the threads meet between the steps, but not after the last.</summary>
    internal abstract void Forward(LayerTrace<T> trace, int from, int to, int first, int last, in UnitShare share);

    /// <summary>δ_p of rows first … last − 1 from their λ, which is overwritten with what passes beside the recurrent product.</summary>
    /// <param name="trace">The run.</param>
    /// <param name="p">The walk step.</param>
    /// <param name="rows">λ on s_{p+1}.</param>
    /// <param name="first">The first row that walks.</param>
    /// <param name="last">The row after the last that walks.</param>
    /// <param name="deltas">Receives δ in slots <paramref name="slot"/> + row; a padded lane's are 0.</param>
    /// <param name="slot">The slot of row 0.</param>
    public void Equations(LayerTrace<T> trace, int p, Adjoints<T> rows, int first, int last, Deltas<T> deltas, long slot) =>
        Equations(trace, p, rows, first, last, deltas, slot, in _allUnits);

    /// <summary>The same for a share of the units; when all have met after it, δ_p is there.</summary>
    internal abstract void Equations(
        LayerTrace<T> trace,
        int p,
        Adjoints<T> rows,
        int first,
        int last,
        Deltas<T> deltas,
        long slot,
        in UnitShare share
    );

    /// <summary>λ on s_p: adds δ_p W_h to the rows' first part. Meanwhile what step p − 1 will read is fetched.</summary>
    public void StateProduct(LayerTrace<T> trace, int p, Adjoints<T> rows, int first, int last, Deltas<T> deltas, long slot) =>
        StateProduct(trace, p, rows, first, last, deltas, slot, in _allUnits);

    /// <summary>The same for λ of a share of the units, from the δ_p of all.</summary>
    internal abstract void StateProduct(
        LayerTrace<T> trace,
        int p,
        Adjoints<T> rows,
        int first,
        int last,
        Deltas<T> deltas,
        long slot,
        in UnitShare share
    );

    /// <summary>∂L/∂x_p = δ_p W_x, overwritten into rows of <paramref name="stride"/> numbers; row 0 at the target's start.</summary>
    internal abstract unsafe void InputProduct(Deltas<T> deltas, long slot, int first, int last, T* target, long stride);

    /// <summary>The row length, in numbers, that <see cref="InputProduct"/> needs: inputs padded to whole panels.</summary>
    internal int PaddedInputs { get; private protected init; }

    /// <summary>Adds Σ δuᵀ over walk steps from … to − 1 to the gradient; the deltas' slots are (p, lane), those of step from begin at <paramref name="slot"/>.</summary>
    public void AddGradient(LayerTrace<T> trace, Deltas<T> deltas, long slot, int from, int to, LayerWeights<T> gradient) =>
        AddGradient(trace, deltas, slot, from, to, gradient, 0, UnitPanels);

    /// <summary>The same for the units of panels firstPanel … lastPanel − 1 only, which have nothing to do with the others.</summary>
    public abstract void AddGradient(
        LayerTrace<T> trace,
        Deltas<T> deltas,
        long slot,
        int from,
        int to,
        LayerWeights<T> gradient,
        int firstPanel,
        int lastPanel
    );

    /// <summary>How many of T steps to keep δ of before <see cref="AddGradient(LayerTrace{T}, Deltas{T}, long, int, int, LayerWeights{T})"/>: what the second cache holds, and enough for its products.</summary>
    public int StretchOf(int times, int lanes)
    {
        long size = Unsafe.SizeOf<T>() * (long)PaddedUnits * (CellSums + GateSums);
        long slots = Math.Max(256, (1 << 20) / size);
        return (int)Math.Min(times, Math.Max(1, slots / lanes));
    }

    /// <summary>How many pairs of registers hold a row of units.</summary>
    public int UnitPanels => PaddedUnits / (2 * Width);

    /// <summary>The share of a thread that walks alone; handed on by reference, because a copy just written stalls the next read.</summary>
    internal ref readonly UnitShare AllUnits => ref _allUnits;

    private protected UnitShare _allUnits;

    /// <summary>W_x x and W_h u of the packed weights, for (walk step, lane) number first … last − 1, laid out like deltas.</summary>
    public abstract void Project(LayerTrace<T> trace, Deltas<T> byInput, Deltas<T> byState, long first, long last);

    /// <summary>‖λ‖² of every row, into <see cref="Adjoints{T}.SquaredNorm"/>.</summary>
    public abstract void Measure(Adjoints<T> rows, int first, int last);

    /// <summary>Whether every number of a stored row is zero, not only their squares.</summary>
    public abstract bool IsZero(Adjoints<T> rows, int row);

    /// <summary>Multiplies a stored row by a power of two.</summary>
    public abstract void Scale(Adjoints<T> rows, int row, double factor);

    /// <summary>Σ over units of δ·δ' for two slots, one number a sum.</summary>
    public abstract void Inner(Deltas<T> a, long slotA, Deltas<T> b, long slotB, Span<double> perSum);

    /// <summary>What norms and shares are made of, for the lanes of one loss time: their slots follow each other from <paramref name="slot"/>.</summary>
    internal abstract void SumOverLanes(Deltas<T> deltas, long slot, int p, UseTables<T> tables, LaneSums<T> sums);

    /// <summary>u_b·u_c of all lanes, in squares of four by four, below the diagonal twice; an operand has <paramref name="count"/> numbers.</summary>
    internal abstract unsafe void Products(T* operand, long stride, int count, int lanes, T* products);

    /// <summary>Adds δ·2^exponent of rows first … last − 1 to their lanes' slots.</summary>
    internal abstract void AddDeltas(Deltas<T> target, long targetSlot, Deltas<T> source, long slot, Adjoints<T> rows, int first, int last);

    /// <summary>Adds factor · source to the parts of a row that the layer above sees; parts lie H numbers apart.</summary>
    internal abstract unsafe void AddSeed(Adjoints<T> rows, int row, T* source, double factor);

    /// <summary>The same for rows first … last − 1, sources lying side by side from row 0 on and <paramref name="stride"/> numbers apart, factor 1.</summary>
    internal abstract unsafe void AddSeeds(Adjoints<T> rows, int first, int last, T* source, long stride, in UnitShare share);

    /// <summary>Adds factor · δ of one slot to another's: several rows of a lane meet in one gradient.</summary>
    public abstract void AddDeltas(Deltas<T> target, long targetSlot, Deltas<T> source, long sourceSlot, double factor);
}
