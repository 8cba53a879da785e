using System.Globalization;
using System.Numerics;
using Farback.Adjoints;
using Farback.Diagnosis;
using Farback.Experiments;
using Farback.Formats;
using Farback.Networks;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Cli.Runs;

/// <summary>What is to be diagnosed: a network at one or more sets of weights, its task, and how it was trained.</summary>
/// <param name="Task">The task; null where a batch file is named.</param>
/// <param name="Batch">The sequences of a batch file, with its name; null where there is a task.</param>
/// <param name="Network">The network.</param>
/// <param name="Weights">In order; the last are judged.</param>
/// <param name="Truncation">The truncation it was trained with.</param>
/// <param name="History">The looks of its training.</param>
internal sealed record DiagnosisTarget(
    LearningTask? Task,
    (string Name, Batch Batch)? Batch,
    Network Network,
    IReadOnlyList<DiagnosisWeights> Weights,
    Truncation? Truncation,
    IReadOnlyList<HistoryRow> History
)
{
    private const string Initially = "initial weights";

    /// <summary>A run: its initial weights, drawn again from its seed, those of its checkpoints, and the best.</summary>
    public static DiagnosisTarget OfRun(string folder)
    {
        RunDescription run = RunFolder.Read(folder);
        Network network = run.Network.ToNetwork();
        Truncation? truncation = run.Training.Window is { } window ? new(window, run.Training.Stride ?? window) : null;
        List<DiagnosisWeights> weights = [new(Initially, Initial.Parse(run.Training.Initial).Draw(network, run.Seed), false)];
        (List<DiagnosisWeights> saved, IReadOnlyList<HistoryRow> history) =
            run.Precision == RunPrecision.Double ? Checkpoints<double>(folder, network) : Checkpoints<float>(folder, network);
        weights.AddRange(saved);
        if (File.Exists(RunFolder.BestOf(folder)))
            weights.Add(
                new(
                    run.Result is { } result ? $"best weights, step {result.BestStep}" : "best weights so far",
                    WeightsFile.Read(RunFolder.BestOf(folder)),
                    true
                )
            );
        return new(TaskChoice.Open(run.Task), null, network, Different(weights), truncation, history);
    }

    /// <summary>A model file on a task or data of its shape.</summary>
    /// <exception cref="ArgumentException">The model's inputs, outputs or words are not the task's.</exception>
    public static DiagnosisTarget OfModel(ModelFile file, LearningTask task, Truncation? truncation)
    {
        ModelKnobs.Check(file, task);
        return new(task, null, file.Network, [Opened(file.Parameters)], truncation, []);
    }

    /// <summary>A model file on the sequences of a batch file.</summary>
    /// <exception cref="ArgumentException">There are no answers to judge, only one sequence, or states to start from.</exception>
    public static DiagnosisTarget OfBatch(BatchRun run, Truncation? truncation)
    {
        (ModelFile model, string path, BatchFile file) = run;
        if (file.HasAdjoints)
            throw new ArgumentException(
                $"--data: {path} has adjoints and no answers to judge; a diagnosis needs targets. farback map and farback chain read it."
            );
        if (model.Network.Outputs == 0)
            throw new ArgumentException(
                $"--model: {model.Name} was opened without a read-out, so it gives no answers to judge; --head names one. farback map reads adjoints at its output (docs/contract.md)."
            );
        if (!file.HasLosses)
            throw new ArgumentException($"--data: {path} has no targets; a diagnosis judges answers against them (docs/contract.md).");
        if (file.Batch.Lanes < 2)
            throw new ArgumentException($"--data: {path} has one sequence; a diagnosis compares sequences and needs two or more.");
        if (file.Initial is not null)
            throw new ArgumentException(
                $"--data: {path} starts from given states (h0); a diagnosis starts from the network's own, leave them out."
            );
        return new(null, (Path.GetFileName(path), file.Batch), model.Network, [Opened(model.Parameters)], truncation, []);
    }

    private static DiagnosisWeights Opened(Parameters<double> weights) => new("as opened", weights, true);

    /// <summary>Measures and decides.</summary>
    public DiagnosisStudy Study(DiagnosisOptions options, Action<DemoProgress> progress, CancellationToken cancel)
    {
        options = options with { Truncation = Truncation, History = History };
        if (Task is not null)
            return DiagnosisStudy.Of(Network, Weights, Task, options, progress, cancel);
        (string name, Batch batch) = Batch!.Value;
        Loss loss = batch.Targets is ClassTargets ? new SoftmaxCrossEntropy() : new SquaredError();
        return DiagnosisStudy.Of(Network, Weights, AskedPlaces.Last(batch), loss, name, null, options, progress, cancel);
    }

    /// <summary>A network trained here and now, before and after.</summary>
    public static DiagnosisTarget OfTraining(TaskNetwork trained, int steps) =>
        new(
            trained.Task,
            null,
            trained.Network,
            [
                new(Initially, trained.Untrained, false),
                .. steps > 0 ? [new DiagnosisWeights($"after {steps} steps", trained.Weights, true)] : Array.Empty<DiagnosisWeights>(),
            ],
            null,
            []
        );

    private static (List<DiagnosisWeights> Weights, IReadOnlyList<HistoryRow> History) Checkpoints<T>(string folder, Network network)
        where T : unmanaged, INumberBase<T>
    {
        List<DiagnosisWeights> found = [];
        IReadOnlyList<HistoryRow> history = [];
        foreach (string file in (string[])[RunFolder.PreviousOf(folder), RunFolder.CheckpointOf(folder)])
        {
            if (!File.Exists(file))
                continue;
            TrainingState<T> state = CheckpointFile.Read<T>(file, File.ReadAllBytes(file));
            var weights = new Parameters<double>(network);
            if (state.Parameters.Length != weights.Values.Length)
                throw new MalformedFileException(
                    file,
                    $"it holds {state.Parameters.Length} weights",
                    $"the {weights.Values.Length} of run.json's network"
                );
            for (int i = 0; i < state.Parameters.Length; i++)
                weights.Values[i] = double.CreateChecked(state.Parameters[i]);
            found.Add(new(string.Create(CultureInfo.InvariantCulture, $"checkpoint at step {state.Step}"), weights, state.Step > 0));
            history = state.History;
        }
        return (found, history);
    }

    // the best weights are often also the last: once is enough, under the later name
    private static List<DiagnosisWeights> Different(List<DiagnosisWeights> weights) =>
        [
            .. weights.Where(
                (one, at) => !weights.Skip(at + 1).Any(later => later.Weights.Values.AsSpan().SequenceEqual(one.Weights.Values))
            ),
        ];
}
