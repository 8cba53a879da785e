using Farback.Networks;
using Farback.Sequences;

namespace Farback.Formats;

/// <summary>Reads a batch out of named tensors; what does not fit is named.</summary>
/// <param name="file">What to call it in a refusal.</param>
/// <param name="tensors">The file's tensors.</param>
/// <param name="network">The network that is to read the batch.</param>
/// <param name="passed">The steps that the model passes over; null for none.</param>
internal sealed class BatchReader(string file, IReadOnlyList<Tensor> tensors, Network network, StepMask? passed = null)
{
    private int _times,
        _lanes;

    /// <summary>The batch.</summary>
    public BatchFile Read()
    {
        Tensor? ids = Find("ids"),
            x = Find("x");
        Tensor input = (ids, x) switch
        {
            ({ } only, null) => only,
            (null, { } only) => only,
            _ => throw Fault($"there {(ids is null ? "is neither ids nor x" : "are ids and x")}", "ids [T, B] of words, or x [T, B, I]"),
        };
        if (
            input.Shape.Count != (ids is null ? 3 : 2)
            || input.Shape[0] < 1
            || input.Shape[1] < 1
            || input.Shape[0] > int.MaxValue / input.Shape[1]
        )
            throw Shape(input, ids is null ? "[T, B, I]" : "[T, B]");
        (_times, _lanes) = ((int)input.Shape[0], (int)input.Shape[1]);
        double[]? mask = Mask();
        int[] lengths = Lengths(mask);
        int[] words = ids is null ? [] : Ids(ids);
        double[] values = ids is null ? Numbers(input, _times, _lanes, Inputs()) : [];
        EndAtTheLastRead(lengths, words, values);
        GivenAdjoints? adjoints = Adjoints(lengths, mask);
        Targets targets = adjoints?.Marks(_lanes, network.LayerOutputs) ?? TargetsOf(lengths, mask);
        Batch batch = ids is null
            ? Batch.OfValues(values, _times, _lanes, network.Inputs, targets, lengths)
            : Batch.OfIds(words, _times, _lanes, targets, lengths);
        Batch read = passed?.Without(batch) ?? batch;
        if (adjoints is not null && !read.Lengths.SequenceEqual(lengths))
            throw Fault(
                "there are steps that the model passes over, and adjoints that count them",
                "a batch and its adjoints without these steps (StepMask.Without)"
            );
        return new(file, read, adjoints, Starts(), Gradients());
    }

    // a lane is as long as the last step that is not passed over
    private void EndAtTheLastRead(int[] lengths, int[] words, double[] values)
    {
        bool Passes(int place) =>
            words.Length > 0 ? passed!.Leaves(words[place]) : passed!.Leaves(values.AsSpan(place * network.Inputs, network.Inputs));
        for (int lane = 0; lane < _lanes && passed is not null; lane++)
            while (lengths[lane] > 0 && Passes((lengths[lane] - 1) * _lanes + lane))
                lengths[lane]--;
    }

    private Dictionary<string, double[]> Gradients()
    {
        Dictionary<string, double[]> gradients = [];
        foreach (Block block in network.Blocks)
            if ((Find(BatchFile.GradientPrefix + block.Name) ?? Find("grad_sum." + block.Name)) is { } gradient)
                gradients[block.Name] =
                    gradient.Count == block.Count ? Doubles(gradient) : throw Shape(gradient, $"[{block.Rows}, {block.Columns}]");
        return gradients;
    }

    // of one number a lane it is that of targets after the last step
    private double[]? Mask() =>
        Find("mask") is not { } given ? null
        : given.Shape.Count == 1 ? [.. Enumerable.Repeat(Numbers(given, _lanes), _times).SelectMany(row => row)]
        : Numbers(given, _times, _lanes);

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

    private GivenAdjoints? Adjoints(int[] lengths, double[]? mask)
    {
        Tensor? each = Find("dL_dh"),
            sum = Find("dJ_dh");
        if (each is not null && sum is not null)
            throw Fault("there are dL_dh and dJ_dh", "one of them");
        if ((each ?? sum) is not { } given)
            return null;
        int width = network.LayerOutputs;
        bool apart = each is { Shape.Count: 4 };
        double[] numbers = apart ? Numbers(given, _times, _times, _lanes, width) : Numbers(given, _times, _lanes, width);
        int rows = apart ? _times : 1;
        for (int place = 0; place < rows * _times * _lanes; place++)
        {
            (int lane, int step, int loss) = (place % _lanes, place / _lanes % _times, place / _lanes / _times);
            if (!numbers.AsSpan(place * width, width).ContainsAnyExcept(0.0))
                continue;
            string at = apart ? $"for the loss {loss} at step {step} of lane {lane}" : $"at step {step} of lane {lane}";
            int owner = apart ? loss : step;
            if (step >= lengths[lane] || owner >= lengths[lane] || (sum is null && mask is not null && mask[owner * _lanes + lane] == 0))
                throw Fault($"{given.Name} is not zero {at}, which lies behind the lane's end or is masked", "zeros there");
            if (apart && step > loss && !network.Bidirectional)
                throw Fault(
                    $"{given.Name} is not zero {at}, which is later than the loss",
                    "a loss at the last step that it reads, or later, in a network that runs forwards; give dJ_dh where losses have no such order"
                );
        }
        return new(
            numbers,
            apart ? AdjointRow.LossApart
                : sum is null ? AdjointRow.Loss
                : AdjointRow.Entry,
            _times
        );
    }

    private Targets TargetsOf(int[] lengths, double[]? mask)
    {
        if ((Find("targets") ?? Find("target")) is not { } given)
            return ClassTargets.None(_times * _lanes);
        return given.Dtype.Real is null ? Classes(given, lengths, mask) : Values(given, lengths, mask);
    }

    private ClassTargets Classes(Tensor given, int[] lengths, double[]? mask)
    {
        ClassTargets targets = ClassTargets.None(_times * _lanes);
        bool last = given.Shape.Count == 1;
        double[] numbers = last ? Numbers(given, _lanes) : Numbers(given, _times, _lanes);
        for (int i = 0; i < numbers.Length; i++)
        {
            int place = last ? (lengths[i] - 1) * _lanes + i : i;
            if (place < 0 || (mask is not null && mask[place] == 0) || numbers[i] is -1 or -100)
                continue;
            targets.Classes[place] =
                numbers[i] >= 0 && numbers[i] < network.Outputs
                    ? (int)numbers[i]
                    : throw Fault(
                        $"{given.Name} has {numbers[i]} at step {place / _lanes} of lane {place % _lanes}",
                        network.Outputs > 0
                            ? $"a class from 0 to {network.Outputs - 1}, or -1 for none"
                            : "a network with a read-out; give the adjoints at its output instead, dL_dh or dJ_dh"
                    );
        }
        return targets;
    }

    // [T,B,O]; [T,B] of one output; [B,O] after each lane's last step
    private ValueTargets Values(Tensor given, int[] lengths, double[]? mask)
    {
        int outputs = network.Outputs;
        if (outputs == 0)
            throw Fault($"there are {given.Name}, and the network has no read-out", "the adjoints at its output instead, dL_dh or dJ_dh");
        if ((long)_times * _lanes * outputs > Array.MaxLength)
            throw Fault($"{_times} steps, {_lanes} lanes and {outputs} outputs are more numbers than fit", "a smaller batch");
        bool ofOne = outputs == 1 && given.Shape.SequenceEqual([(long)_times, _lanes]),
            last = !ofOne && given.Shape.Count == 2;
        double[] numbers =
            ofOne ? Doubles(given)
            : last ? Numbers(given, _lanes, outputs)
            : Numbers(given, _times, _lanes, outputs);
        double[] values = new double[_times * _lanes * outputs];
        Array.Fill(values, double.NaN);
        for (int i = 0; i < numbers.Length / outputs; i++)
        {
            int place = last ? (lengths[i] - 1) * _lanes + i : i;
            if (place >= 0 && (mask is null || mask[place] != 0))
                numbers.AsSpan(i * outputs, outputs).CopyTo(values.AsSpan(place * outputs));
        }
        return new ValueTargets(values, outputs);
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
