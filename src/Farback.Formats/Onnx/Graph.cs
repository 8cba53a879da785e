using Farback.Formats.Onnx.Wire;

namespace Farback.Formats.Onnx;

/// <summary>A graph that has been checked: every value is made once, before it is read.</summary>
internal sealed class Graph
{
    private const int OldestOpset = 7;

    private Graph(string file, string? folder, long fileLength, ModelProto model)
    {
        (File, FileLength) = (file, fileLength);
        GraphProto graph =
            model.Graph
            ?? throw new MalformedFileException(file, "there is no graph in it", "an ONNX model (a protobuf message with a graph)");
        Producer = $"{model.ProducerName} {model.ProducerVersion}".Trim();
        foreach (StringStringEntryProto entry in model.MetadataProps)
            Metadata[entry.Key] = entry.Value;
        Opset = OpsetOf(file, model);
        if (graph.SparseInitializer.Count > 0)
            throw new MalformedFileException(file, "it has sparse initializers", "dense ones");

        Dictionary<string, string> makers = [];
        void Makes(string name, string maker)
        {
            if (!makers.TryAdd(name, maker))
                throw new MalformedFileException(
                    file,
                    $"{maker} makes {MalformedFileException.Quote(name)}, which {makers[name]} makes too",
                    "every value to be made once"
                );
        }
        foreach (TensorProto tensor in graph.Initializer)
        {
            TensorData data = new(file, folder, tensor, $"initializer {MalformedFileException.Quote(tensor.Name)}");
            Makes(tensor.Name, data.What);
            Initializers.Add(tensor.Name, data);
        }
        List<GraphInput> inputs = [];
        foreach (ValueInfoProto input in graph.Input)
        {
            // before IR version 4 the initializers are inputs too: then they are only defaults
            if (Initializers.ContainsKey(input.Name))
                continue;
            Makes(input.Name, $"input {MalformedFileException.Quote(input.Name)}");
            inputs.Add(InputOf(input));
        }
        Inputs = inputs;
        List<Node> nodes = [];
        foreach (NodeProto proto in graph.Node)
            nodes.Add(new(file, folder, proto, nodes.Count));
        Nodes = nodes;
        CheckOrder(makers);
        Outputs = [.. graph.Output.Select(output => output.Name)];
        foreach (string output in Outputs)
            if (!makers.ContainsKey(output))
                throw new MalformedFileException(
                    file,
                    $"nothing makes the output {MalformedFileException.Quote(output)}",
                    "a value of the graph"
                );
    }

    /// <summary>Checks and parses a whole file.</summary>
    /// <param name="file">What it is called.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="folder">Where external data may lie; null where it may not.</param>
    /// <exception cref="MalformedFileException">It is no sound ONNX model.</exception>
    public static Graph Parse(string file, ReadOnlySpan<byte> bytes, string? folder)
    {
        Impostor.Refuse(file, bytes, "an ONNX model");
        WireCheck.Check(file, bytes, ModelProto.Descriptor);
        return new(file, folder, bytes.Length, ModelProto.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes));
    }

    /// <summary>Checks a graph that was made here, out of a model of another format.</summary>
    /// <param name="file">The file that the model was read from.</param>
    /// <param name="length">How many bytes its numbers have there, which bounds what a run may hold.</param>
    /// <param name="model">The graph.</param>
    public static Graph Of(string file, long length, ModelProto model) => new(file, null, length, model);

    public string File { get; }
    public long FileLength { get; }
    public string Producer { get; }

    /// <summary>The version of the default operator set.</summary>
    public int Opset { get; }

    public Dictionary<string, string> Metadata { get; } = [];
    public Dictionary<string, TensorData> Initializers { get; } = [];

    /// <summary>What has to be given, in order; initializers are not counted.</summary>
    public IReadOnlyList<GraphInput> Inputs { get; }

    public IReadOnlyList<Node> Nodes { get; }
    public IReadOnlyList<string> Outputs { get; }

    private static int OpsetOf(string file, ModelProto model)
    {
        if (model.OpsetImport.Count == 0)
            throw new MalformedFileException(file, "it imports no operator set", "a version of the default one");
        long? version = model.OpsetImport.LastOrDefault(set => set.Domain is "" or "ai.onnx")?.Version;
        return version switch
        {
            null => OldestOpset, // operators of other domains only: they are named where they stand
            < OldestOpset or > 1000 => throw new MalformedFileException(
                file,
                $"its operators are those of opset {version}",
                $"opset {OldestOpset} or later"
            ),
            _ => (int)version,
        };
    }

    private static GraphInput InputOf(ValueInfoProto input)
    {
        TensorTypeProto? type = input.Type?.TensorType;
        return new(
            input.Name,
            TensorData.TypeOf(type?.ElemType ?? 0),
            type?.Shape is { } shape
                ? [.. shape.Dim.Select(size => size.HasDimValue && size.DimValue > 0 ? (long?)size.DimValue : null)]
                : null
        );
    }

    private void CheckOrder(Dictionary<string, string> makers)
    {
        Dictionary<string, Node> later = [];
        foreach (Node node in Nodes)
        foreach (string output in node.Outputs.Where(output => output.Length > 0))
            later.TryAdd(output, node);
        foreach (Node node in Nodes)
        {
            foreach (string input in node.Inputs.Where(input => input.Length > 0 && !makers.ContainsKey(input)))
                throw later.TryGetValue(input, out Node? maker)
                    ? node.Fault(
                        $"reads {MalformedFileException.Quote(input)}, which {(maker == node ? "it makes itself" : $"{maker} makes after it")}",
                        "nodes in an order without a cycle"
                    )
                    : node.Fault($"reads {MalformedFileException.Quote(input)}, which nothing makes", "a value of the graph");
            foreach (string output in node.Outputs.Where(output => output.Length > 0))
                if (!makers.TryAdd(output, $"{node}"))
                    throw node.Fault(
                        $"makes {MalformedFileException.Quote(output)}, which {makers[output]} makes too",
                        "every value to be made once"
                    );
        }
    }
}

/// <summary>Something that has to be given to a graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type; null where the file does not say, or where it is no array of numbers.</param>
/// <param name="Shape">Its sizes, null where one is free; null where nothing is said.</param>
internal sealed record GraphInput(string Name, Dtype? Type, long?[]? Shape);
