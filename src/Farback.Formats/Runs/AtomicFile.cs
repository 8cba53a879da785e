namespace Farback.Formats;

/// <summary>Writes a file whole or not at all: beside its place, flushed to the disk, then renamed over it.</summary>
/// <remarks>A process that is killed at any moment leaves the old file or the new one, and at most a part that begins with a dot and ends with <see cref="Part"/>.</remarks>
internal static class AtomicFile
{
    /// <summary>The end of the name of a file that is not whole yet.</summary>
    public const string Part = ".part";

    /// <summary>Writes through a stream.</summary>
    /// <param name="path">The place; one writer at a time.</param>
    /// <param name="write">Writes the whole contents.</param>
    /// <param name="previous">Where the file that stands there now is kept; null to replace it.</param>
    /// <exception cref="IOException">The disk is full, or the place cannot be written; what stood there still stands there.</exception>
    public static void Write(string path, Action<Stream> write, string? previous = null)
    {
        string full = Path.GetFullPath(path);
        string part = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}{Part}");
        try
        {
            using (FileStream stream = new(part, FileMode.Create, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            // between the two renames there is the previous file alone: a reader falls back to it
            if (previous is not null && File.Exists(full))
                File.Move(full, previous, overwrite: true);
            File.Move(part, full, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }

    /// <summary>Writes bytes.</summary>
    public static void Write(string path, ReadOnlyMemory<byte> bytes, string? previous = null) =>
        Write(path, stream => stream.Write(bytes.Span), previous);

    /// <summary>Removes what killed writers left.</summary>
    public static int Sweep(string folder)
    {
        string[] parts = Directory.GetFiles(folder, $".*{Part}");
        foreach (string part in parts)
            File.Delete(part);
        return parts.Length;
    }
}
