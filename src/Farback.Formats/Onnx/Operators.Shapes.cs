namespace Farback.Formats.Onnx;

// Those that give the same numbers another shape: views with other sizes and strides.
internal static partial class Operators
{
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
