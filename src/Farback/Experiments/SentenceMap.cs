using Farback.Gradients;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>The map of one sentence with its words on both axes, and every quantity that can be shown of it.</summary>
public sealed class SentenceMap
{
    // fixed decades, never rescaled between lengths, networks or before and after
    private static readonly ScaleRange Left = new(-6, 0);
    private static readonly ScaleRange Pull = new(-9, 0);
    private static readonly ScaleRange Signed = new(-1, 1);

    private const int Lanes = 32;

    private readonly GradientMap _map;

    private SentenceMap(AgreementSentence sentence, IReadOnlyList<string> words, Trace<double> trace, GradientMap map)
    {
        (Cue, Verb, Sentence, Words, Trace, _map) = (sentence.Cue, sentence.Verb, sentence.Text, words, trace, map);
    }

    /// <summary>The sentence.</summary>
    public string Sentence { get; }

    /// <summary>Its words; the verb is "was", of which the network sees "be".</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>The position of the subject.</summary>
    public int Cue { get; }

    /// <summary>The position of the verb.</summary>
    public int Verb { get; }

    /// <summary>The run.</summary>
    public Trace<double> Trace { get; }

    /// <summary>‖ΣΣG − ∇‖/ΣΣ‖G‖.</summary>
    public double Residual => _map.Residual ?? double.NaN;

    /// <summary>κ.</summary>
    public double Cancellation => _map.Cancellation;

    /// <summary>The lag profile of the verb's error over test sentences of the same length, where it was asked for.</summary>
    public LagProfile? Profile { get; private init; }

    /// <summary>The axes, with the first quantity.</summary>
    public MapView View => new(Words, Words, [Arrives]);

    /// <summary>Every quantity of the map: what arrives, then the size of each series, then the share of all.</summary>
    /// <param name="full">Whether blocks and gates are there one by one.</param>
    public IReadOnlyList<MapQuantity> Quantities(bool full) =>
        [Arrives, .. _map.Series.Where(series => full || series == _map.All).Select(Size), Share(_map.All)];

    /// <summary>The map of the cat's sentence at the task's lag, by the trained parameters, with the profile over test sentences.</summary>
    public static SentenceMap Of(AgreementTrialResult run, AgreementTask task)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(task);
        AgreementOptions options = task.Options;
        var fixedLength = new AgreementTask(
            options with
            {
                FewestFillers = null,
                TestSentences = Math.Min(Lanes, options.TestSentences),
                Sentences = 2,
            }
        );
        var model = new Model<double>(run.Network, run.Trained);
        Trace<double> batch = model.Forward(AgreementTask.BatchOf(fixedLength.Test));
        GradientMap map = GradientMap.Of(batch, LossField.Of(batch, new SoftmaxCrossEntropy(), Reduction.Mean));
        AgreementSentence sentence = options is { PrepositionalPhrases: 0, RelativeClauses: 0, Delayed: false }
            ? task.Read(Text(task.Vocabulary, options.Fillers))
            : fixedLength.Test[0];
        SentenceMap one = Of(run.Network, run.Trained, sentence, task.Vocabulary);
        return new(sentence, one.Words, one.Trace, one._map)
        {
            Profile = Profiles.Of(map, maximum: sentence.Lag, lossTimes: [sentence.Verb]),
        };
    }

    /// <summary>The map of one sentence.</summary>
    internal static SentenceMap Of(
        Network network,
        Parameters<double> parameters,
        AgreementSentence sentence,
        AgreementVocabulary vocabulary
    )
    {
        Trace<double> trace = new Model<double>(network, parameters).Forward(AgreementTask.BatchOf([sentence]));
        GradientMap map = GradientMap.Of(trace, LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean));
        return new(sentence, [.. sentence.Inputs.Select((word, t) => Label(sentence, vocabulary, t))], trace, map);
    }

    // what is read there, or, where nothing is read any more, what is said; the verb is what it is about
    private static string Label(AgreementSentence sentence, AgreementVocabulary vocabulary, int t) =>
        t == sentence.Verb ? "was"
        : sentence.Inputs[t] == vocabulary.Go ? vocabulary.OutputWords[sentence.Targets[t]]
        : vocabulary.InputWords[sentence.Inputs[t]];

    /// <summary>The cat's sentence with so many adjectives; the predicate's own is not said twice while there are others.</summary>
    internal static string Text(AgreementVocabulary vocabulary, int pairs)
    {
        string[] known = [.. vocabulary.AdjectiveWords.Where(word => word != "hungry")];
        IEnumerable<string> said = Enumerable.Range(0, pairs).Select(i => known[i % known.Length]);
        return $"the cat {(pairs > 0 ? $", being {string.Join(" and ", said)} , " : "")}be hungry .";
    }

    /// <summary>‖λ[t,k]‖/‖λ[t,t]‖: how much of a word's error is left at an earlier word.</summary>
    public MapQuantity Arrives
    {
        get
        {
            MapSite site = _map.Sites[0];
            double Ratio(int t, int k) => (site.AdjointAt(_map.Entry(t, k), 0) - site.AdjointAt(_map.Entry(t, t), 0)) * Math.Log10(2);
            return Make(
                "How much of the error arrives",
                "Each row is the error at one word; to the left it goes back to earlier words, and the colour is how much of it is left there.",
                "Of the error at “{row}” here, {value} is left when it has gone back {lag} to “{column}”.",
                MapScale.Log,
                Left,
                (t, k) =>
                {
                    CellClass walked = _map.All.Class[_map.Entry(t, k)];
                    if (walked is CellClass.NoPath or CellClass.NotALoss or CellClass.CutByTruncation)
                        return (walked, 0);
                    double left = Ratio(t, k);
                    return (
                        double.IsFinite(left) ? CellClass.Value
                        : double.IsNegativeInfinity(left) ? (walked == CellClass.Value ? CellClass.ExactZero : walked)
                        : CellClass.NaN,
                        left
                    );
                }
            );
        }
    }

    /// <summary>‖G[t,k]‖ of the series of that name.</summary>
    public MapQuantity Size(string series) => Size(_map[series]);

    /// <summary>The signed share of the series of that name.</summary>
    public MapQuantity Share(string series) => Share(_map[series]);

    private MapQuantity Size(MapSeries series)
    {
        string what = BlockNames.Of(series);
        return Make(
            $"Size of the gradient, {what}",
            $"‖G[t,k]‖ of {what}: how strongly the loss at the row's word pulls at the use of the weights at the column's word. Sizes do not add.",
            "The loss at “{row}” pulls with {value} at the weights' use at “{column}”, {lag} back.",
            MapScale.Log,
            Pull,
            (t, k) => (series.Class[_map.Entry(t, k)], series.Log2Norm[_map.Entry(t, k)] * Math.Log10(2))
        );
    }

    private MapQuantity Share(MapSeries series)
    {
        string what = BlockNames.Of(series);
        return Make(
            $"Share of the update, {what}",
            $"What each entry contributes to this sentence's update of {what}. Shares add, and make 1 together; some push the other way.",
            "The loss at “{row}”, through the weights' use at “{column}” {lag} back, contributes {value} of the update.",
            MapScale.Signed,
            Signed,
            (t, k) =>
            {
                int entry = _map.Entry(t, k);
                return (
                    series.Class[entry] == CellClass.Value && !double.IsFinite(series.Share[entry]) ? CellClass.NaN : series.Class[entry],
                    series.Share[entry]
                );
            }
        );
    }

    private MapQuantity Make(
        string name,
        string meaning,
        string sentence,
        MapScale scale,
        ScaleRange range,
        Func<int, int, (CellClass Class, double Value)> entry
    )
    {
        double?[] values = new double?[_map.Times * _map.Times];
        CellClass[] classes = new CellClass[values.Length];
        for (int at = 0; at < values.Length; at++)
        {
            (classes[at], double value) = entry(at / _map.Times, at % _map.Times);
            values[at] = classes[at] == CellClass.Value ? value : null;
        }
        return new()
        {
            Name = name,
            Meaning = meaning,
            Sentence = sentence,
            Scale = scale,
            Range = range,
            Values = values,
            Classes = classes,
        };
    }
}
