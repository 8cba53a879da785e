using Farback.Formats.Onnx.Wire;

namespace Farback.Formats.Onnx;

/// <summary>An operator call in a graph, with its attributes by name.</summary>
internal sealed class Node
{
    private readonly string _file;
    private readonly Dictionary<string, AttributeProto> _attributes = [];

    public Node(string file, string? folder, NodeProto proto, int index)
    {
        (_file, Index, Folder) = (file, index, folder);
        (Operator, Name, Domain) = (proto.OpType, proto.Name, proto.Domain == "ai.onnx" ? "" : proto.Domain);
        (Inputs, Outputs) = ([.. proto.Input], [.. proto.Output]);
        foreach (AttributeProto attribute in proto.Attribute)
        {
            if (!_attributes.TryAdd(attribute.Name, attribute))
                throw Fault($"has the attribute {MalformedFileException.Quote(attribute.Name)} twice", "once");
            CheckType(attribute);
        }
    }

    public int Index { get; }
    public string Operator { get; }
    public string Name { get; }
    public string Domain { get; }
    public string? Folder { get; }
    public IReadOnlyList<string> Inputs { get; }
    public IReadOnlyList<string> Outputs { get; }

    /// <summary>Whether it is one of the three recurrent operators.</summary>
    public bool IsRecurrent => Domain.Length == 0 && Operator is "RNN" or "GRU" or "LSTM";

    /// <summary>The name of an input, or null where it is left out.</summary>
    public string? Input(int i) => i < Inputs.Count && Inputs[i].Length > 0 ? Inputs[i] : null;

    /// <summary>The name of an output, or null where nobody wants it.</summary>
    public string? Output(int i) => i < Outputs.Count && Outputs[i].Length > 0 ? Outputs[i] : null;

    public bool Has(string name) => _attributes.ContainsKey(name);

    public long Int(string name, long otherwise) => Find(name, 2, "a whole number")?.I ?? otherwise;

    public float Float(string name, float otherwise) => Find(name, 1, "a number")?.F ?? otherwise;

    public string Text(string name, string otherwise) => Find(name, 3, "a text")?.S.ToStringUtf8() ?? otherwise;

    public long[]? Ints(string name) => Find(name, 7, "whole numbers") is { } found ? [.. found.Ints] : null;

    public float[]? Floats(string name) => Find(name, 6, "numbers") is { } found ? [.. found.Floats] : null;

    public string[]? Texts(string name) =>
        Find(name, 8, "texts") is { } found ? [.. found.Strings.Select(text => text.ToStringUtf8())] : null;

    public Value? TensorOf(string name) =>
        Find(name, 4, "a tensor") is { } found
            ? new TensorData(_file, Folder, found.T ?? new TensorProto(), $"{this}: {name}").Value
            : null;

    /// <summary>The node is not what the format promises, or what it reads does not fit it.</summary>
    public MalformedFileException Fault(string found, string expected) => new(_file, $"{this} {found}", expected);

    /// <summary>The node is sound, and lies outside of what is evaluated here.</summary>
    public NotSupportedException Outside(string sentence) => new($"{_file}: {this} {sentence}");

    public override string ToString() =>
        $"node {Index} ({(Domain.Length > 0 ? $"{Short(Domain)}." : "")}{Short(Operator)}{(Name.Length > 0 ? $" {MalformedFileException.Quote(Name)}" : "")})";

    private static string Short(string text) => MalformedFileException.Quote(text)[1..^1];

    // ONNX' numbers of attribute types: 1 FLOAT 2 INT 3 STRING 4 TENSOR 5 GRAPH 6 FLOATS 7 INTS 8 STRINGS 10 GRAPHS
    private AttributeProto? Find(string name, int type, string what)
    {
        if (!_attributes.TryGetValue(name, out AttributeProto? found))
            return null;
        if (found.HasRefAttrName && found.RefAttrName.Length > 0)
            throw Fault($"takes its attribute {name} from a function", "a value of its own");
        if (found.HasType && found.Type != type && found.Type != 0)
            throw Fault($"has an attribute {name} of type {found.Type}", $"{what} (type {type})");
        return found;
    }

    // a writer that leaves zeros out fills no field; one that fills another than its type says is wrong
    private void CheckType(AttributeProto attribute)
    {
        if (!attribute.HasType || attribute.Type == 0)
            return;
        foreach (
            (int type, bool filled) in new[]
            {
                (1, attribute.HasF),
                (2, attribute.HasI),
                (3, attribute.HasS),
                (4, attribute.T is not null),
                (5, attribute.G is not null),
                (6, attribute.Floats.Count > 0),
                (7, attribute.Ints.Count > 0),
                (8, attribute.Strings.Count > 0),
                (10, attribute.Graphs.Count > 0),
            }
        )
            if (filled && type != attribute.Type && !IsZero(attribute, type))
                throw Fault(
                    $"has the attribute {MalformedFileException.Quote(attribute.Name)} of type {attribute.Type} with a value of type {type}",
                    "a value of its type"
                );
    }

    // old exporters write zeros into the fields they do not use
    private static bool IsZero(AttributeProto attribute, int type) =>
        type switch
        {
            1 => attribute.F == 0,
            2 => attribute.I == 0,
            3 => attribute.S.IsEmpty,
            _ => false,
        };
}
