using System.Text;
using System.Text.Json;
using Farback.Training;

namespace Farback.Formats;

/// <summary>The looks of a run as JSON lines: one object a look, the newest last.</summary>
internal static class WatchFile
{
    private static readonly JsonSerializerOptions s_line = new(RunJson.Options) { WriteIndented = false };

    /// <summary>Adds a look in one write: a reader that comes in between sees whole lines.</summary>
    public static void Append(string path, WatchRow row)
    {
        using FileStream stream = new(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        stream.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(row, s_line) + "\n"));
    }

    /// <summary>The looks up to the first line that is not whole.</summary>
    public static IReadOnlyList<WatchRow> Read(string path)
    {
        List<WatchRow> rows = [];
        if (!File.Exists(path))
            return rows;
        try
        {
            string text = File.ReadAllText(path);
            foreach (string line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
                rows.Add(RunJson.Read<WatchRow>(path, line));
        }
        catch (MalformedFileException) { }
        return rows;
    }

    /// <summary>Cuts a file off behind the looks of a step.</summary>
    public static void Truncate(string path, long step)
    {
        if (!File.Exists(path))
            return;
        IEnumerable<string> kept = Read(path).Where(row => row.Step <= step).Select(row => JsonSerializer.Serialize(row, s_line) + "\n");
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(string.Concat(kept)));
    }
}
