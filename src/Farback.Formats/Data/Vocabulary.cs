namespace Farback.Formats;

/// <summary>The words that are told apart, by number; word 0 stands for all others.</summary>
/// <remarks>Made from the training part alone: what only the held-out parts contain is unknown there, as new input would be.</remarks>
public sealed class Vocabulary
{
    /// <summary>The word that stands for all that are too rare.</summary>
    public const string Unknown = "<unk>";

    private readonly Dictionary<string, int> _numbers;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _bySpan;
    private readonly int[] _ascii = new int[128]; // most characters of most texts, without hashing

    /// <summary>The words by number, as saved with a model; the first is <see cref="Unknown"/>.</summary>
    public Vocabulary(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        Words = words;
        _numbers = new(words.Count, StringComparer.Ordinal);
        for (int number = 0; number < words.Count; number++)
        {
            if (!_numbers.TryAdd(words[number], number))
                throw new ArgumentException($"words: {MalformedFileException.Quote(words[number])} comes twice; expected different words.");
            if (words[number] is [< '\u0080'])
                _ascii[words[number][0]] = number;
        }
        _bySpan = _numbers.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The words by number.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>The number of a word; 0 where it is unknown.</summary>
    public int Of(ReadOnlySpan<char> word) =>
        word is [< '\u0080'] ? _ascii[word[0]]
        : _bySpan.TryGetValue(word, out int number) ? number
        : 0;

    /// <summary>The numbers of several words.</summary>
    public int[] Of(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        int[] numbers = new int[words.Count];
        for (int place = 0; place < numbers.Length; place++)
            numbers[place] = Of(words[place]);
        return numbers;
    }
}
