using Farback.Networks;
using Farback.Tiles;

namespace Farback.Adjoints;

/// <summary>The one way back: rows of adjoints walk from the losses to the first input, layer by layer from the top.</summary>
/// <remarks>
///   λ[t,k−1] = direct + δ[t,k] W_h + what enters at k − 1. Seeded differently and read differently the same walk gives the ordinary
///   gradient, the map, its dense entries and Jacobians; there is no second one. Rows whose path has not begun, or is cut, do not walk.
///   Cost: rows · T · g·H·(H + I) multiply–adds a layer. Memory: rows · T · inputs where a layer below (or an embedding) is fed.
///   After the first walk nothing is allocated.
/// </remarks>
public sealed unsafe class Sweep<T>
    where T : unmanaged
{
    private const int Nothing = int.MinValue; // the exponent of a row that nothing has reached
    private const int Tolerated = 20; // rows are rescaled when their norm leaves 2^±20

    private readonly Model<T> _model;
    private readonly int _times;
    private readonly int _capacity;
    private readonly Adjoints<T>[] _rows;
    private readonly Deltas<T>[] _rings;
    private readonly NativeBlock<T>[] _below = new NativeBlock<T>[2]; // adjoints of a layer's input [time][row][padded input], in turns
    private readonly int[][] _belowExponent = new int[2][];
    private readonly NativeBlock<T> _meeting;

    /// <summary>A sweep over runs of a model with that many steps, for at most that many rows at once.</summary>
    public Sweep(Model<T> model, int times, int rows)
    {
        (_model, _times, _capacity) = (model, times, rows);
        int sites = model.Network.Layers * model.Network.Directions;
        _rows = [.. Enumerable.Range(0, sites).Select(site => model.Recurrences[site].NewAdjoints(rows))];
        _rings = [.. Enumerable.Range(0, sites).Select(site => model.Recurrences[site].NewDeltas(rows))];
        _meeting = new((long)rows * model.Recurrences.Max(recurrence => recurrence.PaddedInputs));
    }

    /// <summary>Walks all rows of a plan back.</summary>
    /// <param name="trace">The run; only read.</param>
    /// <param name="seeds">What enters at the top layer; null where every row of the plan begins as a unit vector.</param>
    /// <param name="plan">The rows.</param>
    /// <param name="reader">What is read on the way.</param>
    /// <param name="scaled">Whether each row carries a power of two of its own (the map), or all are stored as they are (a gradient).</param>
    public void Walk(Trace<T> trace, Seeds<T>? seeds, RowPlan plan, Reader<T> reader, bool scaled)
    {
        if (!trace.IsCurrent)
            throw new InvalidOperationException("sweep: the model's parameters have changed since this run; run forward again first.");
        if (plan.Count > _capacity)
            throw new ArgumentException($"sweep: {plan.Count} rows, room for {_capacity}.");
        Network network = _model.Network;
        for (int layer = network.Layers - 1; layer >= 0; layer--)
        {
            bool feedsBelow = layer > 0 || reader.WantsInput;
            if (feedsBelow)
                Prepare(layer);
            for (int direction = 0; direction < network.Directions; direction++)
                WalkSite(trace, seeds, plan, reader, scaled, layer, direction, feedsBelow);
            if (layer > 0)
                Drop(trace, plan, layer);
        }
        if (reader.WantsInput)
            ReadInputs(plan, reader);
    }

    private void Prepare(int layer)
    {
        int stride = _model.Recurrences[_model.SiteIndex(layer, 0)].PaddedInputs;
        long count = (long)_times * _capacity * stride;
        int turn = layer % 2;
        if (_below[turn] is null || _below[turn].Count < count)
            _below[turn] = new(count);
        _belowExponent[turn] ??= new int[_times * _capacity];
        Array.Fill(_belowExponent[turn], Nothing);
    }

    private void WalkSite(
        Trace<T> trace,
        Seeds<T>? seeds,
        RowPlan plan,
        Reader<T> reader,
        bool scaled,
        int layer,
        int direction,
        bool feedsBelow
    )
    {
        int index = _model.SiteIndex(layer, direction);
        Site site = _model.Sites[index];
        Recurrence<T> recurrence = _model.Recurrences[index];
        LayerTrace<T> run = trace.Layers[index];
        Adjoints<T> rows = _rows[index];
        Deltas<T>? store = reader.Store(index);
        rows.Clear();
        plan.Lane.CopyTo(rows.Lane, 0);
        for (int p = _times - 1; p >= 0; p--)
        {
            int k = site.WalkStep(p, _times);
            (int first, int last) = Active(plan, layer, direction, k);
            if (first == last)
                continue;
            Enter(trace, seeds, plan, layer, direction, k, first, last);
            if (scaled)
                Rescale(recurrence, rows, first, last);
            Deltas<T> deltas = store ?? _rings[index];
            long slot = store is null ? 0 : (long)p * trace.Lanes;
            var at = new Position<T>(index, site, k, p, first, last, rows, deltas, slot);
            reader.Adjoint(at);
            recurrence.Equations(run, p, rows, first, last, deltas, slot);
            reader.Delta(at);
            recurrence.StateProduct(run, p, rows, first, last, deltas, slot);
            reader.Carried(at);
            if (feedsBelow)
                Leave(recurrence, layer, direction, k, at);
        }
    }

    /// <summary>The rows, contiguous by construction of the plans, that reach a use of the weights.</summary>
    private (int First, int Last) Active(RowPlan plan, int layer, int direction, int k)
    {
        Network network = _model.Network;
        bool bothWays = network.Bidirectional && layer < network.Layers - 1;
        int first = -1,
            last = 0;
        for (int row = 0; row < plan.Count; row++)
        {
            bool path = bothWays || (direction == 0 ? k <= plan.LastLoss[row] : k >= plan.FirstLoss[row]);
            if (!path || k < plan.FirstUse[row] || k > plan.LastUse[row])
                continue;
            first = first < 0 ? row : first;
            last = row + 1;
        }
        return first < 0 ? (0, 0) : (first, last);
    }

    // λ[t,k] += what enters at k: seeds at the top, the layer above elsewhere
    private void Enter(Trace<T> trace, Seeds<T>? seeds, RowPlan plan, int layer, int direction, int k, int first, int last)
    {
        Network network = _model.Network;
        int index = _model.SiteIndex(layer, direction);
        int offset = direction * network.Cell.OutputParts * network.Hidden;
        bool top = layer == network.Layers - 1;
        int turn = (layer + 1) % 2;
        if (top && plan.IsOneRowPerLane && !seeds!.IsScaled)
        {
            // an ordinary gradient: rows are lanes, and where there is no loss the seed is zero
            if (seeds.IsPresent.AsSpan(k * trace.Lanes, trace.Lanes).Contains(true))
                _model.Recurrences[index].AddSeeds(_rows[index], first, last, seeds.Pointer(k * trace.Lanes) + offset, seeds.Stride);
            return;
        }
        long stride = top ? 0 : _model.Recurrences[_model.SiteIndex(layer + 1, 0)].PaddedInputs;
        for (int row = first; row < last; row++)
        {
            if (plan.Coordinate[row] >= 0)
            {
                if (k == plan.LastLoss[row])
                    EnterUnit(index, row, plan.Coordinate[row]);
            }
            else if (top)
            {
                int place = k * trace.Lanes + plan.Lane[row];
                if (k >= plan.FirstLoss[row] && k <= plan.LastLoss[row] && seeds!.IsPresent[place])
                    Add(index, row, seeds.Pointer(place) + offset, seeds.Exponent[place]);
            }
            if (!top && _belowExponent[turn][k * _capacity + row] is not Nothing and int exponent)
                Add(index, row, _below[turn].Pointer + ((long)k * _capacity + row) * stride + offset, exponent);
        }
    }

    // 1 at a coordinate of the joint state, where it is this site's; nothing has reached the row before
    private void EnterUnit(int index, int row, int coordinate)
    {
        Adjoints<T> rows = _rows[index];
        int own = coordinate - index * rows.Parts * rows.Units;
        if (own >= 0 && own < rows.Parts * rows.Units)
            rows.At(row, own / rows.Units, own % rows.Units) = Real.From<T>(1);
    }

    // where two powers of two meet, the larger wins
    private void Add(int index, int row, T* source, int exponent)
    {
        Adjoints<T> rows = _rows[index];
        Recurrence<T> recurrence = _model.Recurrences[index];
        if (exponent != rows.Exponent[row])
        {
            recurrence.Measure(rows, row, row + 1);
            Trust(recurrence, rows, row);
            if (rows.SquaredNorm[row] == 0)
            {
                rows.Exponent[row] = exponent;
            }
            else if (exponent > rows.Exponent[row])
            {
                recurrence.Scale(rows, row, Math.ScaleB(1, Math.Max(rows.Exponent[row] - exponent, -2000)));
                rows.Exponent[row] = exponent;
            }
        }
        recurrence.AddSeed(rows, row, source, Math.ScaleB(1, Math.Max(exponent - rows.Exponent[row], -2000)));
    }

    private static void Rescale(Recurrence<T> recurrence, Adjoints<T> rows, int first, int last)
    {
        recurrence.Measure(rows, first, last);
        for (int row = first; row < last; row++)
        {
            Trust(recurrence, rows, row);
            double square = rows.SquaredNorm[row];
            if (square == 0 || !double.IsFinite(square))
                continue;
            int power = Math.ILogB(square) / 2;
            if (Math.Abs(power) <= Tolerated)
                continue;
            Multiply(recurrence, rows, row, -power);
            rows.SquaredNorm[row] = Math.ScaleB(square, -2 * power);
        }
    }

    // a sum of squares in the run's own precision lies near the ends of its range: then the largest number decides
    private static void Trust(Recurrence<T> recurrence, Adjoints<T> rows, int row)
    {
        int range = typeof(T) == typeof(float) ? 80 : 900; // squares of numbers that matter stay normal inside 2^±range
        double square = rows.SquaredNorm[row];
        if (square > Math.ScaleB(1, -range) && square < Math.ScaleB(1, range))
            return;
        double largest = 0;
        for (int part = 0; part < rows.Parts; part++)
        for (int unit = 0; unit < rows.Units; unit++)
            largest = Math.Max(largest, Math.Abs(Real.ToDouble(rows.At(row, part, unit)))); // NaN stays
        if (largest == 0 || !double.IsFinite(largest))
        {
            rows.SquaredNorm[row] = largest * largest;
            return;
        }
        Multiply(recurrence, rows, row, -Math.ILogB(largest));
        recurrence.Measure(rows, row, row + 1);
    }

    // stored row · 2^power, and the exponent the other way; in two steps, because 2^power itself may be out of range
    private static void Multiply(Recurrence<T> recurrence, Adjoints<T> rows, int row, int power)
    {
        int half = power / 2;
        recurrence.Scale(rows, row, Math.ScaleB(1, half));
        recurrence.Scale(rows, row, Math.ScaleB(1, power - half));
        rows.Exponent[row] -= power;
    }

    // ∂L/∂x_k into the buffer of the layer below; a second direction meets the first there
    private void Leave(Recurrence<T> recurrence, int layer, int direction, int k, in Position<T> at)
    {
        int turn = layer % 2;
        int stride = recurrence.PaddedInputs;
        int[] exponents = _belowExponent[turn];
        T* buffer = _below[turn].Pointer + (long)k * _capacity * stride;
        if (direction == 0)
        {
            recurrence.InputProduct(at.Deltas, at.Slot, at.First, at.Last, buffer, stride);
            for (int row = at.First; row < at.Last; row++)
                exponents[k * _capacity + row] = at.Rows.Exponent[row];
            return;
        }
        recurrence.InputProduct(at.Deltas, at.Slot, at.First, at.Last, _meeting.Pointer, stride);
        for (int row = at.First; row < at.Last; row++)
        {
            ref int exponent = ref exponents[k * _capacity + row];
            int mine = at.Rows.Exponent[row],
                common = Math.Max(exponent, mine);
            double old = exponent == Nothing ? 0 : Math.ScaleB(1, Math.Max(exponent - common, -2000)),
                added = Math.ScaleB(1, Math.Max(mine - common, -2000));
            T* to = buffer + (long)row * stride;
            T* from = _meeting.Pointer + (long)row * stride;
            for (int i = 0; i < stride; i++)
                to[i] = Real.From<T>((old == 0 ? 0 : old * Real.ToDouble(to[i])) + added * Real.ToDouble(from[i]));
            exponent = common;
        }
    }

    // what dropout took from a layer's input forwards it takes from its adjoint backwards
    private void Drop(Trace<T> trace, RowPlan plan, int layer)
    {
        if (trace.Mask(layer, 0, 0).Length == 0)
            return;
        int turn = layer % 2;
        long stride = _model.Recurrences[_model.SiteIndex(layer, 0)].PaddedInputs;
        for (int k = 0; k < _times; k++)
        {
            for (int row = 0; row < plan.Count; row++)
            {
                if (_belowExponent[turn][k * _capacity + row] == Nothing)
                    continue;
                ReadOnlySpan<T> mask = trace.Mask(layer, k, plan.Lane[row]);
                T* at = _below[turn].Pointer + ((long)k * _capacity + row) * stride;
                for (int i = 0; i < mask.Length; i++)
                    at[i] = Real.From<T>(Real.ToDouble(at[i]) * Real.ToDouble(mask[i]));
            }
        }
    }

    private void ReadInputs(RowPlan plan, Reader<T> reader)
    {
        int inputs = _model.Sites[0].Inputs;
        long stride = _model.Recurrences[0].PaddedInputs;
        for (int k = 0; k < _times; k++)
        for (int row = 0; row < plan.Count; row++)
            if (_belowExponent[0][k * _capacity + row] is not Nothing and int exponent)
                reader.Input(k, row, new ReadOnlySpan<T>(_below[0].Pointer + ((long)k * _capacity + row) * stride, inputs), exponent);
    }
}
