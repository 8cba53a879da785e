using Farback.Networks;

namespace Farback.Diagnosis.Laws;

/// <summary>The map is right entry by entry, and its sum is the gradient.</summary>
internal static class MapLaws
{
    // an entry is a product of at most T Jacobians, each good to ε·√(H + I), relative to the entry's own norm at any lag
    private const double EntriesInDouble = 1e-10;
    private const double EntriesInFloat = 1e-4; // the same with ε₂₄ at T·√(H + I) up to a few hundred

    // pairwise different orders of the same additions: ε · log of their number, relative to Σ‖G‖, where cancellation has no say
    private const double ResidualInDouble = 1e-13;
    private const double ResidualInFloat = 1e-5;

    // below it a double has no 53 bits left
    private const double Smallest = 1e-290;

    /// <summary>⟨G[t,k], v⟩ against untied copies, for each block and use a random v.</summary>
    public static LawResult Entries<T>(LawCase<T> c)
        where T : unmanaged
    {
        double worst = 0;
        int count = 0,
            skipped = 0;
        foreach (Block block in c.Model.Network.Blocks)
        {
            double[] v = LawCase<T>.Normal(block.Count, 140 + block.Layer);
            for (int k = 0; k < c.Batch.Times; k++)
            {
                double[] forth = c.Copies.Along(block, k, v);
                for (int t = 0; t < c.Batch.Times; t++)
                {
                    ReadOnlySpan<double> entry = c.Map.Entry(block, t, k);
                    double size = Departure.Norm(entry) * Departure.Norm(v);
                    if (size is > 0 and < Smallest)
                    {
                        skipped++;
                        continue;
                    }
                    worst = Math.Max(worst, Departure.Relative(forth[t] - Departure.Inner(entry, v), size));
                    count++;
                }
            }
        }
        return new(
            "Every entry G[t,k] of the map is the derivative by that one use's own copy of the weights",
            LawCase<T>.Precision,
            worst,
            LawCase<T>.Allow(EntriesInDouble, EntriesInFloat),
            "|⟨G[t,k], v⟩ − dual numbers| / ‖G[t,k]‖‖v‖, entry by entry, at every lag; where there is no path both are exactly 0.",
            count,
            skipped
        );
    }

    /// <summary>‖ΣΣG − ∇J‖ / ΣΣ‖G‖.</summary>
    public static LawResult Sum<T>(LawCase<T> c)
        where T : unmanaged
    {
        double worst = 0;
        foreach (Block block in c.Model.Network.Blocks)
        {
            var sum = new double[block.Count];
            double norms = 0;
            for (int t = 0; t < c.Batch.Times; t++)
            for (int k = 0; k < c.Batch.Times; k++)
            {
                ReadOnlySpan<double> entry = c.Map.Entry(block, t, k);
                norms += Departure.Norm(entry);
                for (int i = 0; i < sum.Length; i++)
                    sum[i] += entry[i];
            }
            ReadOnlySpan<T> gradient = c.Gradient[block];
            for (int i = 0; i < sum.Length; i++)
                sum[i] -= Real.ToDouble(gradient[i]);
            worst = Math.Max(worst, Departure.Relative(Departure.Norm(sum), norms));
        }
        return new(
            "Summing the map over loss and use times gives the gradient",
            LawCase<T>.Precision,
            worst,
            LawCase<T>.Allow(ResidualInDouble, ResidualInFloat),
            "‖ΣΣG − ∇J‖ / ΣΣ‖G‖, the worst block; more says that an entry is lost or counted twice.",
            c.Model.Network.Blocks.Count
        );
    }
}
