using Farback.Sequences;

namespace Farback.Diagnosis;

/// <summary>How good answers are on one scale: the share that is right, or the part of the variance that is explained.</summary>
/// <remarks>Classes: accuracy with Wilson's interval. Numbers: R² = 1 − Σ‖y − d‖²/Σ‖d − d̄‖² with a bootstrap interval; it may be negative.</remarks>
internal static class Skill
{
    /// <summary>The skill of answers, one merit a lane (<see cref="Saying.Merit"/>).</summary>
    public static Estimate Of(AskedPlaces asked, Func<int, double> merit)
    {
        int lanes = asked.Lanes;
        double[] merits = [.. Enumerable.Range(0, lanes).Select(merit)];
        if (asked.IsClass)
            return Estimate.OfShare(merits.Count(one => one > 0), lanes);
        double[][] wanted = [.. Enumerable.Range(0, lanes).Select(lane => asked.Wanted(lane, 0))];
        double[] mean = [.. Enumerable.Range(0, wanted[0].Length).Select(i => wanted.Average(d => d[i]))];
        double[] spread = [.. wanted.Select(d => d.Zip(mean, (x, m) => (x - m) * (x - m)).Sum())];
        return Estimate.Of(lanes, chosen => 1 + chosen.Sum(i => merits[i]) / chosen.Sum(i => spread[i]));
    }

    /// <summary>What saying always the same gets: the share of the most frequent class; 0 for numbers.</summary>
    public static double Chance(AskedPlaces asked) =>
        asked.IsClass ? Enumerable.Range(0, asked.Lanes).GroupBy(asked.Class).Max(lanes => lanes.Count()) / (double)asked.Lanes : 0;

    /// <summary>From which skill on it counts as learned: 0.99 of the answers, or of the variance the part that leaves the adding problem's 0.01 of 1/6.</summary>
    public static double LearnedFrom(AskedPlaces asked) => asked.IsClass ? Verdict.Learned : 1 - AddingTask.Learned / AddingTask.Baseline;

    /// <summary>What there is to know at the asked places, nats: the entropy of their classes, or half the variance of their numbers.</summary>
    public static double ToKnow(AskedPlaces asked)
    {
        if (asked.IsClass)
            return Enumerable
                .Range(0, asked.Lanes)
                .GroupBy(asked.Class)
                .Select(lanes => lanes.Count() / (double)asked.Lanes)
                .Sum(p => -p * Math.Log(p));
        double[][] wanted = [.. Enumerable.Range(0, asked.Lanes).Select(lane => asked.Wanted(lane, 0))];
        return 0.5
            * Enumerable.Range(0, wanted[0].Length).Sum(i => wanted.Average(d => d[i] * d[i]) - Math.Pow(wanted.Average(d => d[i]), 2));
    }
}
