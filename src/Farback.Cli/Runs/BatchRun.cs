using Farback.Experiments;
using Farback.Formats;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Cli.Runs;

/// <summary>An opened network on somebody else's batch.</summary>
/// <param name="Model">What was opened.</param>
/// <param name="Path">The batch's file.</param>
/// <param name="File">The batch.</param>
internal sealed record BatchRun(ModelFile Model, string Path, BatchFile File)
{
    /// <summary>Reads the batch for the network.</summary>
    /// <exception cref="ArgumentException">There is no such file.</exception>
    public static BatchRun Of(ModelFile model, string path) =>
        System.IO.File.Exists(path)
            ? new(model, path, BatchFile.Open(path, model.Network, model.Mask))
            : throw new ArgumentException($"--data: there is no file {path}; expected a batch as docs/contract.md describes it.");

    /// <summary>The network as the losses want it: without its read-out where they came as adjoints.</summary>
    public Model<double> Losing()
    {
        Parameters<double> weights = File.For(Model.Parameters);
        return new(weights.Network, weights);
    }

    /// <summary>The first sequence alone, with its losses and a label a step.</summary>
    public (Trace<double> Trace, LossField Losses, IReadOnlyList<string> Words) First()
    {
        Model<double> model = Losing();
        Batch one = File.Batch.Lane(0);
        Trace<double> trace = model.Forward(one, initial: File.Initial?.Take(model.Network, [0]));
        return (trace, File.LossesOf(trace, lane: 0), TaskMap.Labels(Model.InputWords, one));
    }
}
