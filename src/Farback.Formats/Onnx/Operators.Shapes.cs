namespace Farback.Formats.Onnx;

// Those that move numbers and do not change them.
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

    private static Value Transpose(Call call)
    {
        Value x = call[0];
        long[] perm = call.Node.Ints("perm") ?? [.. Enumerable.Range(0, x.Rank).Reverse().Select(axis => (long)axis)];
        if (!perm.Order().SequenceEqual(Enumerable.Range(0, x.Rank).Select(axis => (long)axis)))
            throw call.Node.Fault($"transposes {x} by [{string.Join(", ", perm)}]", "every axis once");
        int[] strides = Value.StridesOf(x.Shape);
        return x.Pick(call.Sized([.. perm.Select(axis => x.Shape[axis])]), [.. perm.Select(axis => strides[axis])]);
    }

    // 0 copies a size, −1 is what is left
    private static Value Reshape(Call call)
    {
        Value x = call[0];
        long[] wanted = call.Longs(call[1], "a shape");
        bool copies = call.Node.Int("allowzero", 0) == 0;
        var shape = new int[wanted.Length];
        long known = 1;
        int open = -1;
        for (int axis = 0; axis < shape.Length; axis++)
        {
            long size = wanted[axis];
            if (size == 0 && copies)
                size = axis < x.Rank ? x.Shape[axis] : throw Misfit();
            if (size == -1 && open < 0)
                open = axis;
            else if (size < 0)
                throw Misfit();
            else
                (shape[axis], known) = (checked((int)size), checked(known * size));
        }
        if (open >= 0)
            shape[open] = known > 0 && x.Count % known == 0 ? (int)(x.Count / known) : throw Misfit();
        return known * (open < 0 ? 1 : shape[open]) == x.Count ? x.As(shape) : throw Misfit();

        MalformedFileException Misfit() => call.Node.Fault($"reshapes {x} to [{string.Join(", ", wanted)}]", "as many places");
    }

    private static Value Flatten(Call call)
    {
        Value x = call[0];
        long axis = call.Node.Int("axis", 1);
        int at = axis == x.Rank ? x.Rank : call.Axis(axis, x.Rank);
        int rows = Value.Product(x.Shape.AsSpan(0, at));
        return x.As(rows, Value.Product(x.Shape.AsSpan(at)));
    }

    private static Value Squeeze(Call call)
    {
        Value x = call[0];
        int[]? axes = call.List("axes", 1, 13)?.Select(axis => call.Axis(axis, x.Rank)).ToArray();
        if (axes is not null && axes.Any(axis => x.Shape[axis] != 1))
            throw call.Node.Fault($"squeezes axes {string.Join(", ", axes)} of {x}", "axes of size 1");
        return x.As([.. x.Shape.Where((size, axis) => axes is null ? size != 1 : !axes.Contains(axis))]);
    }

    private static Value Unsqueeze(Call call)
    {
        Value x = call[0];
        long[] given = call.List("axes", 1, 13) ?? throw call.Node.Fault("has no axes", "where to put the new ones");
        if (given.Length > 16)
            throw call.Node.Fault($"adds {given.Length} axes", "at most 16");
        int rank = x.Rank + given.Length;
        HashSet<int> axes = [.. given.Select(axis => call.Axis(axis, rank))];
        if (axes.Count < given.Length)
            throw call.Node.Fault($"adds axes {string.Join(", ", given)}", "each once");
        int from = 0;
        return x.As([.. Enumerable.Range(0, rank).Select(axis => axes.Contains(axis) ? 1 : x.Shape[from++])]);
    }

    private static Value Slice(Call call)
    {
        Value x = call[0];
        bool byInputs = call.Opset >= 10;
        long[] starts = call.List("starts", 1, 10) ?? throw call.Node.Fault("has no starts", "where to begin"),
            ends = call.List("ends", 2, 10) ?? throw call.Node.Fault("has no ends", "where to end"),
            axes = call.List("axes", 3, 10) ?? [.. Enumerable.Range(0, starts.Length).Select(axis => (long)axis)],
            steps = (byInputs && call.Optional(4) is { } given ? call.Longs(given, "steps") : null) ?? [.. starts.Select(_ => 1L)];
        if (ends.Length != starts.Length || axes.Length != starts.Length || steps.Length != starts.Length)
            throw call.Node.Fault(
                $"has {starts.Length} starts, {ends.Length} ends, {axes.Length} axes, {steps.Length} steps",
                "as many of each"
            );
        int[] shape = [.. x.Shape],
            strides = Value.StridesOf(x.Shape);
        int start = 0;
        for (int i = 0; i < starts.Length; i++)
        {
            int axis = call.Axis(axes[i], x.Rank),
                size = x.Shape[axis];
            long step = steps[i] == 0 ? throw call.Node.Fault("has step 0", "another") : Math.Clamp(steps[i], -int.MaxValue, int.MaxValue);
            long Bound(long at, long least, long most) => Math.Clamp(at < 0 ? at + size : at, least, most);
            long from = step > 0 ? Bound(starts[i], 0, size) : Bound(starts[i], -1, size - 1),
                to = step > 0 ? Bound(ends[i], 0, size) : Bound(ends[i], -1, size - 1);
            long count = step > 0 ? (to - from + step - 1) / step : (from - to - step - 1) / -step;
            shape[axis] = (int)Math.Max(0, count);
            start += shape[axis] == 0 ? 0 : (int)from * strides[axis];
            strides[axis] = shape[axis] <= 1 ? 0 : (int)(strides[axis] * step);
        }
        return x.Pick(call.Sized(shape), strides, start);
    }

    private static Value Concat(Call call)
    {
        Value[] parts = [.. Enumerable.Range(0, call.Inputs.Length).Select(i => call[i])];
        Value first = call[0];
        int axis = call.Axis(call.Node.Int("axis", 1), first.Rank);
        foreach (Value part in parts)
            if (
                part.Rank != first.Rank
                || part.IsReal != first.IsReal
                || part.Shape.Where((size, i) => i != axis && size != first.Shape[i]).Any()
            )
                throw call.Node.Fault($"joins {first} and {part} along axis {axis}", "the same type and the same other sizes");
        int[] shape = [.. first.Shape];
        shape[axis] = parts.Aggregate(0, (sum, part) => checked(sum + part.Shape[axis]));
        call.Sized(shape);
        int outer = Value.Product(shape.AsSpan(0, axis));
        return first.IsReal
            ? Value.Of(first.Type, shape, Join(parts, outer, Value.Product(shape), part => part.Reals))
            : Value.Of(first.Type, shape, Join(parts, outer, Value.Product(shape), part => part.Wholes));
    }

    private static T[] Join<T>(Value[] parts, int outer, int count, Func<Value, T[]> numbers)
    {
        var joined = new T[count];
        int to = 0;
        for (int row = 0; row < outer; row++)
        {
            foreach (Value part in parts)
            {
                int inner = part.Count / outer;
                Array.Copy(numbers(part), row * inner, joined, to, inner);
                to += inner;
            }
        }
        return joined;
    }

    private static Value[] Split(Call call)
    {
        Value x = call[0];
        int axis = call.Axis(call.Node.Int("axis", 0), x.Rank),
            size = x.Shape[axis],
            parts = call.Node.Outputs.Count;
        long[] sizes = call.List("split", 1, 13) ?? [];
        if (sizes.Length == 0)
        {
            int each = (size + parts - 1) / Math.Max(parts, 1);
            sizes = [.. Enumerable.Range(0, parts).Select(part => (long)Math.Clamp(size - part * (long)each, 0, each))];
        }
        if (sizes.Length != parts || sizes.Any(part => part < 0) || sizes.Aggregate(0L, (a, b) => checked(a + b)) != size)
            throw call.Node.Fault(
                $"splits {size} into [{string.Join(", ", sizes)}] for {parts} outputs",
                "parts that add up, one for each"
            );
        int[] strides = Value.StridesOf(x.Shape);
        call.Sized(x.Shape);
        int at = 0;
        return
        [
            .. sizes.Select(part =>
            {
                int[] shape = [.. x.Shape];
                shape[axis] = (int)part;
                Value picked = x.Pick(shape, strides, part == 0 ? 0 : at * strides[axis]);
                at += (int)part;
                return picked;
            }),
        ];
    }

    private static Value Gather(Call call)
    {
        Value x = call[0],
            ids = call[1];
        if (ids.IsReal)
            throw call.Node.Fault($"picks by {ids}", "whole numbers");
        int axis = call.Axis(call.Node.Int("axis", 0), x.Rank),
            size = x.Shape[axis];
        int[] shape = call.Sized([.. x.Shape[..axis], .. ids.Shape, .. x.Shape[(axis + 1)..]]);
        int inner = Value.Product(x.Shape.AsSpan(axis + 1)),
            outer = Value.Product(x.Shape.AsSpan(0, axis));
        int[] at =
        [
            .. ids.Wholes.Select(id =>
                id >= -size && id < size
                    ? (int)(id < 0 ? id + size : id)
                    : throw call.Node.Fault($"picks {id} of {size}", "a number there is")
            ),
        ];
        return x.IsReal
            ? Value.Of(x.Type, shape, Rows(x.Reals, outer, size, inner, at))
            : Value.Of(x.Type, shape, Rows(x.Wholes, outer, size, inner, at));
    }

    private static T[] Rows<T>(T[] from, int outer, int size, int inner, int[] at)
    {
        var rows = new T[outer * at.Length * inner];
        int to = 0;
        for (int row = 0; row < outer; row++)
        {
            foreach (int id in at)
            {
                Array.Copy(from, (row * size + id) * inner, rows, to, inner);
                to += inner;
            }
        }
        return rows;
    }

    private static Value Expand(Call call)
    {
        Value x = call[0];
        int[] wanted = [.. call.Longs(call[1], "a shape").Select(size => checked((int)size))];
        int[] shape = call.Sized(Broadcast(call, x.Shape, wanted));
        return x.Pick(shape, StridesIn(x.Shape, shape));
    }

    private static Value Tile(Call call)
    {
        Value x = call[0];
        long[] repeats = call.Longs(call[1], "repeats");
        if (repeats.Length != x.Rank || repeats.Any(times => times < 0))
            throw call.Node.Fault($"repeats {x} by [{string.Join(", ", repeats)}]", "a number from 0 up for each axis");
        int[] shape = call.Sized([.. x.Shape.Select((size, axis) => checked((int)(size * repeats[axis])))]);
        // [a, b] repeated [r, s] times is [r, a, s, b] with strides 0 for r and s
        int[] own = Value.StridesOf(x.Shape);
        int[] inner = [.. x.Shape.SelectMany((size, axis) => new[] { (int)repeats[axis], size })];
        return x.Pick(inner, [.. own.SelectMany(stride => new[] { 0, stride })]).As(shape);
    }

    // each sequence turned round within its own length
    private static Value ReverseSequence(Call call)
    {
        Value x = call[0];
        long[] lengths = call.Longs(call[1], "lengths");
        int timeAxis = call.Axis(call.Node.Int("time_axis", 0), x.Rank),
            batchAxis = call.Axis(call.Node.Int("batch_axis", 1), x.Rank);
        if (
            timeAxis + batchAxis != 1
            || lengths.Length != x.Shape[batchAxis]
            || lengths.Any(length => length < 0 || length > x.Shape[timeAxis])
        )
            throw call.Node.Fault($"turns {x} round within [{string.Join(", ", lengths)}]", "a length for each sequence");
        int[] strides = Value.StridesOf(x.Shape);
        int inner = Value.Product(x.Shape.AsSpan(2)),
            times = x.Shape[timeAxis];
        var at = new int[times * lengths.Length];
        for (int place = 0; place < at.Length; place++)
        {
            int first = place / x.Shape[1],
                second = place % x.Shape[1];
            (int time, int lane) = timeAxis == 0 ? (first, second) : (second, first);
            int from = time < lengths[lane] ? (int)lengths[lane] - 1 - time : time;
            at[place] = (from * strides[timeAxis] + lane * strides[batchAxis]) / Math.Max(inner, 1);
        }
        call.Sized(x.Shape);
        return x.IsReal
            ? Value.Of(x.Type, x.Shape, Rows(x.Reals, 1, at.Length, inner, at))
            : Value.Of(x.Type, x.Shape, Rows(x.Wholes, 1, at.Length, inner, at));
    }

    private static Value Where(Call call)
    {
        (Value test, Value yes, Value no) = (call[0], call[1], call[2]);
        if (yes.IsReal != no.IsReal || test.IsReal)
            throw call.Node.Fault($"chooses between {yes} and {no} by {test}", "one type, by truths");
        int[] shape = call.Sized(Broadcast(call, Broadcast(call, test.Shape, yes.Shape), no.Shape));
        Value Spread(Value x) => x.Pick(shape, StridesIn(x.Shape, shape));
        (test, yes, no) = (Spread(test), Spread(yes), Spread(no));
        return yes.IsReal
            ? Value.Of(yes.Type, shape, [.. yes.Reals.Select((x, i) => test.Wholes[i] != 0 ? x : no.Reals[i])])
            : Value.Of(yes.Type, shape, [.. yes.Wholes.Select((x, i) => test.Wholes[i] != 0 ? x : no.Wholes[i])]);
    }

    /// <summary>The shape that two shapes stretch to, as numpy has it.</summary>
    private static int[] Broadcast(Call call, int[] a, int[] b)
    {
        var shape = new int[Math.Max(a.Length, b.Length)];
        for (int back = 1; back <= shape.Length; back++)
        {
            int one = back <= a.Length ? a[^back] : 1,
                other = back <= b.Length ? b[^back] : 1;
            shape[^back] =
                one == other || other == 1 ? one
                : one == 1 ? other
                : throw call.Node.Fault($"stretches {Value.Describe(a)} and {Value.Describe(b)} to one shape", "equal sizes, or 1");
        }
        return shape;
    }

    /// <summary>The strides with which an array is read as if it had a larger shape.</summary>
    private static int[] StridesIn(int[] own, int[] shape)
    {
        int[] strides = Value.StridesOf(own);
        return
        [
            .. shape.Select(
                (_, axis) =>
                {
                    int at = axis - (shape.Length - own.Length);
                    return at < 0 || own[at] == 1 ? 0 : strides[at];
                }
            ),
        ];
    }
}
