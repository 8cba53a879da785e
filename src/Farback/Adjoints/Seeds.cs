using Farback.Networks;
using Farback.Tiles;

namespace Farback.Adjoints;

/// <summary>∂J/∂(output of the top layer) at every place: where a sweep through time begins. Any head and any loss make some.</summary>
/// <remarks>
///   From a loss they come through the read-out, whose weights are used at k = t only, so that every place is a row of its own there.
///   Scaled seeds carry a power of two each: a confident prediction's seed is small, and no precision loses it.
/// </remarks>
public sealed unsafe class Seeds<T>
    where T : unmanaged
{
    private readonly NativeBlock<T> _values;
    private readonly Adjoints<T>? _rows;
    private readonly Action<int, int> _part;
    private Trace<T> _trace = null!;
    private LossField _losses = null!;
    private int _parts;

    private Seeds(Model<T> model, int times, int lanes, int losses = 1)
    {
        (Model, Times, Lanes, IsApart) = (model, times, lanes, losses > 1);
        Stride = model.ReadOut >= 0 ? model.Recurrences[model.ReadOut].PaddedInputs : model.Network.LayerOutputs;
        int places = checked(losses * times * lanes);
        _values = new(places * Stride);
        Exponent = new int[places];
        IsPresent = new bool[places];
        _part = (part, _) => Fill(RowRange.Of(lanes, part, _parts));
        if (model.ReadOut < 0)
            return;
        _rows = model.Recurrences[model.ReadOut].NewAdjoints(lanes);
        for (int lane = 0; lane < lanes; lane++)
            _rows.Lane[lane] = lane;
        ReadOutDeltas = model.Recurrences[model.ReadOut].NewDeltas((long)times * lanes);
    }

    /// <summary>The seeds of a loss.</summary>
    /// <param name="trace">The run.</param>
    /// <param name="losses">Its losses.</param>
    /// <param name="scaled">Whether each place is scaled by a power of two (for the map), or stored as it is (for a gradient).</param>
    /// <param name="reuse">Seeds whose memory may be overwritten; used where they fit.</param>
    /// <exception cref="NotSupportedException">The losses read several steps each, which the sum of a gradient may forget and rows may not.</exception>
    public static Seeds<T> Of(Trace<T> trace, LossField losses, bool scaled, Seeds<T>? reuse = null)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(losses);
        if (scaled && losses.IsApart)
            throw new NotSupportedException(
                "losses: each reads several steps (attention), and only the map takes these apart; give adjoints of losses that read one step each."
            );
        Seeds<T> seeds =
            reuse is { IsApart: false }
            && ReferenceEquals(reuse.Model, trace.Model)
            && (reuse.Times, reuse.Lanes) == (trace.Times, trace.Lanes)
                ? reuse
                : new(trace.Model, trace.Times, trace.Lanes);
        if (trace.Model.ReadOut >= 0)
            seeds.Fill(trace, losses, scaled);
        else
            seeds.Take(losses, scaled);
        return seeds;
    }

    /// <summary>Scaled seeds of losses that read several steps each: what each of them sends into each step.</summary>
    /// <param name="trace">The run.</param>
    /// <param name="losses">Losses of <see cref="LossField.GivenApart"/>.</param>
    internal static Seeds<T> OfEach(Trace<T> trace, LossField losses)
    {
        var seeds = new Seeds<T>(trace.Model, trace.Times, trace.Lanes, trace.Times) { IsScaled = true };
        for (int loss = 0; loss < trace.Times; loss++)
        for (int time = 0; time < trace.Times; time++)
        for (int lane = 0; lane < trace.Lanes; lane++)
            seeds.Take(seeds.Place(loss, time, lane), losses.Entry(loss, time, lane));
        return seeds;
    }

    /// <summary>Seeds given by somebody else's program: ∂J/∂(output of the top layer), [time][lane][output].</summary>
    /// <param name="trace">The run.</param>
    /// <param name="adjoints">T·B rows; what stands in padding is not read.</param>
    /// <param name="scaled">Whether each place is scaled by a power of two; without, <see cref="At"/> is the adjoint itself and may be overwritten.</param>
    public static Seeds<T> Given(Trace<T> trace, ReadOnlySpan<double> adjoints, bool scaled = true)
    {
        ArgumentNullException.ThrowIfNull(trace);
        int width = trace.Model.Network.LayerOutputs;
        if (adjoints.Length != trace.Times * trace.Lanes * width)
            throw new ArgumentException(
                $"adjoints: expected {trace.Times * trace.Lanes * width} numbers ({trace.Times} steps × {trace.Lanes} lanes × {width} outputs), got {adjoints.Length}."
            );
        var seeds = new Seeds<T>(trace.Model, trace.Times, trace.Lanes) { IsScaled = scaled };
        for (int place = 0; place < seeds.Exponent.Length; place++)
            if (trace.Batch.IsValid(place / trace.Lanes, place % trace.Lanes))
                seeds.Take(place, adjoints.Slice(place * width, width));
        return seeds;
    }

    /// <summary>The model.</summary>
    public Model<T> Model { get; }

    /// <summary>T.</summary>
    public int Times { get; }

    /// <summary>B.</summary>
    public int Lanes { get; }

    /// <summary>Whether places carry powers of two.</summary>
    public bool IsScaled { get; private set; }

    /// <summary>Whether every loss has places of its own, [loss][time][lane].</summary>
    internal bool IsApart { get; }

    /// <summary>Where a loss enters at a time; without places of its own, where all do.</summary>
    internal int Place(int loss, int time, int lane) => ((IsApart ? loss * Times : 0) + time) * Lanes + lane;

    /// <summary>The power of two that each place [time][lane] is to be multiplied by.</summary>
    public int[] Exponent { get; }

    /// <summary>Whether a place [time][lane] has a loss.</summary>
    public bool[] IsPresent { get; }

    /// <summary>The deltas of the read-out, slots [time][lane], each to be multiplied by its place's power of two; null without a read-out.</summary>
    public Deltas<T>? ReadOutDeltas { get; }

    /// <summary>The seed of a place [time][lane], before its power of two.</summary>
    public Span<T> At(int place) => new(Pointer(place), (int)Stride);

    internal long Stride { get; }

    internal T* Pointer(int place) => _values.Pointer + place * Stride;

    private void Fill(Trace<T> trace, LossField losses, bool scaled)
    {
        (_trace, _losses, IsScaled) = (trace, losses, scaled);
        int threads = Model.ThreadsFor(1.0 * Model.Sites[Model.ReadOut].Weights / Model.Weights, Times, Lanes);
        _parts = RowRange.Parts(Lanes, threads);
        Team.Run(threads, _parts, _part);
        (_trace, _losses) = (null!, null!);
    }

    private void Fill(RowRange lanes)
    {
        Recurrence<T> readOut = Model.Recurrences[Model.ReadOut];
        LayerTrace<T> run = _trace.Layers[Model.ReadOut];
        for (int time = 0; time < Times; time++)
        {
            _rows!.Clear(lanes.First, lanes.Last);
            for (int lane = lanes.First; lane < lanes.Last; lane++)
            {
                int place = time * Lanes + lane;
                ReadOnlySpan<double> gradient = _losses.Gradient(time, lane);
                IsPresent[place] = _losses.IsPresent(time, lane);
                Exponent[place] = IsScaled ? PowerOf(gradient) : 0;
                _rows.Set(lane, gradient, -Exponent[place]);
            }
            long slot = (long)time * Lanes;
            readOut.Equations(run, time, _rows, lanes.First, lanes.Last, ReadOutDeltas!, slot);
            readOut.InputProduct(ReadOutDeltas!, slot, lanes.First, lanes.Last, Pointer((int)slot), Stride);
        }
    }

    // without a read-out the losses came as adjoints of the top layer's output
    private void Take(LossField losses, bool scaled)
    {
        IsScaled = scaled;
        for (int place = 0; place < Exponent.Length; place++)
            Take(place, losses.Gradient(place / Lanes, place % Lanes));
    }

    // an adjoint of the top layer's output, as it is
    private void Take(int place, ReadOnlySpan<double> given)
    {
        Exponent[place] = IsScaled ? PowerOf(given) : 0;
        IsPresent[place] = given.ContainsAnyExcept(0.0);
        for (int i = 0; i < given.Length; i++)
            At(place)[i] = Real.From<T>(Math.ScaleB(given[i], -Exponent[place]));
    }

    // the power of two of the largest number; 0 where there is none
    private static int PowerOf(ReadOnlySpan<double> numbers)
    {
        double largest = 0;
        foreach (double number in numbers)
            largest = Math.Max(largest, Math.Abs(number));
        return largest > 0 && double.IsFinite(largest) ? Math.ILogB(largest) : 0;
    }
}
