namespace Farback.Formats;

/// <summary>A file that is read at once, all of it.</summary>
internal static class WholeFile
{
    /// <summary>Its bytes.</summary>
    /// <exception cref="MalformedFileException">It is longer than an array.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static byte[] Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        if (stream.Length > Array.MaxLength)
            throw new MalformedFileException(path, $"the file has {stream.Length} bytes", $"at most {Array.MaxLength}");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
