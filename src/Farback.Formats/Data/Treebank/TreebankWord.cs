namespace Farback.Formats;

/// <summary>A syntactic word of a treebank, with the columns that are used here.</summary>
/// <param name="Form">As written.</param>
/// <param name="Category">The universal part of speech.</param>
/// <param name="Features">The morphological features, <c>Name=Value</c> between bars.</param>
/// <param name="Head">The number of the word it depends on, from 1; 0 for the root.</param>
/// <param name="Relation">How it depends on it.</param>
internal sealed record TreebankWord(string Form, string Category, string Features, int Head, string Relation)
{
    /// <summary>The value of a feature; null where the word has none.</summary>
    public string? Feature(string name)
    {
        foreach (Range range in Features.AsSpan().Split('|'))
        {
            ReadOnlySpan<char> feature = Features.AsSpan(range);
            if (feature.Length > name.Length && feature[name.Length] == '=' && feature.StartsWith(name))
                return feature[(name.Length + 1)..].ToString();
        }
        return null;
    }

    /// <summary>The relation without its subtype.</summary>
    public ReadOnlySpan<char> MainRelation => Relation.AsSpan(0, Relation.IndexOf(':') is >= 0 and int colon ? colon : Relation.Length);

    public bool IsNoun => Category is "NOUN" or "PROPN";
}

/// <summary>A sentence, and the line it begins at.</summary>
internal sealed record TreebankSentence(int Line, IReadOnlyList<TreebankWord> Words);
