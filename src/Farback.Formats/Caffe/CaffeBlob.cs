using Farback.Formats.Caffe.Wire;

namespace Farback.Formats.Caffe;

/// <summary>An array of numbers of a layer, checked.</summary>
internal sealed class CaffeBlob
{
    private const int MostDimensions = 32;

    public CaffeBlob(string file, string what, BlobProto proto)
    {
        What = what;
        (int floats, int doubles) = (proto.Data.Count, proto.DoubleData.Count);
        if (floats > 0 && doubles > 0)
            throw new MalformedFileException(file, $"{what} fills data and double_data", "one of them");
        Type = doubles > 0 ? Dtype.F64 : Dtype.F32;
        // before BlobShape there were always four sizes
        Shape =
            proto.Shape is { } shape ? [.. shape.Dim]
            : proto.HasNum || proto.HasChannels || proto.HasHeight || proto.HasWidth ? Old(proto)
            : [floats + doubles];
        if (Shape.Length > MostDimensions || Tensor.Product(Shape) is not { } count || count != floats + doubles)
            throw new MalformedFileException(
                file,
                $"{what} has {floats + doubles} numbers for the shape {Tensor.Describe(Shape)}",
                "as many as its sizes ask for"
            );
        Numbers = doubles > 0 ? [.. proto.DoubleData] : Array.ConvertAll(proto.Data.ToArray(), number => (double)number);
    }

    public string What { get; }
    public Dtype Type { get; }
    public long[] Shape { get; }
    public double[] Numbers { get; }

    public override string ToString() => $"{What} {Tensor.Describe(Shape)}";

    // the sizes 1 in front say nothing
    private static long[] Old(BlobProto proto)
    {
        long[] four = [proto.Num, proto.Channels, proto.Height, proto.Width];
        return four.SkipWhile((size, axis) => size == 1 && axis < 3).ToArray();
    }
}
