using Farback.Networks;
using Farback.Tiles;

namespace Farback.Diagnosis;

/// <summary>How well the answer of the asked place can be read off part of a state, with what it is to be held against.</summary>
/// <param name="Part">Which part of the state.</param>
/// <param name="Lag">ℓ: the states after step t − ℓ.</param>
/// <param name="Skill">Cross-validated: the share of right classes, or R².</param>
/// <param name="Chance">What saying always the same gets: the most frequent class, or 0.</param>
/// <param name="Shuffled">The same probe on shuffled answers: mean, least and most over the shuffles.</param>
/// <param name="ByGroup">The control task: a random answer for each group (each subject's noun), which tells whether the group itself is remembered; null without groups.</param>
/// <param name="Untrained">The same probe on the states of an untrained network; null where none was given.</param>
public sealed record ProbeResult(
    string Part,
    int Lag,
    Estimate Skill,
    double Chance,
    Estimate Shuffled,
    Estimate? ByGroup,
    Estimate? Untrained
)
{
    /// <summary>What must be exceeded to say that something is there: the better of always the same and of the best shuffle.</summary>
    public double Control => Math.Max(Chance, Shuffled.High);
}

/// <summary>Cross-validated linear probes on the states before the asked place: is what the answer needs still there, and where?</summary>
/// <remarks>
///   Of places with another question (<see cref="AskedPlaces.PastInput"/>) they say what else of the past is there.
///   What a linear probe finds the state holds in a form that a linear read-out could use; what it does not find may still be there in another form.
/// </remarks>
public sealed class StateProbes
{
    private const int Shuffles = 20;
    private const int PurposeOfShuffles = 5006,
        PurposeOfGroups = 5007;

    private readonly AskedPlaces _asked;
    private readonly Trace<double> _trace;
    private readonly Trace<double>? _untrained;

    /// <summary>Runs the sequences.</summary>
    /// <param name="model">The model; its layers all run forwards.</param>
    /// <param name="asked">The sequences.</param>
    /// <param name="untrained">The network as it was before training, or another drawn alike; null for no such control.</param>
    /// <exception cref="ArgumentException">The network is bidirectional.</exception>
    public StateProbes(Model<double> model, AskedPlaces asked, Model<double>? untrained = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(asked);
        PatchedRun.Check(model.Network);
        (_asked, _trace, _untrained) = (asked, model.Forward(asked.Batch), untrained?.Forward(asked.Batch));
    }

    /// <summary>Probes a part for the answer, ℓ steps before it is asked.</summary>
    /// <exception cref="ArgumentException">Fewer than two sequences have a state there.</exception>
    public ProbeResult Answer(StatePart part, int lag, long seed = 1)
    {
        ArgumentNullException.ThrowIfNull(part);
        int[] lanes = [.. Enumerable.Range(0, _asked.Lanes).Where(lane => _asked.Times[lane] >= lag)];
        if (lanes.Length < 2)
            throw new ArgumentException(
                $"probe: only {lanes.Length} sequences have a state {lag} steps before the asked place; expected two or more."
            );
        AskedPlaces asked = lanes.Length == _asked.Lanes ? _asked : _asked.Only(lanes);
        int outputs = asked.IsClass ? Enumerable.Range(0, asked.Lanes).Max(asked.Class) + 1 : 0;
        double[][] answers = [.. Enumerable.Range(0, asked.Lanes).Select(lane => asked.Wanted(lane, outputs))];
        (Estimate skill, Estimate shuffled) = Fitted(asked, Features(_trace, part, lanes, lag), answers, Shuffles, seed);
        return new(
            part.Name,
            lag,
            skill,
            Skill.Chance(asked),
            shuffled,
            asked.Groups is null ? null : ByGroup(asked.Groups, Features(_trace, part, lanes, lag), seed),
            _untrained is null ? null : Fitted(asked, Features(_untrained, part, lanes, lag), answers, 0, seed).Skill
        );
    }

    private double[][] Features(Trace<double> trace, StatePart part, int[] lanes, int lag) =>
        [.. lanes.Select(lane => Features(trace, part, lane, _asked.Times[lane] - lag))];

    private static double[] Features(Trace<double> trace, StatePart part, int lane, int k)
    {
        Network network = trace.Model.Network;
        List<double> numbers = [];
        for (int layer = 0; layer < network.Layers; layer++)
        {
            LayerTrace<double> run = trace.Layers[layer];
            for (int p = 0; p < run.StateParts; p++)
            for (int unit = 0; unit < run.Units; unit++)
                if (part.Holds(layer, p, unit))
                    numbers.Add(run.State(k + 1, lane, p, unit));
        }
        return [.. numbers];
    }

    // the answers and their shuffles side by side: one factorisation
    private static (Estimate Skill, Estimate Shuffled) Fitted(
        AskedPlaces asked,
        double[][] features,
        double[][] answers,
        int shuffles,
        long seed
    )
    {
        int[] classes = asked.IsClass ? [.. Enumerable.Range(0, answers[0].Length).Where(c => answers.Any(answer => answer[c] > 0))] : [];
        double[][] wanted = asked.IsClass ? [.. answers.Select(answer => classes.Select(c => answer[c]).ToArray())] : answers;
        int size = wanted[0].Length;
        var random = new RandomStream(seed, PurposeOfShuffles);
        int[][] orders = new int[1 + shuffles][];
        for (int shuffle = 0; shuffle <= shuffles; shuffle++)
        {
            orders[shuffle] = [.. Enumerable.Range(0, wanted.Length)];
            if (shuffle > 0)
                random.Shuffle<int>(orders[shuffle]);
        }
        double[][] targets = [.. Enumerable.Range(0, wanted.Length).Select(i => orders.SelectMany(order => wanted[order[i]]).ToArray())];
        double[][] said = LinearProbe.CrossValidated(features, targets, seed: seed);
        double Merit(int i, int shuffle)
        {
            ReadOnlySpan<double> answer = said[i].AsSpan(shuffle * size, size);
            double[] right = wanted[orders[shuffle][i]];
            if (asked.IsClass)
                return right[Largest(answer)] > 0 ? 1 : 0;
            double error = 0;
            for (int o = 0; o < size; o++)
                error += (answer[o] - right[o]) * (answer[o] - right[o]);
            return -error;
        }
        double[] byShuffle =
        [
            .. Enumerable
                .Range(1, shuffles)
                .Select(shuffle => Plain(asked, [.. Enumerable.Range(0, wanted.Length).Select(i => Merit(i, shuffle))])),
        ];
        Estimate skill = Skill.Of(asked, i => Merit(i, 0));
        return (skill, shuffles == 0 ? Estimate.Nothing : new(byShuffle.Average(), byShuffle.Min(), byShuffle.Max(), shuffles));
    }

    // a shuffle keeps the answers, so their spread is the same
    private static double Plain(AskedPlaces asked, double[] merits)
    {
        if (asked.IsClass)
            return merits.Average();
        return 1 + merits.Average() / (2 * Skill.ToKnow(asked));
    }

    private static Estimate ByGroup(IReadOnlyList<int> groups, double[][] features, long seed)
    {
        var random = new RandomStream(seed, PurposeOfGroups);
        int[] distinct = [.. groups.Distinct().Order()];
        random.Shuffle<int>(distinct);
        // half of the groups are given one answer and half the other
        HashSet<int> ones = [.. distinct.Take(distinct.Length / 2)];
        double[][] said = LinearProbe.CrossValidated(
            features,
            [.. groups.Select(group => new[] { ones.Contains(group) ? 1.0 : -1 })],
            seed: seed
        );
        return Estimate.OfShare(said.Where((answer, i) => answer[0] > 0 == ones.Contains(groups[i])).Count(), groups.Count);
    }

    private static int Largest(ReadOnlySpan<double> numbers)
    {
        int largest = 0;
        for (int i = 1; i < numbers.Length; i++)
            if (numbers[i] > numbers[largest])
                largest = i;
        return largest;
    }
}
