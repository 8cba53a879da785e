using Farback.Gradients;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Experiments;

/// <summary>How far back a trained network looks on a task: the profile over held-out sequences, and the map of one of them.</summary>
public sealed class TaskMap
{
    private const int Lanes = 32;

    private TaskMap(MapView view, MapQuantities quantities, GradientMap batch, LagProfile profile)
    {
        (View, Quantities, Profile, Sequences, Label) = (view, quantities, profile, batch.Lanes, batch.Label);
        (Residual, Cancellation, Shares) = (batch.Residual, batch.Cancellation, batch.SharesByLag());
    }

    /// <summary>What can be shown of its map.</summary>
    public MapQuantities Quantities { get; }

    /// <summary>The axes: rows are the steps that have a loss; columns are the steps, or in a long sequence the lags, the largest first.</summary>
    public MapView View { get; }

    /// <summary>The lag profile of the first layer over the held-out sequences.</summary>
    public LagProfile Profile { get; }

    /// <summary>How many sequences the profile rests on.</summary>
    public int Sequences { get; }

    /// <summary>Whether the whole map was made, or which part.</summary>
    public string Label { get; }

    /// <summary>‖ΣΣG − ∇‖/ΣΣ‖G‖; null for a part of a map.</summary>
    public double? Residual { get; }

    /// <summary>κ.</summary>
    public double Cancellation { get; }

    /// <summary>Where the update comes from, by lag.</summary>
    public IReadOnlyList<LagShare> Shares { get; }

    /// <summary>The map of a model on the first held-out sequences of a task.</summary>
    /// <remarks>
    ///   Beyond <see cref="MapExtent.FullUpTo"/> steps it is made part by part (<see cref="LongMap"/>) in the memory of a window, of evenly spaced places
    ///   that have a loss, unless loss times are named.
    /// </remarks>
    /// <param name="model">The trained model.</param>
    /// <param name="task">The task.</param>
    /// <param name="maximum">The largest lag of the profile; null for the task's needed lag, or as far as half of the places with a loss allow.</param>
    /// <param name="extent">Which loss times and lags; null for all, and of a long sequence a sample in a window.</param>
    /// <param name="announce">Told, before the maps are made, the bytes and the multiplications and additions they take.</param>
    /// <param name="progress">Told the fraction done of a long one.</param>
    /// <param name="cancel">Asked now and then on a long one.</param>
    /// <exception cref="ArgumentException">None of the loss times lies in the sequence.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public static TaskMap Of(
        Model<double> model,
        LearningTask task,
        int? maximum = null,
        MapExtent? extent = null,
        Action<long, double>? announce = null,
        IProgress<double>? progress = null,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(task);
        Batch batch = task.Held(Split.Test, TaskTraining.LanesFor(task, Split.Test, Lanes)).First();
        Loss loss = TaskTraining.LossOf(task);
        extent ??= new();
        if (extent.LossTimes is { } asked && !asked.Any(t => t < batch.Times))
            throw new ArgumentException(
                $"loss times: none of them lies in the sequence, which has {batch.Times} steps; name earlier ones."
            );
        announce?.Invoke(
            extent.Memory(model.Network, batch.Times, batch.Lanes, sizeof(double)),
            extent.Flops(model.Network, batch.Times, batch.Lanes)
        );
        if (batch.Times > MapExtent.FullUpTo && !model.Network.Bidirectional)
            return OfLong(model, batch, loss, task.NeededLag, maximum, extent, progress, cancel);
        Trace<double> trace = model.Forward(batch);
        GradientMap all = GradientMap.Of(trace, LossField.Of(trace, loss, Reduction.Mean), extent);
        Batch first = batch.Lane(0);
        Trace<double> alone = model.Forward(first);
        LossField losses = LossField.Of(alone, loss, Reduction.Mean);
        GradientMap one = GradientMap.Of(alone, losses, extent);
        IReadOnlyList<string> words = Labels(task, first);
        int[] rows = [.. one.LossTimes.Where(losses.AnyAt)];
        rows = rows.Length > 0 ? rows : [first.Times - 1];
        MapQuantities quantities = new(one, rows);
        return new(
            new([.. rows.Select(t => words[t])], words, [quantities.Arrives]),
            quantities,
            all,
            ProfileOf(all, batch, task.NeededLag, maximum)
        );
    }

    /// <summary>A label a step of one sequence: its words, or the steps' numbers.</summary>
    internal static IReadOnlyList<string> Labels(LearningTask task, Batch one) =>
        [
            .. Enumerable
                .Range(0, one.Times)
                .Select(t => one.Ids is { } ids && task.InputWords.Count > 0 ? task.InputWords[ids[t]] : $"{t + 1}"),
        ];

    // columns are lags: steps would be too many, and far from every row nothing was made
    private static TaskMap OfLong(
        Model<double> model,
        Batch batch,
        Loss loss,
        int? needed,
        int? maximum,
        MapExtent extent,
        IProgress<double>? progress,
        CancellationToken cancel
    )
    {
        extent = extent with { LossTimes = extent.LossTimes ?? Sampled(batch) };
        GradientMap map = LongMap.Of(model, batch, loss, Reduction.Mean, extent, progress: progress, cancel: cancel);
        MapQuantities quantities = new(map, map.LossTimes, map.Window);
        return new(
            new(
                [.. map.LossTimes.Select(t => $"{t + 1}")],
                [.. Enumerable.Range(0, map.Window + 1).Select(column => $"{map.Window - column}")],
                [quantities.Arrives]
            ),
            quantities,
            map,
            ProfileOf(map, batch, needed, maximum)
        );
    }

    // evenly spaced among the times that have a loss; the last time where none has
    private static int[] Sampled(Batch batch)
    {
        List<int> times = [];
        for (int t = 0; t < batch.Times; t++)
        for (int lane = 0; lane < batch.Lanes; lane++)
            if (batch.HasLoss(t, lane))
            {
                times.Add(t);
                break;
            }
        int count = Math.Min(times.Count, MapExtent.SampledTimes);
        return count == 0
            ? [batch.Times - 1]
            : [.. Enumerable.Range(0, count).Select(i => times[(int)((i + 1L) * times.Count / count - 1)])];
    }

    private static LagProfile ProfileOf(GradientMap map, Batch batch, int? needed, int? maximum) =>
        Profiles.Of(
            map,
            maximum: Math.Min(Math.Min(maximum ?? LossTimeSample.LargestLag(batch, needed), batch.Lengths.Max() - 1), map.Window)
        );
}
