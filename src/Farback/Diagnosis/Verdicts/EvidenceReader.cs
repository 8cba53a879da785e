using Farback.Adjoints;
using Farback.Cells;
using Farback.Diagnosis.Spectra;
using Farback.Gradients;
using Farback.Networks;

namespace Farback.Diagnosis;

/// <summary>Measures what a diagnosis rests on, at one set of weights, on sequences that are asked at one place each.</summary>
public static class EvidenceReader
{
    private const int Numbers = 1 << 20; // activations of one gate that are kept at once
    private const int FewestOfGates = 4;

    /// <summary>Measures.</summary>
    /// <remarks>
    ///   Cost: the map's rows of the asked places, one run for the gates, and, of trained networks, two runs an exchange: some 3 to 6 backward
    ///   passes; where the needed lag has to be found, 2 ⌈log₂ T⌉ runs more.
    /// </remarks>
    /// <param name="model">The network.</param>
    /// <param name="asked">Its sequences; some 64 or more for intervals that say something.</param>
    /// <param name="loss">L.</param>
    /// <param name="needed">The needed lag; null where nobody knows.</param>
    /// <param name="source">Who says so.</param>
    /// <param name="trained">Whether the weights have been trained: only then are answers judged.</param>
    /// <param name="truncation">How it is trained; null for whole sequences.</param>
    /// <param name="seed">The seed of resamples and donors.</param>
    /// <param name="progress">Told what is measured; may throw to end it.</param>
    public static Evidence Of(
        Model<double> model,
        AskedPlaces asked,
        Loss loss,
        int? needed,
        LagSource source,
        bool trained,
        Truncation? truncation = null,
        long seed = 1,
        Action<double, string>? progress = null
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(asked);
        ArgumentNullException.ThrowIfNull(loss);
        Network network = model.Network;
        Cell cell = network.Cell;
        void Say(double fraction, string what) => progress?.Invoke(fraction, what);

        Say(0, "its answers");
        Trace<double> trace = model.Forward(asked.Batch);
        var said = new Saying(trace, asked, loss);
        int broken = said.Outputs.Count(output => output.Any(y => !double.IsFinite(y)));
        var evidence = new Evidence
        {
            Cell = cell.Name,
            HasGates = cell.Gates.Count > 1,
            Sequences = asked.Lanes,
            Trained = trained,
            NeededLag = needed,
            Source = needed is null ? LagSource.Unknown : source,
            NotFinite = (double)broken / asked.Lanes,
            Truncation = truncation,
        };
        if (broken > 0)
            return evidence; // what follows would be no numbers
        double learned = Skill.LearnedFrom(asked);
        evidence = evidence with
        {
            Skill = Skill.Of(asked, said.Merit),
            Chance = Skill.Chance(asked),
            Learned = learned,
            Floor = PastExchanged.FloorOf(asked),
            InputAlone = InputAlone(asked, seed),
        };
        Say(0.05, "its activations");
        evidence = evidence with { Gates = GatesOf(trace, seed) };
        bool exchanges = trained && !network.Bidirectional;
        if (needed is null && exchanges)
        {
            Say(0.15, "which lag it needs");
            if (PastExchanged.Needed(model, asked, loss, seed) is { } found)
                evidence = evidence with { NeededLag = found, Source = LagSource.Intervention };
        }
        Say(0.4, "how much of the error arrives");
        evidence = WithReach(evidence, trace, asked, loss, seed);
        if (evidence.NeededLag is { } lag && truncation is { } window)
            evidence = evidence with
            {
                Cut = Estimate.OfShare(asked.Times.Count(t => t >= lag && t - lag < window.FirstUse(t, asked.Batch.Times)), asked.Lanes),
            };
        if (!exchanges)
            return evidence;
        Say(0.7, "exchanging the past");
        evidence = evidence with
        {
            WithoutPast = PastExchanged.Possible(asked) ? PastExchanged.Of(model, asked, loss, 0, seed) : null,
            WithoutNeeded =
                evidence.NeededLag is >= 1 and { } needs && PastExchanged.Possible(asked)
                    ? PastExchanged.Of(model, asked, loss, needs - 1, seed)
                    : null,
        };
        if (evidence.Skill.Value >= learned || StatePart.Hidden(network) is not { } hidden)
            return evidence;
        Say(0.9, "what the state holds");
        var probes = new StateProbes(model, asked);
        return evidence with { Readable = probes.Answer(StatePart.Readable(network), 0, seed), Behind = probes.Answer(hidden, 0, seed) };
    }

    // the answer off x_t alone, by a linear reader; words one-hot, only those that occur
    private static Estimate InputAlone(AskedPlaces asked, long seed)
    {
        int outputs = asked.IsClass ? Enumerable.Range(0, asked.Lanes).Max(asked.Class) + 1 : 0;
        double[][] answers = [.. Enumerable.Range(0, asked.Lanes).Select(lane => asked.Wanted(lane, outputs))];
        double[][] inputs = Present(asked);
        if (asked.Lanes < 2 * LinearProbe.Folds)
            return Estimate.Nothing;
        double[][] said = LinearProbe.CrossValidated(inputs, answers, seed: seed);
        return Skill.Of(
            asked,
            lane =>
                asked.IsClass
                    ? (Probabilities.Largest<double>(said[lane]) == asked.Class(lane) ? 1 : 0)
                    : -said[lane].Zip(answers[lane], (y, d) => (y - d) * (y - d)).Sum()
        );
    }

    private static double[][] Present(AskedPlaces asked)
    {
        Sequences.Batch batch = asked.Batch;
        int Place(int lane) => asked.Times[lane] * asked.Lanes + lane;
        if (batch.Ids is not { } ids)
            return
            [
                .. Enumerable.Range(0, asked.Lanes).Select(lane => batch.Values.AsSpan(Place(lane) * batch.Inputs, batch.Inputs).ToArray()),
            ];
        int[] words = [.. Enumerable.Range(0, asked.Lanes).Select(lane => ids[Place(lane)])];
        int[] distinct = [.. words.Distinct()];
        return [.. words.Select(word => distinct.Select(other => word == other ? 1.0 : 0).ToArray())];
    }

    private static GateEvidence[] GatesOf(Trace<double> trace, long seed)
    {
        Network network = trace.Model.Network;
        int sequences = Math.Min(Math.Max(Numbers / Math.Max(1, trace.Times * network.Hidden), FewestOfGates), trace.Lanes);
        return
        [
            .. Enumerable
                .Range(0, network.Layers * network.Directions)
                .SelectMany(site =>
                    GatesOf(GateReading.Of(trace, site, sequences), trace.Model.Sites[site], trace.Batch.Lengths, sequences, seed)
                ),
        ];
    }

    private static IEnumerable<GateEvidence> GatesOf(GateReading reading, Site site, int[] lengths, int sequences, long seed)
    {
        foreach (Gate gate in site.Cell.Gates)
        {
            // a closed input gate beside an open memory is a slow unit, as chrono biases want it
            if (gate.Activation is not { } kind || (site.Cell.MemoryGate is not null && gate.Name == "i"))
                continue;
            ReadOnlySpan<double> values = reading.Values(gate.Name),
                slopes = reading.Slopes(gate.Name);
            double flatBelow = Rules.Flat * kind.LargestSlope();
            List<double> flat = [],
                shut = [];
            bool[] alive = new bool[site.Units];
            int at = 0;
            foreach (int length in lengths.Take(sequences))
            {
                int end = at + length * site.Units,
                    flats = 0,
                    shuts = 0;
                int places = end - at;
                for (; at < end; at++)
                {
                    if (slopes[at] < flatBelow && (kind != ActivationKind.Sigmoid || values[at] < 0.5))
                        flats++;
                    if (values[at] < Rules.Shut)
                        shuts++;
                    if (slopes[at] != 0)
                        alive[at % site.Units] = true;
                }
                if (places == 0)
                    continue;
                flat.Add((double)flats / places);
                shut.Add((double)shuts / places);
            }
            bool bounded = kind is ActivationKind.Sigmoid or ActivationKind.Tanh;
            yield return new(
                site.ToString(),
                gate.Name,
                bounded ? Estimate.OfMean(flat, seed) : new(0, 0, 0, flat.Count),
                kind == ActivationKind.Sigmoid && gate.Name == "o" ? Estimate.OfMean(shut, seed) : null,
                kind == ActivationKind.Relu ? Estimate.OfShare(alive.Count(one => !one), site.Units) : null
            );
        }
    }

    // of the error at the asked place, in the first layer, as the map has it
    private static Evidence WithReach(Evidence evidence, Trace<double> trace, AskedPlaces asked, Loss loss, long seed)
    {
        int[] times = [.. asked.Times.OrderDescending()];
        if (times.Length < Profiles.FewestContributions)
            return evidence;
        int longest = times[Profiles.FewestContributions - 1],
            window = Math.Min(trace.Times - 1, Math.Max(MapExtent.SampledWindow, evidence.NeededLag ?? 0));
        var extent = new MapExtent { LossTimes = [.. asked.Times.Distinct()], Window = window };
        GradientMap map = GradientMap.Of(trace, LossField.Of(trace, loss, Reduction.Mean), extent);
        longest = Math.Min(longest, map.Window);
        LagProfile profile = Profiles.Of(map, maximum: longest);
        double[] RatiosAt(int lag) =>
            [
                .. Enumerable
                    .Range(0, asked.Lanes)
                    .Where(lane => asked.Times[lane] >= lag)
                    .Select(lane =>
                        map.Sites[0].AdjointAt(map.Entry(asked.Times[lane], asked.Times[lane] - lag), lane)
                        - map.Sites[0].AdjointAt(map.Entry(asked.Times[lane], asked.Times[lane]), lane)
                    )
                    .Where(ratio => !double.IsNaN(ratio)),
            ];
        int[] lags = [.. Enumerable.Range(0, longest + 1)];
        double[][] ratios = [.. lags.Select(RatiosAt)];
        int infinite = ratios.Max(at => at.Count(double.IsPositiveInfinity));
        int peak = lags.MaxBy(lag => Typical(ratios[lag], null));
        int? measured = evidence.NeededLag is { } needed ? Math.Min(needed, longest) : null;
        return evidence with
        {
            NotFinite = Math.Max(evidence.NotFinite, (double)infinite / asked.Lanes),
            MeasuredLag = measured,
            Growth = measured is { } lag && ratios[lag].Length >= Profiles.FewestContributions ? Grown(ratios[lag], seed) : null,
            PeakLag = peak,
            Peak = ratios[peak].Length >= Profiles.FewestContributions ? Grown(ratios[peak], seed) : null,
            Reached = profile.Hundredth,
            FactorPerStep = profile.Rate is { } rate ? Math.Exp(-rate) : null,
        };
    }

    private static Estimate Grown(double[] log2, long seed)
    {
        Estimate e = Estimate.Of(log2.Length, chosen => Typical(log2, chosen), seed);
        return new(double.Exp2(e.Value), double.Exp2(e.Low), double.Exp2(e.High), e.Count);
    }

    // the mean of the logarithms; zero where at half of the sequences nothing arrives
    private static double Typical(double[] log2, int[]? chosen)
    {
        double sum = 0;
        int count = 0,
            all = chosen?.Length ?? log2.Length;
        for (int i = 0; i < all; i++)
        {
            double one = log2[chosen is null ? i : chosen[i]];
            if (!double.IsFinite(one))
                continue;
            sum += one;
            count++;
        }
        return 2 * count > all ? sum / count : double.NegativeInfinity;
    }
}
