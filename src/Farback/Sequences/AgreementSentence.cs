namespace Farback.Sequences;

/// <summary>One sentence of the agreement task with its gloss.</summary>
/// <remarks>Everything is read off the words themselves; places are input times. Delayed, glosses stand one sentence length after their words.</remarks>
public sealed class AgreementSentence
{
    private readonly AgreementVocabulary _vocabulary;
    private readonly int[] _words;

    internal AgreementSentence(AgreementVocabulary vocabulary, int[] words, bool delayed)
    {
        (_vocabulary, _words, Delayed) = (vocabulary, words, delayed);
        int verb = Array.IndexOf(words, vocabulary.Be);
        Cue = AgreementGrammar.Subject;
        WordLag = delayed ? words.Length : 0;
        Verb = verb + WordLag;
        IsPlural = vocabulary.IsPlural(words[Cue]);
        for (int place = Cue + 1; place < verb; place++)
            if (vocabulary.IsNoun(words[place]) && vocabulary.IsPlural(words[place]) != IsPlural)
                Attractors++;

        Inputs = new int[words.Length + WordLag];
        Targets = new int[Inputs.Length];
        Array.Fill(Inputs, vocabulary.Go);
        Array.Fill(Targets, ClassTargets.Ignored);
        words.CopyTo(Inputs, 0);
        for (int place = 0; place < words.Length; place++)
            Targets[place + WordLag] = vocabulary.GlossOf(words[place]);
        Targets[Verb] = IsPlural ? vocabulary.VerbOfMany : vocabulary.VerbOfOne;
    }

    /// <summary>Input words by time; delayed, as many blanks follow.</summary>
    public int[] Inputs { get; }

    /// <summary>Output words by time; delayed, <see cref="ClassTargets.Ignored"/> while the sentence is read.</summary>
    public int[] Targets { get; }

    /// <summary>How many words the sentence has, full stop included.</summary>
    public int Words => _words.Length;

    /// <summary>k, the time at which the subject comes in.</summary>
    public int Cue { get; }

    /// <summary>t, the time at which the verb's gloss is due.</summary>
    public int Verb { get; }

    /// <summary>t − k: over how many steps the subject's number has to be carried for the verb.</summary>
    public int Lag => Verb - Cue;

    /// <summary>Over how many steps any other word has to be carried: 0, or the sentence's length where it is delayed.</summary>
    public int WordLag { get; }

    /// <summary>How many nouns between subject and verb have the other number than the subject.</summary>
    public int Attractors { get; }

    /// <summary>True where the subject is in the plural.</summary>
    public bool IsPlural { get; }

    /// <summary>True where the glosses follow the whole sentence.</summary>
    public bool Delayed { get; }

    /// <summary>The English words with blanks between them.</summary>
    public string Text => string.Join(' ', _words.Select(word => _vocabulary.InputWords[word]));

    /// <summary>The French words with blanks between them.</summary>
    public string Gloss => string.Join(' ', Targets.Skip(WordLag).Select(word => _vocabulary.OutputWords[word]));

    /// <summary>The English sentence.</summary>
    public override string ToString() => Text;

    internal ReadOnlySpan<int> WordIds => _words;

    internal AgreementSentence WithOtherSubject()
    {
        int[] words = [.. _words];
        words[Cue] = _vocabulary.OtherNumber(words[Cue]);
        return new(_vocabulary, words, Delayed);
    }
}
