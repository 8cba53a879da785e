using Farback.Sequences;

namespace Farback.Formats;

/// <summary>A learning task made from a file.</summary>
public abstract class FileTask : LearningTask
{
    /// <summary>What the file is, how it is read, and what is in it.</summary>
    public abstract FileDescription Description { get; }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<string> Facts => Description.Facts;
}

/// <summary>What a reader is told of a file of data before training on it.</summary>
/// <param name="File">The file.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Reading">How it is read and what is asked, in a sentence.</param>
/// <param name="Lengths">The lengths of its sequences, in steps.</param>
/// <param name="Words">How many input words are told apart; 0 where inputs are numbers.</param>
/// <param name="Labels">The classes with the examples each has, all parts together; empty for a language model or a forecast.</param>
/// <param name="Splits">What is trained on and what is held out.</param>
/// <param name="Facts">What a careful reader wants to know, one sentence each.</param>
/// <param name="Examples">Three sequences.</param>
public sealed record FileDescription(
    string File,
    DataKind Kind,
    string Reading,
    LengthSummary Lengths,
    int Words,
    IReadOnlyList<LabelCount> Labels,
    IReadOnlyList<SplitSize> Splits,
    IReadOnlyList<string> Facts,
    IReadOnlyList<TaskExample> Examples
);

/// <summary>A class and how many examples it has.</summary>
/// <param name="Label">The class.</param>
/// <param name="Count">Its examples.</param>
public sealed record LabelCount(string Label, long Count);

/// <summary>The size of a part of the data.</summary>
/// <param name="Split">Which part.</param>
/// <param name="Count">How many.</param>
/// <param name="Of">Of what: characters, examples, values.</param>
public sealed record SplitSize(Split Split, long Count, string Of);

/// <summary>How long sequences are.</summary>
/// <param name="Least">The shortest.</param>
/// <param name="Median">The one in the middle; of two, the shorter.</param>
/// <param name="Most">The longest.</param>
/// <param name="Of">Of what: characters, words, steps.</param>
public sealed record LengthSummary(long Least, long Median, long Most, string Of)
{
    /// <summary>Of these lengths, at least one.</summary>
    internal static LengthSummary From(IEnumerable<int> lengths, string of)
    {
        int[] sorted = [.. lengths.Order()];
        return new(sorted[0], sorted[(sorted.Length - 1) / 2], sorted[^1], of);
    }
}
