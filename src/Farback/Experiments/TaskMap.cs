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

    private TaskMap(
        IReadOnlyList<string> words,
        IReadOnlyList<int> rows,
        GradientMap one,
        GradientMap batch,
        LagProfile profile,
        int sequences
    )
    {
        (Words, Profile, Sequences, Label) = (words, profile, sequences, batch.Label);
        (Residual, Cancellation, Shares) = (batch.Residual, batch.Cancellation, batch.SharesByLag());
        Quantities = new(one, rows);
        View = new([.. rows.Select(t => words[t])], words, [Quantities.Arrives]);
    }

    /// <summary>The steps of the sequence that is shown: its words, or their numbers.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>What can be shown of its map.</summary>
    public MapQuantities Quantities { get; }

    /// <summary>The axes: rows are the steps that have a loss.</summary>
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
    /// <param name="model">The trained model.</param>
    /// <param name="task">The task.</param>
    /// <param name="maximum">The largest lag of the profile; null for the task's needed lag, or as far as half of the places with a loss allow.</param>
    public static TaskMap Of(Model<double> model, LearningTask task, int? maximum = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(task);
        Batch batch = task.Held(Split.Test, Lanes).First();
        Loss loss = TaskTraining.LossOf(task);
        Trace<double> trace = model.Forward(batch);
        GradientMap all = GradientMap.Of(trace, LossField.Of(trace, loss, Reduction.Mean));
        Batch first = batch.Lane(0);
        Trace<double> alone = model.Forward(first);
        LossField losses = LossField.Of(alone, loss, Reduction.Mean);
        GradientMap one = GradientMap.Of(alone, losses);
        int longest = batch.Lengths.Max() - 1;
        int lags = Math.Min(Math.Min(maximum ?? Reach(batch, task.NeededLag), longest), all.Window);
        IReadOnlyList<string> words = Labels(task, first);
        int[] rows = [.. one.LossTimes.Where(losses.AnyAt)];
        return new(words, rows.Length > 0 ? rows : [first.Times - 1], one, all, Profiles.Of(all, maximum: lags), batch.Lanes);
    }

    /// <summary>A label a step of one sequence: its words, or the steps' numbers.</summary>
    internal static IReadOnlyList<string> Labels(LearningTask task, Batch one) =>
        [
            .. Enumerable
                .Range(0, one.Times)
                .Select(t => one.Ids is { } ids && task.InputWords.Count > 0 ? task.InputWords[ids[t]] : $"{t + 1}"),
        ];

    // the needed lag, where enough places allow it; else as far as half of the places with a loss do
    private static int Reach(Batch batch, int? needed)
    {
        List<int> times = [];
        for (int t = 0; t < batch.Times; t++)
        for (int lane = 0; lane < batch.Lanes; lane++)
            if (batch.HasLoss(t, lane))
                times.Add(t);
        return needed is { } lag && times.Count(t => t >= lag) >= Profiles.FewestContributions ? lag
            : times.Count == 0 ? 0
            : times[times.Count / 2];
    }
}
