using Farback.Networks;
using Farback.Sequences;

namespace Farback.Diagnosis;

/// <summary>What one step of the past does to the answer.</summary>
/// <param name="Lag">ℓ: the input ℓ steps before the asked place was exchanged.</param>
/// <param name="Moved">Δ(ℓ) = E KL(p ‖ p'), nats; p' is the answer with the exchanged input.</param>
/// <param name="LossChange">E(L' − L), nats: above 0 where the right answer suffers.</param>
/// <param name="PValue">Of the mean loss change, by tossing signs; one-sided. A network that is deterministic moves at any lag, so Δ itself has no null.</param>
public sealed record LagEffect(int Lag, Estimate Moved, Estimate LossChange, double PValue);

/// <summary>Does the network use what happened ℓ steps ago? Measured by exchanging it.</summary>
/// <param name="Lags">Every measured lag, ascending.</param>
/// <param name="Floor">What counts as moved, nats: 1 % of the largest Δ, or of what there is to know at the asked places where that is more.</param>
/// <param name="Used">The longest lag, of those that 8 sequences or more have, whose Δ is at the floor or above.</param>
/// <param name="Needed">The longest lag that moves the answer and without which the right answer suffers; what the task needs, where the network has learned it.</param>
public sealed record InputEffects(IReadOnlyList<LagEffect> Lags, double Floor, LagEstimate Used, LagEstimate Needed)
{
    /// <summary>The part of Δ, and of what there is to know, below which a step counts as unused.</summary>
    public const double FloorPart = 0.01;

    /// <summary>The probability of calling any lag needed that is not; shared out over the lags (Bonferroni).</summary>
    public const double Error = 0.05;

    /// <summary>The sequences that a lag needs to count in <see cref="Used"/> and <see cref="Needed"/>, as in a lag profile.</summary>
    public const int FewestSequences = Gradients.Profiles.FewestContributions;

    private const int Resamples = 1000;
    private const int PurposeOfDonors = 5003,
        PurposeOfLags = 5004;

    /// <summary>Exchanges the input ℓ steps before the asked place for that of the same position of another sequence.</summary>
    /// <remarks>
    ///   The other sequence is drawn from those that are asked at the same step, where there are any, else from all that are long enough.
    ///   A donor with the same input is a draw like any other: Δ is what an exchange does on average. One run a lag and donor.
    ///   The floor: science says 1 % of Δ(0), which is 0 where all sequences have the same input at the asked place (« be »); so the largest Δ is
    ///   taken, and for a network that uses nothing at all, what there is to know.
    /// </remarks>
    /// <param name="model">The model.</param>
    /// <param name="asked">The sequences; some 64 or more for intervals that say something.</param>
    /// <param name="loss">L.</param>
    /// <param name="lags">The lags; 0 is the input at the asked place itself.</param>
    /// <param name="donors">How many exchanges are averaged.</param>
    /// <param name="seed">The seed of donors, tosses and resamples.</param>
    public static InputEffects Of(Model<double> model, AskedPlaces asked, Loss loss, IReadOnlyList<int> lags, int donors = 2, long seed = 1)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(asked);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(lags);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(donors);
        int[] measured = [.. lags.Where(lag => lag >= 0 && asked.Times.Any(t => t >= lag)).Distinct().Order()];
        var whole = new Saying(model.Forward(asked.Batch), asked, loss);
        var random = new RandomStream(seed, PurposeOfDonors);
        double[][] moved = new double[measured.Length][],
            change = new double[measured.Length][];
        Trace<double>? trace = null;
        for (int at = 0; at < measured.Length; at++)
        {
            (moved[at], change[at]) = (new double[asked.Lanes], new double[asked.Lanes]);
            for (int draw = 0; draw < donors; draw++)
            {
                int[] from = Donors(asked, measured[at], random);
                trace = model.Forward(Exchanged(asked, measured[at], from), trace);
                var said = new Saying(trace, asked, loss);
                for (int lane = 0; lane < asked.Lanes; lane++)
                {
                    bool has = from[lane] >= 0;
                    moved[at][lane] += has ? whole.MovedTo(said, lane) / donors : double.NaN;
                    change[at][lane] += has ? (said.Losses[lane] - whole.Losses[lane]) / donors : double.NaN;
                }
            }
        }

        LagEffect[] effects =
        [
            .. measured.Select(
                (lag, at) =>
                    new LagEffect(
                        lag,
                        Estimate.OfMean([.. Present(moved[at])], seed),
                        Estimate.OfMean([.. Present(change[at])], seed),
                        SignFlips.PValue([.. Present(change[at])], bothSigns: false, seed)
                    )
            ),
        ];
        double floor = FloorPart * Math.Max(effects.Select(one => one.Moved.Value).DefaultIfEmpty(0).Max(), Skill.ToKnow(asked));
        bool IsUsed(LagEffect one) => one.Moved.Count >= FewestSequences && one.Moved.Value >= floor;
        bool IsNeeded(LagEffect one) => IsUsed(one) && one.LossChange.Value > 0 && one.PValue <= Error / effects.Length;
        int? used = effects.LastOrDefault(IsUsed)?.Lag,
            needed = effects.LastOrDefault(IsNeeded)?.Lag;
        return new(
            effects,
            floor,
            Interval(used, measured, moved, (at, mean) => effects[at].Moved.Count >= FewestSequences && mean >= floor, seed),
            // a lag's significance is that of all sequences; its size is resampled
            Interval(needed, measured, change, (at, mean) => IsNeeded(effects[at]) && mean > 0, seed)
        );
    }

    // another lane for each, asked at the same step if there is one; −1 where the lag or every other lane is too short
    private static int[] Donors(AskedPlaces asked, int lag, RandomStream random)
    {
        var from = new int[asked.Lanes];
        for (int lane = 0; lane < asked.Lanes; lane++)
        {
            int k = asked.Times[lane] - lag;
            int[] long_ = [.. Enumerable.Range(0, asked.Lanes).Where(other => other != lane && k >= 0 && asked.Batch.IsValid(k, other))];
            int[] alike = [.. long_.Where(other => asked.Times[other] == asked.Times[lane])];
            int[] choice = alike.Length > 0 ? alike : long_;
            from[lane] = choice.Length > 0 ? choice[random.Next(choice.Length)] : -1;
        }
        return from;
    }

    private static Batch Exchanged(AskedPlaces asked, int lag, int[] from)
    {
        Batch batch = asked.Batch;
        int size = batch.Ids is null ? batch.Inputs : 1;
        void Exchange<TInput>(TInput[] to, TInput[] source)
        {
            for (int lane = 0; lane < asked.Lanes; lane++)
                if (from[lane] >= 0)
                    source
                        .AsSpan(((asked.Times[lane] - lag) * asked.Lanes + from[lane]) * size, size)
                        .CopyTo(to.AsSpan(((asked.Times[lane] - lag) * asked.Lanes + lane) * size, size));
        }
        if (batch.Ids is { } ids)
        {
            int[] exchanged = [.. ids];
            Exchange(exchanged, ids);
            return Batch.OfIds(exchanged, batch.Times, batch.Lanes, batch.Targets, batch.Lengths);
        }
        double[] values = [.. batch.Values!];
        Exchange(values, batch.Values!);
        return Batch.OfValues(values, batch.Times, batch.Lanes, batch.Inputs, batch.Targets, batch.Lengths);
    }

    private static IEnumerable<double> Present(double[] values) => values.Where(value => !double.IsNaN(value));

    // the longest lag that holds, on sequences drawn with replacement
    private static LagEstimate Interval(int? lag, int[] lags, double[][] values, Func<int, double, bool> holds, long seed)
    {
        int lanes = values.Length == 0 ? 0 : values[0].Length;
        var random = new RandomStream(seed, PurposeOfLags);
        int[] chosen = new int[lanes];
        List<double> found = [];
        for (int resample = 0; resample < Resamples && lanes > 0; resample++)
        {
            for (int i = 0; i < lanes; i++)
                chosen[i] = random.Next(lanes);
            int at = lags.Length - 1;
            while (at >= 0 && !holds(at, Mean(values[at], chosen)))
                at--;
            found.Add(at < 0 ? -1 : lags[at]);
        }
        found.Sort();
        int? End(double fraction) => found.Count > 0 && Estimate.Quantile(found, fraction) is >= 0 and double end ? (int)end : null;
        return new(lag, End(0.025), End(0.975), AtLeast: lag is not null && lag == lags[^1]);
    }

    private static double Mean(double[] values, int[] chosen)
    {
        double sum = 0;
        int count = 0;
        foreach (int i in chosen)
        {
            if (double.IsNaN(values[i]))
                continue;
            sum += values[i];
            count++;
        }
        return sum / count;
    }
}
