using Farback.Formats.Caffe;
using Farback.Formats.Caffe.Wire;

namespace Farback.Formats;

/// <summary>Caffe models: the weights (.caffemodel), with the description beside them (.prototxt) or their own.</summary>
/// <remarks>
///   BVLC Caffe's layers LSTM, RNN, Embed and InnerProduct, in stacks of layers of one size. Layers of weights and description belong together
///   by name. Forks' layers, and networks written out step by step, are named as what they are.
/// </remarks>
/// <example>
///   <code>
///   OpenedModel opened = CaffeFile.Open("net.caffemodel", new CaffeOptions { Prototxt = "deploy.prototxt" });
///   </code>
/// </example>
public static class CaffeFile
{
    /// <summary>Opens a model.</summary>
    /// <param name="path">The weights.</param>
    /// <param name="options">Where the description is; null where it is of the same name, or the weights' own.</param>
    /// <exception cref="MalformedFileException">It is no sound Caffe model; the sentence names the offset, the line or the layer.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static OpenedModel Open(string path, CaffeOptions? options = null)
    {
        string? prototxt = options?.Prototxt;
        if (Path.GetExtension(path).Equals(".prototxt", StringComparison.OrdinalIgnoreCase))
            (prototxt, path) = (path, Path.ChangeExtension(path, ".caffemodel"));
        prototxt ??= File.Exists(Path.ChangeExtension(path, ".prototxt")) ? Path.ChangeExtension(path, ".prototxt") : null;
        return CaffeModel.Read(path, WholeFile.Read(path), prototxt, prototxt is null ? null : WholeFile.Read(prototxt)).Open(prove: true);
    }

    /// <summary>Everything that opening does with the bytes of weights but running the graph: what a fuzzer calls.</summary>
    /// <exception cref="MalformedFileException">The bytes are no sound Caffe model: the only way in which this may fail.</exception>
    public static void Try(ReadOnlySpan<byte> bytes) => _ = CaffeModel.Read("bytes", bytes.ToArray(), null, null).Open(prove: false);

    /// <summary>Reads a description (.prototxt) alone: what a fuzzer calls.</summary>
    /// <exception cref="MalformedFileException">It is none: the only way in which this may fail.</exception>
    public static void TryPrototxt(ReadOnlySpan<byte> bytes) => TextFormat.Merge("bytes", bytes, new NetParameter());
}
