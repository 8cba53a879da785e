using System.Text.Json;

namespace Farback.Formats;

/// <summary>A vocabulary in a file of its own, for a network whose file has none: one word a line, a JSON array, or a JSON object of word to number.</summary>
public static class WordList
{
    private const long Longest = 64 << 20;

    /// <summary>The words by number.</summary>
    /// <exception cref="MalformedFileException">The file is none of these; the sentence says where.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        if (new FileInfo(path).Length > Longest)
            throw new MalformedFileException(path, $"the vocabulary has {new FileInfo(path).Length} bytes", $"at most {Longest}");
        string text = File.ReadAllText(path);
        if (text.TrimStart() is not (['[', ..] or ['{', ..]))
            return text.Split('\n') is [.., ""] lines ? [.. lines[..^1].Select(Line)] : [.. text.Split('\n').Select(Line)];
        try
        {
            return text.TrimStart()[0] == '['
                ? JsonSerializer.Deserialize<string[]>(text)!
                : ByNumber(path, JsonSerializer.Deserialize<Dictionary<string, int>>(text)!);
        }
        catch (JsonException error)
        {
            throw new MalformedFileException(
                path,
                $"the vocabulary stops being JSON at line {error.LineNumber + 1}",
                "an array of words, an object of word to number, or one word a line"
            );
        }
    }

    private static string Line(string line) => line.TrimEnd('\r');

    private static string[] ByNumber(string path, Dictionary<string, int> numbers)
    {
        string?[] words = new string?[numbers.Count];
        foreach ((string word, int number) in numbers)
        {
            if ((uint)number >= (uint)words.Length || words[number] is not null)
                throw new MalformedFileException(
                    path,
                    $"the word {MalformedFileException.Quote(word)} has the number {number}",
                    $"each number from 0 to {words.Length - 1} once"
                );
            words[number] = word;
        }
        return words!;
    }
}
