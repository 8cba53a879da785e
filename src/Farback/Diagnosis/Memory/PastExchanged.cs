using Farback.Networks;
using Farback.Sequences;

namespace Farback.Diagnosis;

/// <summary>How good answers stay when everything that lies further back is another sequence's.</summary>
/// <param name="Lag">n: inputs more than n steps before the asked place are exchanged, those from t − n on are its own.</param>
/// <param name="Skill">The share of answers that stay right, or R².</param>
/// <param name="Whole">The same with nothing exchanged.</param>
public sealed record PastExchanged(int Lag, Estimate Skill, Estimate Whole)
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
        AskedPlaces own = asked.Only([.. found.Select(pair => pair.Lane)]),
            other = asked.Only([.. found.Select(pair => pair.From)]);
        Estimate Skill(Batch batch)
        {
            var said = new Saying(model.Forward(batch), own, loss);
            return Diagnosis.Skill.Of(own, said.Merit);
        }
        return new(lag, Skill(Exchanged(own, other, lag)), Skill(own.Batch));
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
