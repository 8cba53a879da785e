using Farback.Networks;
using Farback.Tiles;

namespace Farback.Adjoints;

/// <summary>Where a sweep is: at a site, at a use time, with the rows that walk there.</summary>
/// <param name="SiteIndex">The site's place in the model.</param>
/// <param name="Site">The layer and direction.</param>
/// <param name="Time">k, the input position at which the weights were used.</param>
/// <param name="Step">The walk step.</param>
/// <param name="First">The first row that walks.</param>
/// <param name="Last">The row after the last that walks.</param>
/// <param name="Rows">λ.</param>
/// <param name="Deltas">δ.</param>
/// <param name="Slot">The slot of row 0 in the deltas.</param>
public readonly record struct Position<T>(
    int SiteIndex,
    Site Site,
    int Time,
    int Step,
    int First,
    int Last,
    Adjoints<T> Rows,
    Deltas<T> Deltas,
    long Slot
)
    where T : unmanaged;

/// <summary>Reads a sweep after each step. Readers are a closed, small set: the gradient, the map, the dense entries, Jacobians.</summary>
public abstract class Reader<T>
    where T : unmanaged
{
    /// <summary>Whether the adjoints of the network's inputs are wanted.</summary>
    public virtual bool WantsInput => false;

    /// <summary>Whether rows write to the same place, so that one thread must walk them all; where not, what is read of a step may be read of some rows at once with others.</summary>
    public virtual bool RowsMeet => true;

    /// <summary>Whether it reads nothing on the way but what <see cref="Gather"/> finds in the store; then several threads may walk the same rows.</summary>
    public virtual bool OnlyGathers => false;

    /// <summary>Deltas with a slot per (walk step mod <see cref="Stretch"/>, lane), to be written directly; null for a ring that is overwritten at each step.</summary>
    public virtual Deltas<T>? Store(int site) => null;

    /// <summary>How many walk steps of a site the store holds: after as many they are gathered, while they are near.</summary>
    public virtual int Stretch(int site) => int.MaxValue;

    /// <summary>All rows have walked steps from … to − 1 of a site, and no other step has been written since; called by the sweep's own thread.</summary>
    public virtual void Gather(int site, int from, int to) { }

    /// <summary>λ on the state after step k is complete: every path from the losses that comes through it.</summary>
    public virtual void Adjoint(in Position<T> at) { }

    /// <summary>δ of step k is there.</summary>
    public virtual void Delta(in Position<T> at) { }

    /// <summary>λ has been carried to the state before step k, without what enters there.</summary>
    public virtual void Carried(in Position<T> at) { }

    /// <summary>After all steps, of every site whose rows reached its first: λ on the state that it began from.</summary>
    public virtual void Start(in Position<T> at) { }

    /// <summary>After all steps: the adjoint of the network's input at time k, of one row, to be multiplied by 2^exponent.</summary>
    public virtual void Input(int time, int row, ReadOnlySpan<T> adjoint, int exponent) { }
}
