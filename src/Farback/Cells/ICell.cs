namespace Farback.Cells;

/// <summary>A cell: one step of a unit once its sums are known, and the step's vector–Jacobian product.</summary>
/// <remarks>
///   The sums are z = b + W_x x + W_h u, formed by a packed product that the cell does not see. What a step leaves in its record are
///   its partial derivatives, so that the product with them is the chain rule and nothing else. No member takes an <c>in</c> parameter
///   (the JIT would stop inlining); every member is inlined.
/// </remarks>
/// <typeparam name="V">The numbers: one or more units of one lane.</typeparam>
/// <typeparam name="TState">The state's parts, all of type V; the first is what the recurrent product reads.</typeparam>
/// <typeparam name="TSums">What the weights add up to and, in the same places, their deltas.</typeparam>
/// <typeparam name="TUnit">Parameters that a unit has to itself (peepholes); <see cref="NoUnit{V}"/> where there are none.</typeparam>
/// <typeparam name="TRecord">What a step leaves for its vector–Jacobian product.</typeparam>
public interface ICell<V, TState, TSums, TUnit, TRecord>
    where V : struct, INumbers<V>
    where TState : struct
    where TSums : struct
    where TUnit : struct
    where TRecord : struct
{
    /// <summary>
    ///   s_k from the sums and s_{k−1}. The record may hold what a gate before the product left there; where an <see cref="Output"/> follows,
    ///   record and state may hold what that needs.
    /// </summary>
    static abstract void Step(TSums sums, TState previous, TUnit unit, ref TRecord record, out TState state);

    /// <summary>Whether there is an <see cref="Output"/>.</summary>
    static virtual bool HasOutput
    {
        [MethodImpl(Inline)]
        get => false;
    }

    /// <summary>What a cell makes of its new state, an LSTM h of c: the end of a step, done for several lanes after the rest of it.</summary>
    /// <remarks>One long chain of dependent instructions a lane keeps the processor waiting; two shorter ones, of all lanes each, overlap.</remarks>
    static virtual void Output(ref readonly TState previous, ref TRecord record, ref TState state) { }

    /// <summary>Whether <see cref="Vjp"/> reads s_{k−1} or s_k. Where it says no it gets zeros: a number that is fetched and not used costs as much as one that is.</summary>
    static virtual bool VjpReadsStates
    {
        [MethodImpl(Inline)]
        get => true;
    }

    /// <summary>δ = ∂L/∂sums from the whole adjoint λ_k of the state.</summary>
    /// <param name="record">The step's partial derivatives.</param>
    /// <param name="previous">s_{k−1}.</param>
    /// <param name="state">s_k.</param>
    /// <param name="unit">The unit's own parameters.</param>
    /// <param name="adjoint">λ_k, every part of it.</param>
    /// <param name="direct">What passes to λ_{k−1} beside the recurrent product.</param>
    /// <param name="unitGradient">∂L/∂unit of this use.</param>
    static abstract TSums Vjp(
        TRecord record,
        TState previous,
        TState state,
        TUnit unit,
        TState adjoint,
        out TState direct,
        out TUnit unitGradient
    );
}

/// <summary>A stage before the cell's own: it makes the operand u of the recurrent product out of the state (GRU: u = r⊙h₋).</summary>
/// <remarks>It shares the cell's record and is walked back after the cell.</remarks>
public interface IGate<V, TState, TSums, TRecord>
    where V : struct, INumbers<V>
    where TState : struct
    where TSums : struct
    where TRecord : struct
{
    /// <summary>False for the cells without one: then u = h₋.</summary>
    static abstract bool Present { get; }

    /// <summary>u from the gate's sums and s_{k−1}.</summary>
    static abstract V Step(TSums sums, TState previous, ref TRecord record);

    /// <summary>δ of the gate's sums, from λ_k and from the adjoint of u; adds to <paramref name="direct"/> what passes beside the products.</summary>
    static abstract TSums Vjp(TRecord record, TState adjoint, V operand, ref TState direct);
}

/// <summary>No stage before the cell's own.</summary>
public readonly struct NoGate<V, TState, TRecord> : IGate<V, TState, NoSums<V>, TRecord>
    where V : struct, INumbers<V>
    where TState : struct
    where TRecord : struct
{
    /// <inheritdoc/>
    public static bool Present => false;

    /// <inheritdoc/>
    public static V Step(NoSums<V> sums, TState previous, ref TRecord record) => default;

    /// <inheritdoc/>
    public static NoSums<V> Vjp(TRecord record, TState adjoint, V operand, ref TState direct) => default;
}

/// <summary>No parameters that a unit has to itself.</summary>
public struct NoUnit<V>
    where V : struct, INumbers<V>;
