using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Farback.Cells;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Formats;

/// <summary>The texts in a model file's header: written, and read without trusting them.</summary>
internal sealed class ModelText(string path, IReadOnlyDictionary<string, string> texts)
{
    public const string Format = "farback-model";
    public const string Version = "1";

    /// <summary>The word that stands for all others, where a vocabulary has it.</summary>
    public const string Unknown = "<unk>";

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        NumberHandling = JsonNumberHandling.Strict,
        Converters = { new NameConverter<Biases>("biases"), new NameConverter<InitialStates>("initialStates") },
    };

    /// <summary>Whether the header says that this is a model.</summary>
    public bool IsModel => texts.GetValueOrDefault("format") == Format;

    /// <summary>A network as JSON.</summary>
    public static string Write(Network network) => JsonSerializer.Serialize(RunNetwork.Of(network), Strict);

    /// <summary>A network in a few words.</summary>
    public static string Describe(Network network) =>
        $"{network.Cell.Title}, {(network.Words > 0 ? $"{network.Words} words in {network.Embedding} numbers" : $"{network.Inputs} inputs")}, "
        + $"hidden {network.Hidden}, layers {network.Layers}{(network.Bidirectional ? ", bidirectional" : "")}, outputs {network.Outputs}";

    /// <summary>Whether every word of a vocabulary is one character, names in angle brackets apart.</summary>
    public static bool IsOfCharacters(IReadOnlyList<string> words) =>
        words.Count > 0
        && words.All(word => new StringInfo(word).LengthInTextElements == 1 || word.EnumerateRunes().Count() == 1 || IsName(word))
        && !words.All(IsName);

    /// <summary>Splits text into characters, or at blanks.</summary>
    public static IReadOnlyList<string> Split(string text, bool characters) =>
        characters
            ? [.. text.EnumerateRunes().Select(rune => rune.ToString())]
            : text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The network that the header describes.</summary>
    public Network ReadNetwork(Cell? own)
    {
        if (!IsModel)
            throw new MalformedFileException(
                path,
                texts.TryGetValue("format", out string? format)
                    ? $"the header calls the file {MalformedFileException.Quote(format)}"
                    : "the header does not say that the file is a model",
                $"format {Format}, as farback train --save and ModelFile.Save write it"
            );
        if (texts.GetValueOrDefault("version") is var version && version != Version)
            throw new MalformedFileException(
                path,
                $"the header has version {MalformedFileException.Quote(version ?? "")} of the model format",
                $"version {Version}; a newer farback may read it"
            );
        RunNetwork shape = Read<RunNetwork>("network", "an object that describes a network");
        Cell? cell = own ?? AllCells.Named(shape.Cell);
        if (cell is null || cell.Name != shape.Cell)
            throw new MalformedFileException(
                path,
                $"the file holds the cell {MalformedFileException.Quote(shape.Cell)}",
                own is null
                    ? $"one of {string.Join(", ", AllCells.List.Select(known => known.Name))}; a cell of your own is handed to ModelFile.Load"
                    : $"{own.Name}"
            );
        // laying out a billion layers takes memory that nothing in the file warrants
        if (shape.Layers > MostLayers)
            throw new MalformedFileException(path, $"the network has {shape.Layers} layers", $"at most {MostLayers}");
        try
        {
            Network network = shape.ToNetwork(cell);
            _ = network.Blocks; // laid out, and so checked
            return network;
        }
        catch (ArgumentException error)
        {
            throw new MalformedFileException(
                path,
                $"the header describes no network ({error.Message.TrimEnd('.')})",
                "sizes that fit together"
            );
        }
    }

    /// <summary>Refuses a network other than the one that is expected, naming the first difference.</summary>
    public void Compare(Network found, Network expected)
    {
        (string Name, object Found, object Expected)[] parts =
        [
            ("inputs", found.Inputs, expected.Inputs),
            ("words", found.Words, expected.Words),
            ("embedding", found.Embedding, expected.Embedding),
            ("hidden", found.Hidden, expected.Hidden),
            ("layers", found.Layers, expected.Layers),
            ("bidirectional", found.Bidirectional, expected.Bidirectional),
            ("outputs", found.Outputs, expected.Outputs),
            ("biases", found.Biases, expected.Biases),
            ("initialStates", found.InitialStates, expected.InitialStates),
        ];
        foreach ((string name, object has, object wanted) in parts)
            if (!has.Equals(wanted))
                throw new MalformedFileException(path, $"the file says {name} {Text(has)}", $"{name} {Text(wanted)}");
    }

    /// <summary>A vocabulary; empty where the header has none.</summary>
    public IReadOnlyList<string> ReadWords(string key, int expected)
    {
        if (!texts.ContainsKey(key))
            return [];
        string?[] words = Read<string?[]>(key, "an array of words");
        if (words.Length != expected)
            throw new MalformedFileException(path, $"the header has {words.Length} {key}", $"{expected}, as many as the network has");
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string? word in words)
            if (word is null || !seen.Add(word))
                throw new MalformedFileException(
                    path,
                    $"the header has {(word is null ? "null" : MalformedFileException.Quote(word))} among its {key}{(word is null ? "" : " twice")}",
                    "each word once"
                );
        return words!;
    }

    /// <summary>What the read-out means; classes where the header does not say.</summary>
    public Answer ReadAnswer() =>
        texts.GetValueOrDefault("answer", "class") switch
        {
            "class" => Answer.OneClass,
            "numbers" => Answer.Numbers,
            var other => throw new MalformedFileException(
                path,
                $"the header has answer {MalformedFileException.Quote(other)}",
                "class or numbers"
            ),
        };

    private const int MostLayers = 1000;

    private static bool IsName(string word) => word.Length > 2 && word[0] == '<' && word[^1] == '>';

    private static string Text(object value) => value.ToString()!.ToLowerInvariant();

    private TRead Read<TRead>(string key, string expected)
        where TRead : class
    {
        try
        {
            return JsonSerializer.Deserialize<TRead>(texts.GetValueOrDefault(key, ""), Strict) ?? throw new JsonException("it is null");
        }
        catch (UnknownNameException error)
        {
            throw new MalformedFileException(path, error.Message, error.Expected);
        }
        catch (JsonException error)
        {
            throw new MalformedFileException(
                path,
                $"the header's {key} cannot be read{(error.Path is { Length: > 1 } at ? $" at {at}" : "")}",
                expected
            );
        }
    }
}
