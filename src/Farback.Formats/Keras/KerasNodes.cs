using Farback.Formats.Onnx;
using Farback.Networks;

namespace Farback.Formats.Keras;

/// <summary>The nodes of a model while they are made: what each call has made, and what was found out.</summary>
internal sealed class KerasNodes
{
    private const string Foreign = "keras";

    private readonly KerasPlan _plan;
    private readonly List<Finding> _findings;
    private readonly Dictionary<KerasSource, string> _values = [];
    private readonly HashSet<string> _stored = new(StringComparer.Ordinal);

    public KerasNodes(GraphMaker maker, KerasPlan plan, KerasVersion version, List<Finding> findings)
    {
        (Maker, _plan, Version, _findings) = (maker, plan, version, findings);
        Masks = new(this);
        At = null!;
    }

    public GraphMaker Maker { get; }
    public KerasVersion Version { get; }
    public KerasMasks Masks { get; }

    /// <summary>Whether recurrent layers pass over the steps that are masked; otherwise they read every step.</summary>
    public bool PassesOver { get; init; }

    /// <summary>The call whose nodes are made.</summary>
    public KerasCall At { get; set; }

    public KerasLayer Layer => At.Layer;
    public string Name => At.Name;

    /// <summary>How many biases the recurrent layers have.</summary>
    public Biases Biases { get; set; }

    /// <summary>The calls of the whole model.</summary>
    public IReadOnlyList<KerasCall> Calls => _plan.Calls;

    /// <summary>The value that a call made, or null.</summary>
    public string? Find(KerasSource source) => _values.GetValueOrDefault(source);

    /// <summary>What the call reads.</summary>
    public string[] Inputs() =>
        [
            .. At.Inputs.Select(source =>
                Find(source)
                ?? throw Layer.Fault(
                    $"reads output {source.Tensor} of {MalformedFileException.Quote(source.Layer)}, which it does not have",
                    "an output that is made"
                )
            ),
        ];

    /// <summary>A node with one output.</summary>
    public string Node(string kind, string[] inputs, string output, params (string Name, object Value)[] attributes) =>
        Maker.Node(kind, Name, inputs, output, attributes);

    /// <summary>Stores numbers of the layer, once for all its calls.</summary>
    public string Store(string what, int[] shape, double[] numbers)
    {
        string name = $"{At.Path}:{what}";
        return _stored.Add(name) ? Maker.Store(name, shape, numbers) : name;
    }

    /// <summary>Stores an array of the layer, once for all its calls.</summary>
    public string Store(string what, Tensor array) => Store(what, [.. array.Shape.Select(size => (int)size)], array.ToDoubles());

    /// <summary>Stores a list of whole numbers for this call.</summary>
    public string Whole(string what, params long[] numbers) => Maker.Whole($"{Name}:{what}", numbers);

    /// <summary>Says what the call made, output by output, and which steps its readers pass over.</summary>
    public void Makes(string? mask, params ReadOnlySpan<string> values)
    {
        for (int i = 0; i < values.Length; i++)
            _values[new(At.Path, At.Number, i)] = values[i];
        if (mask is not null && values.Length > 0)
            Masks.Set(values[0], mask);
    }

    public void Say(FindingKind kind, string sentence)
    {
        if (!_findings.Exists(finding => finding.Sentence == sentence))
            _findings.Add(new(kind, sentence));
    }

    /// <summary>A layer that is not known here: a node that says so when it is run.</summary>
    public void Outside(string why, string[] inputs)
    {
        Say(FindingKind.Outside, $"{Layer} {why}: it can be listed and not be run");
        int outputs = Calls
            .SelectMany(call => call.Inputs)
            .Concat(_plan.Outputs)
            .Where(source => (source.Layer, source.Call) == (At.Path, At.Number))
            .Select(source => source.Tensor)
            .DefaultIfEmpty(0)
            .Max();
        string[] made = [.. Enumerable.Range(0, Math.Clamp(outputs, 0, 16) + 1).Select(i => i == 0 ? Name : $"{Name}:{i}")];
        Foreigner(Layer.Class, inputs, made);
        Makes(null, made);
    }

    /// <summary>A node of the domain keras, which is not run.</summary>
    public void Foreigner(string kind, string[] inputs, params string[] outputs) => Maker.Add(kind, Foreign, Name, inputs, outputs);

    public static string Describe(Tensor[] arrays) =>
        arrays.Length == 0 ? "no arrays" : string.Join(", ", arrays.Take(4).Select(array => $"{array}"));
}
