#pragma warning disable CS0649 // the fields are filled by reinterpreting memory
using Farback.Cells;

namespace Farback.Tiles;

/// <summary>The sums of some rows over several panels of weights: what a tile of few rows needs to keep the processor busy.</summary>
/// <remarks>
///   A sum is a chain: each addition waits for the last. One row and one panel are two to four chains, and eight are what a core adds to
///   at once. A chain's own order stays what it is, so its bits do not know how many panels were beside it.
/// </remarks>
internal interface IPanels<TPanels, TRows, TSums, TWeights, V>
    where TPanels : struct, IPanels<TPanels, TRows, TSums, TWeights, V>
    where TRows : struct, IRows<TRows, TSums, TWeights, V>
    where TSums : struct, ISums<TSums, TWeights, V>
    where TWeights : struct
    where V : struct, INumbers<V>
{
    /// <summary>A panel's rows start from its sums, a row's <paramref name="stride"/> apart; those of the panels follow each other.</summary>
    void Start(ref TSums sums, nint stride);

    /// <summary>Adds the rows' numbers at <paramref name="k"/> times each panel's weights, which lie <paramref name="apart"/> weights apart.</summary>
    void AddInput(ref V x, nint k, nint stride, ref TWeights w, nint apart);

    /// <summary>The same for the state-fed sums.</summary>
    void AddState(ref V u, nint k, nint stride, ref TWeights w, nint apart);
}

/// <summary>One panel.</summary>
internal struct Panel<TRows, TSums, TWeights, V> : IPanels<Panel<TRows, TSums, TWeights, V>, TRows, TSums, TWeights, V>
    where TRows : struct, IRows<TRows, TSums, TWeights, V>
    where TSums : struct, ISums<TSums, TWeights, V>
    where TWeights : struct
    where V : struct, INumbers<V>
{
    public TRows Rows;

    [MethodImpl(Inline)]
    public void Start(ref TSums sums, nint stride) => Rows.Start(ref sums, stride);

    [MethodImpl(Inline)]
    public void AddInput(ref V x, nint k, nint stride, ref TWeights w, nint apart)
    {
        TWeights own = w;
        Rows.AddInput(ref x, k, stride, own);
    }

    [MethodImpl(Inline)]
    public void AddState(ref V u, nint k, nint stride, ref TWeights w, nint apart)
    {
        TWeights own = w;
        Rows.AddState(ref u, k, stride, own);
    }
}

/// <summary>Some panels and some more beside them.</summary>
internal struct Beside<TLeft, TRight, TRows, TSums, TWeights, V>
    : IPanels<Beside<TLeft, TRight, TRows, TSums, TWeights, V>, TRows, TSums, TWeights, V>
    where TLeft : struct, IPanels<TLeft, TRows, TSums, TWeights, V>
    where TRight : struct, IPanels<TRight, TRows, TSums, TWeights, V>
    where TRows : struct, IRows<TRows, TSums, TWeights, V>
    where TSums : struct, ISums<TSums, TWeights, V>
    where TWeights : struct
    where V : struct, INumbers<V>
{
    public TLeft Left;
    public TRight Right;

    private static int Lefts
    {
        [MethodImpl(Inline)]
        get => Unsafe.SizeOf<TLeft>() / Unsafe.SizeOf<TRows>();
    }

    [MethodImpl(Inline)]
    public void Start(ref TSums sums, nint stride)
    {
        Left.Start(ref sums, stride);
        Right.Start(ref Unsafe.Add(ref sums, Lefts), stride);
    }

    [MethodImpl(Inline)]
    public void AddInput(ref V x, nint k, nint stride, ref TWeights w, nint apart)
    {
        Left.AddInput(ref x, k, stride, ref w, apart);
        Right.AddInput(ref x, k, stride, ref Unsafe.Add(ref w, apart * Lefts), apart);
    }

    [MethodImpl(Inline)]
    public void AddState(ref V u, nint k, nint stride, ref TWeights w, nint apart)
    {
        Left.AddState(ref u, k, stride, ref w, apart);
        Right.AddState(ref u, k, stride, ref Unsafe.Add(ref w, apart * Lefts), apart);
    }
}
