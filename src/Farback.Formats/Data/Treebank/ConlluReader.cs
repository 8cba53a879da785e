using System.Globalization;

namespace Farback.Formats;

/// <summary>Reads treebanks in CoNLL-U.</summary>
/// <remarks>
///   Ten columns between tabs; multi-word tokens (<c>3-4</c>) and empty nodes (<c>5.1</c>) are counted and passed over, so that words are
///   the syntactic ones. Every head is checked to lie in the sentence and to lead to the root.
///   Source: universaldependencies.org/format.html
/// </remarks>
internal sealed class ConlluReader(string file)
{
    private const int Columns = 10;
    private const int MostWords = 10_000;

    private readonly List<TreebankWord> _words = [];
    private readonly List<int> _lines = [];

    /// <summary>How many multi-word tokens were passed over.</summary>
    public int MultiwordTokens { get; private set; }

    /// <summary>How many empty nodes were passed over.</summary>
    public int EmptyNodes { get; private set; }

    /// <summary>The sentences in order.</summary>
    public IEnumerable<TreebankSentence> Sentences()
    {
        foreach (DataLine line in DataLines.Read(file))
        {
            if (line.Text.StartsWith('#'))
                continue;
            if (!string.IsNullOrWhiteSpace(line.Text))
                Take(line);
            else if (_words.Count > 0)
                yield return Finish();
        }
        if (_words.Count > 0)
            yield return Finish();
    }

    private void Take(DataLine line)
    {
        string[] columns = line.Text.Split('\t');
        if (columns.Length != Columns)
            throw Fault(line.Number, $"the line has {columns.Length} columns between tabs", $"{Columns} (CoNLL-U)");
        string id = columns[0];
        if (id.Contains('-', StringComparison.Ordinal) || id.Contains('.', StringComparison.Ordinal))
        {
            char mark = id.Contains('-', StringComparison.Ordinal) ? '-' : '.';
            string[] ends = id.Split(mark);
            if (ends.Length != 2 || Whole(ends[0]) is null || Whole(ends[1]) is null)
                throw Fault(line.Number, $"the id {MalformedFileException.Quote(id)}", "a number, a range as 3-4, or an empty node as 5.1");
            if (mark == '-')
                MultiwordTokens++;
            else
                EmptyNodes++;
            return;
        }
        if (Whole(id) != _words.Count + 1)
            throw Fault(line.Number, $"the id {MalformedFileException.Quote(id)}", $"{_words.Count + 1}, the next in the sentence");
        if (_words.Count == MostWords)
            throw Fault(line.Number, $"a sentence of more than {MostWords} words", "a blank line after each sentence");
        if (Whole(columns[6]) is not int head)
            throw Fault(line.Number, $"the head {MalformedFileException.Quote(columns[6])}", "the number of a word, or 0 for the root");
        _words.Add(new(columns[1], columns[3], columns[5], head, columns[7]));
        _lines.Add(line.Number);
    }

    private TreebankSentence Finish()
    {
        for (int word = 0; word < _words.Count; word++)
            if (_words[word].Head > _words.Count)
                throw Fault(_lines[word], $"the head {_words[word].Head}", $"0 to {_words.Count}, the words of the sentence");

        // walks up from every word, and marks what is known to lead to the root, so that the whole is linear
        int[] seen = new int[_words.Count + 1];
        for (int word = 1; word <= _words.Count; word++)
        {
            int at = word;
            while (at != 0 && seen[at] == 0)
            {
                seen[at] = word;
                at = _words[at - 1].Head;
            }
            if (at != 0 && seen[at] == word)
                throw Fault(_lines[at - 1], $"the heads from word {at} lead in a circle back to it", "heads that lead to the root, 0");
        }
        TreebankSentence sentence = new(_lines[0], [.. _words]);
        _words.Clear();
        _lines.Clear();
        return sentence;
    }

    private MalformedFileException Fault(int line, string found, string expected) =>
        MalformedFileException.AtLine(file, line, found, expected);

    private static int? Whole(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
