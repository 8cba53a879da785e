using Farback.Formats.Onnx;

namespace Farback.Formats;

/// <summary>ONNX models: opened, and written.</summary>
public static class OnnxFile
{
    private const long Longest = (1L << 31) - 1; // protobuf's own limit

    /// <summary>Reads and checks a model without looking for a network in it.</summary>
    internal static Graph Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        if (stream.Length > Longest)
            throw new MalformedFileException(path, $"the file has {stream.Length} bytes", $"at most {Longest}, as protobuf allows");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Graph.Parse(path, bytes, Path.GetDirectoryName(Path.GetFullPath(path)));
    }
}
