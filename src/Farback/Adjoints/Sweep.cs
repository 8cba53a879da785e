using Farback.Networks;
using Farback.Tiles;

namespace Farback.Adjoints;

/// <summary>The one way back: rows of adjoints walk from the losses to the first input, layer by layer from the top.</summary>
/// <remarks>
///   λ[t,k−1] = direct + δ[t,k] W_h + what enters at k − 1. Seeded differently and read differently the same walk gives the ordinary
///   gradient, the map, its dense entries and Jacobians; there is no second one. Rows whose path has not begun, or is cut, do not walk.
///   Cost: rows · T · g·H·(H + I) multiply–adds a layer. Memory: rows · T · inputs where a layer below (or an embedding) is fed.
///   After the first walk nothing is allocated. Rows have nothing to do with each other: where the reader allows it threads walk some each.
/// </remarks>
public sealed unsafe partial class Sweep<T>
    where T : unmanaged
{
    private const int Nothing = RowPowers<T>.Nothing; // the exponent of a row that nothing has reached

    private readonly Model<T> _model;
    private readonly int _times;
    private readonly int _capacity;
    private readonly int _outputs; // numbers that a direction of a layer hands on
    private readonly Adjoints<T>[] _rows;
    private readonly Deltas<T>[] _rings;
    private readonly NativeBlock<T>[] _below = new NativeBlock<T>[2]; // adjoints of a layer's input [time][row][padded input], in turns
    private readonly int[][] _belowExponent = new int[2][];
    private int _walked; // rows of the last walk
    private NativeBlock<T> _meeting = new(0); // what a second direction adds there, [row][padded input]
    private int _stride; // one for all layers, because threads are at different ones
    private readonly Action<int, int> _whole,
        _leg;
    private readonly Meeting _abreast;
    private Walking _walking;
    private (int Layer, int Direction, int From, int To) _now;
    private int _parts;

    private record struct Walking(Trace<T> Trace, Seeds<T>? Seeds, RowPlan Plan, Reader<T> Reader, bool Scaled)
    {
        /// <summary>The first time at which a loss enters, and the last.</summary>
        public readonly int FirstLoss = Plan.Count == 0 ? 0 : Plan.FirstLoss.Min(),
            LastLoss = Plan.Count == 0 ? 0 : Plan.LastLoss.Max();
    }

    /// <summary>A sweep over runs of a model with that many steps, for at most that many rows at once.</summary>
    public Sweep(Model<T> model, int times, int rows)
    {
        (_model, _times, _capacity, _outputs) = (model, times, rows, model.Network.Cell.OutputParts * model.Network.Hidden);
        int sites = model.Network.Layers * model.Network.Directions;
        _rows = [.. Enumerable.Range(0, sites).Select(site => model.Recurrences[site].NewAdjoints(rows))];
        _rings = [.. Enumerable.Range(0, sites).Select(site => model.Recurrences[site].NewDeltas(rows))];
        _whole = (part, _) => Walk(RowRange.Of(_walking.Plan.Count, part, _parts));
        _leg = (part, _) => Walk(RowRange.Of(_walking.Plan.Count, part, _parts), _now.Layer, _now.Direction, _now.From, _now.To);
        _abreast = new(WalkAbreast);
    }

    /// <summary>Walks all rows of a plan back.</summary>
    /// <param name="trace">The run; only read.</param>
    /// <param name="seeds">What enters at the top layer; null where every row of the plan begins as a unit vector.</param>
    /// <param name="plan">The rows.</param>
    /// <param name="reader">What is read on the way.</param>
    /// <param name="scaled">Whether each row carries a power of two of its own (the map), or all are stored as they are (a gradient).</param>
    /// <param name="carried">
    ///   Null where nothing enters from the right. In a segment of a run whose right neighbour this sweep has just walked: row r begins
    ///   with the λ in which row r + carried ended there, on the states that both segments share.
    /// </param>
    public void Walk(Trace<T> trace, Seeds<T>? seeds, RowPlan plan, Reader<T> reader, bool scaled, int? carried = null)
    {
        if (!ReferenceEquals(trace.Model, _model))
            throw new ArgumentException("sweep: the run is another model's; walk it back with the model that ran it.");
        if (!trace.IsCurrent)
            throw new InvalidOperationException("sweep: the model's parameters have changed since this run; run forward again first.");
        if (plan.Count > _capacity)
            throw new ArgumentException($"sweep: {plan.Count} rows, room for {_capacity}.");
        Prepare(reader.WantsInput ? 0 : 1);
        foreach (Adjoints<T> rows in _rows)
            Begin(rows, plan, carried);
        _walked = plan.Count;
        _walking = new(trace, seeds, plan, reader, scaled);
        int threads = reader.RowsMeet ? 1 : _model.ThreadsFor(1, trace.Times, plan.Count);
        _parts = RowRange.Parts(plan.Count, threads);
        int abreast = MayWalkAbreast(reader) ? _model.Abreast(_times, plan.Count) : 1;
        bool inOne = abreast == 1 && IsOneStretch(reader);
        if (inOne)
            Team.Run(threads, _parts, _whole); // no thread waits for another between layers
        else
            WalkInStretches(threads, abreast, reader);
        for (int site = 0; site < _rows.Length; site++)
        {
            if (inOne)
                reader.Gather(site, 0, _times);
            ReadStart(site);
        }
        if (reader.WantsInput)
            ReadInputs(plan, reader);
        _walking = default;
    }

    private void Begin(Adjoints<T> rows, RowPlan plan, int? carried)
    {
        int kept = carried is { } shift ? Math.Min(plan.Count, Math.Max(0, _walked - shift)) : 0;
        if (kept == 0)
            rows.Clear(0, _capacity);
        else if (carried > 0 || kept < _walked)
            for (int row = 0; row < _walked; row++)
                rows.Replace(row, row < kept ? row + carried!.Value : -1);
        plan.Lane.CopyTo(rows.Lane, 0);
    }

    private bool IsOneStretch(Reader<T> reader)
    {
        for (int site = 0; site < _rows.Length; site++)
            if (reader.Stretch(site) < _times)
                return false;
        return true;
    }

    // what a stretch of steps left is gathered before the next one walks
    private void WalkInStretches(int threads, int abreast, Reader<T> reader)
    {
        for (int layer = _model.Network.Layers - 1; layer >= 0; layer--)
        for (int direction = 0; direction < _model.Network.Directions; direction++)
        {
            int site = _model.SiteIndex(layer, direction),
                stretch = reader.Stretch(site);
            for (int to = _times, from; to > 0; to = from)
            {
                from = (to - 1) / stretch * stretch;
                _now = (layer, direction, from, to);
                if (abreast > 1)
                    _abreast.Run(abreast);
                else
                    Team.Run(threads, _parts, _leg);
                reader.Gather(site, from, to);
            }
        }
    }

    // all layers of some rows
    private void Walk(RowRange some)
    {
        for (int layer = _model.Network.Layers - 1; layer >= 0; layer--)
        for (int direction = 0; direction < _model.Network.Directions; direction++)
            Walk(some, layer, direction, 0, _times);
    }

    // some rows, from one walk step down to another
    private void Walk(RowRange some, int layer, int direction, int from, int to)
    {
        bool feedsBelow = layer > 0 || _walking.Reader.WantsInput;
        if (feedsBelow && direction == 0 && to == _times)
            for (int k = 0; k < _times; k++)
                Array.Fill(_belowExponent[layer % 2], Nothing, k * _capacity + some.First, some.Last - some.First);
        WalkSite(some, layer, direction, feedsBelow, from, to);
        if (layer > 0 && direction == _model.Network.Directions - 1 && from == 0)
            Drop(some, layer);
    }

    // memory for what layers hand down, from the lowest that does
    private void Prepare(int lowest)
    {
        Network network = _model.Network;
        _stride = 0;
        for (int layer = lowest; layer < network.Layers; layer++)
            _stride = Math.Max(_stride, _model.Recurrences[_model.SiteIndex(layer, 0)].PaddedInputs);
        for (int layer = lowest; layer < network.Layers; layer++)
        {
            long count = (long)_times * _capacity * _stride;
            if (_below[layer % 2] is null || _below[layer % 2].Count < count)
                _below[layer % 2] = new(count);
            _belowExponent[layer % 2] ??= new int[_times * _capacity];
        }
        if (network.Bidirectional && _meeting.Count < (long)_capacity * _stride)
            _meeting = new((long)_capacity * _stride);
    }

    private void WalkSite(RowRange some, int layer, int direction, bool feedsBelow, int from, int to)
    {
        (Trace<T> trace, _, _, Reader<T> reader, bool scaled) = _walking;
        int index = _model.SiteIndex(layer, direction);
        Site site = _model.Sites[index];
        Recurrence<T> recurrence = _model.Recurrences[index];
        LayerTrace<T> run = trace.Layers[index];
        Adjoints<T> rows = _rows[index];
        Deltas<T>? store = reader.Store(index);
        int stretch = reader.Stretch(index);
        for (int p = to - 1; p >= from; p--)
        {
            int k = site.WalkStep(p, _times);
            (int first, int last) = Active(some, layer, direction, k);
            if (first == last)
                continue;
            Enter(layer, direction, k, first, last);
            if (scaled)
                RowPowers<T>.Rescale(recurrence, rows, first, last);
            Deltas<T> deltas = store ?? _rings[index];
            long slot = store is null ? 0 : (long)(p % stretch) * trace.Lanes;
            var at = new Position<T>(index, site, k, p, first, last, rows, deltas, slot);
            reader.Adjoint(at);
            recurrence.Equations(run, p, rows, first, last, deltas, slot, in recurrence.AllUnits);
            reader.Delta(at);
            recurrence.StateProduct(run, p, rows, first, last, deltas, slot, in recurrence.AllUnits);
            reader.Carried(at);
            if (feedsBelow)
                Leave(recurrence, layer, direction, k, at);
        }
    }

    /// <summary>The rows, contiguous by construction of the plans, that reach a use of the weights.</summary>
    private RowRange Active(RowRange some, int layer, int direction, int k)
    {
        Network network = _model.Network;
        RowPlan plan = _walking.Plan;
        bool bothWays = network.Bidirectional && layer < network.Layers - 1;
        (int first, int last) = some;
        if (direction == 0 && !bothWays && k > _walking.LastLoss)
            return new(first, first);
        while (first < last && !Reaches(plan, first, bothWays, direction, k))
            first++;
        while (first < last && !Reaches(plan, last - 1, bothWays, direction, k))
            last--;
        return new(first, last);
    }

    private static bool Reaches(RowPlan plan, int row, bool bothWays, int direction, int k) =>
        (bothWays || (direction == 0 ? k <= plan.LastLoss[row] : k >= plan.FirstLoss[row]))
        && k >= plan.FirstUse[row]
        && k <= plan.LastUse[row];

    // λ[t,k] += what enters at k: seeds at the top, the layer above elsewhere
    private void Enter(int layer, int direction, int k, int first, int last)
    {
        (Trace<T> trace, Seeds<T>? seeds, RowPlan plan, _, _) = _walking;
        Network network = _model.Network;
        int index = _model.SiteIndex(layer, direction);
        int offset = direction * _outputs;
        bool top = layer == network.Layers - 1;
        int turn = (layer + 1) % 2;
        if (top && (k < _walking.FirstLoss || k > _walking.LastLoss))
            return;
        if (top && plan.IsOneRowPerLane && !seeds!.IsScaled)
        {
            AddSeeds(index, direction, k, first, last, in _model.Recurrences[index].AllUnits);
            return;
        }
        for (int row = first; row < last; row++)
        {
            if (plan.Coordinate[row] >= 0)
            {
                if (k == plan.LastLoss[row])
                    EnterUnit(index, row, plan.Coordinate[row]);
            }
            else if (top)
            {
                int place = seeds!.Place(plan.LossTime[row], k, plan.Lane[row]);
                if (k >= plan.FirstLoss[row] && k <= plan.LastLoss[row] && seeds.IsPresent[place])
                    Add(index, row, seeds.Pointer(place) + offset, seeds.Exponent[place]);
            }
            if (!top && _belowExponent[turn][k * _capacity + row] is not Nothing and int exponent)
                Add(index, row, _below[turn].Pointer + ((long)k * _capacity + row) * _stride + offset, exponent);
        }
    }

    // an ordinary gradient: rows are lanes, and where there is no loss the seed is zero
    private void AddSeeds(int index, int direction, int k, int first, int last, in UnitShare share)
    {
        Seeds<T> seeds = _walking.Seeds!;
        int lanes = _walking.Trace.Lanes;
        T* source = seeds.Pointer(k * lanes) + direction * _outputs;
        if (seeds.IsPresent.AsSpan(k * lanes, lanes).Contains(true))
            _model.Recurrences[index].AddSeeds(_rows[index], first, last, source, seeds.Stride, share);
    }

    // 1 at a coordinate of the joint state, where it is this site's; nothing has reached the row before
    private void EnterUnit(int index, int row, int coordinate)
    {
        Adjoints<T> rows = _rows[index];
        int own = coordinate - index * rows.Parts * rows.Units;
        if (own >= 0 && own < rows.Parts * rows.Units)
            rows.At(row, own / rows.Units, own % rows.Units) = Real.From<T>(1);
    }

    private void Add(int index, int row, T* source, int exponent) =>
        RowPowers<T>.Add(_model.Recurrences[index], _rows[index], row, source, _outputs, exponent);

    // ∂L/∂x_k into the buffer of the layer below; a second direction meets the first there
    private void Leave(Recurrence<T> recurrence, int layer, int direction, int k, in Position<T> at)
    {
        int turn = layer % 2;
        int[] exponents = _belowExponent[turn];
        T* buffer = _below[turn].Pointer + (long)k * _capacity * _stride;
        if (direction == 0)
        {
            recurrence.InputProduct(at.Deltas, at.Slot, at.First, at.Last, buffer, _stride);
            for (int row = at.First; row < at.Last; row++)
                exponents[k * _capacity + row] = at.Rows.Exponent[row];
            return;
        }
        recurrence.InputProduct(at.Deltas, at.Slot, at.First, at.Last, _meeting.Pointer, _stride);
        for (int row = at.First; row < at.Last; row++)
        {
            ref int exponent = ref exponents[k * _capacity + row];
            T* to = buffer + (long)row * _stride;
            T* from = _meeting.Pointer + (long)row * _stride;
            int mine = at.Rows.Exponent[row],
                common = mine;
            if (exponent != Nothing && exponent != mine)
            {
                int top = Math.Max(
                    RowPowers<T>.Of(to, recurrence.PaddedInputs, exponent),
                    RowPowers<T>.Of(from, recurrence.PaddedInputs, mine)
                );
                common = top == Nothing ? mine : top;
            }
            double old = exponent == Nothing ? 0 : Math.ScaleB(1, Math.Max(exponent - common, -2000)),
                added = Math.ScaleB(1, Math.Max(mine - common, -2000));
            for (int i = 0; i < recurrence.PaddedInputs; i++)
                to[i] = Real.From<T>((old == 0 ? 0 : old * Real.ToDouble(to[i])) + added * Real.ToDouble(from[i]));
            exponent = common;
        }
    }

    // what dropout took from a layer's input forwards it takes from its adjoint backwards
    private void Drop(RowRange some, int layer)
    {
        (Trace<T> trace, _, RowPlan plan, _, _) = _walking;
        if (trace.Mask(layer, 0, 0).Length == 0)
            return;
        int turn = layer % 2;
        for (int k = 0; k < _times; k++)
        {
            for (int row = some.First; row < some.Last; row++)
            {
                if (_belowExponent[turn][k * _capacity + row] == Nothing)
                    continue;
                ReadOnlySpan<T> mask = trace.Mask(layer, k, plan.Lane[row]);
                T* at = _below[turn].Pointer + ((long)k * _capacity + row) * _stride;
                for (int i = 0; i < mask.Length; i++)
                    at[i] = Real.From<T>(Real.ToDouble(at[i]) * Real.ToDouble(mask[i]));
            }
        }
    }

    // what was carried past a site's first step is on the state that it began from
    private void ReadStart(int index)
    {
        Site site = _model.Sites[index];
        int k = site.WalkStep(0, _times);
        (int first, int last) = Active(new(0, _walking.Plan.Count), site.Layer, site.Direction, k);
        if (first < last)
            _walking.Reader.Start(new(index, site, k, 0, first, last, _rows[index], _rings[index], 0));
    }

    private void ReadInputs(RowPlan plan, Reader<T> reader)
    {
        int inputs = _model.Sites[0].Inputs;
        for (int k = 0; k < _times; k++)
        for (int row = 0; row < plan.Count; row++)
            if (_belowExponent[0][k * _capacity + row] is not Nothing and int exponent)
                reader.Input(k, row, new ReadOnlySpan<T>(_below[0].Pointer + ((long)k * _capacity + row) * _stride, inputs), exponent);
    }
}
