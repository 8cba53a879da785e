#pragma warning disable CS0649 // the fields are filled by reinterpreting memory
using Farback.Cells;

namespace Farback.Tiles;

/// <summary>The sums of several rows of a batch: the accumulators of a tile.</summary>
internal interface IRows<TRows, TSums, TWeights, V>
    where TRows : struct, IRows<TRows, TSums, TWeights, V>
    where TSums : struct, ISums<TSums, TWeights, V>
    where TWeights : struct
    where V : struct, INumbers<V>
{
    /// <summary>Every row starts from the same sums.</summary>
    void Start(TSums sums);

    /// <summary>Adds, for every row, its number at <paramref name="k"/> times <paramref name="w"/>; rows lie <paramref name="stride"/> numbers apart.</summary>
    void AddInput(ref V x, nint k, nint stride, TWeights w);

    /// <summary>The same for the state-fed sums.</summary>
    void AddState(ref V u, nint k, nint stride, TWeights w);
}

/// <summary>One row.</summary>
internal struct Row<TSums, TWeights, V> : IRows<Row<TSums, TWeights, V>, TSums, TWeights, V>
    where TSums : struct, ISums<TSums, TWeights, V>
    where TWeights : struct
    where V : struct, INumbers<V>
{
    public TSums Sums;

    [MethodImpl(Inline)]
    public void Start(TSums sums) => Sums = sums;

    [MethodImpl(Inline)]
    public void AddInput(ref V x, nint k, nint stride, TWeights w) => Sums.AddInput(V.Spread(ref x, k), w);

    [MethodImpl(Inline)]
    public void AddState(ref V u, nint k, nint stride, TWeights w) => Sums.AddState(V.Spread(ref u, k), w);
}

/// <summary>Twice as many rows. Nested, it makes tiles of 2, 4, 8 rows whose sums the JIT keeps in registers, one by one.</summary>
internal struct Twice<TRows, TSums, TWeights, V> : IRows<Twice<TRows, TSums, TWeights, V>, TSums, TWeights, V>
    where TRows : struct, IRows<TRows, TSums, TWeights, V>
    where TSums : struct, ISums<TSums, TWeights, V>
    where TWeights : struct
    where V : struct, INumbers<V>
{
    public TRows Upper,
        Lower;

    [MethodImpl(Inline)]
    public void Start(TSums sums)
    {
        Upper.Start(sums);
        Lower.Start(sums);
    }

    [MethodImpl(Inline)]
    public void AddInput(ref V x, nint k, nint stride, TWeights w)
    {
        Upper.AddInput(ref x, k, stride, w);
        Lower.AddInput(ref x, k + stride * (Unsafe.SizeOf<TRows>() / Unsafe.SizeOf<TSums>()), stride, w);
    }

    [MethodImpl(Inline)]
    public void AddState(ref V u, nint k, nint stride, TWeights w)
    {
        Upper.AddState(ref u, k, stride, w);
        Lower.AddState(ref u, k + stride * (Unsafe.SizeOf<TRows>() / Unsafe.SizeOf<TSums>()), stride, w);
    }
}

/// <summary>Two blocks of units side by side, where a cell has too few sums to keep the multipliers busy.</summary>
internal struct Pair<TSums, TWeights, V> : ISums<Pair<TSums, TWeights, V>, Pair<TSums, TWeights, V>.Weights, V>
    where TSums : struct, ISums<TSums, TWeights, V>
    where TWeights : struct
    where V : struct, INumbers<V>
{
    public TSums First,
        Second;

    public struct Weights
    {
        public TWeights First,
            Second;
    }

    [MethodImpl(Inline)]
    public void AddInput(V x, Weights w)
    {
        First.AddInput(x, w.First);
        Second.AddInput(x, w.Second);
    }

    [MethodImpl(Inline)]
    public void AddState(V u, Weights w)
    {
        First.AddState(u, w.First);
        Second.AddState(u, w.Second);
    }
}
