using System.Globalization;
using System.Text.Json;

namespace Farback.Formats;

/// <summary>Reads pairs of sentences: a table between tabs with a header, or one JSON object a line (BLiMP).</summary>
/// <remarks>
///   The deciding word is the first that differs; where a column or field <c>index</c> is given, the word of that number (from 0, at blanks);
///   in BLiMP's two-prefix pairs, whose subjects differ, <c>two_prefix_word</c>.
///   Sources: Marvin and Linzen 2018 (TSV); Warstadt et al. 2020, BLiMP (JSONL).
/// </remarks>
internal sealed class PairReader(string file)
{
    private static readonly string[] GoodNames = ["grammatical", "sentence_good", "good"];
    private static readonly string[] BadNames = ["ungrammatical", "sentence_bad", "bad"];

    /// <summary>Whether a first line can be that of a file of pairs.</summary>
    public static bool Recognises(string line) =>
        line.StartsWith('{') && line.Contains("\"sentence_good\"", StringComparison.Ordinal) || HasHeader(line);

    /// <summary>The pairs in order.</summary>
    public IEnumerable<SentencePair> Pairs()
    {
        string[]? header = null;
        bool json = false,
            first = true;
        foreach (DataLine line in DataLines.Read(file))
        {
            if (string.IsNullOrWhiteSpace(line.Text))
                continue;
            if (first)
            {
                first = false;
                json = line.Text.StartsWith('{');
                if (!json)
                {
                    if (!HasHeader(line.Text))
                        throw Fault(
                            line.Number,
                            $"the header {MalformedFileException.Quote(line.Text)}",
                            "columns between tabs, grammatical and ungrammatical among them, or JSON objects with sentence_good and sentence_bad"
                        );
                    header = line.Text.Split('\t');
                    continue;
                }
            }
            yield return json ? Object(line) : Row(line, header!);
        }
    }

    private static bool HasHeader(string line)
    {
        string[] names = line.Split('\t');
        return names.Any(GoodNames.Contains) && names.Any(BadNames.Contains);
    }

    private SentencePair Row(DataLine line, string[] header)
    {
        string[] fields = line.Text.Split('\t');
        if (fields.Length != header.Length)
            throw Fault(line.Number, $"the line has {fields.Length} fields between tabs", $"{header.Length}, as the header has");
        string? Field(params string[] names) => Array.FindIndex(header, names.Contains) is >= 0 and int at ? fields[at] : null;
        List<(string, string)> parts = [];
        foreach (string by in (string[])["paradigm", "condition"])
            if (Field(by) is { } key)
                parts.Add((by, key));
        int? index = Field("index") is { } text ? Index(line.Number, text) : null;
        return Make(line.Number, Field(GoodNames)!, Field(BadNames)!, index, null, parts);
    }

    private int Index(int line, string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int index)
            ? index
            : throw Fault(line, $"the index {MalformedFileException.Quote(text)}", "a whole number");

    private SentencePair Object(DataLine line)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(line.Text);
        }
        catch (JsonException error)
        {
            throw Fault(
                line.Number,
                $"the line breaks off being JSON at character {error.BytePositionInLine + 1}",
                "one JSON object a line"
            );
        }
        using (document)
        {
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw Fault(line.Number, $"the line is a JSON {root.ValueKind}", "an object with sentence_good and sentence_bad");
            string? Field(string name) =>
                root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            int? index = null;
            if (root.TryGetProperty("index", out JsonElement number))
                index =
                    number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out int whole)
                        ? whole
                        : Index(line.Number, number.ToString());
            (string, string)? prefixes =
                Field("two_prefix_prefix_good") is { } good && Field("two_prefix_prefix_bad") is { } bad ? (good, bad) : null;
            return Make(
                line.Number,
                Field("sentence_good") ?? throw Fault(line.Number, "the text sentence_good is missing", "sentence_good and sentence_bad"),
                Field("sentence_bad") ?? throw Fault(line.Number, "the text sentence_bad is missing", "sentence_good and sentence_bad"),
                index,
                prefixes,
                Field("UID") is { } paradigm ? [("paradigm", paradigm)] : []
            );
        }
    }

    private SentencePair Make(
        int line,
        string good,
        string bad,
        int? index,
        (string Good, string Bad)? prefixes,
        IReadOnlyList<(string, string)> parts
    )
    {
        string[] right = SentencePair.Tokens(good),
            wrong = SentencePair.Tokens(bad);
        if (right.Length == 0 || wrong.Length == 0)
            throw Fault(line, "a sentence is empty", "two sentences");
        int same = right.AsSpan().CommonPrefixLength(wrong);
        if (same == right.Length && same == wrong.Length)
            throw Fault(line, "the two sentences are the same", "sentences that differ in a word");
        int atGood = Math.Min(same, right.Length - 1),
            atBad = Math.Min(same, wrong.Length - 1);
        if (index is int word)
        {
            (atGood, atBad) = (Before(line, good, word), Before(line, bad, word));
            if (Math.Max(atGood, atBad) < same)
                throw Fault(line, $"the index {word} stands before the first word that differs", $"{same} or more");
        }
        else if (prefixes is var (before, other))
        {
            (atGood, atBad) = (SentencePair.Tokens(before).Length, SentencePair.Tokens(other).Length);
            if (atGood >= right.Length || atBad >= wrong.Length)
                throw Fault(
                    line,
                    "a prefix is as long as its sentence",
                    "a word after two_prefix_prefix_good and after two_prefix_prefix_bad"
                );
        }
        if (Math.Max(atGood, atBad) >= ExampleTask.MostSteps)
            throw Fault(line, $"a sentence has {Math.Max(right.Length, wrong.Length)} words", $"at most {ExampleTask.MostSteps}");
        return new(right[..(atGood + 1)], wrong[..(atBad + 1)], parts, line);
    }

    private int Before(int line, string sentence, int index)
    {
        string[] words = sentence.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return index >= 0 && index < words.Length
            ? SentencePair.Tokens(string.Join(' ', words[..index])).Length
            : throw Fault(
                line,
                $"the index {index} is out of range",
                $"0 to {words.Length - 1}, the words of {MalformedFileException.Quote(sentence)}"
            );
    }

    private MalformedFileException Fault(int line, string found, string expected) =>
        MalformedFileException.AtLine(file, line, found, expected);
}
