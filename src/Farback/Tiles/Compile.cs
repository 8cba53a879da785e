using Farback.Cells;

namespace Farback.Tiles;

/// <summary>From a cell, a width and a precision to a recurrence that runs.</summary>
public static class Compile
{
    /// <summary>The recurrence of a cell at <see cref="Widths.Current"/>, in <typeparamref name="T"/>: float, double or <see cref="Dual"/>.</summary>
    public static Recurrence<T> Layer<T>(Cell cell, int inputs, int units)
        where T : unmanaged => Layer<T>(cell, inputs, units, Widths.Current);

    /// <summary>The recurrence of a cell at a chosen width; dual numbers always run one at a time.</summary>
    /// <exception cref="ArgumentException">A size is not positive, or T is no number this library computes with.</exception>
    public static Recurrence<T> Layer<T>(Cell cell, int inputs, int units, Width width)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(cell);
        if (inputs <= 0 || units <= 0)
            throw new ArgumentException($"{cell.Title}: expected at least one input and one unit, got {inputs} inputs and {units} units.");
        if (typeof(T) == typeof(Dual))
            return cell.Open(new User<Dual, T>(cell, inputs, units));
        if (typeof(T) == typeof(double))
            return Of<T, double>(cell, inputs, units, width);
        if (typeof(T) == typeof(float))
            return Of<T, float>(cell, inputs, units, width);
        throw new ArgumentException($"{typeof(T).Name} is no number that a network runs in; expected float, double or Dual.");
    }

    private static Recurrence<T> Of<T, TReal>(Cell cell, int inputs, int units, Width width)
        where T : unmanaged
        where TReal : unmanaged, IBinaryFloatingPointIeee754<TReal> =>
        width switch
        {
            Width.Scalar => cell.Open(new User<Scalar<TReal>, T>(cell, inputs, units)),
            Width.Bits128 => cell.Open(new User<Lanes128<TReal>, T>(cell, inputs, units)),
            Width.Bits256 => cell.Open(new User<Lanes256<TReal>, T>(cell, inputs, units)),
            _ => cell.Open(new User<Lanes512<TReal>, T>(cell, inputs, units)),
        };

    private sealed class User<V, T>(Cell cell, int inputs, int units) : ICellUser<V, Recurrence<T>>
        where V : struct, INumbers<V>
        where T : unmanaged
    {
        public Recurrence<T> Use<TCell, TState, TSums, TWeights, TUnit, TRecord, TGate, TGateSums>()
            where TCell : struct, ICell<V, TState, TSums, TUnit, TRecord>
            where TState : struct
            where TSums : struct, ISums<TSums, TWeights, V>
            where TWeights : struct, ISums<TWeights, TWeights, V>
            where TUnit : struct
            where TRecord : struct
            where TGate : struct, IGate<V, TState, TGateSums, TRecord>
            where TGateSums : struct, ISums<TGateSums, TGateSums, V> =>
            new CompiledRecurrence<V, T, TCell, TState, TSums, TWeights, TUnit, TRecord, TGate, TGateSums>(cell, inputs, units);
    }
}
