using Farback.Networks;
using Farback.Sequences;

namespace Farback.Formats;

/// <summary>A batch that somebody else's program wrote beside its weights: inputs, lengths, and either targets or the adjoints of the recurrent output.</summary>
/// <remarks>
///   safetensors or npz with these names, T steps and B lanes: <c>ids</c> [T,B] or <c>x</c> [T,B,I]; <c>lengths</c> [B] or <c>mask</c> [T,B] (1 where
///   a place counts); <c>targets</c> [T,B] classes (−1 or −100 for none) or [T,B,O] numbers; or <c>dL_dh</c> [T,B,D·H], row t = ∂L_t/∂h_t, where
///   L_t depends on h_t alone; or <c>dJ_dh</c> of the same shape, the sum ∂J/∂h_t. <c>grad.</c>NAME: the program's own summed gradient, to be
///   compared. With adjoints any head and any loss works: they stay where they were. docs/contract.md has the hook that writes them.
/// </remarks>
public sealed class BatchFile
{
    private const string GradientPrefix = "grad.";
    private const long MostPlaces = int.MaxValue;

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
    private readonly double[]? _adjoints;
    private readonly Dictionary<string, double[]> _gradients = [];

    private BatchFile(string file, Batch batch, double[]? adjoints, bool isSummed) =>
        (_file, Batch, _adjoints, RowsAreEntries) = (file, batch, adjoints, isSummed);

    /// <summary>The sequences with their targets; where adjoints are given, a target stands at each place that has one.</summary>
    public Batch Batch { get; }

    /// <summary>Whether the losses come as adjoints of the recurrent output, so that the network is run without its read-out.</summary>
    public bool HasAdjoints => _adjoints is not null;

    /// <summary>Whether a row of the map is not a loss but the step at which the gradient entered the recurrent layers.</summary>
    public bool RowsAreEntries { get; }

    /// <summary>Whether the file has the program's own gradient.</summary>
    public bool HasGradient => _gradients.Count > 0;

    /// <summary>The states that the sequences start from, from h0 (and c0) [L·D,B,H]; null for the network's own.</summary>
    public States<double>? Initial { get; private set; }

    /// <summary>Whether a tensor is part of a batch, and not a network's.</summary>
    internal static bool IsPart(string name) =>
        s_names.Contains(name) || s_prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Whether a file's name is one that <see cref="Open"/> reads.</summary>
    public static bool IsOne(string path) =>
        path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a batch for a network.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network that is to read it.</param>
    /// <exception cref="MalformedFileException">A tensor is missing, or has another shape; it is named.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static BatchFile Open(string path, Network network)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(network);
        if (path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase))
        {
            using NpzFile arrays = NpzFile.Open(path);
            return new Reader(path, arrays.Tensors, network).Read();
        }
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return new Reader(path, file.Tensors, network).Read();
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
        if (lane is not { } one)
            return LossField.Given(trace, _adjoints);
        int width = trace.Model.Network.LayerOutputs;
        double[] own = new double[trace.Times * width];
        for (int time = 0; time < trace.Times; time++)
            _adjoints.AsSpan((time * Batch.Lanes + one) * width, width).CopyTo(own.AsSpan(time * width));
        return LossField.Given(trace, own);
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

    private sealed class Reader(string file, IReadOnlyList<Tensor> tensors, Network network)
    {
        private int _times,
            _lanes;

        public BatchFile Read()
        {
            Tensor? ids = Find("ids"),
                x = Find("x");
            Tensor input = (ids, x) switch
            {
                ({ } only, null) => only,
                (null, { } only) => only,
                _ => throw Fault(
                    $"there {(ids is null ? "is neither ids nor x" : "are ids and x")}",
                    "ids [T, B] of words, or x [T, B, I]"
                ),
            };
            if (
                input.Shape.Count != (ids is null ? 3 : 2)
                || input.Shape[0] < 1
                || input.Shape[1] < 1
                || input.Shape[0] > MostPlaces / input.Shape[1]
            )
                throw Shape(input, ids is null ? "[T, B, I]" : "[T, B]");
            (_times, _lanes) = ((int)input.Shape[0], (int)input.Shape[1]);
            double[]? mask = Find("mask") is { } given ? Numbers(given, _times, _lanes) : null;
            int[] lengths = Lengths(mask);
            (double[]? adjoints, bool isSummed) = Adjoints(lengths, mask);
            Targets targets = adjoints is null ? TargetsOf(mask) : Marks(adjoints, lengths);
            Batch batch = ids is null
                ? Batch.OfValues(Numbers(input, _times, _lanes, Inputs()), _times, _lanes, network.Inputs, targets, lengths)
                : Batch.OfIds(Ids(ids), _times, _lanes, targets, lengths);
            var read = new BatchFile(file, batch, adjoints, isSummed);
            read.Initial = Starts();
            foreach (Block block in network.Blocks)
                if ((Find(GradientPrefix + block.Name) ?? Find("grad_sum." + block.Name)) is { } gradient)
                    read._gradients[block.Name] =
                        gradient.Count == block.Count ? Doubles(gradient) : throw Shape(gradient, $"[{block.Rows}, {block.Columns}]");
            return read;
        }

        private Tensor? Find(string name) => tensors.FirstOrDefault(tensor => tensor.Name == name);

        private int Inputs() => network.Words == 0 ? network.Inputs : throw Fault("there is x, and the network reads words", "ids [T, B]");

        private int[] Ids(Tensor tensor)
        {
            int known = network.Words > 0 ? network.Words : network.Inputs;
            double[] numbers = Doubles(tensor);
            int[] ids = new int[numbers.Length];
            for (int i = 0; i < ids.Length; i++)
                ids[i] =
                    numbers[i] >= 0 && numbers[i] < known && double.IsInteger(numbers[i])
                        ? (int)numbers[i]
                        : throw Fault($"ids has {numbers[i]} at step {i / _lanes} of lane {i % _lanes}", $"a word from 0 to {known - 1}");
            return ids;
        }

        // a lane is as long as the last place that counts
        private int[] Lengths(double[]? mask)
        {
            int[] lengths = new int[_lanes];
            if (Find("lengths") is { } given)
            {
                double[] said = Numbers(given, _lanes);
                for (int lane = 0; lane < _lanes; lane++)
                    lengths[lane] =
                        said[lane] >= 0 && said[lane] <= _times && double.IsInteger(said[lane])
                            ? (int)said[lane]
                            : throw Fault($"lengths has {said[lane]} for lane {lane}", $"0 to {_times}");
                return lengths;
            }
            for (int lane = 0; lane < _lanes; lane++)
            for (int time = 0; time < _times; time++)
                if (mask is null || mask[time * _lanes + lane] != 0)
                    lengths[lane] = time + 1;
            return lengths;
        }

        private (double[]?, bool) Adjoints(int[] lengths, double[]? mask)
        {
            Tensor? each = Find("dL_dh"),
                sum = Find("dJ_dh");
            if (each is not null && sum is not null)
                throw Fault("there are dL_dh and dJ_dh", "one of them");
            if ((each ?? sum) is not { } given)
                return (null, false);
            int width = network.LayerOutputs;
            double[] adjoints = Numbers(given, _times, _lanes, width);
            for (int place = 0; place < _times * _lanes; place++)
            {
                bool counts = place / _lanes < lengths[place % _lanes] && (mask is null || mask[place] != 0 || sum is not null);
                Span<double> here = adjoints.AsSpan(place * width, width);
                if (!counts && here.ContainsAnyExcept(0.0))
                    throw Fault(
                        $"{given.Name} is not zero at step {place / _lanes} of lane {place % _lanes}, which lies behind the lane's end or is masked",
                        "zeros there"
                    );
            }
            return (adjoints, sum is not null);
        }

        // losses are counted where an adjoint is
        private ClassTargets Marks(double[] adjoints, int[] lengths)
        {
            int width = network.LayerOutputs;
            ClassTargets marks = ClassTargets.None(_times * _lanes);
            for (int place = 0; place < marks.Count; place++)
                if (place / _lanes < lengths[place % _lanes] && adjoints.AsSpan(place * width, width).ContainsAnyExcept(0.0))
                    marks.Classes[place] = 0;
            return marks;
        }

        private Targets TargetsOf(double[]? mask)
        {
            int places = _times * _lanes;
            if ((Find("targets") ?? Find("target")) is not { } given)
                return ClassTargets.None(places);
            if (given.Dtype.Real is null)
            {
                double[] numbers = Numbers(given, _times, _lanes);
                int[] classes = new int[places];
                for (int place = 0; place < places; place++)
                    classes[place] =
                        mask is not null && mask[place] == 0 || numbers[place] is -1 or -100 ? ClassTargets.Ignored
                        : numbers[place] >= 0 && numbers[place] < network.Outputs ? (int)numbers[place]
                        : throw Fault(
                            $"{given.Name} has {numbers[place]} at step {place / _lanes} of lane {place % _lanes}",
                            network.Outputs > 0
                                ? $"a class from 0 to {network.Outputs - 1}, or -1 for none"
                                : "a network with a read-out; give the adjoints at its output instead, dL_dh or dJ_dh"
                        );
                return new ClassTargets(classes);
            }
            double[] values = Numbers(given, _times, _lanes, network.Outputs);
            for (int place = 0; mask is not null && place < places; place++)
                if (mask[place] == 0)
                    values.AsSpan(place * network.Outputs, network.Outputs).Fill(double.NaN);
            return new ValueTargets(values, network.Outputs);
        }

        private States<double>? Starts()
        {
            if (Find("h0") is null && Find("c0") is null)
                return null;
            int sites = network.Layers * network.Directions,
                units = network.Hidden;
            var states = new States<double>(network, _lanes);
            for (int part = 0; part < network.Cell.State.Count; part++)
            {
                if (Find(network.Cell.State[part] + "0") is not { } given)
                    continue;
                double[] numbers = Numbers(given, sites, _lanes, units);
                for (int site = 0; site < sites; site++)
                for (int lane = 0; lane < _lanes; lane++)
                    numbers.AsSpan((site * _lanes + lane) * units, units).CopyTo(states[site, part, lane]);
            }
            return states;
        }

        private double[] Numbers(Tensor tensor, params long[] shape) =>
            tensor.Shape.SequenceEqual(shape) ? Doubles(tensor) : throw Shape(tensor, Tensor.Describe(shape));

        private double[] Doubles(Tensor tensor) =>
            tensor.Dtype.Real is null && tensor.Dtype.Whole is null
                ? throw Fault($"{MalformedFileException.Quote(tensor.Name)} holds {tensor.Dtype}", "plain numbers")
                : tensor.ToDoubles();

        private MalformedFileException Shape(Tensor tensor, string expected) =>
            Fault($"{MalformedFileException.Quote(tensor.Name)} has the shape {Tensor.Describe([.. tensor.Shape])}", expected);

        private MalformedFileException Fault(string found, string expected) => new(file, found, expected);
    }
}
