using Farback.Sequences;

namespace Farback.Diagnosis;

/// <summary>Sequences with one place each at which the network is asked: the verb, or the last step that has a target.</summary>
/// <remarks>What a lag means is then plain: ℓ steps before the place that is asked, t − ℓ, in every sequence. Targets elsewhere are taken away.</remarks>
public sealed class AskedPlaces
{
    private AskedPlaces(Batch batch, int[] times, int[]? groups) => (Batch, Times, Groups) = (batch, times, groups);

    /// <summary>The sequences, with a target at the asked place only.</summary>
    public Batch Batch { get; }

    /// <summary>t of each lane.</summary>
    public IReadOnlyList<int> Times { get; }

    /// <summary>What a lane shares with others beside its answer, by number: the subject's noun; null where nothing is known.</summary>
    public IReadOnlyList<int>? Groups { get; }

    /// <summary>B.</summary>
    public int Lanes => Batch.Lanes;

    /// <summary>True where the answer is one of several classes, else it is numbers.</summary>
    public bool IsClass => Batch.Targets is ClassTargets;

    /// <summary>The class that is right in each lane.</summary>
    public int Class(int lane) => ((ClassTargets)Batch.Targets).Classes[Times[lane] * Lanes + lane];

    /// <summary>What is to be said in a lane: a one at its class, or its numbers.</summary>
    internal double[] Wanted(int lane, int outputs)
    {
        if (Batch.Targets is ValueTargets values)
            return values.At(Times[lane] * Lanes + lane).ToArray();
        var one = new double[outputs];
        one[Class(lane)] = 1;
        return one;
    }

    /// <summary>The last place with a target of each sequence that has one, and at least one step before it.</summary>
    /// <exception cref="ArgumentException">No sequence has one.</exception>
    public static AskedPlaces Last(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        (int Lane, int Time)[] found =
        [
            .. Enumerable
                .Range(0, batch.Lanes)
                .Select(lane => (lane, Enumerable.Range(0, batch.Times).LastOrDefault(time => batch.HasLoss(time, lane), -1)))
                .Where(place => place.Item2 > 0),
        ];
        return found.Length == 0
            ? throw new ArgumentException("batch: no sequence has a target after its first step, so there is no past to ask about.")
            : At(batch, [.. found.Select(place => place.Lane)], [.. found.Select(place => place.Time)]);
    }

    /// <summary>Chosen lanes, asked at chosen times.</summary>
    /// <param name="batch">The sequences.</param>
    /// <param name="lanes">Which of them, in this order; one may come more than once.</param>
    /// <param name="times">Where each is asked.</param>
    /// <param name="groups">What they share beside their answers; null for nothing.</param>
    /// <exception cref="ArgumentException">A place has no target.</exception>
    public static AskedPlaces At(Batch batch, int[] lanes, int[] times, int[]? groups = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(lanes);
        ArgumentNullException.ThrowIfNull(times);
        for (int i = 0; i < lanes.Length; i++)
            if (!batch.HasLoss(times[i], lanes[i]))
                throw new ArgumentException($"asked places: lane {lanes[i]} has no target at step {times[i]}; ask where there is one.");
        bool Asked(int time, int i) => time == times[i];
        Targets targets = batch.Targets switch
        {
            ClassTargets classes => new ClassTargets([
                .. Places(
                    batch,
                    lanes,
                    (time, lane, i) => Asked(time, i) ? classes.Classes[time * batch.Lanes + lane] : ClassTargets.Ignored
                ),
            ]),
            ValueTargets values => new ValueTargets(
                [
                    .. Places(
                            batch,
                            lanes,
                            (time, lane, i) =>
                                Asked(time, i)
                                    ? values.At(time * batch.Lanes + lane).ToArray()
                                    : [.. Enumerable.Repeat(double.NaN, values.Size)]
                        )
                        .SelectMany(place => place),
                ],
                values.Size
            ),
            _ => throw new NotSupportedException($"targets of type {batch.Targets.GetType().Name} cannot be asked one by one."),
        };
        int[] lengths = [.. lanes.Select(lane => batch.Lengths[lane])];
        Batch chosen = batch.Ids is { } ids
            ? Batch.OfIds(
                [.. Places(batch, lanes, (time, lane, _) => ids[time * batch.Lanes + lane])],
                batch.Times,
                lanes.Length,
                targets,
                lengths
            )
            : Batch.OfValues(
                [
                    .. Places(
                            batch,
                            lanes,
                            (time, lane, _) => batch.Values.AsSpan((time * batch.Lanes + lane) * batch.Inputs, batch.Inputs).ToArray()
                        )
                        .SelectMany(place => place),
                ],
                batch.Times,
                lanes.Length,
                batch.Inputs,
                targets,
                lengths
            );
        return new(chosen, times, groups);
    }

    /// <summary>The verbs of sentences; the subjects' nouns, whatever their number, are the groups.</summary>
    public static AskedPlaces Verbs(IReadOnlyList<AgreementSentence> sentences)
    {
        ArgumentNullException.ThrowIfNull(sentences);
        return At(
            AgreementTask.BatchOf(sentences),
            [.. Enumerable.Range(0, sentences.Count)],
            [.. sentences.Select(sentence => sentence.Verb)],
            [.. sentences.Select(sentence => sentence.Inputs[sentence.Cue])]
        );
    }

    /// <summary>One word of each sentence that needs no other: any but the verb, drawn from those with a target.</summary>
    /// <remarks>Delayed sentences have targets in their second half; there each word needs another, as far back as the sentence is long.</remarks>
    public static AskedPlaces Words(IReadOnlyList<AgreementSentence> sentences, long seed = 1)
    {
        ArgumentNullException.ThrowIfNull(sentences);
        var random = new RandomStream(seed, PurposeOfWords);
        int[] times =
        [
            .. sentences.Select(sentence =>
            {
                int[] others =
                [
                    .. Enumerable
                        .Range(1, sentence.Targets.Length - 1)
                        .Where(time => time != sentence.Verb && sentence.Targets[time] != ClassTargets.Ignored),
                ];
                return others[random.Next(others.Length)];
            }),
        ];
        return At(AgreementTask.BatchOf(sentences), [.. Enumerable.Range(0, sentences.Count)], times);
    }

    private const int PurposeOfWords = 5010;

    /// <summary>The same places with another question: what was the input ℓ steps ago? A word is a class, a vector its numbers.</summary>
    /// <remarks>Sequences that are asked before step ℓ are left out. For probes; the network itself was never asked that.</remarks>
    /// <exception cref="ArgumentException">No sequence has an input there.</exception>
    public AskedPlaces PastInput(int lag)
    {
        int[] lanes = [.. Enumerable.Range(0, Lanes).Where(lane => Times[lane] >= lag && lag >= 0)];
        if (lanes.Length == 0)
            throw new ArgumentException(
                $"past input: no sequence has an input {lag} steps before it is asked; the longest lag is {Times.Max()}."
            );
        AskedPlaces own = Only(lanes);
        Batch batch = own.Batch;
        if (batch.Ids is { } ids)
        {
            int[] classes = new int[ids.Length];
            Array.Fill(classes, ClassTargets.Ignored);
            for (int lane = 0; lane < own.Lanes; lane++)
                classes[own.Times[lane] * own.Lanes + lane] = ids[(own.Times[lane] - lag) * own.Lanes + lane];
            return new(Batch.OfIds(ids, batch.Times, batch.Lanes, new ClassTargets(classes), batch.Lengths), [.. own.Times], null);
        }
        double[] values = new double[batch.Values!.Length];
        Array.Fill(values, double.NaN);
        for (int lane = 0; lane < own.Lanes; lane++)
            batch
                .Values.AsSpan(((own.Times[lane] - lag) * own.Lanes + lane) * batch.Inputs, batch.Inputs)
                .CopyTo(values.AsSpan((own.Times[lane] * own.Lanes + lane) * batch.Inputs));
        return new(
            Batch.OfValues(batch.Values!, batch.Times, batch.Lanes, batch.Inputs, new ValueTargets(values, batch.Inputs), batch.Lengths),
            [.. own.Times],
            null
        );
    }

    /// <summary>Some of the lanes.</summary>
    internal AskedPlaces Only(int[] lanes) =>
        At(Batch, lanes, [.. lanes.Select(lane => Times[lane])], Groups is null ? null : [.. lanes.Select(lane => Groups[lane])]);

    private static IEnumerable<TItem> Places<TItem>(Batch batch, int[] lanes, Func<int, int, int, TItem> at) =>
        Enumerable.Range(0, batch.Times).SelectMany(time => lanes.Select((lane, i) => at(time, lane, i)));
}
