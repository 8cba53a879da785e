using Farback.Sequences;

namespace Farback.Formats;

/// <summary>Which class a text belongs to, said at its last character or word.</summary>
/// <remarks>The split is stratified and seeded; a text that comes more than once stands in one part only, whatever its labels.</remarks>
public sealed class LabelledTask : ExampleTask
{
    private LabelledTask(
        string path,
        Vocabulary vocabulary,
        IReadOnlyList<string> classes,
        Dictionary<Split, Example[]> parts,
        FileDescription description
    )
        : base(Path.GetFileName(Path.TrimEndingDirectorySeparator(path)), 0, vocabulary, classes, parts) => Description = description;

    /// <inheritdoc/>
    public override FileDescription Description { get; }

    /// <summary>Reads a file of lines <c>label⇥text</c>, or a folder with one file a class.</summary>
    /// <exception cref="MalformedFileException">A line is not such a line, or a label has too few different texts for every part to get one.</exception>
    public static LabelledTask Open(string path, DataOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        if (options.ValidationFile is not null || options.TestFile is not null)
            throw new ArgumentException($"validation and test files: {path} is split by the tool; leave them away.");
        (List<LabelledText> texts, int blank) = LabelledText.Read(path);
        string[] labels = [.. texts.Select(text => text.Label).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (labels.Length < 2)
            throw new MalformedFileException(
                path,
                labels.Length == 0 ? "there is no example" : $"every example has the label {MalformedFileException.Quote(labels[0])}",
                "two labels or more"
            );
        Dictionary<string, int> numbers = labels.Index().ToDictionary(label => label.Item, label => label.Index, StringComparer.Ordinal);

        // a group is what is the same text; it belongs to the rarest of its labels, which else might be left with none
        int[] frequency = new int[labels.Length];
        foreach (LabelledText text in texts)
            frequency[numbers[text.Label]]++;
        var groups = texts.Index().GroupBy(text => text.Item.Text, StringComparer.Ordinal).Select(group => group.ToArray()).ToArray();
        int[] classes = [.. groups.Select(group => group.Select(text => numbers[text.Item.Label]).MinBy(number => frequency[number]))];
        int[] sizes = new int[labels.Length];
        foreach (int number in classes)
            sizes[number]++;
        int few = Array.FindIndex(sizes, size => size < SeededSplit.Fewest(options));
        if (few >= 0)
        {
            LabelledText first = texts.First(text => text.Label == labels[few]);
            throw MalformedFileException.AtLine(
                first.File,
                first.Line,
                $"the label {MalformedFileException.Quote(labels[few])} has {sizes[few]} {(sizes[few] == 1 ? "example" : "examples")} of its own",
                $"{SeededSplit.Fewest(options)} different ones or more, so that every part gets one; join it with another label or leave it away"
            );
        }
        Split[] ofGroup = SeededSplit.Of(classes, options);
        Split[] parts = new Split[texts.Count];
        for (int group = 0; group < groups.Length; group++)
            foreach ((int index, _) in groups[group])
                parts[index] = ofGroup[group];

        string[][] tokens = [.. texts.Select(text => TextUnits.Split(text.Text, options.Unit))];
        int tooLong = Array.FindIndex(tokens, sequence => sequence.Length > MostSteps);
        if (tooLong >= 0)
            throw MalformedFileException.AtLine(
                texts[tooLong].File,
                texts[tooLong].Line,
                $"the text has {tokens[tooLong].Length} {TextUnits.Plural(options.Unit)}",
                $"at most {MostSteps} in one example"
            );
        WordCounts counts = new();
        for (int place = 0; place < tokens.Length; place++)
            if (parts[place] == Split.Training)
                foreach (string token in tokens[place])
                    counts.Add(token);
        int minimum = options.Minimum(options.Unit);
        (Vocabulary vocabulary, int dropped, long uses) = counts.Make(minimum, options.MostWords);
        Example[] examples =
        [
            .. tokens.Select(
                (sequence, place) =>
                    new Example
                    {
                        Ids = vocabulary.Of(sequence),
                        Class = numbers[texts[place].Label],
                        At = sequence.Length - 1,
                        Parts = [("class", texts[place].Label)],
                    }
            ),
        ];
        Dictionary<Split, Example[]> bySplit = Enum.GetValues<Split>()
            .ToDictionary(split => split, split => examples.Where((_, place) => parts[place] == split).ToArray());
        string units = TextUnits.Plural(options.Unit);
        int repeated = texts.Count - groups.Length,
            ambiguous = groups.Count(group => group.Any(text => text.Item.Label != group[0].Item.Label));
        FileDescription description = new(
            path,
            DataKind.Labelled,
            $"Labelled sequences, read {TextUnits.Singular(options.Unit)} by {TextUnits.Singular(options.Unit)}; the label is asked at the last one.",
            LengthSummary.From(tokens.Select(sequence => sequence.Length), units),
            vocabulary.Words.Count,
            [.. labels.Select((label, number) => new LabelCount(label, frequency[number]))],
            [.. bySplit.Select(part => new SplitSize(part.Key, part.Value.Length, "examples"))],
            [
                $"{texts.Count} examples of {labels.Length} labels; {blank} blank lines were passed over.",
                $"{repeated} examples repeat a text that came before; a text stands in one part only. {ambiguous} texts come with more than one label and cannot all be got right.",
                $"The split is stratified by label, drawn with seed {options.Seed}.",
                counts.Fact(vocabulary, minimum, dropped, uses, units),
            ],
            [
                .. texts
                    .Index()
                    .DistinctBy(text => text.Item.Label)
                    .Take(3)
                    .Select(text => new TaskExample(
                        $"{MalformedFileException.Quote(text.Item.Label)}, line {text.Item.Line}.",
                        tokens[text.Index],
                        [.. tokens[text.Index].Select((_, time) => time == tokens[text.Index].Length - 1 ? text.Item.Label : "")]
                    )),
            ]
        );
        return new(path, vocabulary, labels, bySplit, description);
    }
}
