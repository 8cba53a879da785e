namespace Farback.Formats;

/// <summary>Counts words in one pass and bounded memory, and makes the vocabulary of the frequent ones.</summary>
internal sealed class WordCounts
{
    /// <summary>More different words than this are not held: the rarest are forgotten.</summary>
    private const int MostDifferent = 1 << 20;

    private readonly long[] _single = new long[char.MaxValue + 1];
    private readonly Dictionary<string, long> _longer = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> _bySpan;

    public WordCounts() => _bySpan = _longer.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>How many words were counted.</summary>
    public long Total { get; private set; }

    public void Add(ReadOnlySpan<char> word)
    {
        Total++;
        if (word.Length == 1)
        {
            _single[word[0]]++;
            return;
        }
        _bySpan[word] = _bySpan.TryGetValue(word, out long count) ? count + 1 : 1;
        if (_longer.Count > MostDifferent)
            Forget();
    }

    /// <summary>The words that occur often enough, the most frequent first and equals in order of their code units.</summary>
    /// <returns>The vocabulary; how many different words and how many occurrences it leaves out.</returns>
    public (Vocabulary Vocabulary, int Dropped, long DroppedUses) Make(int minimum, int most)
    {
        KeyValuePair<string, long>[] all =
        [
            .. _longer
                .Concat(
                    Enumerable
                        .Range(0, _single.Length)
                        .Where(letter => _single[letter] > 0)
                        .Select(letter => KeyValuePair.Create(((char)letter).ToString(), _single[letter]))
                )
                .Where(word => word.Key != Vocabulary.Unknown)
                .OrderByDescending(word => word.Value)
                .ThenBy(word => word.Key, StringComparer.Ordinal),
        ];
        KeyValuePair<string, long>[] kept = [.. all.TakeWhile(word => word.Value >= minimum).Take(most - 1)];
        return (
            new Vocabulary([Vocabulary.Unknown, .. kept.Select(word => word.Key)]),
            all.Length - kept.Length,
            Total - kept.Sum(word => word.Value)
        );
    }

    /// <summary>What was left out, as a sentence.</summary>
    public string Fact(Vocabulary vocabulary, int minimum, int dropped, long uses, string units) =>
        $"The vocabulary is that of the training part: {vocabulary.Words.Count} with {Vocabulary.Unknown}; "
        + (
            dropped == 0
                ? $"none of its {units} is left out."
                : $"{dropped} {units} that occur less than {minimum} times, or are beyond the largest size, are {Vocabulary.Unknown}, {uses} of {Total} uses."
        );

    // Manku and Motwani 2002: forgetting the rarest half errs only on words near the threshold of being rare
    private void Forget()
    {
        long floor = 1;
        while (_longer.Count > MostDifferent / 2)
        {
            foreach (string word in _longer.Where(pair => pair.Value <= floor).Select(pair => pair.Key).ToArray())
                _longer.Remove(word);
            floor++;
        }
    }
}
