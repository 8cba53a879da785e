using Farback.Networks;
using Farback.Sequences;

namespace Farback.Formats;

/// <summary>A batch that somebody else's program wrote beside its weights: inputs, lengths, and either targets or the adjoints of the recurrent output.</summary>
/// <remarks>
///   safetensors or npz with these names, T steps and B lanes: <c>ids</c> [T,B] or <c>x</c> [T,B,I]; <c>lengths</c> [B] or <c>mask</c> [T,B] (1 where
///   a place counts); <c>h0</c> and <c>c0</c> [L·D,B,H], where sequences start; <c>targets</c> [T,B] classes (−1 or −100 for none) or [T,B,O]
///   numbers, or [B] and [B,O] after each lane's last step; or <c>dL_dh</c> [T,B,D·H], row t = ∂L_t/∂h_t, where L_t depends on h_t alone, or
///   [T,T,B,D·H], ∂L_t/∂h_k, where it does not; or <c>dJ_dh</c> [T,B,D·H], the sum ∂J/∂h_t. <c>grad.</c>NAME: the program's own summed gradient,
///   to be compared. With adjoints any head and any loss works: they stay where they were. docs/contract.md has the hook that writes them.
/// </remarks>
public sealed class BatchFile
{
    internal const string GradientPrefix = "grad.";

    private static readonly string[] s_names =
    [
        "ids",
        "x",
        "lengths",
        "mask",
        "target",
        "targets",
        "dL_dh",
        "dJ_dh",
        "output",
        "logits",
        "loss",
        "loss_sum",
        "loss_mean",
        "loss_step",
        "loss_step_batch",
        "h0",
        "c0",
        "h_n",
        "c_n",
    ];
    private static readonly string[] s_prefixes = [GradientPrefix, "grad_sum.", "grad_mean.", "tr."];

    private readonly string _file;
    private readonly GivenAdjoints? _adjoints;
    private readonly IReadOnlyDictionary<string, double[]> _gradients;

    internal BatchFile(
        string file,
        Batch batch,
        GivenAdjoints? adjoints,
        States<double>? initial,
        IReadOnlyDictionary<string, double[]> gradients
    ) => (_file, Batch, _adjoints, Initial, _gradients) = (file, batch, adjoints, initial, gradients);

    /// <summary>The sequences with their targets; where adjoints are given, a target stands at each place that has one.</summary>
    public Batch Batch { get; }

    /// <summary>Whether there is a target, or an adjoint, at any place.</summary>
    public bool HasLosses =>
        Enumerable.Range(0, Batch.Times * Batch.Lanes).Any(place => Batch.HasLoss(place / Batch.Lanes, place % Batch.Lanes));

    /// <summary>Whether the losses come as adjoints of the recurrent output, so that the network is run without its read-out.</summary>
    public bool HasAdjoints => _adjoints is not null;

    /// <summary>Whether a row of the map is not a loss but the step at which the gradient entered the recurrent layers.</summary>
    public bool RowsAreEntries => _adjoints?.Row == AdjointRow.Entry;

    /// <summary>Whether each loss comes with all steps that it reads, so that rows of the map are losses under attention, too.</summary>
    public bool LossesAreApart => _adjoints?.Row == AdjointRow.LossApart;

    /// <summary>Whether the file has the program's own gradient.</summary>
    public bool HasGradient => _gradients.Count > 0;

    /// <summary>The states that the sequences start from, from h0 (and c0) [L·D,B,H]; null for the network's own.</summary>
    public States<double>? Initial { get; }

    /// <summary>Whether a tensor is part of a batch, and not a network's.</summary>
    internal static bool IsPart(string name) =>
        s_names.Contains(name) || s_prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Whether a file's name is one that <see cref="Open"/> reads.</summary>
    public static bool IsOne(string path) =>
        path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a batch for a network.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network that is to read it.</param>
    /// <param name="passed">The steps that its model passes over, which are left out; null for none.</param>
    /// <exception cref="MalformedFileException">A tensor is missing, or has another shape; it is named.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static BatchFile Open(string path, Network network, StepMask? passed = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(network);
        if (path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase))
        {
            using NpzFile arrays = NpzFile.Open(path);
            return new BatchReader(path, arrays.Tensors, network, passed).Read();
        }
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return new BatchReader(path, file.Tensors, network, passed).Read();
    }

    /// <summary>The network that the batch is run on: without its read-out where the adjoints are given.</summary>
    public Parameters<double> For(Parameters<double> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        if (!HasAdjoints || parameters.Network.Outputs == 0)
            return parameters;
        var without = new Parameters<double>(parameters.Network with { Outputs = 0 });
        foreach (Block block in without.Network.Blocks)
            parameters[block.Name].CopyTo(without[block]);
        return without;
    }

    /// <summary>The losses of a run.</summary>
    /// <param name="trace">The run of the network that <see cref="For"/> gave.</param>
    /// <param name="lane">The lane that was run alone, as <see cref="Batch.Lane"/> cuts it; null for the whole batch.</param>
    /// <exception cref="ArgumentException">The batch has no targets and no adjoints, or the network has no read-out for targets.</exception>
    public LossField LossesOf(Trace<double> trace, int? lane = null)
    {
        ArgumentNullException.ThrowIfNull(trace);
        if (_adjoints is null)
        {
            if (trace.Model.ReadOut < 0)
                throw new ArgumentException(
                    $"{_file}: the network has no read-out, so targets mean nothing to it; give the adjoints at its output, dL_dh or dJ_dh (docs/contract.md)."
                );
            return LossField.Of(trace, Batch.Targets is ClassTargets ? new SoftmaxCrossEntropy() : new SquaredError(), Reduction.Sum);
        }
        return _adjoints.LossesOf(trace, Batch.Lanes, lane);
    }

    /// <summary>‖g − g′‖ / ‖g′‖ over the blocks that the file has, g′ the program's own summed gradient; null where it has none.</summary>
    public double? ResidualOf(Parameters<double> gradient)
    {
        ArgumentNullException.ThrowIfNull(gradient);
        double difference = 0,
            size = 0;
        int compared = 0;
        foreach (Block block in gradient.Network.Blocks)
        {
            if (!_gradients.TryGetValue(block.Name, out double[]? theirs))
                continue;
            compared++;
            Span<double> ours = gradient[block];
            for (int i = 0; i < theirs.Length; i++)
            {
                difference += (ours[i] - theirs[i]) * (ours[i] - theirs[i]);
                size += theirs[i] * theirs[i];
            }
        }
        return compared == 0 ? null : Math.Sqrt(difference) / Math.Sqrt(size);
    }
}
