using Farback.Diagnosis.Spectra;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Experiments;

/// <summary>A network's spectrum on the held-out sequences of its task.</summary>
public static class SpectrumViews
{
    /// <summary>On test sentences of the needed lag, walking back from the verb.</summary>
    public static NetworkSpectrum OfSentences(AgreementTrialResult run, AgreementTask task, SpectrumOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(task);
        options ??= new();
        int sentences = Math.Min(options.Sequences, task.Options.TestSentences);
        var fixedLength = new AgreementTask(task.Options with { FewestFillers = null, TestSentences = sentences, Sentences = 2 });
        string when = run.Iterations == 0 ? "initial weights" : $"after {Say.Count(run.Iterations, "training step", "training steps")}";
        return OfSentences(run.Spec.Cell.Title, when, new(run.Network, run.Trained), fixedLength.Test, options);
    }

    /// <summary>On given sentences, walking back from their verbs, which stand at the same place.</summary>
    internal static NetworkSpectrum OfSentences(
        string name,
        string when,
        Model<double> model,
        IReadOnlyList<AgreementSentence> sentences,
        SpectrumOptions options
    )
    {
        var spectrum = Spectrum.Of(
            model,
            AgreementTask.BatchOf([.. sentences.Take(options.Sequences)]),
            options with
            {
                From = options.From ?? sentences[0].Verb,
            },
            new SoftmaxCrossEntropy()
        );
        return new(
            $"{name}, {Say.Count(model.Network.Hidden, "unit", "units")}, {when}",
            $"{Say.Count(spectrum.States[0].Sequences, "test sentence", "test sentences")}, from the verb back",
            "word",
            spectrum
        );
    }

    /// <summary>On the first held-out sequences of any task, walking back from each one's last loss.</summary>
    public static NetworkSpectrum OfTask(Model<double> model, LearningTask task, SpectrumOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(task);
        options ??= new();
        Batch batch = task.Held(Split.Test, options.Sequences).First();
        var spectrum = Spectrum.Of(model, batch, options, TaskTraining.LossOf(task));
        return new(
            $"{model.Network.Cell.Title}, {Say.Count(model.Network.Hidden, "unit", "units")}, on {task.Name}",
            $"{Say.Count(spectrum.States[0].Sequences, "held-out sequence", "held-out sequences")}, from the last loss back",
            "step",
            spectrum
        );
    }
}
