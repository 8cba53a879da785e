namespace Farback.Cli.Terminal;

/// <summary>Writes a file whole or not at all: beside its place first, then renamed.</summary>
internal static class SafeFile
{
    /// <summary>Refuses a place that cannot be written, before any work is done for it.</summary>
    /// <exception cref="IOException">Its folder does not exist, or it is a folder itself.</exception>
    public static void Check(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? path;
        if (!Directory.Exists(folder))
            throw new IOException($"{path}: the folder {folder} does not exist; make it first.");
        if (Directory.Exists(path))
            throw new IOException($"{path} is a folder; name a file in it.");
    }

    /// <summary>Writes text.</summary>
    public static void Write(string path, string text)
    {
        Check(path);
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full)!;
        string temporary = Path.Combine(folder, $".{Path.GetFileName(full)}.{Environment.ProcessId}.tmp");
        try
        {
            File.WriteAllText(temporary, text);
            File.Move(temporary, full, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
