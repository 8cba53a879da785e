namespace Farback.Cli.Terminal;

/// <summary>Writes a file whole or not at all: beside its place first, then renamed.</summary>
internal static class SafeFile
{
    /// <summary>Writes text.</summary>
    public static void Write(string path, string text)
    {
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full)!;
        if (!Directory.Exists(folder))
            throw new IOException($"{path}: the folder {folder} does not exist; make it first.");
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
