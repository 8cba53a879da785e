using Farback.Diagnosis;
using Farback.Gradients;
using Farback.Networks;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Experiments;

/// <summary>How a network's memory is to be asked.</summary>
public sealed record MemoryStudyOptions
{
    /// <summary>How many held-out sequences at most.</summary>
    public int Sequences { get; init; } = 256;

    /// <summary>How many lags of the profile of input effects at most.</summary>
    public int Lags { get; init; } = 32;

    /// <summary>How many lags are probed and interchanged at most: these cost more.</summary>
    public int FewLags { get; init; } = 8;

    /// <summary>Updates of each refit; 0 for none.</summary>
    public int RefitSteps { get; init; } = 400;

    /// <summary>Adam's rate in the refits.</summary>
    public double RefitRate { get; init; } = 0.01;

    /// <summary>The needed lag; null for the task's own.</summary>
    public int? NeededLag { get; init; }

    /// <summary>From which skill on the network counts as right: 0.99 of the answers, or of the variance the part that leaves the adding problem's 0.01 of 1/6.</summary>
    public double? Learned { get; init; }

    /// <summary>The seed of donors, folds, shuffles, batches and resamples.</summary>
    public long Seed { get; init; } = 1;
}

/// <summary>All that was measured of a network's memory, forwards, and the decision it comes to.</summary>
/// <param name="Task">The task.</param>
/// <param name="Network">The network.</param>
/// <param name="Sequences">How many held-out sequences were asked.</param>
/// <param name="NeededLag">The lag that the answer needs, by the task or as given; null where neither says.</param>
/// <param name="Skill">The network's own answers at the asked places.</param>
/// <param name="Chance">What saying always the same gets.</param>
/// <param name="Inputs">What each step of the past does to the answer.</param>
/// <param name="CueMoved">What the cue does (cat for cats), nats; null without minimal pairs.</param>
/// <param name="Differs">The share of pairs answered differently; null without pairs.</param>
/// <param name="Swaps">Interchange of states, by part and lag; empty without pairs.</param>
/// <param name="Probes">Probes for the answer, by part and lag; lag 0 is the asked place.</param>
/// <param name="Recalled">Probes on the whole state at the asked place for the input ℓ steps before; <see cref="ProbeResult.Lag"/> is that ℓ.</param>
/// <param name="Ablation">Units silenced.</param>
/// <param name="Carried">The smallest set of units living in the paired sequence, from the longest exchanged lag up to the asked place: is it enough to flip the answer? Null without pairs or without a set.</param>
/// <param name="Refits">Half of the network trained on alone.</param>
/// <param name="ReachedUntrained">How far a hundredth of the error at the asked place gets back in the untrained network.</param>
/// <param name="Reached">The same in the network as it is.</param>
/// <param name="Verdict">The decision.</param>
public sealed record MemoryStudy(
    string Task,
    string Network,
    int Sequences,
    int? NeededLag,
    Estimate Skill,
    double Chance,
    InputEffects Inputs,
    Estimate? CueMoved,
    Estimate? Differs,
    IReadOnlyList<SwapEffect> Swaps,
    IReadOnlyList<ProbeResult> Probes,
    IReadOnlyList<ProbeResult> Recalled,
    UnitAblation Ablation,
    SwapEffect? Carried,
    IReadOnlyList<Refit> Refits,
    Horizon ReachedUntrained,
    Horizon Reached,
    MemoryVerdict Verdict
)
{
    /// <summary>Measures everything.</summary>
    /// <param name="network">The network; it runs forwards.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="untrained">What it started from, or another draw: the control of the probes.</param>
    /// <param name="task">The task that it is for.</param>
    /// <param name="options">How it is asked.</param>
    /// <param name="progress">Told what is being measured.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="ArgumentException">The network is bidirectional, or the task's held-out part has no answer with a past.</exception>
    public static MemoryStudy Of(
        Network network,
        Parameters<double> weights,
        Parameters<double> untrained,
        LearningTask task,
        MemoryStudyOptions? options = null,
        Action<DemoProgress>? progress = null,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(untrained);
        ArgumentNullException.ThrowIfNull(task);
        options ??= new();
        var model = new Model<double>(network, weights);
        var before = new Model<double>(network, untrained);
        Loss loss = TaskTraining.LossOf(task);
        (AskedPlaces asked, ContrastPairs? pairs) = Ask(task, options.Sequences);
        int longest = asked.Times.Max();
        int? needed = options.NeededLag ?? task.NeededLag;
        int[] lags = Spread(longest, options.Lags, needed),
            few = Spread(Math.Min(longest, needed ?? longest), options.FewLags, needed);
        void Say(double fraction, string what)
        {
            cancel.ThrowIfCancellationRequested();
            progress?.Invoke(new(fraction, what));
        }

        Say(0, "its answers");
        var said = new Saying(model.Forward(asked.Batch), asked, loss);
        Estimate skill = Diagnosis.Skill.Of(asked, said.Merit);
        Say(0.02, "exchanging single steps of the past");
        InputEffects inputs = InputEffects.Of(model, asked, loss, lags, seed: options.Seed);
        Say(0.15, "exchanging states");
        Interchange? interchange = pairs is null ? null : new(model, pairs, loss);
        SwapEffect[] swaps = interchange is null
            ? []
            : [.. interchange.Parts.SelectMany(part => few.Select(lag => interchange.Swap(part, lag)))];
        Say(0.3, "probing states");
        var probes = new StateProbes(model, asked, before);
        StatePart readable = StatePart.Readable(network);
        StatePart? hidden = StatePart.Hidden(network);
        int[] probedLags = [.. few.Where(lag => asked.Times.Count(t => t >= lag) >= 2)];
        ProbeResult[] probed =
        [
            .. StatePart.Of(network).SelectMany(part => probedLags.Select(lag => probes.Answer(part, lag, options.Seed))),
            .. new[] { readable, hidden }.OfType<StatePart>().Select(part => probes.Answer(part, 0, options.Seed)),
        ];
        ProbeResult[] recalled =
        [
            .. probedLags.Select(lag =>
                new StateProbes(model, asked.PastInput(lag), before).Answer(StatePart.Of(network)[0], 0, options.Seed) with
                {
                    Lag = lag,
                }
            ),
        ];
        Say(0.5, "silencing units");
        UnitAblation ablation = UnitAblation.Of(model, asked, loss, options.Seed, part => Say(0.5 + 0.2 * part, "silencing units"), cancel);
        SwapEffect? carried =
            interchange is null || ablation.Smallest.Count == 0
                ? null
                : interchange.Hold(StatePart.Units([.. ablation.Smallest.Select(unit => (unit.Layer, unit.Unit))]), few[^1]);
        Refit[] refits =
            options.RefitSteps == 0
                ? []
                :
                [
                    .. new[] { RefitPart.ReadOut, RefitPart.Recurrence }.Select(
                        (part, i) =>
                            Refit.Of(
                                network,
                                weights,
                                task,
                                asked,
                                part,
                                options.RefitSteps,
                                options.RefitRate,
                                options.Seed,
                                done =>
                                    Say(
                                        0.7 + 0.14 * (i + done),
                                        part == RefitPart.ReadOut ? "training the read-out alone" : "training the recurrence alone"
                                    ),
                                cancel
                            )
                    ),
                ];
        Say(0.98, "how far the gradient reaches");
        Horizon reachedUntrained = ReachOf(before, asked, loss, needed),
            reached = ReachOf(model, asked, loss, needed);

        ProbeResult At(StatePart part) => probed.First(probe => probe.Part == part.Name && probe.Lag == 0);
        ProbeResult[] deciding = [.. new[] { readable, hidden, StatePart.Of(network)[0] }.OfType<StatePart>().Select(At)];
        MemoryVerdict verdict = MemoryVerdict.Of(
            new(
                skill,
                deciding.Max(probe => probe.Control),
                At(readable).Skill,
                At(StatePart.Of(network)[0]).Skill,
                hidden is null ? null : At(hidden).Skill,
                refits.FirstOrDefault(refit => refit.Part == RefitPart.ReadOut)?.After,
                (reachedUntrained.Lag ?? -1) > (reached.Lag ?? -1) ? reachedUntrained : reached,
                needed,
                options.Learned ?? Diagnosis.Skill.LearnedFrom(asked)
            )
        );
        return new(
            task.Name,
            $"{network.Cell.Title}, {network.Hidden} units{(network.Layers > 1 ? $", {network.Layers} layers" : "")}",
            asked.Lanes,
            needed,
            skill,
            Diagnosis.Skill.Chance(asked),
            inputs,
            pairs is { Minimal: true } ? interchange!.Moved : null,
            interchange?.Differs,
            swaps,
            probed,
            recalled,
            ablation,
            carried,
            refits,
            reachedUntrained,
            reached,
            verdict
        );
    }

    /// <summary>The held-out sequences with their asked places, and pairs of them.</summary>
    /// <remarks>Agreement: the verbs of the longest test sentences, each beside itself with the other number. Else the last place with a target.</remarks>
    public static (AskedPlaces Asked, ContrastPairs? Pairs) Ask(LearningTask task, int sequences)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sequences);
        if (task is AgreementLearning agreement)
        {
            AgreementSentence[] sentences = Longest(agreement.Task, sequences);
            return (AskedPlaces.Verbs(sentences), ContrastPairs.Of(sentences));
        }
        var asked = AskedPlaces.Last(task.Held(Split.Test, sequences).First());
        return (asked, ContrastPairs.Of(asked));
    }

    // of the test half that no training looks at; where lengths are mixed few are that long, and others are drawn that nothing has seen
    private static AgreementSentence[] Longest(AgreementTask task, int count)
    {
        int longest = task.Options.LagOf(task.Options.Fillers),
            half = task.Test.Count / 2;
        AgreementSentence[] own = [.. task.Test.Skip(half).Where(sentence => sentence.Lag == longest).Take(count)];
        if (own.Length >= count || task.Options.FewestFillers is null)
            return own;
        HashSet<string> seen = [.. task.Train.Concat(task.Test).Select(sentence => sentence.Text)];
        AgreementOptions fixedLength = task.Options with
        {
            FewestFillers = null,
            Sentences = 2,
            TestSentences = count,
            Seed = task.Options.Seed + 1,
        };
        try
        {
            IEnumerable<AgreementSentence> more = new AgreementTask(fixedLength).Test.Where(sentence => seen.Add(sentence.Text));
            return [.. own.Concat(more).Take(count)];
        }
        catch (ArgumentException)
        {
            return own; // so many different sentences of that length do not exist
        }
    }

    /// <summary>Lags from 0 to the longest, the needed one among them: all where they are few, else ever sparser.</summary>
    public static int[] Spread(int longest, int most, int? needed)
    {
        if (longest < most)
            return [.. Enumerable.Range(0, longest + 1)];
        // 1 … longest, evenly on a logarithmic scale, with 0
        IEnumerable<int> sparse = Enumerable
            .Range(0, Math.Max(2, most - 2))
            .Select(i => (int)Math.Round(Math.Pow(longest, i / Math.Max(1.0, most - 3))));
        IEnumerable<int> own = needed is { } lag && lag <= longest ? [lag] : [];
        return [.. sparse.Concat(own).Append(0).Distinct().Order()];
    }

    // of the error at the asked place, in the first layer, as the map has it
    private static Horizon ReachOf(Model<double> model, AskedPlaces asked, Loss loss, int? needed)
    {
        const int Most = 64;
        AskedPlaces some = asked.Only([.. Enumerable.Range(0, Math.Min(Most, asked.Lanes))]);
        Trace<double> trace = model.Forward(some.Batch);
        GradientMap map = GradientMap.Of(trace, LossField.Of(trace, loss, Reduction.Mean));
        // the needed lag, where enough sequences are that long, else as far as they are
        int[] times = [.. some.Times.OrderDescending()];
        int common = times[Math.Min(times.Length, Profiles.FewestContributions) - 1],
            most = Math.Min(Math.Min(needed ?? common, common), map.Window);
        return Profiles.Of(map, maximum: most).Hundredth;
    }
}
