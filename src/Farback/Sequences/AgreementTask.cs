namespace Farback.Sequences;

/// <summary>Word-by-word translation in which one word, the verb, needs another that came many words before.</summary>
/// <remarks>
///   « the cats , being gray and happy , be hungry . » → « le(s) chats , étant gris et heureux , étaient affamé . »: for every word but the
///   verb the current input decides, so recurrent memory is not needed there; « be » is « était » or « étaient » after the subject alone.
///   A network without memory is right on every word but half of the verbs. The task of the question "explain how vanishing gradient
///   problem works, in the context of RNN's"; attractors after Linzen, Dupoux &amp; Goldberg 2016.
/// </remarks>
public sealed class AgreementTask
{
    /// <summary>The share of verbs that a guess gets right: the numbers are balanced.</summary>
    public const double Chance = 0.5;

    /// <summary>Draws the sentences; O(sentences · words).</summary>
    /// <exception cref="ArgumentException">A knob is out of range, or too few different sentences exist.</exception>
    public AgreementTask(AgreementOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Problems() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join(Environment.NewLine, problems));
        Options = options;
        Vocabulary = new(options.Nouns, options.Adjectives);
        AgreementGrammar grammar = new(options, Vocabulary);
        int fewest = options.FewestFillers ?? options.Fillers;
        int counts = options.Fillers - fewest + 1;

        // One stream per number of fillers, so that neither depends on how much the others drew.
        var test = Deal(options.TestSentences, counts);
        AgreementSplit[] splits =
        [
            .. Enumerable
                .Range(0, counts)
                .Select(i => new AgreementSplit(
                    options,
                    grammar,
                    new RandomStream(options.Seed, PurposeOfDraws + fewest + i),
                    fewest + i,
                    test.Count(hand => hand.Split == i && !hand.Plural),
                    test.Count(hand => hand.Split == i && hand.Plural)
                )),
        ];
        Test = Shuffled([.. test.Select(hand => SentenceOf(splits[hand.Split].DrawTest(hand.Plural)))], PurposeOfTestOrder);
        Train = Shuffled(
            [.. Deal(options.Sentences, counts).Select(hand => SentenceOf(splits[hand.Split].DrawTrain(hand.Plural)))],
            PurposeOfTrainOrder
        );
        DistinctTrain = Train.Select(sentence => AgreementGrammar.TextOf(sentence.WordIds)).Distinct().Count();
    }

    /// <summary>The knobs it was made with.</summary>
    public AgreementOptions Options { get; }

    /// <summary>The words and their numbers.</summary>
    public AgreementVocabulary Vocabulary { get; }

    /// <summary>Training sentences in random order; half in each number, as many of every number of fillers, to within one.</summary>
    public IReadOnlyList<AgreementSentence> Train { get; }

    /// <summary>Test sentences, balanced as the others; none shares with a training sentence its words before the verb, whatever the numbers.</summary>
    public IReadOnlyList<AgreementSentence> Test { get; }

    /// <summary>How many of the training sentences are different.</summary>
    public int DistinctTrain { get; }

    /// <summary>The sentences side by side, one lane each, padded to the longest without a loss there.</summary>
    public static Batch BatchOf(IReadOnlyList<AgreementSentence> sentences)
    {
        ArgumentNullException.ThrowIfNull(sentences);
        if (sentences.Count == 0)
            throw new ArgumentException("sentences: expected at least one, got none.");
        int lanes = sentences.Count;
        int times = sentences.Max(sentence => sentence.Inputs.Length);
        int[] ids = new int[times * lanes];
        int[] classes = new int[times * lanes];
        int[] lengths = new int[lanes];
        Array.Fill(classes, ClassTargets.Ignored);
        for (int lane = 0; lane < lanes; lane++)
        {
            AgreementSentence sentence = sentences[lane];
            lengths[lane] = sentence.Inputs.Length;
            for (int time = 0; time < lengths[lane]; time++)
            {
                ids[time * lanes + lane] = sentence.Inputs[time];
                classes[time * lanes + lane] = sentence.Targets[time];
            }
        }
        return Batch.OfIds(ids, times, lanes, new ClassTargets(classes), lengths);
    }

    /// <summary>Training sentences drawn independently and uniformly, one for each lane.</summary>
    public Batch Sample(RandomStream random, int lanes)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lanes);
        AgreementSentence[] drawn = new AgreementSentence[lanes];
        for (int lane = 0; lane < lanes; lane++)
            drawn[lane] = Train[random.Next(Train.Count)];
        return BatchOf(drawn);
    }

    /// <summary>The same sentence with the other number of its subject: cat for cats, and étaient for était.</summary>
    /// <remarks>The nouns in between stay as they are, so P − a of them attract where a did.</remarks>
    public static AgreementSentence Pair(AgreementSentence sentence)
    {
        ArgumentNullException.ThrowIfNull(sentence);
        return sentence.WithOtherSubject();
    }

    /// <summary>A sentence of one's own, its words parted by blanks: « the cat , being gray , be hungry . ».</summary>
    /// <exception cref="ArgumentException">A word is unknown, the second word is no noun, or « be » does not stand exactly once after it.</exception>
    public AgreementSentence Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int[] words = [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Vocabulary.InputId)];
        if (words.Length < 3 || !Vocabulary.IsNoun(words[AgreementGrammar.Subject]))
            throw new ArgumentException($"text: expected « the NOUN … be … », its subject second, got « {text} ».");
        if (words.Count(word => word == Vocabulary.Be) is int verbs and not 1 || words[0] == Vocabulary.Be)
            throw new ArgumentException($"text: expected the verb « be » once after the subject, got « {text} ».");
        if (words.Contains(Vocabulary.Go))
            throw new ArgumentException("text: the blank <go> is put behind the words by the delayed task itself, leave it out.");
        return SentenceOf(words);
    }

    /// <summary>Name, question, knobs and three examples, as a list of tasks shows them.</summary>
    public static TaskDescription Describe() => AgreementDescription.Make();

    // a lane of a batch read back; delayed, its second half is blanks
    internal AgreementSentence SentenceOf(Batch batch, int lane)
    {
        int words = Options.Delayed ? batch.Lengths[lane] / 2 : batch.Lengths[lane];
        return SentenceOf([.. Enumerable.Range(0, words).Select(time => batch.Ids![time * batch.Lanes + lane])]);
    }

    private AgreementSentence SentenceOf(int[] words) => new(Vocabulary, words, Options.Delayed);

    // Numbers of fillers take turns, and so do the subject's numbers, shifted by one each round: each split, and all, are even to within one.
    private static List<(int Split, bool Plural)> Deal(int sentences, int counts) =>
        [.. Enumerable.Range(0, sentences).Select(i => (i % counts, (i / counts + i % counts) % 2 == 1))];

    private AgreementSentence[] Shuffled(AgreementSentence[] sentences, int purpose)
    {
        new RandomStream(Options.Seed, purpose).Shuffle<AgreementSentence>(sentences);
        return sentences;
    }

    private const int PurposeOfTestOrder = 1;
    private const int PurposeOfTrainOrder = 2;
    private const int PurposeOfDraws = 16;
}
