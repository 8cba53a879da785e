namespace Farback.Formats;

/// <summary>How a file of data is read and split; every value has a default that works.</summary>
public sealed record DataOptions
{
    /// <summary>What the file is; null: found out from its name and contents.</summary>
    public DataKind? Kind { get; init; }

    /// <summary>Characters or words, for text and labelled sequences.</summary>
    public TextUnit Unit { get; init; } = TextUnit.Characters;

    /// <summary>The column of a table that is forecast: its name in the header, or its number from 1; null: the only one that holds numbers.</summary>
    public string? Column { get; init; }

    /// <summary>The seed of the split, where examples are split at random.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>The share of the data that is held out for validation.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>The share of the data that is held out for the test.</summary>
    public double TestShare { get; init; } = 0.1;

    /// <summary>A file that is the validation part, where the data comes in several files (treebanks).</summary>
    public string? ValidationFile { get; init; }

    /// <summary>A file that is the test part, where the data comes in several files (treebanks; found by name for <c>_TRAIN.ts</c>).</summary>
    public string? TestFile { get; init; }

    /// <summary>Steps of a training sequence cut out of a text or a series; null: 100 for text, 32 for a series.</summary>
    public int? Window { get; init; }

    /// <summary>Whether training batches of text walk through it, each lane going on where it ended, instead of drawing windows.</summary>
    public bool Contiguous { get; init; }

    /// <summary>Words that occur less often in the training part become &lt;unk&gt;; null: 1 for characters, 2 for words.</summary>
    public int? MinimumCount { get; init; }

    /// <summary>At most so many words are told apart, the most frequent ones.</summary>
    public int MostWords { get; init; } = 10_000;

    /// <summary>Refuses values that cannot be used.</summary>
    /// <exception cref="ArgumentException">One sentence that names the value.</exception>
    internal void Check()
    {
        if (!(ValidationShare >= 0 && TestShare >= 0 && ValidationShare + TestShare < 1))
            throw new ArgumentException(
                $"validation and test shares: expected two numbers from 0 that leave something to train on, got {ValidationShare} and {TestShare}."
            );
        if (Window is < 1 or > 100_000)
            throw new ArgumentException($"window: expected 1 to 100000 steps, got {Window}.");
        if (MinimumCount is < 1)
            throw new ArgumentException($"minimum count: expected 1 or more, got {MinimumCount}.");
        if (MostWords is < 2 or > 10_000_000)
            throw new ArgumentException($"most words: expected 2 to 10000000, got {MostWords}.");
    }

    /// <summary>How often a word has to occur.</summary>
    internal int Minimum(TextUnit unit) => MinimumCount ?? (unit == TextUnit.Characters ? 1 : 2);
}
