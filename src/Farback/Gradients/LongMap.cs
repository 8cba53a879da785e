using Farback.Adjoints;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Gradients;

/// <summary>The map of a sequence whose trace is too long to be kept: rows of chosen loss times in a window of lags, each exact.</summary>
/// <remarks>
///   G[t,k] for t − L ≤ k ≤ t needs the trace on [t − L, t] and nothing else: λ[t,·] begins at t. It is made again from the state before t − L, which a
///   run in segments finds from the last edge. Loss times that lie closer than L share a part of at most 2L + 1 steps. The gradient that shares are
///   shares of is that of the whole sequence, by <see cref="SegmentedBptt{T}"/>. The numbers are those of <see cref="GradientMap.Of{T}"/>.
///   A map that is not of all loss times and lags claims no residual and no cancellation, as ever.
///   Memory: the batch, √T states, 2L + 1 steps, the entries and three numbers a step. Cost: the gradient in segments, and for each part a
///   run of at most a segment and 2L + 1 steps besides the rows. Derivation: docs/derivations/segments.md
/// </remarks>
public static class LongMap
{
    /// <summary>The map of a model on a batch.</summary>
    /// <param name="model">The model; its layers run forwards.</param>
    /// <param name="batch">The sequences.</param>
    /// <param name="loss">L_{t,b}.</param>
    /// <param name="reduction">Whether J is the sum of all losses or their mean.</param>
    /// <param name="extent">Which loss times and lags; null for the default.</param>
    /// <param name="length">Steps of a segment of the run; null for ⌈√T⌉.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancel">Asked between segments and between parts.</param>
    /// <exception cref="ArgumentException">The network is bidirectional, or the map has more numbers than fit.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public static GradientMap Of<T>(
        Model<T> model,
        Batch batch,
        Loss loss,
        Reduction reduction,
        MapExtent? extent = null,
        int? length = null,
        IProgress<double>? progress = null,
        CancellationToken cancel = default
    )
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(batch);
        extent ??= new();
        var bptt = new SegmentedBptt<T>(model, length ?? (int)Math.Ceiling(Math.Sqrt(batch.Times)), extent.Truncation);
        // in thirds: a run forward; a run and the way back; the map
        bptt.Forward(batch, loss, reduction, progress: Third(progress, 0), cancel: cancel);
        GradientMap map = MapLayout.New(model, batch, extent, reduction, bptt.Weight);
        var gradient = new Parameters<T>(model.Network);
        bptt.Backward(gradient, Third(progress, 1), cancel);

        var maker = new MapMaker<T>(map, map.HasAll ? gradient : null, new());
        LossField? losses = null;
        int[][] parts = [.. Parts(map.LossTimes, map.Window)];
        int steps = Math.Min(batch.Times, parts.Select(part => part[^1] - part[0]).DefaultIfEmpty().Max() + map.Window + 1);
        for (int part = parts.Length - 1; part >= 0; part--)
        {
            cancel.ThrowIfCancellationRequested();
            int from = Math.Max(0, parts[part][^1] - steps + 1);
            Trace<T> trace = bptt.Run.Part(from, steps);
            losses = LossField.OfSegment(trace, loss, bptt.Weight, losses);
            maker.Walk(trace, losses, parts[part], null);
            Third(progress, 2)?.Report((parts.Length - part) / (double)parts.Length);
        }
        return maker.Close(model);
    }

    // loss times, in order, that lie in a window of each other
    private static IEnumerable<int[]> Parts(IReadOnlyList<int> lossTimes, int window)
    {
        List<int> part = [];
        foreach (int t in lossTimes)
        {
            if (part.Count > 0 && t - part[0] > window)
            {
                yield return [.. part];
                part.Clear();
            }
            part.Add(t);
        }
        if (part.Count > 0)
            yield return [.. part];
    }

    private static FractionOf? Third(IProgress<double>? progress, int third) =>
        progress is null ? null : new(progress, third / 3.0, (third + 1) / 3.0);
}
