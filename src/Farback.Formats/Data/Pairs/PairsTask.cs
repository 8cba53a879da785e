using Farback.Numbers;
using Farback.Sequences;

namespace Farback.Formats;

/// <summary>Which of two sentences is grammatical, said at the word that decides.</summary>
/// <remarks>
///   A pair makes two sequences, the words up to and with the deciding word (« the author that the guards like laughs » and « … laugh »),
///   and each is asked there whether it is right so far: class 0 ungrammatical, 1 grammatical. In a language-independent way that is the
///   choice between two verb forms: neither a sentence's length nor what follows betrays the answer, and the form alone does not either as
///   long as it is right as often as wrong. A pair is got right where the grammatical member gets the higher odds of being grammatical; a
///   tie is wrong. Pairs that say the same before the deciding word stand in the same part. The two members of a pair are neighbouring
///   lanes of a training batch.
/// </remarks>
public sealed class PairsTask : ExampleTask
{
    private static readonly string[] Classes = ["ungrammatical", "grammatical"];

    private readonly int[] _favour;

    private PairsTask(string path, Vocabulary vocabulary, Dictionary<Split, Example[]> parts, FileDescription description)
        : base(Path.GetFileName(path), 0, vocabulary, Classes, parts)
    {
        Description = description;
        _favour = new int[vocabulary.Words.Count];
        foreach (Example example in parts[Split.Training])
            _favour[example.Ids[^1]] += example.Class == 1 ? 1 : -1;
    }

    /// <inheritdoc/>
    public override FileDescription Description { get; }

    /// <summary>Reads a table between tabs with the columns grammatical and ungrammatical, or JSON lines as BLiMP's.</summary>
    /// <exception cref="MalformedFileException">A line is no pair, its sentences are the same, or its index is out of range.</exception>
    public static PairsTask Open(string path, DataOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        if (options.ValidationFile is not null || options.TestFile is not null)
            throw new ArgumentException($"validation and test files: {path} is split by the tool; leave them away.");
        SentencePair[] pairs = [.. new PairReader(path).Pairs()];
        var groups = pairs.Index().GroupBy(pair => pair.Item.Group, StringComparer.Ordinal).Select(group => group.ToArray()).ToArray();
        int fewest = SeededSplit.Fewest(options);
        if (groups.Length < fewest)
            throw new MalformedFileException(
                path,
                $"there are {groups.Length} different beginnings of sentences",
                $"{fewest} or more, so that every part gets one"
            );
        // every paradigm in the same proportion; the few that cannot give to every part are thrown together
        string[] paradigms = [.. groups.Select(group => group[0].Item.Paradigm)];
        Dictionary<string, int> strata = paradigms
            .GroupBy(paradigm => paradigm, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Index()
            .ToDictionary(group => group.Item.Key, group => group.Item.Count() < fewest ? -1 : group.Index, StringComparer.Ordinal);
        Split[] ofGroup = SeededSplit.Of([.. paradigms.Select(paradigm => strata[paradigm])], options);
        Split[] parts = new Split[pairs.Length];
        for (int group = 0; group < groups.Length; group++)
            foreach ((int index, _) in groups[group])
                parts[index] = ofGroup[group];
        WordCounts counts = new();
        foreach (string word in pairs.Where((_, place) => parts[place] == Split.Training).SelectMany(pair => pair.Good.Concat(pair.Bad)))
            counts.Add(word);
        int minimum = options.Minimum(TextUnit.Words);
        (Vocabulary vocabulary, int dropped, long uses) = counts.Make(minimum, options.MostWords);
        Dictionary<Split, Example[]> bySplit = Enum.GetValues<Split>()
            .ToDictionary(
                split => split,
                split =>
                    pairs
                        .Index()
                        .Where(pair => parts[pair.Index] == split)
                        .SelectMany(pair => Make(pair.Item, pair.Index, vocabulary))
                        .ToArray()
            );
        int indistinct = bySplit.Values.Sum(part => part.Chunk(2).Count(pair => pair[0].Ids.AsSpan().SequenceEqual(pair[1].Ids)));
        FileDescription description = new(
            path,
            DataKind.Pairs,
            "Pairs of a grammatical and an ungrammatical sentence, word by word; which is which is asked at the word that decides.",
            LengthSummary.From(pairs.SelectMany(pair => (int[])[pair.Good.Length, pair.Bad.Length]), "words up to the deciding one"),
            vocabulary.Words.Count,
            [
                .. pairs
                    .Select(pair => pair.Paradigm)
                    .GroupBy(paradigm => paradigm, StringComparer.Ordinal)
                    .Select(group => new LabelCount(group.Key, group.Count())),
            ],
            [.. bySplit.Select(part => new SplitSize(part.Key, part.Value.Length / 2, "pairs"))],
            [
                $"{pairs.Length} pairs with {groups.Length} different beginnings; pairs that say the same before the deciding word stand in one part.",
                $"The split keeps the proportion of every paradigm and is drawn with seed {options.Seed}.",
                "Words are lower-cased, marks at their ends stand alone; what follows the deciding word is not read.",
                counts.Fact(vocabulary, minimum, dropped, uses, "words"),
                $"{indistinct} pairs become the same by it and cannot be got right.",
            ],
            [
                .. pairs
                    .DistinctBy(pair => pair.Paradigm)
                    .Concat(pairs.Take(3))
                    .Distinct()
                    .Take(3)
                    .Select(pair => new TaskExample(
                        $"Line {pair.Line}{string.Concat(pair.Parts.Select(part => $", {part.By} {part.Key}"))}; wrong would be « {pair.Bad[^1]} » after « {string.Join(' ', pair.Bad[..^1])} ».",
                        pair.Good,
                        [.. pair.Good.Select((_, time) => time == pair.Good.Length - 1 ? Classes[1] : "")]
                    )),
            ]
        );
        return new(path, vocabulary, bySplit, description);
    }

    /// <inheritdoc/>
    public override Judge NewJudge() => new PairsJudge(this);

    /// <summary>What knowing the deciding word alone says for its being right: how much more often it was right than wrong in training.</summary>
    internal int Favour(Example example) => _favour[example.Ids[^1]];

    private protected override Example[] Draw(Example[] training, RandomStream random, int lanes)
    {
        Example[] drawn = new Example[lanes];
        for (int lane = 0; lane < lanes; lane += 2)
        {
            int pair = random.Next(training.Length / 2);
            // a lane without a neighbour takes either member, so that both classes stay equally frequent
            if (lane + 1 == lanes)
                drawn[lane] = training[2 * pair + random.Next(2)];
            else
                (drawn[lane], drawn[lane + 1]) = (training[2 * pair], training[2 * pair + 1]);
        }
        return drawn;
    }

    private static Example[] Make(SentencePair pair, int number, Vocabulary vocabulary)
    {
        Example Member(string[] words, int right) =>
            new()
            {
                Ids = vocabulary.Of(words),
                Class = right,
                At = words.Length - 1,
                Pair = number,
                Parts = pair.Parts,
            };
        return [Member(pair.Good, 1), Member(pair.Bad, 0)];
    }
}
