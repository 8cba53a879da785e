using System.Globalization;

namespace Farback.Networks;

/// <summary>Whether the trace of a run is kept whole until the way back, or in segments that are run again there.</summary>
/// <remarks>
///   The gradient is the same; memory falls from T to √T, and a step takes one run forward more (about a third of its time).
///   <see cref="Automatic"/> keeps whole what fits into <see cref="Budget"/>, by <see cref="RunMemory"/>, and cuts anything longer into segments of ⌈√T⌉ steps.
///   The rule asks for the network, T, B and the precision only, so that a training is the same on every machine.
///   Bidirectional networks are always kept whole.
/// </remarks>
public sealed record Recomputation
{
    /// <summary>The bytes up to which a run is kept whole without being asked: 1 GiB.</summary>
    public const long Budget = 1L << 30;

    private Recomputation(int? steps) => Steps = steps;

    /// <summary>Segments of ⌈√T⌉ steps where the whole would take more than <see cref="Budget"/>.</summary>
    public static Recomputation Automatic { get; } = new((int?)null);

    /// <summary>The whole trace is kept.</summary>
    public static Recomputation None { get; } = new(0);

    /// <summary>Segments of so many steps.</summary>
    /// <exception cref="ArgumentException">It is not positive.</exception>
    public static Recomputation Every(int steps) =>
        steps > 0 ? new(steps) : throw new ArgumentException($"recompute: expected segments of 1 step or more, got {steps}.");

    /// <summary>Steps of a segment; 0 for a whole trace, null for the automatic choice.</summary>
    public int? Steps { get; }

    /// <summary>auto, none, or the steps of a segment.</summary>
    /// <exception cref="ArgumentException">It is none of these.</exception>
    public static Recomputation Parse(string text) =>
        text switch
        {
            "auto" => Automatic,
            "none" => None,
            _ => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int steps) && steps > 0
                ? Every(steps)
                : throw new ArgumentException($"recompute: expected auto, none or the steps of a segment, as in 1000, got '{text}'."),
        };

    /// <summary>Steps of a segment for a run of that shape; null where the trace is kept whole.</summary>
    /// <exception cref="ArgumentException">Segments are asked for, and the network is bidirectional.</exception>
    public int? LengthFor<T>(Model<T> model, int times, int lanes)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(model);
        if (Steps == 0)
            return null;
        if (Steps is { } steps)
        {
            Check(model.Network);
            return steps < times ? steps : null;
        }
        return model.Network.Bidirectional || RunMemory.Of(model, times, lanes) <= Budget ? null : (int)Math.Ceiling(Math.Sqrt(times));
    }

    internal static void Check(Network network)
    {
        if (network.Bidirectional)
            throw new ArgumentException(
                "recompute: a bidirectional network cannot be run in segments: its backward direction starts at the other end, so that no segment is complete before all others have run; use one direction, shorter sequences, or recompute none."
            );
    }

    /// <inheritdoc/>
    public override string ToString() =>
        Steps switch
        {
            null => "auto",
            0 => "none",
            { } steps => steps.ToString(CultureInfo.InvariantCulture),
        };
}
