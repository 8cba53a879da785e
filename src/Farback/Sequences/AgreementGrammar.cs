namespace Farback.Sequences;

/// <summary>The sentence template of the agreement task: draws frames, counts them, and puts them into numbers.</summary>
/// <remarks>
///   A frame is a whole sentence with every noun in the singular. Two frames with the same key are the same up to the verb; what then
///   still differs is who is one and who is many, and the predicate.
/// </remarks>
internal sealed class AgreementGrammar(AgreementOptions options, AgreementVocabulary words)
{
    /// <summary>The subject's place; the article stands before it.</summary>
    public const int Subject = 1;

    /// <summary>Counts stop here: more than any task asks for, and far from overflow.</summary>
    public const long Countless = 1L << 40;

    /// <summary>A frame drawn uniformly from those with so many filler pairs.</summary>
    public int[] Draw(RandomStream random, int fillers)
    {
        List<int> frame = [words.The, words.Noun(random.Next(options.Nouns))];
        for (int phrase = 0; phrase < options.PrepositionalPhrases; phrase++)
        {
            frame.Add(words.Preposition(random.Next(AgreementLexicon.Prepositions.Length)));
            frame.Add(words.The);
            frame.Add(OtherNoun(random, frame[Subject]));
        }
        for (int clause = 0; clause < options.RelativeClauses; clause++)
            frame.AddRange([words.Comma, words.Which, words.Seemed, AnyAdjective(random)]);
        for (int pair = 0; pair < fillers; pair++)
        {
            if (pair == 0)
                frame.AddRange([words.Comma, words.Being, AnyAdjective(random)]);
            else
                frame.AddRange([words.And, OtherAdjective(random, frame[^1])]);
        }
        if (fillers + options.RelativeClauses > 0)
            frame.Add(words.Comma);
        frame.AddRange([words.Be, AnyAdjective(random), words.Stop]);
        return [.. frame];
    }

    /// <summary>How many keys the frames with so many filler pairs have.</summary>
    public long CountFrames(int fillers)
    {
        long count = options.Nouns;
        for (int phrase = 0; phrase < options.PrepositionalPhrases; phrase++)
            count = Times(count, AgreementLexicon.Prepositions.Length * (options.Nouns - 1));
        for (int clause = 0; clause < options.RelativeClauses; clause++)
            count = Times(count, options.Adjectives);
        for (int pair = 0; pair < fillers && count < Countless; pair++)
            count = Times(count, pair == 0 ? options.Adjectives : options.Adjectives - 1);
        return IsBare(fillers) ? Times(count, options.Adjectives) : count;
    }

    /// <summary>How many sentences with a subject of one given number a key stands for.</summary>
    public long CountSentences(int fillers, int? attractors)
    {
        long count = IsBare(fillers) ? 1 : options.Adjectives;
        int phrases = options.PrepositionalPhrases;
        if (attractors is not int chosen)
            return count << phrases;
        long ways = 1;
        for (int i = 1; i <= chosen; i++)
            ways = ways * (phrases - chosen + i) / i;
        return count * ways;
    }

    /// <summary>What training and test never share: the words before the verb, without their numbers.</summary>
    /// <remarks>A bare sentence has nothing but its subject before the verb, so that there the predicate belongs to the key.</remarks>
    public string KeyOf(int[] frame, int fillers) => TextOf(IsBare(fillers) ? frame : frame.AsSpan(0, Array.IndexOf(frame, words.Be)));

    /// <summary>The same key, another predicate.</summary>
    public int[] WithAnyPredicate(RandomStream random, int[] frame, int fillers)
    {
        int[] other = [.. frame];
        if (!IsBare(fillers))
            other[^2] = AnyAdjective(random);
        return other;
    }

    /// <summary>A sentence: the subject in the number asked for, the other nouns by the toss of a coin or exactly so many of them opposite.</summary>
    public int[] Inflect(RandomStream random, int[] frame, bool plural, int? attractors)
    {
        int[] sentence = [.. frame];
        if (plural)
            sentence[Subject] = words.OtherNumber(sentence[Subject]);
        bool[] opposite = new bool[options.PrepositionalPhrases];
        for (int phrase = 0; phrase < opposite.Length; phrase++)
            opposite[phrase] = attractors is int chosen ? phrase < chosen : random.Next(2) == 1;
        if (attractors is not null)
            random.Shuffle<bool>(opposite);
        for (int phrase = 0; phrase < opposite.Length; phrase++)
        {
            int place = Subject + 3 * (phrase + 1);
            if (opposite[phrase] != plural)
                sentence[place] = words.OtherNumber(sentence[place]);
        }
        return sentence;
    }

    /// <summary>Words as text that can be hashed and compared.</summary>
    public static string TextOf(ReadOnlySpan<int> sentence)
    {
        Span<char> text = sentence.Length <= 512 ? stackalloc char[sentence.Length] : new char[sentence.Length];
        for (int place = 0; place < text.Length; place++)
            text[place] = (char)sentence[place];
        return new string(text);
    }

    private bool IsBare(int fillers) => fillers + options.PrepositionalPhrases + options.RelativeClauses == 0;

    private int AnyAdjective(RandomStream random) => words.Adjective(random.Next(options.Adjectives));

    // « gray and gray » is not said: one of the others, uniformly.
    private int OtherAdjective(RandomStream random, int last)
    {
        int drawn = words.Adjective(random.Next(options.Adjectives - 1));
        return drawn < last ? drawn : drawn + 1;
    }

    // Nor is « the cat with the cats »: one of the other nouns, uniformly.
    private int OtherNoun(RandomStream random, int subject)
    {
        int drawn = words.Noun(random.Next(options.Nouns - 1));
        return drawn < subject ? drawn : drawn + 2;
    }

    private static long Times(long count, long factor) => Math.Min(Countless, count * factor);
}
