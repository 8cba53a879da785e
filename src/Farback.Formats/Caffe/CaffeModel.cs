using Farback.Formats.Caffe.Wire;
using Farback.Formats.Onnx;
using Farback.Networks;
using Google.Protobuf;

namespace Farback.Formats.Caffe;

/// <summary>What was read of a model, before a network is looked for in it.</summary>
internal sealed record CaffeModel(
    string Name,
    Graph? Graph,
    Func<Graph>? Whole,
    IReadOnlyDictionary<string, CaffeBlob[]> Blobs,
    List<Finding> Findings
)
{
    private const string Expected = "a Caffe model (.caffemodel)";

    /// <summary>Reads the weights, and the description where there is one.</summary>
    public static CaffeModel Read(string name, byte[] weights, string? prototxt, byte[]? description)
    {
        Impostor.Refuse(name, weights, Expected);
        WireCheck.Check(name, weights, NetParameter.Descriptor);
        NetParameter trained = NetParameter.Parser.WithDiscardUnknownFields(true).ParseFrom(weights);
        List<Finding> findings = [];
        if (trained.Layers.Count > 0)
            throw new MalformedFileException(
                name,
                $"its {trained.Layers.Count} layers are of Caffe's first kind (V1), which has no recurrent ones",
                "layers in field 100, as Caffe's upgrade_net_proto_binary writes them"
            );
        Dictionary<string, CaffeBlob[]> blobs = new(StringComparer.Ordinal);
        Dictionary<string, CaffeBlob> shared = new(StringComparer.Ordinal);
        foreach (LayerParameter layer in trained.Layer)
        {
            CaffeBlob[] own =
                layer.Blobs.Count == 0
                    ? []
                    : [.. layer.Blobs.Select((blob, i) => new CaffeBlob(name, $"array {i} of {What(layer)}", blob))];
            // the first owner of a shared name counts
            for (int i = 0; i < Math.Min(own.Length, layer.Param.Count); i++)
                if (layer.Param[i].Name is { Length: > 0 } key && !shared.TryAdd(key, own[i]))
                    own[i] = shared[key];
            if (!blobs.TryAdd(layer.Name, own))
                throw new MalformedFileException(name, $"{What(layer)} stands twice", "each layer once");
        }
        NetParameter net = trained;
        if (prototxt is not null && description is not null)
            net = Described(prototxt, description, blobs, findings);
        Graph? graph = null;
        try
        {
            graph = CaffeGraph.Make(name, net, blobs, restarts: false, findings);
        }
        catch (NotSupportedException error)
        {
            findings.Add(new(FindingKind.Outside, error.Message));
        }
        return new(name, graph, graph is null ? null : () => CaffeGraph.Make(name, net, blobs, restarts: true, []), blobs, findings);
    }

    public OpenedModel Open(bool prove)
    {
        OpenedModel opened = Graph is null
            ? new()
            {
                Name = Name,
                Format = "",
                Tensors = [],
            }
            : Recogniser.Open(Graph, prove, Biases.One);
        return opened with
        {
            Format = "Caffe",
            Whole = Whole is null ? null : new(Whole),
            Findings = [.. Findings, .. opened.Findings],
            Tensors =
            [
                .. Blobs.SelectMany(layer =>
                    layer.Value.Select((blob, i) => new TensorInfo($"{layer.Key}/{i}", blob.Type.Name, blob.Shape))
                ),
            ],
        };
    }

    private static string What(LayerParameter layer) => $"layer {MalformedFileException.Quote(layer.Name)}";

    private static NetParameter Described(
        string prototxt,
        byte[] description,
        Dictionary<string, CaffeBlob[]> blobs,
        List<Finding> findings
    )
    {
        Impostor.Refuse(prototxt, description, "a network's description (.prototxt)");
        NetParameter net = new();
        TextFormat.Merge(prototxt, description, net);
        if (net.Layer.Count == 0)
            throw new MalformedFileException(prototxt, "it describes no layers", "layer { … } for each");
        HashSet<string> described = [.. net.Layer.Select(layer => layer.Name)];
        string[] alone = [.. blobs.Where(layer => layer.Value.Length > 0 && !described.Contains(layer.Key)).Select(layer => layer.Key)];
        if (alone.Length > 0)
            findings.Add(
                new(
                    FindingKind.Guessed,
                    $"{Path.GetFileName(prototxt)} does not name {string.Join(", ", alone.Take(8).Select(MalformedFileException.Quote))}, whose weights are left out",
                    "--prototxt"
                )
            );
        return net;
    }
}
