using Farback.Formats.Onnx.Wire;
using Google.Protobuf;

namespace Farback.Formats.Onnx;

/// <summary>Makes a graph out of a model of another format, which is then run, recognised and proved like any other graph.</summary>
/// <remarks>All its numbers are of one type. A node that is not known here goes into a domain of its own, and the graph says so by its name.</remarks>
internal sealed class GraphMaker
{
    private const int Opset = 17;

    private readonly string _file;
    private readonly GraphProto _graph = new() { Name = "model" };
    private long _length = 1 << 16;

    public GraphMaker(string file, Dtype real) => (_file, Real) = (file, real);

    /// <summary>F32 or F64.</summary>
    public Dtype Real { get; }

    /// <summary>Stores numbers.</summary>
    public string Store(string name, int[] shape, ReadOnlySpan<double> numbers) =>
        Store(TensorData.Write(name, Real, [.. shape.Select(size => (long)size)], numbers));

    /// <summary>Stores a list of whole numbers.</summary>
    public string Whole(string name, params long[] numbers) => Store(TensorData.Write(name, numbers));

    /// <summary>Adds a node with one output.</summary>
    public string Node(string kind, string name, string[] inputs, string output, params (string Name, object Value)[] attributes)
    {
        Add(kind, "", name, inputs, [output], attributes);
        return output;
    }

    /// <summary>Adds a node with several outputs.</summary>
    public void Add(
        string kind,
        string domain,
        string name,
        string[] inputs,
        string[] outputs,
        params (string Name, object Value)[] attributes
    )
    {
        NodeProto node = new()
        {
            OpType = kind,
            Domain = domain,
            Name = name,
        };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        foreach ((string attribute, object value) in attributes)
            node.Attribute.Add(Attribute(attribute, value));
        _graph.Node.Add(node);
    }

    /// <summary>Adds an input; null sizes are free.</summary>
    public string Input(string name, Dtype type, params long?[] shape)
    {
        TensorShapeProto sizes = new();
        foreach (long? size in shape)
            sizes.Dim.Add(size is { } known ? new DimensionProto { DimValue = known } : new DimensionProto { DimParam = "free" });
        _graph.Input.Add(
            new ValueInfoProto
            {
                Name = name,
                Type = new TypeProto
                {
                    TensorType = new TensorTypeProto { ElemType = TensorData.NumberOf(type), Shape = sizes },
                },
            }
        );
        return name;
    }

    /// <summary>Says that a value is an output.</summary>
    public void Output(string name) => _graph.Output.Add(new ValueInfoProto { Name = name });

    /// <summary>The graph, checked.</summary>
    public Graph Make()
    {
        ModelProto model = new() { Graph = _graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = Opset });
        return Graph.Of(_file, _length, model);
    }

    private string Store(TensorProto tensor)
    {
        _graph.Initializer.Add(tensor);
        _length += tensor.RawData.Length;
        return tensor.Name;
    }

    private static AttributeProto Attribute(string name, object value)
    {
        AttributeProto attribute = new() { Name = name };
        switch (value)
        {
            case int whole:
                (attribute.Type, attribute.I) = (2, whole);
                break;
            case double real:
                (attribute.Type, attribute.F) = (1, (float)real);
                break;
            case string text:
                (attribute.Type, attribute.S) = (3, ByteString.CopyFromUtf8(text));
                break;
            case double[] reals:
                attribute.Type = 6;
                attribute.Floats.AddRange(reals.Select(number => (float)number));
                break;
            case int[] wholes:
                attribute.Type = 7;
                attribute.Ints.AddRange(wholes.Select(number => (long)number));
                break;
            case string[] texts:
                attribute.Type = 8;
                attribute.Strings.AddRange(texts.Select(ByteString.CopyFromUtf8));
                break;
        }
        return attribute;
    }
}
