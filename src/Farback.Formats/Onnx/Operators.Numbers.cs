namespace Farback.Formats.Onnx;

// Those that compute.
internal static partial class Operators
{
    private static Value Each(Call call, Func<double, double> real, Func<long, long>? whole = null)
    {
        Value x = call[0];
        call.Sized(x.Shape);
        if (x.IsReal)
            return Value.Of(x.Type, x.Shape, Array.ConvertAll(x.Reals, number => real(number)));
        return whole is null
            ? throw call.Node.Fault($"reads {x}", "floating numbers")
            : Value.Of(x.Type, x.Shape, Array.ConvertAll(x.Wholes, number => whole(number)));
    }

    private static Value WithAlpha(Call call, float otherwise, Func<double, double, double> function)
    {
        double α = call.Node.Float("alpha", otherwise);
        return Each(call, x => function(x, α));
    }

    private static Value HardSigmoid(Call call)
    {
        double α = call.Node.Float("alpha", 0.2f),
            β = call.Node.Float("beta", 0.5f);
        return Each(call, x => Math.Max(0, Math.Min(1, α * x + β)));
    }

    private static Value Clip(Call call)
    {
        double least = call.Opset < 11 ? call.Node.Float("min", float.MinValue) : Bound(1, double.NegativeInfinity),
            most = call.Opset < 11 ? call.Node.Float("max", float.MaxValue) : Bound(2, double.PositiveInfinity);
        return Each(call, x => Math.Min(Math.Max(x, least), most), x => (long)Math.Min(Math.Max(x, least), most));
        double Bound(int input, double otherwise) =>
            call.Optional(input) is not { } bound ? otherwise
            : bound.Count == 1 ? bound.At(0)
            : throw call.Node.Fault($"has a bound {bound}", "one number");
    }

    private static Value Both(Call call, Func<double, double, double> real, Func<long, long, long> whole)
    {
        (Value a, Value b) = Stretched(call);
        return a.IsReal
            ? Value.Of(a.Type, a.Shape, [.. a.Reals.Zip(b.Reals, real)])
            : Value.Of(a.Type, a.Shape, [.. a.Wholes.Zip(b.Wholes, whole)]);
    }

    private static Value Compare(Call call, Func<double, double, bool> holds)
    {
        (Value a, Value b) = Stretched(call);
        return Value.Of(Dtype.Bool, a.Shape, [.. Enumerable.Range(0, a.Count).Select(i => holds(a.At(i), b.At(i)) ? 1L : 0L)]);
    }

    private static (Value A, Value B) Stretched(Call call)
    {
        (Value a, Value b) = (call[0], call[1]);
        if (a.Type != b.Type)
            throw call.Node.Fault($"combines {a} and {b}", "one type");
        int[] shape = call.Sized(Broadcast(call, a.Shape, b.Shape));
        return (a.Pick(shape, StridesIn(a.Shape, shape)), b.Pick(shape, StridesIn(b.Shape, shape)));
    }

    private static Value MatMul(Call call)
    {
        (Value a, Value b) = (call[0], call[1]);
        CheckReal(call, a, b);
        if (a.Rank == 0 || b.Rank == 0)
            throw call.Node.Fault($"multiplies {a} and {b}", "matrices");
        // a vector is a row on the left and a column on the right, and its axis is gone afterwards
        int[] left = a.Rank == 1 ? [1, .. a.Shape] : a.Shape,
            right = b.Rank == 1 ? [.. b.Shape, 1] : b.Shape;
        int rows = left[^2],
            inner = left[^1],
            columns = right[^1];
        if (right[^2] != inner)
            throw call.Node.Fault($"multiplies {a} and {b}", "as many columns on the left as rows on the right");
        int[] outer = Broadcast(call, left[..^2], right[..^2]);
        int[] shape = call.Sized([.. outer, rows, columns]);
        var product = new double[Value.Product(shape)];
        int[] Strides(int[] own) => [.. StridesIn(own[..^2], outer).Select(stride => stride * own[^2] * own[^1])];
        Walk fromLeft = new(outer, Strides(left), 0),
            fromRight = new(outer, Strides(right), 0);
        for (int at = 0; at < product.Length; at += rows * columns, fromLeft.Next(), fromRight.Next())
            Multiply(
                a.Reals.AsSpan(fromLeft.Place, rows * inner),
                b.Reals.AsSpan(fromRight.Place, inner * columns),
                product.AsSpan(at, rows * columns),
                inner,
                columns
            );
        int[] visible = [.. outer, .. a.Rank == 1 ? Array.Empty<int>() : [rows], .. b.Rank == 1 ? Array.Empty<int>() : [columns]];
        return Value.Of(a.Type, visible, product);
    }

    // y = αAB + βC
    private static Value Gemm(Call call)
    {
        (Value a, Value b) = (Turned(call[0], "transA"), Turned(call[1], "transB"));
        CheckReal(call, a, b);
        double α = call.Node.Float("alpha", 1),
            β = call.Node.Float("beta", 1);
        (int rows, int inner, int columns) = (a.Shape[0], a.Shape[1], b.Shape[1]);
        if (b.Shape[0] != inner)
            throw call.Node.Fault($"multiplies {a} and {b}", "as many columns on the left as rows on the right");
        int[] shape = call.Sized(rows, columns);
        var product = new double[rows * columns];
        Multiply(a.Reals, b.Reals, product, inner, columns);
        Value? c = call.Optional(2);
        if (c is not null)
        {
            CheckReal(call, a, c);
            if (!Broadcast(call, c.Shape, shape).SequenceEqual(shape))
                throw call.Node.Fault($"adds {c} to {Value.Describe(shape)}", "a shape that stretches to it");
            c = c.Pick(shape, StridesIn(c.Shape, shape));
        }
        for (int i = 0; i < product.Length; i++)
            product[i] = α * product[i] + (c is null ? 0 : β * c.Reals[i]);
        return Value.Of(a.Type, shape, product);

        Value Turned(Value x, string attribute)
        {
            if (x.Rank != 2)
                throw call.Node.Fault($"multiplies {x}", "matrices");
            return call.Node.Int(attribute, 0) == 0 ? x : x.Pick(call.Sized(x.Shape[1], x.Shape[0]), [1, x.Shape[1]]);
        }
    }

    // row by row, so that the inner loop walks along b and the product
    private static void Multiply(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> product, int inner, int columns)
    {
        if (columns == 0)
            return;
        for (int row = 0; row < product.Length / columns; row++)
        {
            Span<double> to = product.Slice(row * columns, columns);
            for (int k = 0; k < inner; k++)
            {
                double factor = a[row * inner + k];
                ReadOnlySpan<double> from = b.Slice(k * columns, columns);
                for (int column = 0; column < to.Length; column++)
                    to[column] += factor * from[column];
            }
        }
    }

    private static void CheckReal(Call call, Value a, Value b)
    {
        if (!a.IsReal || a.Type != b.Type)
            throw call.Node.Fault($"combines {a} and {b}", "floating numbers of one type");
    }

    // before opset 13 everything from the axis on is one row
    private static Value Softmax(Call call, bool logarithm)
    {
        Value x = call[0];
        CheckReal(call, x, x);
        call.Sized(x.Shape);
        if (x.Count == 0)
            return x;
        bool flat = call.Opset < 13;
        int axis = x.Rank == 0 ? 0 : call.Axis(call.Node.Int("axis", flat ? 1 : -1), x.Rank);
        int size = flat ? Value.Product(x.Shape.AsSpan(axis))
            : x.Rank == 0 ? 1
            : x.Shape[axis],
            inner = flat || x.Rank == 0 ? 1 : Value.Product(x.Shape.AsSpan(axis + 1));
        double[] y = [.. x.Reals];
        for (int start = 0; start < y.Length; start += size * inner)
        {
            for (int lane = start; lane < start + inner; lane++)
            {
                double largest = double.NegativeInfinity,
                    sum = 0;
                for (int i = 0; i < size; i++)
                    largest = Math.Max(largest, y[lane + i * inner]);
                for (int i = 0; i < size; i++)
                    sum += Math.Exp(y[lane + i * inner] - largest);
                for (int i = 0; i < size; i++)
                {
                    double log = y[lane + i * inner] - largest - Math.Log(sum);
                    y[lane + i * inner] = logarithm ? log : Math.Exp(log);
                }
            }
        }
        return Value.Of(x.Type, x.Shape, y);
    }

    private static Value Reduce(Call call, int axesAreInputFrom, double empty, Func<double, double, double> join, bool mean)
    {
        Value x = call[0];
        CheckReal(call, x, x);
        long[] given = call.List("axes", 1, axesAreInputFrom) ?? [];
        if (given.Length == 0 && call.Node.Int("noop_with_empty_axes", 0) != 0)
            return x;
        bool[] gone = new bool[x.Rank];
        foreach (long axis in given)
            gone[call.Axis(axis, x.Rank)] = true;
        if (given.Length == 0)
            Array.Fill(gone, true);
        int[] kept = call.Sized([.. x.Shape.Select((size, axis) => gone[axis] ? 1 : size)]);
        int[] strides = [.. Value.StridesOf(kept).Select((stride, axis) => gone[axis] ? 0 : stride)];
        double[] y = new double[Value.Product(kept)];
        Array.Fill(y, empty);
        var walk = new Walk(x.Shape, strides, 0);
        foreach (double number in x.Reals)
        {
            y[walk.Place] = join(y[walk.Place], number);
            walk.Next();
        }
        if (mean)
            for (int i = 0; i < y.Length; i++)
                y[i] /= (double)x.Count / y.Length;
        Value reduced = Value.Of(x.Type, kept, y);
        return call.Node.Int("keepdims", 1) != 0 ? reduced : reduced.As([.. kept.Where((_, axis) => !gone[axis])]);
    }
}
