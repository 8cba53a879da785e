namespace Farback.Formats;

/// <summary>A present-tense verb whose number its subject tells, in its sentence.</summary>
/// <param name="Sentence">The sentence.</param>
/// <param name="Subject">The subject's place, from 0.</param>
/// <param name="Verb">The verb's place, from 0.</param>
/// <param name="IsPlural">Its number.</param>
/// <param name="Attractors">Nouns in between that have the other number.</param>
internal sealed record VerbNumber(TreebankSentence Sentence, int Subject, int Verb, bool IsPlural, int Attractors)
{
    /// <summary>Words from the subject to the verb.</summary>
    public int Distance => Verb - Subject;
}

/// <summary>Finds the verbs whose number can be asked for, and counts those that are left out, by reason.</summary>
/// <remarks>
///   A verb counts that is VERB or AUX with Mood=Ind, Tense=Pres, Person=3 and a Number. Its subject is the nsubj of the verb itself, or, of
///   an auxiliary or copula, that of the word it belongs to. After Linzen, Dupoux and Goldberg 2016, who left out what does not agree too.
/// </remarks>
internal sealed class VerbNumbers
{
    /// <summary>All verbs of the right form.</summary>
    public int Verbs { get; private set; }

    /// <summary>Verbs with no subject before them: imperative-like, inverted, or without one.</summary>
    public int WithoutSubject { get; private set; }

    /// <summary>Verbs whose subject carries no number: relative pronouns, numerals, foreign words.</summary>
    public int SubjectWithoutNumber { get; private set; }

    /// <summary>Verbs that do not agree with a coordinated subject (« John and Mary are »).</summary>
    public int DisagreeCoordinated { get; private set; }

    /// <summary>Verbs that do not agree otherwise: collectives, quantities, errors of the annotation.</summary>
    public int DisagreeOtherwise { get; private set; }

    /// <summary>The verbs of a sentence that are kept.</summary>
    public IEnumerable<VerbNumber> Of(TreebankSentence sentence)
    {
        IReadOnlyList<TreebankWord> words = sentence.Words;
        // the first subject of every word, so that a sentence takes linear time
        int[] subjects = new int[words.Count];
        bool[] coordinated = new bool[words.Count];
        Array.Fill(subjects, -1);
        for (int place = 0; place < words.Count; place++)
        {
            int head = words[place].Head - 1;
            if (head < 0)
                continue;
            if (words[place].MainRelation is "nsubj" && words[place].Relation != "nsubj:outer" && subjects[head] < 0)
                subjects[head] = place;
            coordinated[head] |= words[place].MainRelation is "conj";
        }
        for (int place = 0; place < words.Count; place++)
        {
            if (NumberOfVerb(words[place]) is not { } number)
                continue;
            Verbs++;
            int subject = subjects[place];
            if (subject < 0 && words[place].MainRelation is "aux" or "cop" && words[place].Head > 0)
                subject = subjects[words[place].Head - 1];
            if (subject < 0 || subject >= place)
                WithoutSubject++;
            else if (words[subject].Feature("Number") is not ("Sing" or "Plur"))
                SubjectWithoutNumber++;
            else if (words[subject].Feature("Number") == number)
                yield return new(sentence, subject, place, number == "Plur", Attractors(words, subject, place, number));
            else if (coordinated[subject])
                DisagreeCoordinated++;
            else
                DisagreeOtherwise++;
        }
    }

    private static string? NumberOfVerb(TreebankWord word) =>
        word.Category is "VERB" or "AUX"
        && word.Feature("Tense") == "Pres"
        && word.Feature("Mood") == "Ind"
        && word.Feature("Person") == "3"
        && word.Feature("Number") is "Sing" or "Plur"
            ? word.Feature("Number")
            : null;

    private static int Attractors(IReadOnlyList<TreebankWord> words, int subject, int verb, string number)
    {
        int count = 0;
        for (int place = subject + 1; place < verb; place++)
            if (words[place].IsNoun && words[place].Feature("Number") is "Sing" or "Plur" && words[place].Feature("Number") != number)
                count++;
        return count;
    }
}
