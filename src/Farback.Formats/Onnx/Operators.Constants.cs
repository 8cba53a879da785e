namespace Farback.Formats.Onnx;

// Those that make numbers of what is written in the node, or of a shape or type.
internal static partial class Operators
{
    private static Value Constant(Call call)
    {
        Node node = call.Node;
        if (node.TensorOf("value") is { } tensor)
            return tensor;
        if (node.Has("value_float"))
            return Value.Of(Dtype.F32, [], [(double)node.Float("value_float", 0)]);
        if (node.Has("value_int"))
            return Value.Of(Dtype.I64, [], [node.Int("value_int", 0)]);
        if (node.Floats("value_floats") is { } floats)
            return Value.Of(Dtype.F32, [floats.Length], [.. floats.Select(x => (double)x)]);
        if (node.Ints("value_ints") is { } ints)
            return Value.List(ints);
        throw node.Outside("is a constant that is no array of numbers.");
    }

    private static Value ConstantOfShape(Call call)
    {
        int[] shape = call.Sized([.. call.Longs(call[0], "the shape").Select(size => checked((int)size))]);
        Value one = call.Node.TensorOf("value") ?? Value.Of(Dtype.F32, [1], [0.0]);
        return one.Count == 1
            ? one.Pick(shape, new int[shape.Length])
            : throw call.Node.Fault($"fills a shape with {one.Count} numbers", "one number");
    }

    private static Value Cast(Call call)
    {
        long to = call.Node.Int("to", 0);
        Dtype type =
            TensorData.TypeOf((int)Math.Clamp(to, 0, 1000))
            ?? throw call.Node.Outside(
                $"casts to data type {to}{TensorData.NameOf((int)Math.Clamp(to, 0, 1000))}, which is not known here."
            );
        Value x = call[0];
        call.Sized(x.Shape);
        if (type.Real is not null)
            return Value.Of(type, x.Shape, x.ToDoubles());
        if (type == Dtype.Bool)
            return Value.Of(type, x.Shape, Array.ConvertAll(x.ToDoubles(), number => number == 0 ? 0L : 1L));
        return Value.Of(type, x.Shape, x.IsReal ? Array.ConvertAll(x.Reals, number => (long)number) : x.Wholes);
    }

    private static Value Shape(Call call)
    {
        int[] shape = call[0].Shape;
        int Bound(long at) => (int)Math.Clamp(at < 0 ? at + shape.Length : at, 0, shape.Length);
        int start = Bound(call.Node.Int("start", 0)),
            end = Bound(call.Node.Int("end", shape.Length));
        return Value.List([.. shape[start..Math.Max(start, end)].Select(size => (long)size)]);
    }
}
