using Farback.Adjoints;
using Farback.Gradients;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Diagnosis.Laws;

/// <summary>A lane's gradient is the same alone and in a padded batch, and what stands in the padding (NaN here) stays there.</summary>
/// <remarks>Each lane is seeded with what its own losses hand to the top layer, so that no other lane has a part in the comparison.</remarks>
internal static class PaddingLaw
{
    // the same products in groups of other sizes; only the sum over time may be added up in another order
    private const double InDouble = 1e-12;
    private const double InFloat = 1e-5;
    private const int Padding = 2; // steps more than the longest lane has
    private const int MostLanes = 8;

    public static LawResult Of<T>(LawCase<T> c)
        where T : unmanaged
    {
        Batch padded = Cut(c.Batch, 0, c.Batch.Lanes, c.Batch.Times + Padding);
        Trace<T> among = c.Model.Forward(padded);
        double worst = 0;
        int count = 0;
        for (int lane = 0; lane < c.Batch.Lanes && count < MostLanes; lane++)
        {
            int length = c.Batch.Lengths[lane];
            if (length == 0)
                continue;
            double[] found = Gradient(among, Adjoints(c, lane, lane, padded.Times, padded.Lanes));
            double[] expected = Gradient(c.Model.Forward(Cut(c.Batch, lane, 1, length)), Adjoints(c, lane, 0, length, 1));
            worst = Math.Max(worst, Departure.Normwise(found, expected));
            count++;
        }
        return new(
            "Nothing leaks from padding: a lane's gradient is the same alone and in a padded batch",
            LawCase<T>.Precision,
            worst,
            LawCase<T>.Allow(InDouble, InFloat),
            "‖∇ in the batch − ∇ alone‖∞ / ‖∇ alone‖∞ with NaN in all padding; NaN says that padding was read.",
            count
        );
    }

    private static double[] Gradient<T>(Trace<T> trace, double[] adjoints)
        where T : unmanaged
    {
        var gradient = new Parameters<T>(trace.Model.Network);
        new Bptt<T>(trace.Model).Run(trace, Seeds<T>.Given(trace, adjoints), gradient);
        return [.. gradient.Values.Select(Real.ToDouble)];
    }

    // a lane's ∂J/∂y W_y, put at a lane of another batch
    private static double[] Adjoints<T>(LawCase<T> c, int lane, int at, int times, int lanes)
        where T : unmanaged
    {
        Site readOut = c.Model.Sites[c.Model.ReadOut];
        ReadOnlySpan<T> weights = c.Model.Parameters[readOut.InputWeights];
        var adjoints = new double[times * lanes * readOut.Inputs];
        for (int time = 0; time < c.Batch.Lengths[lane]; time++)
        for (int output = 0; output < readOut.Units; output++)
        for (int i = 0; i < readOut.Inputs; i++)
            adjoints[(time * lanes + at) * readOut.Inputs + i] +=
                c.Losses.Gradient(time, lane)[output] * Real.ToDouble(weights[output * readOut.Inputs + i]);
        return adjoints;
    }

    // some lanes of a batch, without losses, cut or padded with what must not be read: NaN, and a word that no network knows
    private static Batch Cut(Batch batch, int firstLane, int lanes, int times)
    {
        int[] lengths = batch.Lengths[firstLane..(firstLane + lanes)];
        var targets = new ClassTargets([.. Enumerable.Repeat(ClassTargets.Ignored, times * lanes)]);
        int size = batch.Ids is null ? batch.Inputs : 1;
        TNumber[] Take<TNumber>(TNumber[] from, TNumber unread)
        {
            var taken = new TNumber[times * lanes * size];
            Array.Fill(taken, unread);
            for (int time = 0; time < times; time++)
            for (int lane = 0; lane < lanes; lane++)
                if (time < lengths[lane])
                    from.AsSpan((time * batch.Lanes + firstLane + lane) * size, size).CopyTo(taken.AsSpan((time * lanes + lane) * size));
            return taken;
        }
        return batch.Ids is { } ids
            ? Batch.OfIds(Take(ids, -1), times, lanes, targets, lengths)
            : Batch.OfValues(Take(batch.Values!, double.NaN), times, lanes, batch.Inputs, targets, lengths);
    }
}
