using Farback.Sequences;

namespace Farback.Formats;

/// <summary>The number of a present-tense verb from the words before it, asked at the last of them.</summary>
/// <remarks>
///   What a network has to carry is one bit over the words between subject and verb. All verbs of a sentence stand in the same part. The
///   class numbers are 0 Sing and 1 Plur.
/// </remarks>
public sealed class TreebankTask : ExampleTask
{
    private static readonly string[] Numbers = ["Sing", "Plur"];

    private TreebankTask(string path, Vocabulary vocabulary, Dictionary<Split, Example[]> parts, FileDescription description)
        : base(Path.GetFileName(path), 0, vocabulary, Numbers, parts) => Description = description;

    /// <inheritdoc/>
    public override FileDescription Description { get; }

    /// <summary>Reads a treebank, and those named as its validation and test parts.</summary>
    /// <exception cref="MalformedFileException">A line is no CoNLL-U, the heads of a sentence are no tree, or too few verbs are left.</exception>
    public static TreebankTask Open(string path, DataOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        VerbNumbers found = new();
        List<(VerbNumber Verb, Split? Part)> verbs = [];
        int sentences = 0,
            multiword = 0,
            empty = 0;
        foreach ((string? file, Split? part) in Files(path, options))
        {
            if (file is null)
                continue;
            ConlluReader reader = new(file);
            foreach (TreebankSentence sentence in reader.Sentences())
            {
                sentences++;
                foreach (VerbNumber verb in found.Of(sentence))
                    verbs.Add((verb, part));
            }
            multiword += reader.MultiwordTokens;
            empty += reader.EmptyNodes;
        }
        Split[] parts = Parts(path, verbs, options);
        string[][] words = [.. verbs.Select(verb => WordsBefore(verb.Verb))];
        WordCounts counts = new();
        // a sentence with two verbs would count its beginning twice
        foreach (var verb in verbs.Zip(words, parts).Where(verb => verb.Third == Split.Training).GroupBy(verb => verb.First.Verb.Sentence))
        foreach (string word in verb.MaxBy(one => one.Second.Length).Second)
            counts.Add(word);
        int minimum = options.Minimum(TextUnit.Words);
        (Vocabulary vocabulary, int dropped, long uses) = counts.Make(minimum, options.MostWords);
        Example[] examples = [.. verbs.Zip(words, (verb, before) => Make(verb.Verb, before, vocabulary))];
        Dictionary<Split, Example[]> bySplit = Enum.GetValues<Split>()
            .ToDictionary(split => split, split => examples.Where((_, place) => parts[place] == split).ToArray());
        FileDescription description = new(
            path,
            DataKind.Treebank,
            "A treebank; the number of a present-tense verb is asked at the last word before it.",
            LengthSummary.From(words.Select(before => before.Length), "words before the verb"),
            vocabulary.Words.Count,
            [.. Numbers.Select((number, index) => new LabelCount(number, examples.Count(example => example.Class == index)))],
            [.. bySplit.Select(part => new SplitSize(part.Key, part.Value.Length, "verbs"))],
            [
                $"{sentences} sentences; {multiword} multi-word tokens are read as the words they are made of, {empty} empty nodes are passed over.",
                $"{found.Verbs} verbs are indicative, present, third person and have a number; {verbs.Count} of them are kept.",
                $"Dropped: {found.WithoutSubject} with no subject before them, {found.SubjectWithoutNumber} whose subject carries no number, {found.DisagreeCoordinated} that disagree with a coordinated subject, {found.DisagreeOtherwise} that disagree otherwise (collectives, quantities, annotation).",
                options.ValidationFile is null && options.TestFile is null
                    ? $"The split is by sentence, drawn with seed {options.Seed}."
                    : $"Validation and test come from files of their own where one is named; the rest is split by sentence, drawn with seed {options.Seed}.",
                $"Words are lower-cased. {counts.Fact(vocabulary, minimum, dropped, uses, "words")}",
                $"{examples.Count(example => example.Parts[1].Key != "0")} verbs have a noun of the other number between their subject and them.",
            ],
            [
                .. verbs
                    .Index()
                    .Where(verb => words[verb.Index].Length <= 20)
                    .OrderByDescending(verb => verb.Item.Verb.Attractors)
                    .ThenByDescending(verb => verb.Item.Verb.Distance)
                    .Take(3)
                    .Select(verb => new TaskExample(
                        $"The verb « {verb.Item.Verb.Sentence.Words[verb.Item.Verb.Verb].Form} », {verb.Item.Verb.Distance} words after its subject « {verb.Item.Verb.Sentence.Words[verb.Item.Verb.Subject].Form} », {verb.Item.Verb.Attractors} attractors.",
                        words[verb.Index],
                        [
                            .. words[verb.Index]
                                .Select((_, time) => time == words[verb.Index].Length - 1 ? Numbers[verb.Item.Verb.IsPlural ? 1 : 0] : ""),
                        ]
                    )),
            ]
        );
        return new(path, vocabulary, bySplit, description);
    }

    // a part that has a file of its own takes nothing from the first file
    private static (string? File, Split? Part)[] Files(string path, DataOptions options) =>
        [(path, null), (options.ValidationFile, Split.Validation), (options.TestFile, Split.Test)];

    private static Split[] Parts(string path, List<(VerbNumber Verb, Split? Part)> verbs, DataOptions options)
    {
        DataOptions rest = options with
        {
            ValidationShare = options.ValidationFile is null ? options.ValidationShare : 0,
            TestShare = options.TestFile is null ? options.TestShare : 0,
        };
        TreebankSentence[] sentences =
        [
            .. verbs
                .Where(verb => verb.Part is null)
                .Select(verb => verb.Verb.Sentence)
                .Distinct(ReferenceEqualityComparer.Instance)
                .Cast<TreebankSentence>(),
        ];
        if (sentences.Length < SeededSplit.Fewest(rest))
            throw new MalformedFileException(
                path,
                $"{sentences.Length} sentences have a present-tense verb that agrees with its subject",
                $"{SeededSplit.Fewest(rest)} or more, so that every part gets one (are Tense, Mood, Person and Number annotated?)"
            );
        Split[] split = SeededSplit.Of(new int[sentences.Length], rest);
        Dictionary<object, Split> bySentence = sentences
            .Index()
            .ToDictionary(sentence => (object)sentence.Item, sentence => split[sentence.Index], ReferenceEqualityComparer.Instance);
        return [.. verbs.Select(verb => verb.Part ?? bySentence[verb.Verb.Sentence])];
    }

    private static string[] WordsBefore(VerbNumber verb) =>
        [.. verb.Sentence.Words.Take(verb.Verb).Select(word => word.Form.ToLowerInvariant())];

    private static Example Make(VerbNumber verb, string[] before, Vocabulary vocabulary) =>
        new()
        {
            Ids = vocabulary.Of(before),
            Class = verb.IsPlural ? 1 : 0,
            At = before.Length - 1,
            Parts =
            [
                ("distance", Distance(verb.Distance)),
                ("attractors", $"{verb.Attractors}"),
                ("number", Numbers[verb.IsPlural ? 1 : 0]),
            ],
        };

    private static string Distance(int distance) =>
        distance switch
        {
            < 10 => $"{distance}",
            < 15 => "10–14",
            _ => "15 or more",
        };
}
