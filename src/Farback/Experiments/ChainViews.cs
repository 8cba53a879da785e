using Farback.Diagnosis;
using Farback.Gradients;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Experiments;

/// <summary>One entry of a real network's map as a chain: on the cat's sentence, or on a held-out sequence of any task.</summary>
public static class ChainViews
{
    /// <summary>The recurrent weights of the first layer.</summary>
    public const string Usual = "weight_hh_l0";

    private const int FarWithoutNeed = 10; // steps back where a task names no lag

    /// <summary>A chain on one sequence.</summary>
    /// <param name="name">Which network, in words.</param>
    /// <param name="model">The model.</param>
    /// <param name="one">A batch of one lane with targets.</param>
    /// <param name="loss">L; J is the mean over the sequence, as in the map.</param>
    /// <param name="words">A label a step.</param>
    /// <param name="t">The loss time, from 0.</param>
    /// <param name="k">The use time, from 0.</param>
    /// <param name="series">The block, with a gate after a dot if wanted.</param>
    /// <exception cref="ArgumentException">As <see cref="EntryChain.Of"/>.</exception>
    public static ChainView Of(
        string name,
        Model<double> model,
        Batch one,
        Loss loss,
        IReadOnlyList<string> words,
        int t,
        int k,
        string series = Usual
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(words);
        Trace<double> trace = model.Forward(one);
        return Of(name, trace, LossField.Of(trace, loss, Reduction.Mean), words, t, k, series);
    }

    /// <summary>A chain of a run of one sequence whose losses are known: from the last loss back where nothing else is said.</summary>
    /// <param name="name">Which network, in words.</param>
    /// <param name="trace">The run, of one lane.</param>
    /// <param name="losses">Its losses; somebody else's adjoints, too.</param>
    /// <param name="words">A label a step.</param>
    /// <param name="loss">The loss's step: its number from 1, or its word.</param>
    /// <param name="use">The use's step.</param>
    /// <param name="series">The block.</param>
    /// <exception cref="ArgumentException">There is no loss, or as <see cref="EntryChain.Of"/>.</exception>
    public static ChainView OfRun(
        string name,
        Trace<double> trace,
        LossField losses,
        IReadOnlyList<string> words,
        string? loss = null,
        string? use = null,
        string series = Usual
    )
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(losses);
        if (losses.Count == 0)
            throw new ArgumentException("chain: the sequence has no loss to walk back from; give targets or adjoints.");
        int t = Step(words, loss, "loss") ?? Enumerable.Range(0, trace.Times).Last(losses.AnyAt);
        return Of(name, trace, losses, words, t, Step(words, use, "use") ?? Math.Max(0, t - FarWithoutNeed), series);
    }

    private static ChainView Of(
        string name,
        Trace<double> trace,
        LossField losses,
        IReadOnlyList<string> words,
        int t,
        int k,
        string series
    )
    {
        EntryChain chain = EntryChain.Of(trace, losses, t, k, series);
        return new()
        {
            Network = name,
            Hidden = trace.Model.Network.Hidden,
            Words = words,
            Chain = chain,
            Sums = RunningSums.Of(trace, losses, chain.Weight.Block, chain.Weight.Row, chain.Weight.Column),
            Forum = ForumFormula.OfOneUnit(),
        };
    }

    /// <summary>A chain on the cat's sentence at the task's lag, by the trained parameters; from the verb back to the subject where nothing else is said.</summary>
    /// <param name="run">The training.</param>
    /// <param name="task">Its task.</param>
    /// <param name="loss">The loss's step: its number from 1, or its word; null for the verb.</param>
    /// <param name="use">The use's step; null for the subject.</param>
    /// <param name="series">The block.</param>
    public static ChainView OfSentence(
        AgreementTrialResult run,
        AgreementTask task,
        string? loss = null,
        string? use = null,
        string series = Usual
    )
    {
        ArgumentNullException.ThrowIfNull(run);
        SentenceMap map = SentenceMap.Of(run, task);
        return Of(
            $"{run.Spec.Cell.Title}, {run.Spec.Hidden} units, {(run.Iterations > 0 ? $"after {NumberText.Whole(run.Iterations)} training steps" : "before training")}",
            map.Trace.Model,
            map.Trace.Batch,
            new SoftmaxCrossEntropy(),
            map.Words,
            Step(map.Words, loss, "loss") ?? map.Verb,
            Step(map.Words, use, "use") ?? map.Cue,
            series
        );
    }

    /// <summary>A chain on a task's first held-out sequence; from the last loss back by the needed lag where nothing else is said.</summary>
    /// <param name="model">The model.</param>
    /// <param name="task">The task.</param>
    /// <param name="loss">The loss's step: its number from 1, or its word.</param>
    /// <param name="use">The use's step.</param>
    /// <param name="series">The block.</param>
    public static ChainView OfTask(Model<double> model, LearningTask task, string? loss = null, string? use = null, string series = Usual)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(task);
        Batch one = task.Held(Split.Test, 1).First().Lane(0);
        IReadOnlyList<string> words = TaskMap.Labels(task.InputWords, one);
        int t = Step(words, loss, "loss") ?? Enumerable.Range(0, one.Times).Last(step => one.HasLoss(step, 0));
        int k = Step(words, use, "use") ?? Math.Max(0, t - (task.NeededLag ?? FarWithoutNeed));
        return Of(
            $"{model.Network.Cell.Title}, {model.Network.Hidden} units, on {task.Name}",
            model,
            one,
            TaskTraining.LossOf(task),
            words,
            t,
            k,
            series
        );
    }

    /// <summary>The step that a person names: its number, counted from 1, or its word where that occurs once; null for null.</summary>
    /// <exception cref="ArgumentException">There is no such step, or the word occurs several times.</exception>
    public static int? Step(IReadOnlyList<string> words, string? said, string what)
    {
        ArgumentNullException.ThrowIfNull(words);
        if (said is null)
            return null;
        int[] places = [.. Enumerable.Range(0, words.Count).Where(i => words[i] == said)];
        if (places.Length == 1)
            return places[0];
        if (places.Length > 1 && !int.TryParse(said, out _))
            throw new ArgumentException(
                $"--{what}: “{said}” stands at steps {string.Join(", ", places.Select(place => place + 1))}; say which by its number."
            );
        return int.TryParse(said, out int number) && number >= 1 && number <= words.Count
            ? number - 1
            : throw new ArgumentException(
                $"--{what}: expected a step from 1 to {words.Count} or a word of the sequence ({string.Join(" ", words.Take(12))}{(words.Count > 12 ? " …" : "")}), got '{said}'."
            );
    }
}
