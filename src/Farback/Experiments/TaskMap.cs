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
        Map = batch;
        (Residual, Cancellation, Shares) = (batch.Residual, batch.Cancellation, batch.SharesByLag());
    }

    /// <summary>The map of all sequences together.</summary>
    public GradientMap Map { get; }

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
        return Of(model, batch, (trace, _) => LossField.Of(trace, loss, Reduction.Mean), task.InputWords, task.NeededLag, maximum, extent);
    }

    /// <summary>The map of a model on given sequences.</summary>
    /// <param name="model">The trained model.</param>
    /// <param name="batch">The sequences; the first is shown.</param>
    /// <param name="lossesOf">The losses of a run: of the whole batch, or of the lane of that number alone.</param>
    /// <param name="inputWords">The input words by number; empty where they have no names.</param>
    /// <param name="needed">How far back the sequences need to be remembered; null where nobody knows.</param>
    /// <param name="maximum">The largest lag of the profile; null for the needed lag, or as far as half of the places with a loss allow.</param>
    /// <param name="extent">Which part of the map; null for the default.</param>
    /// <param name="initial">The states that the sequences start from; null for the network's own.</param>
    public static TaskMap Of(
        Model<double> model,
        Batch batch,
        Func<Trace<double>, int?, LossField> lossesOf,
        IReadOnlyList<string> inputWords,
        int? needed = null,
        int? maximum = null,
        MapExtent? extent = null,
        States<double>? initial = null
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(lossesOf);
        Trace<double> trace = model.Forward(batch, initial: initial);
        GradientMap all = GradientMap.Of(trace, lossesOf(trace, null), extent);
        Batch first = batch.Lane(0);
        Trace<double> alone = model.Forward(first, initial: initial?.Take(model.Network, [0]));
        LossField losses = lossesOf(alone, 0);
        GradientMap one = GradientMap.Of(alone, losses, extent);
        IReadOnlyList<string> words = Labels(inputWords, first);
        int[] rows = [.. one.LossTimes.Where(losses.AnyAt)];
        rows = rows.Length > 0 ? rows : [first.Times - 1];
        MapQuantities quantities = new(one, rows);
        return new(
            new([.. rows.Select(t => words[t])], words, [quantities.Arrives]),
            quantities,
            all,
            ProfileOf(all, batch, needed, maximum)
        );
    }

    /// <summary>A label a step of one sequence: its words, or the steps' numbers.</summary>
    /// <param name="inputWords">The words by number; empty where they have no names.</param>
    /// <param name="one">The sequence, a batch of one lane.</param>
    public static IReadOnlyList<string> Labels(IReadOnlyList<string> inputWords, Batch one) =>
        [.. Enumerable.Range(0, one.Times).Select(t => one.Ids is { } ids && inputWords.Count > 0 ? inputWords[ids[t]] : $"{t + 1}")];

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
