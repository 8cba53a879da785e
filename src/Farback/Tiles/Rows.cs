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
    /// <summary>Every row starts from its sums, which lie <paramref name="stride"/> apart; 0 where all start from the same.</summary>
    void Start(ref TSums sums, nint stride);

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
    public void Start(ref TSums sums, nint stride) => Sums = sums;

    [MethodImpl(Inline)]
    public void AddInput(ref V x, nint k, nint stride, TWeights w) => Sums.AddInput(V.Spread(ref x, k), w);

    [MethodImpl(Inline)]
    public void AddState(ref V u, nint k, nint stride, TWeights w) => Sums.AddState(V.Spread(ref u, k), w);
}

/// <summary>Some rows and some more. Nested, it makes tiles of any number of rows whose sums the JIT keeps in registers, one by one.</summary>
internal struct Plus<TUpper, TLower, TSums, TWeights, V> : IRows<Plus<TUpper, TLower, TSums, TWeights, V>, TSums, TWeights, V>
    where TUpper : struct, IRows<TUpper, TSums, TWeights, V>
    where TLower : struct, IRows<TLower, TSums, TWeights, V>
    where TSums : struct, ISums<TSums, TWeights, V>
    where TWeights : struct
    where V : struct, INumbers<V>
{
    public TUpper Upper;
    public TLower Lower;

    [MethodImpl(Inline)]
    public void Start(ref TSums sums, nint stride)
    {
        Upper.Start(ref sums, stride);
        Lower.Start(ref Unsafe.Add(ref sums, stride * (Unsafe.SizeOf<TUpper>() / Unsafe.SizeOf<TSums>())), stride);
    }

    [MethodImpl(Inline)]
    public void AddInput(ref V x, nint k, nint stride, TWeights w)
    {
        Upper.AddInput(ref x, k, stride, w);
        Lower.AddInput(ref x, k + stride * (Unsafe.SizeOf<TUpper>() / Unsafe.SizeOf<TSums>()), stride, w);
    }

    [MethodImpl(Inline)]
    public void AddState(ref V u, nint k, nint stride, TWeights w)
    {
        Upper.AddState(ref u, k, stride, w);
        Lower.AddState(ref u, k + stride * (Unsafe.SizeOf<TUpper>() / Unsafe.SizeOf<TSums>()), stride, w);
    }
}

/// <summary>The first of two sums whose second is padding.</summary>
internal struct Half<V> : ISums<Half<V>, Sums2<V>, V>
    where V : struct, INumbers<V>
{
    public V A;

    [MethodImpl(Inline)]
    public void AddInput(V x, Sums2<V> w) => A = V.MultiplyAdd(x, w.A, A);

    [MethodImpl(Inline)]
    public void AddState(V u, Sums2<V> w) => A = V.MultiplyAdd(u, w.A, A);
}

/// <summary>Two of four sums, where the registers do not suffice for four of enough rows.</summary>
internal struct TwoOfFour<V> : ISums<TwoOfFour<V>, Sums4<V>, V>
    where V : struct, INumbers<V>
{
    public V A,
        B;

    [MethodImpl(Inline)]
    public void AddInput(V x, Sums4<V> w)
    {
        A = V.MultiplyAdd(x, w.A, A);
        B = V.MultiplyAdd(x, w.B, B);
    }

    [MethodImpl(Inline)]
    public void AddState(V u, Sums4<V> w) => AddInput(u, w);
}
