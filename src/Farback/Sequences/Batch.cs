namespace Farback.Sequences;

/// <summary>Sequences that are run side by side: one lane each, padded to the longest.</summary>
/// <remarks>Inputs are either word numbers (one-hot for a network without an embedding) or vectors. Everything is [time][lane]; what lies at or beyond a lane's length is never read.</remarks>
public sealed class Batch
{
    /// <summary>Inputs that are word numbers, [time][lane].</summary>
    public static Batch OfIds(int[] ids, int times, int lanes, Targets targets, int[]? lengths = null) =>
        new(times, lanes, ids, null, 0, targets, lengths);

    /// <summary>Inputs that are vectors, [time][lane][input].</summary>
    public static Batch OfValues(double[] values, int times, int lanes, int inputs, Targets targets, int[]? lengths = null) =>
        new(times, lanes, null, values, inputs, targets, lengths);

    private Batch(int times, int lanes, int[]? ids, double[]? values, int inputs, Targets targets, int[]? lengths)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(times);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lanes);
        long expected = (long)times * lanes * (ids is null ? inputs : 1);
        long found = ids?.Length ?? values!.Length;
        if (found != expected)
            throw new ArgumentException(
                $"inputs: expected {expected} numbers ({times} steps × {lanes} lanes{(ids is null ? $" × {inputs} inputs" : "")}), got {found}."
            );
        if (targets.Count != (long)times * lanes)
            throw new ArgumentException(
                $"targets: expected {(long)times * lanes} places ({times} steps × {lanes} lanes), got {targets.Count}."
            );
        lengths ??= [.. Enumerable.Repeat(times, lanes)];
        if (lengths.Length != lanes)
            throw new ArgumentException($"lengths: expected one for each of the {lanes} lanes, got {lengths.Length}.");
        for (int lane = 0; lane < lanes; lane++)
            if (lengths[lane] < 0 || lengths[lane] > times)
                throw new ArgumentException($"lengths: lane {lane} has {lengths[lane]}, expected 0 to {times}.");
        (Times, Lanes, Ids, Values, Inputs, Targets, Lengths) = (times, lanes, ids, values, inputs, targets, lengths);
    }

    /// <summary>T, the steps of the longest sequence.</summary>
    public int Times { get; }

    /// <summary>B, the number of sequences.</summary>
    public int Lanes { get; }

    /// <summary>Word numbers [time][lane], or null.</summary>
    public int[]? Ids { get; }

    /// <summary>Vectors [time][lane][input], or null.</summary>
    public double[]? Values { get; }

    /// <summary>I, the size of an input vector; 0 where inputs are word numbers.</summary>
    public int Inputs { get; }

    /// <summary>What the network should say, and where.</summary>
    public Targets Targets { get; }

    /// <summary>The number of valid steps of each lane.</summary>
    public int[] Lengths { get; }

    /// <summary>True where the lane has an input at that time.</summary>
    public bool IsValid(int time, int lane) => time < Lengths[lane];

    /// <summary>True where there is an input and a target: L_{t,b} is counted.</summary>
    public bool HasLoss(int time, int lane) => IsValid(time, lane) && Targets.IsPresent(time * Lanes + lane);

    /// <summary>One lane as a batch of its own, cut to its length.</summary>
    public Batch Lane(int lane) => Take([lane], Math.Max(1, Lengths[lane]));

    /// <summary>Some of the lanes, in that order, as a batch of their own of as many steps.</summary>
    public Batch Take(IReadOnlyList<int> lanes) => Take(lanes, Times);

    private Batch Take(IReadOnlyList<int> lanes, int times)
    {
        ArgumentNullException.ThrowIfNull(lanes);
        T[] Columns<T>(T[] all, int size)
        {
            var taken = new T[times * lanes.Count * size];
            for (int time = 0; time < times; time++)
            for (int i = 0; i < lanes.Count; i++)
                all.AsSpan((time * Lanes + lanes[i]) * size, size).CopyTo(taken.AsSpan((time * lanes.Count + i) * size));
            return taken;
        }
        Targets targets = Targets switch
        {
            ClassTargets classes => new ClassTargets(Columns(classes.Classes, 1)),
            ValueTargets values => new ValueTargets(Columns(values.Values, values.Size), values.Size),
            _ => throw new NotSupportedException($"targets of type {Targets.GetType().Name} cannot be taken lane by lane."),
        };
        return new(
            times,
            lanes.Count,
            Ids is null ? null : Columns(Ids, 1),
            Values is null ? null : Columns(Values, Inputs),
            Inputs,
            targets,
            [.. lanes.Select(lane => Lengths[lane])]
        );
    }
}
