namespace Farback.Formats;

/// <summary>A grammatical sentence beside an ungrammatical one, each up to the word that decides.</summary>
/// <param name="Good">The words of the grammatical one, the deciding word last.</param>
/// <param name="Bad">The words of the other.</param>
/// <param name="Parts">Paradigm and condition, where the file names them.</param>
/// <param name="Line">Where it stands.</param>
internal sealed record SentencePair(string[] Good, string[] Bad, IReadOnlyList<(string By, string Key)> Parts, int Line)
{
    private const string Marks = ".,;:!?";

    /// <summary>What the pair is an example of.</summary>
    public string Paradigm => Parts.Count > 0 ? Parts[0].Key : "pairs";

    /// <summary>The same for all pairs that say the same before the word that decides, whichever of the two is right.</summary>
    public string Group
    {
        get
        {
            string good = string.Join(' ', Good[..^1]),
                bad = string.Join(' ', Bad[..^1]);
            return string.CompareOrdinal(good, bad) <= 0 ? $"{good}\t{bad}" : $"{bad}\t{good}";
        }
    }

    /// <summary>Words at blanks, lower-cased; marks at their ends stand alone.</summary>
    public static string[] Tokens(string sentence)
    {
        List<string> tokens = [];
        foreach (string word in sentence.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            int size = word.Length;
            while (size > 1 && Marks.Contains(word[size - 1], StringComparison.Ordinal))
                size--;
            tokens.Add(word[..size]);
            tokens.AddRange(word[size..].Select(mark => mark.ToString()));
        }
        return [.. tokens];
    }
}
