using Farback.Gradients;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>The map of one sentence with its words on both axes, and every quantity that can be shown of it.</summary>
public sealed class SentenceMap
{
    private const int Lanes = 32;

    private readonly GradientMap _map;
    private readonly MapQuantities _quantities;

    private SentenceMap(AgreementSentence sentence, IReadOnlyList<string> words, Trace<double> trace, GradientMap map)
    {
        (Cue, Verb, Sentence, Words, Trace, _map) = (sentence.Cue, sentence.Verb, sentence.Text, words, trace, map);
        _quantities = new(map, [.. Enumerable.Range(0, map.Times)]);
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
    public IReadOnlyList<MapQuantity> Quantities(bool full) => _quantities.All(full);

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
    internal static string Label(AgreementSentence sentence, AgreementVocabulary vocabulary, int t) =>
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
    public MapQuantity Arrives => _quantities.Arrives;

    /// <summary>‖G[t,k]‖ of the series of that name.</summary>
    public MapQuantity Size(string series) => _quantities.Size(series);

    /// <summary>The signed share of the series of that name.</summary>
    public MapQuantity Share(string series) => _quantities.Share(series);
}
