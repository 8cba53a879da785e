using Farback.Networks;
using Farback.Tiles;

namespace Farback.Adjoints;

// Few rows on several threads: an ordinary gradient of one layer. λ of a unit stays with the thread that has the unit, δ goes to all.
public sealed unsafe partial class Sweep<T>
{
    private bool MayWalkAbreast(Reader<T> reader) =>
        reader is { OnlyGathers: true, WantsInput: false }
        && _model.Network.Layers == 1
        && _walking is { Plan.IsOneRowPerLane: true, Scaled: false, Seeds.IsScaled: false };

    private void WalkAbreast(int thread)
    {
        (Trace<T> trace, _, RowPlan plan, Reader<T> reader, _) = _walking;
        (int layer, int direction, int from, int to) = _now;
        int index = _model.SiteIndex(layer, direction);
        Recurrence<T> recurrence = _model.Recurrences[index];
        LayerTrace<T> run = trace.Layers[index];
        Adjoints<T> rows = _rows[index];
        Deltas<T> deltas = reader.Store(index)!;
        UnitShare share = new(recurrence.UnitPanels, _abreast, thread);
        for (int p = to - 1; p >= from; p--)
        {
            int k = _model.Sites[index].WalkStep(p, _times);
            (int first, int last) = Active(new(0, plan.Count), layer, direction, k);
            if (first == last)
                continue;
            AddSeeds(index, direction, k, first, last, share);
            long slot = (long)(p % reader.Stretch(index)) * trace.Lanes;
            recurrence.Equations(run, p, rows, first, last, deltas, slot, share);
            share.Meet();
            recurrence.StateProduct(run, p, rows, first, last, deltas, slot, share);
        }
    }
}
