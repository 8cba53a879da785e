using Farback.Formats.Onnx;
using Farback.Networks;
using Farback.Sequences;
using Google.Protobuf;

namespace Farback.Formats;

/// <summary>ONNX models: opened as networks, and written.</summary>
/// <remarks>
///   Opset 7 and later; RNN, GRU and LSTM with every attribute, in stacks of layers of one cell and size, one direction or both, an
///   embedding below, a linear read-out above. What lies outside is named with its node among the findings. Everything about a file is
///   checked before it is used: memory is bounded by a few times its size, and external data are read from the model's own folder only.
/// </remarks>
/// <example>
///   <code>
///   OpenedModel opened = OnnxFile.Open("model.onnx");
///   foreach (Finding finding in opened.Findings)
///       Console.WriteLine(finding.Sentence);
///   OnnxFile.Write("again.onnx", opened.Parameters!.To&lt;float&gt;());
///   </code>
/// </example>
public static class OnnxFile
{
    private const long Longest = (1L << 31) - 1; // protobuf's own limit

    /// <summary>Opens a model.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="MalformedFileException">It is no sound ONNX model; the sentence names the offset or the node.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static OpenedModel Open(string path) => Recogniser.Open(Read(path), prove: true);

    /// <summary>Opens a model that is in memory, and has no external data.</summary>
    /// <param name="name">What it is called in sentences.</param>
    /// <param name="bytes">The whole file.</param>
    /// <exception cref="MalformedFileException">It is no sound ONNX model; the sentence names the offset or the node.</exception>
    public static OpenedModel Open(string name, ReadOnlySpan<byte> bytes) => Recogniser.Open(Graph.Parse(name, bytes, null), prove: true);

    /// <summary>Everything that <see cref="Open(string, ReadOnlySpan{byte})"/> does with bytes but running the graph: what a fuzzer calls.</summary>
    /// <exception cref="MalformedFileException">The bytes are no sound ONNX model: the only way in which this may fail.</exception>
    public static void Try(ReadOnlySpan<byte> bytes)
    {
        Graph graph = Graph.Parse("bytes", bytes, null);
        foreach (TensorData tensor in graph.Initializers.Values)
            _ = tensor.Value;
        _ = Recogniser.Open(graph, prove: false);
    }

    /// <summary>Writes a network that ONNX can express, whole or not at all.</summary>
    /// <param name="path">The file; one that stands there is replaced.</param>
    /// <param name="parameters">float or double; the file keeps every bit. ONNX Runtime runs recurrent operators in float only.</param>
    /// <param name="inputWords">The input words by number, kept in the metadata; null where there are none.</param>
    /// <param name="outputWords">The outputs' names by number, kept in the metadata; null where there are none.</param>
    /// <param name="answer">What the read-out means, kept in the metadata.</param>
    /// <exception cref="NotSupportedException">ONNX has no operator for the cell, or the model is beyond 2 GiB.</exception>
    public static void Write<T>(
        string path,
        Parameters<T> parameters,
        IReadOnlyList<string>? inputWords = null,
        IReadOnlyList<string>? outputWords = null,
        Answer answer = Answer.OneClass
    )
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(parameters);
        var model = OnnxWriter<T>.Write(parameters, ModelFile.Texts(parameters.Network, inputWords, outputWords, answer));
        AtomicFile.Write(path, stream => model.WriteTo(stream));
    }

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
