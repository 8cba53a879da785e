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
        Map = batch;
        (Residual, Cancellation, Shares) = (batch.Residual, batch.Cancellation, batch.SharesByLag());
        Quantities = new(one, rows);
        View = new([.. rows.Select(t => words[t])], words, [Quantities.Arrives]);
    }

    /// <summary>The map of all sequences together.</summary>
    public GradientMap Map { get; }

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
        Loss loss = TaskTraining.LossOf(task);
        return Of(
            model,
            task.Held(Split.Test, Lanes).First(),
            (trace, _) => LossField.Of(trace, loss, Reduction.Mean),
            task.InputWords,
            task.NeededLag,
            maximum
        );
    }

    /// <summary>The map of a model on given sequences.</summary>
    /// <param name="model">The trained model.</param>
    /// <param name="batch">The sequences; the first is shown.</param>
    /// <param name="lossesOf">The losses of a run: of the whole batch, or of the lane of that number alone.</param>
    /// <param name="inputWords">The input words by number; empty where they have no names.</param>
    /// <param name="needed">How far back the sequences need to be remembered; null where nobody knows.</param>
    /// <param name="maximum">The largest lag of the profile; null for the needed lag, or as far as half of the places with a loss allow.</param>
    public static TaskMap Of(
        Model<double> model,
        Batch batch,
        Func<Trace<double>, int?, LossField> lossesOf,
        IReadOnlyList<string> inputWords,
        int? needed = null,
        int? maximum = null
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(lossesOf);
        Trace<double> trace = model.Forward(batch);
        GradientMap all = GradientMap.Of(trace, lossesOf(trace, null));
        Batch first = batch.Lane(0);
        Trace<double> alone = model.Forward(first);
        LossField losses = lossesOf(alone, 0);
        GradientMap one = GradientMap.Of(alone, losses);
        int longest = batch.Lengths.Max() - 1;
        int lags = Math.Min(Math.Min(maximum ?? Reach(batch, needed), longest), all.Window);
        IReadOnlyList<string> words = Labels(inputWords, first);
        int[] rows = [.. one.LossTimes.Where(losses.AnyAt)];
        return new(words, rows.Length > 0 ? rows : [first.Times - 1], one, all, Profiles.Of(all, maximum: lags), batch.Lanes);
    }

    /// <summary>A label a step of one sequence: its words, or the steps' numbers.</summary>
    internal static IReadOnlyList<string> Labels(IReadOnlyList<string> inputWords, Batch one) =>
        [.. Enumerable.Range(0, one.Times).Select(t => one.Ids is { } ids && inputWords.Count > 0 ? inputWords[ids[t]] : $"{t + 1}")];

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
