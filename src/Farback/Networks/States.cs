using Farback.Tiles;

namespace Farback.Networks;

/// <summary>A state for every layer, direction and lane: to start from, or as a run left it.</summary>
public sealed class States<T>
    where T : unmanaged
{
    private readonly T[][] _values;
    private readonly int _lanes,
        _parts,
        _units;

    /// <summary>All zero.</summary>
    public States(Network network, int lanes)
    {
        (_lanes, _parts, _units) = (lanes, network.Cell.State.Count, network.Hidden);
        _values = new T[network.Layers * network.Directions][];
        for (int site = 0; site < _values.Length; site++)
            _values[site] = new T[_parts * lanes * _units];
    }

    /// <summary>A part of a lane's state; sites count layer by layer, forwards before backwards.</summary>
    public Span<T> this[int site, int part, int lane] => _values[site].AsSpan((part * _lanes + lane) * _units, _units);

    /// <summary>B.</summary>
    public int Lanes => _lanes;

    /// <summary>All numbers, [site][part][lane][unit], as a checkpoint keeps them.</summary>
    public T[] ToArray() => [.. _values.SelectMany(site => site)];

    /// <summary>Takes over what <see cref="ToArray"/> gave.</summary>
    /// <exception cref="ArgumentException">It is another number of numbers.</exception>
    public void CopyFrom(ReadOnlySpan<T> numbers)
    {
        int size = _parts * _lanes * _units;
        if (numbers.Length != _values.Length * size)
            throw new ArgumentException(
                $"states: expected {_values.Length * size} numbers ({_values.Length} sites × {_parts} parts × {_lanes} lanes × {_units} units), got {numbers.Length}."
            );
        for (int site = 0; site < _values.Length; site++)
            numbers.Slice(site * size, size).CopyTo(_values[site]);
    }

    /// <summary>The states of some of the lanes, in that order.</summary>
    public States<T> Take(Network network, IReadOnlyList<int> lanes)
    {
        States<T> taken = new(network, lanes.Count);
        for (int site = 0; site < _values.Length; site++)
        for (int part = 0; part < _parts; part++)
        for (int i = 0; i < lanes.Count; i++)
            this[site, part, lanes[i]].CopyTo(taken[site, part, i]);
        return taken;
    }

    internal void CopyTo(LayerTrace<T> trace, int site)
    {
        if (site >= _values.Length || (trace.Lanes, trace.StateParts, trace.Units) != (_lanes, _parts, _units))
            throw new ArgumentException(
                $"states: expected {trace.Lanes} lanes of {trace.StateParts} × {trace.Units} numbers for every layer and direction, got {_lanes} lanes of {_parts} × {_units} for {_values.Length}; they must come from a run of this network over as many sequences."
            );
        for (int lane = 0; lane < _lanes; lane++)
        for (int part = 0; part < _parts; part++)
            trace.SetInitial(lane, part, this[site, part, lane]);
    }

    internal void CopyFrom(States<T> other)
    {
        for (int site = 0; site < _values.Length; site++)
            other._values[site].CopyTo(_values[site], 0);
    }

    internal void CopyFrom(LayerTrace<T> trace, int site) => CopyFrom(trace, site, trace.Times);

    // the states after p steps of the walk
    internal void CopyFrom(LayerTrace<T> trace, int site, int p)
    {
        for (int lane = 0; lane < _lanes; lane++)
        for (int part = 0; part < _parts; part++)
        {
            Span<T> to = this[site, part, lane];
            for (int unit = 0; unit < _units; unit++)
                to[unit] = trace.State(p, lane, part, unit);
        }
    }
}
