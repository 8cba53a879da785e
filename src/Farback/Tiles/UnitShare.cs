namespace Farback.Tiles;

/// <summary>The units of a layer that one of several threads computes, where they walk the same rows side by side.</summary>
/// <remarks>In pairs of registers of units. A caller whose threads have left it has all units from then on.</remarks>
internal readonly struct UnitShare
{
    private readonly int _first,
        _last,
        _panels,
        _thread;
    private readonly Meeting? _meeting;

    /// <summary>All units.</summary>
    public UnitShare(int panels) => _panels = panels;

    /// <summary>An even share of the units; threads beyond their number get none.</summary>
    public UnitShare(int panels, Meeting meeting, int thread)
    {
        (_panels, _meeting, _thread) = (panels, meeting, thread);
        (_first, _last) = (panels * thread / meeting.Threads, panels * (thread + 1) / meeting.Threads);
    }

    private bool IsWhole => _meeting is null || _meeting.Threads == 1;

    /// <summary>The first panel.</summary>
    public int First => IsWhole ? 0 : _first;

    /// <summary>The one after the last.</summary>
    public int Last => IsWhole ? _panels : _last;

    /// <summary>Waits until the others' units are there.</summary>
    public void Meet() => _meeting?.Pass(_thread);
}
