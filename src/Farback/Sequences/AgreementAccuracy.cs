namespace Farback.Sequences;

/// <summary>How well a network glosses: the words that need no other word, and the verb by what stands between it and its subject.</summary>
public sealed class AgreementAccuracy
{
    private readonly SortedDictionary<int, Tally> _wordsByLag = [];
    private readonly SortedDictionary<int, Tally> _verbByLag = [];
    private readonly SortedDictionary<int, Tally> _verbByAttractors = [];

    /// <summary>Every word but the verb: the input word itself decides.</summary>
    public Tally Words { get; private set; }

    /// <summary>The verb: its subject's number decides. A guess has <see cref="AgreementTask.Chance"/>.</summary>
    public Tally Verb { get; private set; }

    /// <summary>Verbs of plural subjects; beside <see cref="Verb"/> it shows a network that always says the same.</summary>
    public Tally VerbOfMany { get; private set; }

    /// <summary>Words by needed lag: 0, or the sentence's length where the glosses are delayed.</summary>
    public IReadOnlyDictionary<int, Tally> WordsByLag => _wordsByLag;

    /// <summary>Verbs by needed lag.</summary>
    public IReadOnlyDictionary<int, Tally> VerbByLag => _verbByLag;

    /// <summary>Verbs by the number of nouns in between that have the other number.</summary>
    public IReadOnlyDictionary<int, Tally> VerbByAttractors => _verbByAttractors;

    /// <summary>Counts the right ones among the predicted output words [time][lane], lane b being sentence b.</summary>
    /// <exception cref="ArgumentException">The predictions are no rows of lanes, or fewer than the longest sentence has steps.</exception>
    public static AgreementAccuracy Of(ReadOnlySpan<int> predicted, IReadOnlyList<AgreementSentence> sentences)
    {
        ArgumentNullException.ThrowIfNull(sentences);
        AgreementAccuracy accuracy = new();
        int lanes = sentences.Count;
        int times = sentences.Select(sentence => sentence.Targets.Length).DefaultIfEmpty().Max();
        if (predicted.Length < times * lanes || (lanes > 0 && predicted.Length % lanes != 0))
            throw new ArgumentException(
                $"predicted: expected a multiple of {lanes} lanes and at least {times * lanes} words ({times} steps × {lanes} lanes), got {predicted.Length}."
            );
        for (int lane = 0; lane < lanes; lane++)
        {
            AgreementSentence sentence = sentences[lane];
            for (int time = 0; time < sentence.Targets.Length; time++)
            {
                int target = sentence.Targets[time];
                if (target != ClassTargets.Ignored)
                    accuracy.Count(sentence, time, predicted[time * lanes + lane] == target);
            }
        }
        return accuracy;
    }

    /// <summary>Both together: batches of one evaluation add up.</summary>
    public AgreementAccuracy Plus(AgreementAccuracy other)
    {
        ArgumentNullException.ThrowIfNull(other);
        AgreementAccuracy sum = new()
        {
            Words = Words + other.Words,
            Verb = Verb + other.Verb,
            VerbOfMany = VerbOfMany + other.VerbOfMany,
        };
        foreach (AgreementAccuracy part in (AgreementAccuracy[])[this, other])
        {
            AddAll(sum._wordsByLag, part._wordsByLag);
            AddAll(sum._verbByLag, part._verbByLag);
            AddAll(sum._verbByAttractors, part._verbByAttractors);
        }
        return sum;
    }

    private void Count(AgreementSentence sentence, int time, bool right)
    {
        if (time != sentence.Verb)
        {
            Words = Words.With(right);
            Add(_wordsByLag, sentence.WordLag, new Tally().With(right));
            return;
        }
        Tally one = new Tally().With(right);
        Verb += one;
        if (sentence.IsPlural)
            VerbOfMany += one;
        Add(_verbByLag, sentence.Lag, one);
        Add(_verbByAttractors, sentence.Attractors, one);
    }

    private static void Add(SortedDictionary<int, Tally> tallies, int at, Tally tally) =>
        tallies[at] = tallies.GetValueOrDefault(at) + tally;

    private static void AddAll(SortedDictionary<int, Tally> tallies, SortedDictionary<int, Tally> others)
    {
        foreach ((int at, Tally tally) in others)
            Add(tallies, at, tally);
    }
}
