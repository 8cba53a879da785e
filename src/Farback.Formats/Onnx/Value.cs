namespace Farback.Formats.Onnx;

/// <summary>An array of numbers while a graph is evaluated: floating ones as doubles that its own type holds, all others as longs.</summary>
internal sealed class Value
{
    private Value(Dtype type, int[] shape, double[]? reals, long[]? wholes) =>
        (Type, Shape, _reals, _wholes) = (type, shape, reals, wholes);

    private readonly double[]? _reals;
    private readonly long[]? _wholes;

    /// <summary>Floating numbers, rounded to what their type holds.</summary>
    public static Value Of(Dtype type, int[] shape, double[] numbers)
    {
        if (type == Dtype.F32 || type == Dtype.BF16)
            for (int i = 0; i < numbers.Length; i++)
                numbers[i] = (float)numbers[i];
        else if (type == Dtype.F16)
            for (int i = 0; i < numbers.Length; i++)
                numbers[i] = (double)(Half)numbers[i];
        return new(type, shape, numbers, null);
    }

    /// <summary>Whole numbers, or truths as 0 and 1.</summary>
    public static Value Of(Dtype type, int[] shape, long[] numbers) => new(type, shape, null, numbers);

    /// <summary>A list of whole numbers.</summary>
    public static Value List(params long[] numbers) => new(Dtype.I64, [numbers.Length], null, numbers);

    public Dtype Type { get; }

    public int[] Shape { get; }

    public int Rank => Shape.Length;

    public int Count => _reals?.Length ?? _wholes!.Length;

    public bool IsReal => _reals is not null;

    /// <summary>The floating numbers; only where <see cref="IsReal"/>.</summary>
    public double[] Reals => _reals!;

    /// <summary>The whole numbers; only where not <see cref="IsReal"/>.</summary>
    public long[] Wholes => _wholes!;

    /// <summary>A number as a double, whatever its type.</summary>
    public double At(int i) => _reals is null ? _wholes![i] : _reals[i];

    /// <summary>A copy of the numbers as doubles, whatever their type.</summary>
    public double[] ToDoubles() => _reals is null ? Array.ConvertAll(_wholes!, number => (double)number) : [.. _reals];

    /// <summary>The same numbers in another shape of as many places.</summary>
    public Value As(params int[] shape) => new(Type, shape, _reals, _wholes);

    /// <summary>The numbers found in strides, in another shape: a transpose, a slice, a broadcast.</summary>
    /// <param name="shape">The new shape; checked before.</param>
    /// <param name="strides">Places from one number to the next along each axis; 0 repeats, below 0 walks back.</param>
    /// <param name="start">The place of the first.</param>
    public Value Pick(int[] shape, int[] strides, int start = 0)
    {
        int count = Product(shape);
        var walk = new Walk(shape, strides, start);
        if (_reals is { } reals)
        {
            var picked = new double[count];
            for (int i = 0; i < count; i++, walk.Next())
                picked[i] = reals[walk.Place];
            return new(Type, shape, picked, null);
        }
        var wholes = new long[count];
        for (int i = 0; i < count; i++, walk.Next())
            wholes[i] = _wholes![walk.Place];
        return new(Type, shape, null, wholes);
    }

    /// <summary>Places from one number to the next along each axis, row by row.</summary>
    public static int[] StridesOf(int[] shape)
    {
        var strides = new int[shape.Length];
        int stride = 1;
        for (int axis = shape.Length - 1; axis >= 0; stride *= shape[axis--])
            strides[axis] = stride;
        return strides;
    }

    /// <summary>The number of places of a shape that is known to be small enough.</summary>
    public static int Product(ReadOnlySpan<int> shape)
    {
        int product = 1;
        foreach (int size in shape)
            product = checked(product * size);
        return product;
    }

    public static string Describe(ReadOnlySpan<int> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    public override string ToString() => $"{Type} {Describe(Shape)}";
}

/// <summary>Walks through places in the order of a shape.</summary>
internal struct Walk(int[] shape, int[] strides, int start)
{
    private readonly int[] _at = new int[shape.Length];

    public int Place { get; private set; } = start;

    public void Next()
    {
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            Place += strides[axis];
            if (++_at[axis] < shape[axis])
                return;
            Place -= strides[axis] * shape[axis];
            _at[axis] = 0;
        }
    }
}
