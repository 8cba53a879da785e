namespace Farback.Formats.Torch;

/// <summary>What a container holds: a pickle's value, and where the storages lie that it names.</summary>
/// <param name="file">What to call it in a refusal.</param>
/// <param name="format">The container's name.</param>
internal sealed class Checkpoint(string file, string format)
{
    /// <summary>The container's name.</summary>
    public string Format => format;

    /// <summary>The object that was saved.</summary>
    public object? Root { get; set; }

    /// <summary>Each storage's bytes, by its key.</summary>
    public Dictionary<string, (ByteSource Source, long Begin, long Bytes)> Storages { get; } = [];

    /// <summary>Whether a storage has to have exactly the bytes that the pickle says.</summary>
    public bool IsExact { get; init; }

    /// <summary>Whether numbers have their first byte first.</summary>
    public bool IsBigEndian { get; set; }

    /// <summary>What is worth saying of the pickles.</summary>
    public List<Finding> Findings { get; } = [];

    /// <summary>The value of the next pickle.</summary>
    public object? Unpickle(BytesReader reader)
    {
        object? value = PickleReader.Read(file, reader, out int duplicates);
        if (duplicates > 0)
            Findings.Add(new(FindingKind.Recognised, $"{duplicates} keys stand twice in a dictionary; the last one counts, as in Python"));
        return value;
    }

    /// <summary>A refusal of the file.</summary>
    public MalformedFileException Fault(string found, string expected) => new(file, found, expected);
}
