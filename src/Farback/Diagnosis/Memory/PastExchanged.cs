using Farback.Networks;
using Farback.Sequences;

namespace Farback.Diagnosis;

/// <summary>How good answers stay when everything that lies further back is another sequence's.</summary>
/// <param name="Lag">n: inputs more than n steps before the asked place are exchanged, those from t − n on are its own.</param>
/// <param name="Skill">The share of answers that stay right, or R².</param>
/// <param name="Whole">The same with nothing exchanged.</param>
/// <param name="LossChange">E(L' − L), nats: above 0 where the right answer suffers.</param>
/// <param name="PValue">Of the mean loss change, by tossing signs; one-sided.</param>
public sealed record PastExchanged(int Lag, Estimate Skill, Estimate Whole, Estimate LossChange, double PValue)
{
    private const int Purpose = 5009;

    /// <summary>Gives every sequence the distant past of another one that is asked at the same step.</summary>
    /// <remarks>
    ///   x'_k = another sequence's x_k for k &lt; t − n. An answer that needs no context stays right at n = 0; one that needs its cue ℓ steps back
    ///   falls to chance at n = ℓ − 1. Sequences without another that is asked at the same step are left out.
    /// </remarks>
    /// <exception cref="ArgumentException">No two sequences are asked at the same step.</exception>
    public static PastExchanged Of(Model<double> model, AskedPlaces asked, Loss loss, int lag, long seed = 1)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(asked);
        ArgumentOutOfRangeException.ThrowIfNegative(lag);
        (AskedPlaces own, AskedPlaces other) = Paired(asked, seed);
        var whole = new Saying(model.Forward(own.Batch), own, loss);
        return Of(model, own, other, whole, loss, lag, seed);
    }

    /// <summary>The longest lag that these answers need: exchanging everything from there back hurts, and from the next step back does not.</summary>
    /// <remarks>
    ///   By halving, with the floor of <see cref="FloorOf"/>, since what n + 1 exchanges is part of what n exchanges: ⌈log₂ T⌉ runs, each at p ≤ 0.05 shared out over them. Of a network that has
    ///   not learned its task it is what this network uses, which may be less than the task needs.
    /// </remarks>
    /// <returns>Null where exchanging the whole past does not hurt, or no two sequences are asked at the same step.</returns>
    public static int? Needed(Model<double> model, AskedPlaces asked, Loss loss, long seed = 1)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(asked);
        if (!Possible(asked))
            return null;
        (AskedPlaces own, AskedPlaces other) = Paired(asked, seed);
        var whole = new Saying(model.Forward(own.Batch), own, loss);
        int longest = own.Times.Max(),
            looks = (int)Math.Ceiling(Math.Log2(longest + 1)) + 1;
        bool Hurts(int lag)
        {
            PastExchanged past = Of(model, own, other, whole, loss, lag, seed);
            return past.Hurts(FloorOf(own), InputEffects.Error / looks);
        }
        if (!Hurts(0))
            return null;
        // exchanging what lies more than low steps back hurts, more than high steps back does not
        (int low, int high) = (0, longest);
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            (low, high) = Hurts(middle) ? (middle, high) : (low, middle);
        }
        return high;
    }

    /// <summary>Whether the answers suffer: by more than a floor, and by more than chance.</summary>
    /// <remarks>Without a floor any lag hurts in the fifteenth digit, since a deterministic network loses nothing wholly.</remarks>
    /// <param name="floor">The least loss added that counts, nats.</param>
    /// <param name="error">The probability of saying so where they do not.</param>
    public bool Hurts(double floor, double error) => LossChange.Value > 0 && LossChange.Value >= floor && PValue <= error;

    /// <summary>1 % of what there is to know at the asked places, nats.</summary>
    public static double FloorOf(AskedPlaces asked) => InputEffects.FloorPart * Diagnosis.Skill.ToKnow(asked);

    /// <summary>Whether two sequences are asked at the same step, so that one can take another's past.</summary>
    public static bool Possible(AskedPlaces asked)
    {
        ArgumentNullException.ThrowIfNull(asked);
        return asked.Times.Distinct().Count() < asked.Lanes;
    }

    private static PastExchanged Of(Model<double> model, AskedPlaces own, AskedPlaces other, Saying whole, Loss loss, int lag, long seed)
    {
        var said = new Saying(model.Forward(Exchanged(own, other, lag)), own, loss);
        double[] change = [.. said.Losses.Zip(whole.Losses, (with, without) => with - without)];
        return new(
            lag,
            Diagnosis.Skill.Of(own, said.Merit),
            Diagnosis.Skill.Of(own, whole.Merit),
            Estimate.OfMean(change, seed),
            SignFlips.PValue(change, bothSigns: false, seed)
        );
    }

    private static (AskedPlaces Own, AskedPlaces Other) Paired(AskedPlaces asked, long seed)
    {
        var random = new RandomStream(seed, Purpose);
        List<(int Lane, int From)> found = [];
        for (int lane = 0; lane < asked.Lanes; lane++)
        {
            int[] others = [.. Enumerable.Range(0, asked.Lanes).Where(other => other != lane && asked.Times[other] == asked.Times[lane])];
            if (others.Length > 0)
                found.Add((lane, others[random.Next(others.Length)]));
        }
        if (found.Count == 0)
            throw new ArgumentException("past exchanged: no two sequences are asked at the same step, so none can take another's past.");
        return (asked.Only([.. found.Select(pair => pair.Lane)]), asked.Only([.. found.Select(pair => pair.From)]));
    }

    private static Batch Exchanged(AskedPlaces own, AskedPlaces other, int lag)
    {
        Batch batch = own.Batch;
        TInput[] Mixed<TInput>(TInput[] mine, TInput[] others, int size) =>
            [.. mine.Select((x, i) => i / size / own.Lanes < own.Times[i / size % own.Lanes] - lag ? others[i] : x)];
        return batch.Ids is { } ids
            ? Batch.OfIds(Mixed(ids, other.Batch.Ids!, 1), batch.Times, batch.Lanes, batch.Targets, batch.Lengths)
            : Batch.OfValues(
                Mixed(batch.Values!, other.Batch.Values!, batch.Inputs),
                batch.Times,
                batch.Lanes,
                batch.Inputs,
                batch.Targets,
                batch.Lengths
            );
    }
}
