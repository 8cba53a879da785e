namespace Farback.Formats.Onnx;

// Those that move rows: join, part, pick, turn round, choose.
internal static partial class Operators
{
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
}
