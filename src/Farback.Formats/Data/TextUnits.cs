using System.Text;

namespace Farback.Formats;

/// <summary>Splits a line into characters or into words at blanks.</summary>
internal static class TextUnits
{
    // a text has few different characters; one string for each is enough
    private static readonly string?[] Single = new string?[char.MaxValue + 1];

    public static string Singular(TextUnit unit) => unit == TextUnit.Characters ? "character" : "word";

    public static string Plural(TextUnit unit) => $"{Singular(unit)}s";

    /// <summary>The characters (scalar values), or what stands between blanks.</summary>
    public static string[] Split(string line, TextUnit unit)
    {
        if (unit == TextUnit.Words)
            return line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        List<string> characters = new(line.Length);
        foreach (Rune rune in line.EnumerateRunes())
            characters.Add(rune.IsBmp ? Single[rune.Value] ??= rune.ToString() : rune.ToString());
        return [.. characters];
    }
}
