namespace Farback.Sequences;

/// <summary>The input words and the output words of the agreement task, each with its number.</summary>
/// <remarks>
///   It depends on how many nouns and adjectives are used and on nothing else: tasks that differ in their lags share it, so a network
///   trained on one can be measured on another. A noun's plural follows its singular. No word but the nouns shows a number: the article
///   is « the » → « le(s) », a clause is opened by « being » → « étant » or by « which seemed » → « qui semblai(en)t » (of the English
///   past tenses only « was » agrees), and the verb comes in as « be ».
/// </remarks>
public sealed class AgreementVocabulary
{
    private readonly string[] _inputs;
    private readonly string[] _outputs;
    private readonly int[] _glosses;
    private readonly Dictionary<string, int> _inputIds;
    private readonly Dictionary<string, int> _outputIds;
    private readonly int _firstNoun;
    private readonly int _firstAdjective;
    private readonly int _firstPreposition;

    internal AgreementVocabulary(int nouns, int adjectives)
    {
        List<(string English, string? French)> words =
        [
            ("the", "le(s)"),
            (",", ","),
            (".", "."),
            ("and", "et"),
            ("being", "étant"),
            ("which", "qui"),
            ("seemed", "semblai(en)t"),
            ("be", null),
            ("<go>", null),
        ];
        _firstPreposition = words.Count;
        foreach ((string english, string french) in AgreementLexicon.Prepositions)
            words.Add((english, french));
        _firstAdjective = words.Count;
        foreach ((string english, string french) in AgreementLexicon.Adjectives.Take(adjectives))
            words.Add((english, french));
        _firstNoun = words.Count;
        foreach (var noun in AgreementLexicon.Nouns.Take(nouns))
        {
            words.Add((noun.One, noun.Un));
            words.Add((noun.Many, noun.Plusieurs));
        }

        _inputs = [.. words.Select(word => word.English)];
        _outputs = ["était", "étaient", .. words.Select(word => word.French).OfType<string>()];
        _inputIds = Number(_inputs);
        _outputIds = Number(_outputs);
        _glosses = [.. words.Select(word => word.French is null ? -1 : _outputIds[word.French])];
        (Nouns, Adjectives) = (nouns, adjectives);
        (The, Comma, Stop, And) = (InputId("the"), InputId(","), InputId("."), InputId("and"));
        (Being, Which, Seemed) = (InputId("being"), InputId("which"), InputId("seemed"));
        (Be, Go) = (InputId("be"), InputId("<go>"));
        (VerbOfOne, VerbOfMany) = (OutputId("était"), OutputId("étaient"));
    }

    /// <summary>The English words by number.</summary>
    public IReadOnlyList<string> InputWords => _inputs;

    /// <summary>The French words by number.</summary>
    public IReadOnlyList<string> OutputWords => _outputs;

    /// <summary>How many nouns there are, each in two forms.</summary>
    public int Nouns { get; }

    /// <summary>How many adjectives there are.</summary>
    public int Adjectives { get; }

    /// <summary>The verb as it comes in, without a number.</summary>
    public int Be { get; }

    /// <summary>The blank input during which a delayed gloss is emitted.</summary>
    public int Go { get; }

    /// <summary>« était », the verb of one subject.</summary>
    public int VerbOfOne { get; }

    /// <summary>« étaient », the verb of several.</summary>
    public int VerbOfMany { get; }

    internal int The { get; }
    internal int Comma { get; }
    internal int Stop { get; }
    internal int And { get; }
    internal int Being { get; }
    internal int Which { get; }
    internal int Seemed { get; }

    /// <summary>The number of an English word.</summary>
    /// <exception cref="ArgumentException">The word is not in the vocabulary.</exception>
    public int InputId(string word) => Find(_inputIds, word, "input word");

    /// <summary>The number of a French word.</summary>
    /// <exception cref="ArgumentException">The word is not in the vocabulary.</exception>
    public int OutputId(string word) => Find(_outputIds, word, "output word");

    /// <summary>The output word that an input word alone decides; −1 for « be », which needs its subject, and for the blank.</summary>
    public int GlossOf(int input) => _glosses[input];

    /// <summary>True for a noun in either number.</summary>
    public bool IsNoun(int input) => input >= _firstNoun;

    /// <summary>True for a noun in the plural.</summary>
    public bool IsPlural(int input) => IsNoun(input) && (input - _firstNoun) % 2 == 1;

    /// <summary>The same noun in the other number.</summary>
    /// <exception cref="ArgumentException">The word is no noun.</exception>
    public int OtherNumber(int noun)
    {
        if (!IsNoun(noun))
            throw new ArgumentException($"noun: expected a noun, got « {_inputs[noun]} », which has no number to switch.");
        return IsPlural(noun) ? noun - 1 : noun + 1;
    }

    /// <summary>The English adjectives, in the order of the vocabulary.</summary>
    public IEnumerable<string> AdjectiveWords => Enumerable.Range(0, Adjectives).Select(which => _inputs[Adjective(which)]);

    internal int Noun(int which) => _firstNoun + 2 * which;

    internal int Adjective(int which) => _firstAdjective + which;

    internal int Preposition(int which) => _firstPreposition + which;

    private static Dictionary<string, int> Number(string[] words) =>
        words.Select((word, id) => (word, id)).ToDictionary(pair => pair.word, pair => pair.id);

    private static int Find(Dictionary<string, int> ids, string word, string kind) =>
        ids.TryGetValue(word, out int id)
            ? id
            : throw new ArgumentException(
                $"{kind}: « {word} » is not among the {ids.Count} words of this vocabulary; a task with more nouns or adjectives may have it."
            );
}
