using Farback.Networks;

namespace Farback.Diagnosis;

/// <summary>∂L_t/∂θ^(k) by definition: each use of the weights gets a copy of its own, one copy is moved, every loss time is watched.</summary>
/// <remarks>
///   The copy used at input position k carries a tangent, the others none, and the network runs forwards in dual numbers:
///   w ∂L_t/∂θ^(k)·v = Σ_b (∂J/∂y_{t,b})·ẏ_{t,b}. Exact to rounding at any lag, for every layer, direction and block, and it shares no
///   line with the way back, so that the map can be held against it. Cost: one run forwards for each copy and direction; it is an
///   oracle, not a way to make a map.
/// </remarks>
public sealed class UntiedCopies
{
    private readonly DualRun _run;
    private readonly double[] _cotangents; // ∂J/∂y, [time][lane][output]
    private readonly bool _hasReadOut;

    private UntiedCopies(DualRun run, double[] cotangents, bool hasReadOut) =>
        (_run, _cotangents, _hasReadOut) = (run, cotangents, hasReadOut);

    /// <summary>The copies of a run's weights, watched by its losses. Dropout is as the run drew it.</summary>
    public static UntiedCopies Of<T>(Trace<T> trace, LossField losses)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(losses);
        bool hasReadOut = trace.Model.ReadOut >= 0;
        int outputs = hasReadOut ? trace.Model.Network.Outputs : trace.Model.Network.LayerOutputs;
        var cotangents = new double[trace.Times * trace.Lanes * outputs];
        for (int place = 0; place < trace.Times * trace.Lanes; place++)
            losses.Gradient(place / trace.Lanes, place % trace.Lanes).CopyTo(cotangents.AsSpan(place * outputs, outputs));
        return new(DualRun.Of(trace), cotangents, hasReadOut);
    }

    /// <summary>The copies of a run's weights, watched by given adjoints ∂J/∂(output of the top layer), [time][lane][output].</summary>
    public static UntiedCopies Of<T>(Trace<T> trace, ReadOnlySpan<double> adjoints)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(trace);
        return new(DualRun.Of(trace), adjoints.ToArray(), hasReadOut: false);
    }

    /// <summary>w ∂L_t/∂θ^(k) of one number of a block, summed over lanes, for every t.</summary>
    /// <param name="block">The block; a learned initial state has one copy, at the first input position of its direction.</param>
    /// <param name="use">k.</param>
    /// <param name="parameter">The number's place in the block, row by row.</param>
    public double[] Of(Block block, int use, int parameter)
    {
        ArgumentNullException.ThrowIfNull(block);
        var direction = new double[block.Count];
        direction[parameter] = 1;
        return Along(block, use, direction);
    }

    /// <summary>w ∂L_t/∂θ^(k)·v, summed over lanes, for every t: the copy of a block at k moves along v.</summary>
    public double[] Along(Block block, int use, ReadOnlySpan<double> direction)
    {
        ArgumentNullException.ThrowIfNull(block);
        if (direction.Length != block.Count)
            throw new ArgumentException($"direction: expected {block.Count} numbers for {block.Name}, got {direction.Length}.");
        var all = new double[_run.Trace.Model.Network.ParameterCount];
        direction.CopyTo(all.AsSpan(block.Offset));
        return Along(new Direction { Parameters = all, Use = use });
    }

    /// <summary>d(wL_t) along any direction, for every t.</summary>
    internal double[] Along(Direction direction)
    {
        _run.Along(direction);
        Trace<Dual> trace = _run.Trace;
        int width = _cotangents.Length / (trace.Times * trace.Lanes);
        var output = new Dual[width];
        var change = new double[trace.Times];
        for (int place = 0; place < trace.Times * trace.Lanes; place++)
        {
            int time = place / trace.Lanes,
                lane = place % trace.Lanes;
            if (!trace.Batch.IsValid(time, lane))
                continue;
            if (_hasReadOut)
                trace.ReadOut(time, lane).CopyTo(output);
            else
                trace.Output(trace.Model.Network.Layers - 1, time, lane, output);
            for (int i = 0; i < width; i++)
                if (_cotangents[place * width + i] != 0)
                    change[time] += _cotangents[place * width + i] * output[i].Tangent;
        }
        return change;
    }
}
