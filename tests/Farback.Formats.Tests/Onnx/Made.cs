using System.Buffers.Binary;
using Farback.Formats.Onnx;
using Farback.Formats.Onnx.Wire;
using Google.Protobuf;

namespace Farback.Formats.Tests.Onnx;

/// <summary>ONNX graphs made by hand.</summary>
internal static class Made
{
    public static ModelProto Model(int opset, params NodeProto[] nodes)
    {
        ModelProto model = new()
        {
            IrVersion = 8,
            Graph = new GraphProto { Name = "made" },
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = opset });
        model.Graph.Node.AddRange(nodes);
        return model;
    }

    public static ModelProto Input(this ModelProto model, string name, int type = 1, params long?[] shape)
    {
        TensorShapeProto sizes = new();
        foreach (long? size in shape)
            sizes.Dim.Add(size is { } known ? new DimensionProto { DimValue = known } : new DimensionProto { DimParam = "free" });
        model.Graph.Input.Add(
            new ValueInfoProto
            {
                Name = name,
                Type = new TypeProto
                {
                    TensorType = new TensorTypeProto { ElemType = type, Shape = sizes },
                },
            }
        );
        return model;
    }

    public static ModelProto Output(this ModelProto model, params string[] names)
    {
        foreach (string name in names)
            model.Graph.Output.Add(new ValueInfoProto { Name = name });
        return model;
    }

    public static ModelProto With(this ModelProto model, params TensorProto[] initializers)
    {
        model.Graph.Initializer.AddRange(initializers);
        return model;
    }

    public static NodeProto Node(string type, string inputs, string outputs, params (string Name, object Value)[] attributes)
    {
        NodeProto node = new() { OpType = type, Name = $"my {type}" };
        node.Input.AddRange(inputs.Length == 0 ? [] : inputs.Split(','));
        node.Output.AddRange(outputs.Split(','));
        foreach ((string name, object value) in attributes)
            node.Attribute.Add(Attribute(name, value));
        return node;
    }

    public static AttributeProto Attribute(string name, object value)
    {
        AttributeProto attribute = new() { Name = name };
        switch (value)
        {
            case int whole:
                (attribute.Type, attribute.I) = (2, whole);
                break;
            case float real:
                (attribute.Type, attribute.F) = (1, real);
                break;
            case string text:
                (attribute.Type, attribute.S) = (3, ByteString.CopyFromUtf8(text));
                break;
            case TensorProto tensor:
                (attribute.Type, attribute.T) = (4, tensor);
                break;
            case float[] reals:
                attribute.Type = 6;
                attribute.Floats.AddRange(reals);
                break;
            case long[] wholes:
                attribute.Type = 7;
                attribute.Ints.AddRange(wholes);
                break;
            case string[] texts:
                attribute.Type = 8;
                attribute.Strings.AddRange(texts.Select(ByteString.CopyFromUtf8));
                break;
            default:
                throw new ArgumentException($"no attribute of {value.GetType()}");
        }
        return attribute;
    }

    public static TensorProto Floats(string name, long[] shape, params float[] numbers)
    {
        byte[] raw = new byte[4 * numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(raw.AsSpan(4 * i), numbers[i]);
        return Raw(name, 1, shape, raw);
    }

    public static TensorProto Doubles(string name, long[] shape, params double[] numbers)
    {
        byte[] raw = new byte[8 * numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteDoubleLittleEndian(raw.AsSpan(8 * i), numbers[i]);
        return Raw(name, 11, shape, raw);
    }

    public static TensorProto Longs(string name, params long[] numbers)
    {
        TensorProto tensor = new() { Name = name, DataType = 7 };
        tensor.Dims.Add(numbers.Length);
        tensor.Int64Data.AddRange(numbers);
        return tensor;
    }

    public static TensorProto Raw(string name, int type, long[] shape, byte[] raw)
    {
        TensorProto tensor = new()
        {
            Name = name,
            DataType = type,
            RawData = ByteString.CopyFrom(raw),
        };
        tensor.Dims.AddRange(shape);
        return tensor;
    }

    public static Graph Parse(this ModelProto model) => Graph.Parse("made.onnx", model.ToByteArray(), null);

    /// <summary>Runs a model on inputs by name.</summary>
    public static Evaluator Run(this ModelProto model, params (string Name, Value Value)[] inputs)
    {
        Evaluator run = new(model.Parse(), inputs.ToDictionary(input => input.Name, input => input.Value));
        run.Run(stop: TestContext.Current.CancellationToken);
        return run;
    }
}
