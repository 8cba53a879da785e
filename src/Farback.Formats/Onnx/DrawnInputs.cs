using Farback.Numbers;

namespace Farback.Formats.Onnx;

/// <summary>Inputs for a graph whose sizes may be free: what its layers read is drawn, all others are as usual.</summary>
internal sealed class DrawnInputs(Layers layers)
{
    /// <summary>The most numbers that are drawn.</summary>
    public const long Most = 1 << 22;

    private const int FreeTimes = 5,
        FreeLanes = 3;

    private readonly RandomStream _random = new(20_26, purpose: 31);

    /// <summary>The sizes of the input that the layers read; those that the graph leaves free are 5 and 3, which tells time from batch.</summary>
    public int[] Shape(GraphInput main)
    {
        int inputs = layers.All[0].Parts[0].Inputs;
        long?[] stated = main.Shape ?? (layers.Table is null ? [null, null, inputs] : [null, null]);
        Queue<int> free = new([FreeTimes, FreeLanes]);
        bool hasNumbers = layers.Table is null;
        return
        [
            .. stated.Select(
                (size, axis) =>
                    size is { } known ? (int)Math.Min(known, int.MaxValue)
                    : hasNumbers && axis == stated.Length - 1 ? inputs
                    : free.TryDequeue(out int next) ? next
                    : 1
            ),
        ];
    }

    /// <summary>Numbers, or words, from the random stream.</summary>
    public Value Draw(GraphInput main, int[] shape)
    {
        int count = Value.Product(shape);
        Dtype type = main.Type ?? (layers.Table is null ? Dtype.F32 : Dtype.I64);
        return type.Real is not null
            ? Value.Of(
                type,
                shape,
                [.. Enumerable.Range(0, count).Select(_ => layers.Table is { } words ? _random.Next(words.Shape[0]) : _random.NextNormal())]
            )
            : Value.Of(type, shape, [.. Enumerable.Range(0, count).Select(_ => (long)_random.Next(layers.Table?.Shape[0] ?? 2))]);
    }

    /// <summary>Any other input: initial states of zero, lengths of T.</summary>
    public Value Fill(GraphInput input, int times, int lanes)
    {
        long?[] stated = input.Shape ?? [];
        int[] usual = stated.Length switch
        {
            1 => [lanes],
            2 => [lanes, layers.All[0].Parts[0].Hidden],
            3 => [layers.All.Sum(layer => layer.Directions), lanes, layers.All[0].Parts[0].Hidden],
            _ => [.. stated.Select(_ => 1)],
        };
        int[] shape = [.. stated.Select((size, axis) => (int)Math.Min(size ?? usual[axis], Most))];
        long count = shape.Aggregate(1L, (product, size) => product * size);
        if (count > Most)
            (shape, count) = ([0], 0);
        Dtype type = input.Type ?? Dtype.F32;
        if (type.Real is not null)
            return Value.Of(type, shape, new double[count]);
        var numbers = new long[count];
        Array.Fill(numbers, type == Dtype.Bool ? 1 : times);
        return Value.Of(type, shape, numbers);
    }
}
