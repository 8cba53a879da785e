namespace Farback.Formats;

/// <summary>What a file of data is.</summary>
public enum DataKind
{
    /// <summary>Plain text: a language model of its characters or words.</summary>
    Text,

    /// <summary>A treebank in CoNLL-U: the number of a present-tense verb from the words before it.</summary>
    Treebank,

    /// <summary>Pairs of a grammatical and an ungrammatical sentence, TSV or JSONL.</summary>
    Pairs,

    /// <summary>Labelled sequences: lines <c>label⇥text</c>, or a folder with one file a class.</summary>
    Labelled,

    /// <summary>A table with a column of numbers, CSV: the next value from those before.</summary>
    Series,

    /// <summary>Labelled numeric series in the UCR archive's <c>.ts</c> format.</summary>
    Ucr,
}

/// <summary>What a sequence of text is made of.</summary>
public enum TextUnit
{
    /// <summary>Unicode characters (scalar values).</summary>
    Characters,

    /// <summary>Words and punctuation marks.</summary>
    Words,
}
