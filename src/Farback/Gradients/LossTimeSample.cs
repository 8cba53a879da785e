using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Gradients;

/// <summary>Loss times drawn from those of a batch, in two strata, uniformly within each: the ones that allow every lag up to the largest, and the earlier ones.</summary>
/// <remarks>
///   A profile has one cohort of loss times for all lags, and few loss times may belong to it: so half of the draws are from there. A sum over
///   all loss times is estimated by Σ_h (N_h/n_h) Σ_{t drawn from h}, without bias. Each row is exact: only which rows are made is drawn.
/// </remarks>
public sealed class LossTimeSample
{
    private LossTimeSample(IReadOnlyList<Stratum> strata) => Strata = strata;

    /// <summary>Loss times of one kind.</summary>
    /// <param name="Times">Those that were drawn, in order.</param>
    /// <param name="Of">How many there are, N_h.</param>
    public sealed record Stratum(IReadOnlyList<int> Times, int Of);

    /// <summary>The strata that have a loss time; at most two.</summary>
    public IReadOnlyList<Stratum> Strata { get; }

    /// <summary>How many loss times the batch has.</summary>
    public int Of => Strata.Sum(stratum => stratum.Of);

    /// <summary>All that were drawn, in order.</summary>
    public IReadOnlyList<int> Times => [.. Strata.SelectMany(stratum => stratum.Times).Order()];

    /// <summary>Draws without putting back; all loss times where there are no more than asked for.</summary>
    /// <param name="batch">The sequences; a time with a target in any lane is a loss time.</param>
    /// <param name="lags">The largest lag.</param>
    /// <param name="count">How many are drawn at most.</param>
    /// <param name="random">What draws them.</param>
    public static LossTimeSample Draw(Batch batch, int lags, int count, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        int[] all = [.. Enumerable.Range(0, batch.Times).Where(t => Enumerable.Range(0, batch.Lanes).Any(lane => batch.HasLoss(t, lane)))];
        int[] cohort = [.. all.Where(t => t >= lags)],
            earlier = [.. all.Where(t => t < lags)];
        int fromCohort = Math.Min(cohort.Length, Math.Max((count + 1) / 2, count - earlier.Length));
        int fromEarlier = Math.Min(earlier.Length, count - fromCohort);
        Stratum[] strata = [Some(cohort, fromCohort, random), Some(earlier, fromEarlier, random)];
        return new([.. strata.Where(stratum => stratum.Times.Count > 0)]);
    }

    private static Stratum Some(int[] times, int count, RandomStream random)
    {
        int all = times.Length;
        random.Shuffle(times.AsSpan());
        return new([.. times.Take(count).Order()], all);
    }

    /// <summary>How far back a profile of a batch goes: the needed lag, where enough places with a loss allow it; else as far as half of them do.</summary>
    /// <param name="batch">The sequences.</param>
    /// <param name="needed">The lag that the task needs, where it knows it.</param>
    public static int LargestLag(Batch batch, int? needed)
    {
        ArgumentNullException.ThrowIfNull(batch);
        List<int> times = [];
        for (int t = 0; t < batch.Times; t++)
        for (int lane = 0; lane < batch.Lanes; lane++)
            if (batch.HasLoss(t, lane))
                times.Add(t);
        return needed is { } lag && times.Count(t => t >= lag) >= Profiles.FewestContributions ? lag
            : times.Count == 0 ? 0
            : times[times.Count / 2];
    }
}
