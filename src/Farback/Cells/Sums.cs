namespace Farback.Cells;

/// <summary>What the products of a step add up to, for one lane and one block of units.</summary>
/// <remarks>A struct of nothing but <typeparamref name="V"/> fields: registers in the loop over k, and in memory the packed panel itself.</remarks>
public interface ISums<TSums, TWeights, V>
    where TSums : struct, ISums<TSums, TWeights, V>
    where TWeights : struct
    where V : struct, INumbers<V>
{
    /// <summary>Adds x_k · (row k of the input weights).</summary>
    void AddInput(V x, TWeights w);

    /// <summary>Adds u_k · (row k of the recurrent weights).</summary>
    void AddState(V u, TWeights w);
}

/// <summary>The stage that is not there has no sums.</summary>
public struct NoSums<V> : ISums<NoSums<V>, NoSums<V>, V>
    where V : struct, INumbers<V>
{
    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public void AddInput(V x, NoSums<V> w) { }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public void AddState(V u, NoSums<V> w) { }
}

/// <summary>One sum a unit.</summary>
public struct Sums1<V> : ISums<Sums1<V>, Sums1<V>, V>
    where V : struct, INumbers<V>
{
    /// <summary>The parts, in the order in which they lie in memory.</summary>
    public V A;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public void AddInput(V x, Sums1<V> w) => A = V.MultiplyAdd(x, w.A, A);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public void AddState(V u, Sums1<V> w) => AddInput(u, w);
}

/// <summary>Two sums a unit.</summary>
public struct Sums2<V> : ISums<Sums2<V>, Sums2<V>, V>
    where V : struct, INumbers<V>
{
    /// <summary>The parts, in the order in which they lie in memory.</summary>
    public V A,
        B;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public void AddInput(V x, Sums2<V> w)
    {
        A = V.MultiplyAdd(x, w.A, A);
        B = V.MultiplyAdd(x, w.B, B);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public void AddState(V u, Sums2<V> w) => AddInput(u, w);
}

/// <summary>Three sums a unit.</summary>
public struct Sums3<V> : ISums<Sums3<V>, Sums3<V>, V>
    where V : struct, INumbers<V>
{
    /// <summary>The parts, in the order in which they lie in memory.</summary>
    public V A,
        B,
        C;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public void AddInput(V x, Sums3<V> w)
    {
        A = V.MultiplyAdd(x, w.A, A);
        B = V.MultiplyAdd(x, w.B, B);
        C = V.MultiplyAdd(x, w.C, C);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public void AddState(V u, Sums3<V> w) => AddInput(u, w);
}

/// <summary>Four sums a unit.</summary>
public struct Sums4<V> : ISums<Sums4<V>, Sums4<V>, V>
    where V : struct, INumbers<V>
{
    /// <summary>The parts, in the order in which they lie in memory.</summary>
    public V A,
        B,
        C,
        D;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public void AddInput(V x, Sums4<V> w)
    {
        A = V.MultiplyAdd(x, w.A, A);
        B = V.MultiplyAdd(x, w.B, B);
        C = V.MultiplyAdd(x, w.C, C);
        D = V.MultiplyAdd(x, w.D, D);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public void AddState(V u, Sums4<V> w) => AddInput(u, w);
}

/// <summary>Four sums for three gates: the state feeds the first three, the input the last three, so that each are contiguous.</summary>
public struct SplitSums<V> : ISums<SplitSums<V>, Sums3<V>, V>
    where V : struct, INumbers<V>
{
    /// <summary>The third gate's sum that the state feeds.</summary>
    public V Nh;

    /// <summary>The gates that both feed.</summary>
    public V R,
        Z;

    /// <summary>The third gate's sum that the input feeds.</summary>
    public V Nx;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public void AddInput(V x, Sums3<V> w)
    {
        R = V.MultiplyAdd(x, w.A, R);
        Z = V.MultiplyAdd(x, w.B, Z);
        Nx = V.MultiplyAdd(x, w.C, Nx);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public void AddState(V u, Sums3<V> w)
    {
        Nh = V.MultiplyAdd(u, w.A, Nh);
        R = V.MultiplyAdd(u, w.B, R);
        Z = V.MultiplyAdd(u, w.C, Z);
    }
}
