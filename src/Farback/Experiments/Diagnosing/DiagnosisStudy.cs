using Farback.Adjoints;
using Farback.Diagnosis;
using Farback.Networks;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Experiments;

/// <summary>One set of weights of a network, on its way.</summary>
/// <param name="Name">initial weights; after 1200 steps.</param>
/// <param name="Weights">The weights.</param>
/// <param name="Trained">Whether they have been trained.</param>
public sealed record DiagnosisWeights(string Name, Parameters<double> Weights, bool Trained);

/// <summary>How a network is to be diagnosed.</summary>
public sealed record DiagnosisOptions
{
    /// <summary>How many held-out sequences at most.</summary>
    public int Sequences { get; init; } = 64;

    /// <summary>The needed lag; null for the task's own, or for what intervention finds.</summary>
    public int? NeededLag { get; init; }

    /// <summary>The truncation of its training; null for whole sequences.</summary>
    public Truncation? Truncation { get; init; }

    /// <summary>What it was looked at during training; empty where nothing was kept.</summary>
    public IReadOnlyList<HistoryRow> History { get; init; } = [];

    /// <summary>The seed of resamples and donors.</summary>
    public long Seed { get; init; } = 1;
}

/// <summary>A diagnosis at one set of weights.</summary>
/// <param name="Name">initial weights; after 1200 steps.</param>
/// <param name="Diagnosis">What was found.</param>
public sealed record DiagnosisStage(string Name, NetworkDiagnosis Diagnosis);

/// <summary>A network diagnosed at its initial weights and over training: the two differ, and the last one is the verdict.</summary>
/// <param name="Task">The task.</param>
/// <param name="Network">The network.</param>
/// <param name="Stages">In order; the last is the one that is judged.</param>
/// <param name="History">The looks of the training.</param>
public sealed record DiagnosisStudy(string Task, string Network, IReadOnlyList<DiagnosisStage> Stages, IReadOnlyList<HistoryRow> History)
{
    /// <summary>The verdict: that of the last stage.</summary>
    public NetworkDiagnosis Judged => Stages[^1].Diagnosis;

    /// <summary>The condition of the verdict.</summary>
    public Condition Condition => Judged.Condition;

    /// <summary>Every condition that was found at the last stage.</summary>
    public IReadOnlyList<Condition> Found => [.. Judged.Findings.Select(finding => finding.Condition)];

    /// <summary>Measures and decides at every given set of weights.</summary>
    /// <param name="network">The network.</param>
    /// <param name="weights">Its weights, in order; the last are judged.</param>
    /// <param name="task">The task that it is for.</param>
    /// <param name="options">How; null for the default.</param>
    /// <param name="progress">Told what is being measured.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="ArgumentException">No weights are given, or the task's held-out part has no answer with a past.</exception>
    public static DiagnosisStudy Of(
        Network network,
        IReadOnlyList<DiagnosisWeights> weights,
        LearningTask task,
        DiagnosisOptions? options = null,
        Action<DemoProgress>? progress = null,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(task);
        options ??= new();
        (AskedPlaces asked, _) = MemoryStudy.Ask(task, options.Sequences);
        return Of(network, weights, asked, TaskTraining.LossOf(task), task.Name, task.NeededLag, options, progress, cancel);
    }

    /// <summary>The same on sequences of which no task is known.</summary>
    /// <param name="network">The network.</param>
    /// <param name="weights">Its weights, in order; the last are judged.</param>
    /// <param name="asked">The sequences, asked at one place each.</param>
    /// <param name="loss">L.</param>
    /// <param name="name">What they are called.</param>
    /// <param name="taskLag">The needed lag by the task; null where it is not known.</param>
    /// <param name="options">How; null for the default.</param>
    /// <param name="progress">Told what is being measured.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="ArgumentException">No weights are given.</exception>
    public static DiagnosisStudy Of(
        Network network,
        IReadOnlyList<DiagnosisWeights> weights,
        AskedPlaces asked,
        Loss loss,
        string name,
        int? taskLag = null,
        DiagnosisOptions? options = null,
        Action<DemoProgress>? progress = null,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(asked);
        if (weights.Count == 0)
            throw new ArgumentException("diagnosis: expected the weights of one stage or more, got none.");
        options ??= new();
        int? needed = options.NeededLag ?? taskLag;
        LagSource source = options.NeededLag is null ? LagSource.Task : LagSource.Given;
        // what intervention finds on the judged weights holds for the earlier ones, so they go last to first
        DiagnosisStage[] stages = new DiagnosisStage[weights.Count];
        for (int at = weights.Count - 1; at >= 0; at--)
        {
            DiagnosisWeights one = weights[at];
            int done = weights.Count - 1 - at;
            Evidence evidence = EvidenceReader.Of(
                new Model<double>(network, one.Weights),
                asked,
                loss,
                needed,
                source,
                one.Trained,
                options.Truncation,
                options.Seed,
                (fraction, what) =>
                {
                    cancel.ThrowIfCancellationRequested();
                    progress?.Invoke(new((done + fraction) / weights.Count, $"{one.Name}: {what}"));
                }
            );
            stages[at] = new(one.Name, NetworkDiagnosis.Of(evidence));
            (needed, source) = (evidence.NeededLag, evidence.Source);
        }
        return new(
            name,
            $"{network.Cell.Title}, {network.Hidden} units{(network.Layers > 1 ? $", {network.Layers} layers" : "")}",
            stages,
            options.History
        );
    }
}
