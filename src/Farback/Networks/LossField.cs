using Farback.Sequences;

namespace Farback.Networks;

/// <summary>L_{t,b} at every place of a run, with ∂J/∂(read-out): what backpropagation starts from.</summary>
/// <remarks>J = Σ w_{t,b} L_{t,b} with w = 1 (sum) or 1/Σ(weights in the mean) (mean); places without a target have w = 0.</remarks>
public sealed class LossField
{
    private double[] _gradient = [];
    private double[] _losses = [];
    private bool[] _present = [];
    private double[] _output = [];
    private int _outputs;
    private ReadOnlyMemory<double> _entries; // [loss][time][lane][output]; empty where a loss enters at its own step alone

    /// <summary>Evaluates a loss on a run.</summary>
    public static LossField Of<T>(Trace<T> trace, Loss loss, Reduction reduction, LossField? reuse = null)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(trace);
        LossField field = reuse ?? new();
        field.Evaluate(trace, loss);
        field.Reduction = reduction;
        field.Weigh(WeightOf(reduction, field.WeightInMean));
        return field;
    }

    /// <summary>Losses that somebody else's program took: ∂J/∂(output of the top layer), [time][lane][output], for a network without a read-out.</summary>
    /// <remarks>Where L_t depends on h_t alone, row t is that loss; where only the sum ∂J/∂h_t is known, row t is where the gradient entered. J itself is not known: <see cref="Total"/> is NaN.</remarks>
    /// <exception cref="ArgumentException">The network has a read-out, or the numbers are not as many as it has outputs.</exception>
    public static LossField Given<T>(Trace<T> trace, ReadOnlySpan<double> adjoints)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(trace);
        int outputs = trace.Model.Network.LayerOutputs,
            places = trace.Times * trace.Lanes;
        if (trace.Model.ReadOut >= 0)
            throw new ArgumentException("adjoints: the network has a read-out of its own; take it off, its gradient is in the adjoints.");
        if (adjoints.Length != (long)places * outputs)
            throw new ArgumentException(
                $"adjoints: expected {(long)places * outputs} numbers ({trace.Times} steps × {trace.Lanes} lanes × {outputs} outputs), got {adjoints.Length}."
            );
        var field = new LossField
        {
            Times = trace.Times,
            Lanes = trace.Lanes,
            Total = double.NaN,
            Weight = 1,
            _outputs = outputs,
            _losses = new double[places],
            _present = new bool[places],
            _gradient = new double[places * outputs],
        };
        for (int place = 0; place < places; place++)
        {
            ReadOnlySpan<double> given = adjoints.Slice(place * outputs, outputs);
            if (!trace.Batch.IsValid(place / trace.Lanes, place % trace.Lanes) || !given.ContainsAnyExcept(0.0))
                continue;
            (field._losses[place], field._present[place]) = (double.NaN, true);
            given.CopyTo(field._gradient.AsSpan(place * outputs, outputs));
            field.Count++;
        }
        return field;
    }

    /// <summary>Losses that read several steps each, as under attention: ∂L_t/∂(output of the top layer at k), [loss t][step k][lane][output].</summary>
    /// <remarks>
    ///   Row t of a map is exactly ∂L_t/∂θ^(k), because each loss walks back alone. In a network that runs forwards a loss reads no later step than its own.
    ///   The gradient is that of Σ_t L_t. The numbers are kept, not copied: T²·B·outputs of them.
    /// </remarks>
    /// <exception cref="ArgumentException">The network has a read-out, the numbers are not as many, or a loss reads a later step.</exception>
    public static LossField GivenApart<T>(Trace<T> trace, ReadOnlyMemory<double> adjoints)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(trace);
        int size = checked(trace.Times * trace.Lanes * trace.Model.Network.LayerOutputs);
        if (adjoints.Length != (long)trace.Times * size)
            throw new ArgumentException(
                $"adjoints: expected {(long)trace.Times * size} numbers ({trace.Times} losses × {trace.Times} steps × {trace.Lanes} lanes × {trace.Model.Network.LayerOutputs} outputs), got {adjoints.Length}."
            );
        // ∂J/∂h_k = Σ_t ∂L_t/∂h_k
        double[] sum = new double[size];
        for (int loss = 0; loss < trace.Times; loss++)
        for (int i = 0; i < size; i++)
            sum[i] += adjoints.Span[loss * size + i];
        LossField field = Given(trace, sum);
        (field._entries, field.Count) = (adjoints, 0);
        for (int loss = 0; loss < trace.Times; loss++)
        for (int lane = 0; lane < trace.Lanes; lane++)
        {
            bool present = false;
            for (int time = 0; time < trace.Times; time++)
            {
                if (!field.Entry(loss, time, lane).ContainsAnyExcept(0.0))
                    continue;
                if (!trace.Batch.IsValid(loss, lane) || !trace.Batch.IsValid(time, lane))
                    throw new ArgumentException(
                        $"adjoints: the loss {loss} of lane {lane} at step {time} is not zero, and the lane has {trace.Batch.Lengths[lane]} steps; expected zeros in padding."
                    );
                if (time > loss && !trace.Model.Network.Bidirectional)
                    throw new ArgumentException(
                        $"adjoints: the loss {loss} of lane {lane} reads the later step {time}; in a network that runs forwards a loss stands at the last step that it reads, or later."
                    );
                present = true;
            }
            (field._losses[loss * trace.Lanes + lane], field._present[loss * trace.Lanes + lane]) = (present ? double.NaN : 0, present);
            field.Count += present ? 1 : 0;
        }
        return field;
    }

    /// <summary>The losses of a segment of a run, each weighed with w as it is given.</summary>
    internal static LossField OfSegment<T>(Trace<T> segment, Loss loss, double weight, LossField? reuse = null)
        where T : unmanaged
    {
        LossField field = reuse ?? new();
        field.Evaluate(segment, loss);
        field.Weigh(weight);
        return field;
    }

    /// <summary>w of a whole, from the sum of the weights in the mean.</summary>
    internal static double WeightOf(Reduction reduction, double weights) => reduction == Reduction.Sum || weights == 0 ? 1 : 1 / weights;

    /// <summary>T.</summary>
    public int Times { get; private set; }

    /// <summary>B.</summary>
    public int Lanes { get; private set; }

    /// <summary>J.</summary>
    public double Total { get; private set; }

    /// <summary>How many places have a loss.</summary>
    public int Count { get; private set; }

    /// <summary>Whether losses read several steps each, so that <see cref="Gradient"/> is a sum over them.</summary>
    public bool IsApart => !_entries.IsEmpty;

    /// <summary>∂L_t/∂(output of the top layer at k), where losses read several steps each.</summary>
    internal ReadOnlySpan<double> Entry(int loss, int time, int lane) =>
        _entries.Span.Slice(((loss * Times + time) * Lanes + lane) * _outputs, _outputs);

    /// <summary>Whether J is a sum or a mean.</summary>
    public Reduction Reduction { get; private set; }

    /// <summary>What all places add to the divisor of a mean.</summary>
    internal double WeightInMean { get; private set; }

    /// <summary>w, the weight of every place that has a loss.</summary>
    public double Weight { get; private set; }

    /// <summary>Whether there is a loss at a time and lane.</summary>
    public bool IsPresent(int time, int lane) => _present[time * Lanes + lane];

    /// <summary>Whether any lane has a loss at that time.</summary>
    public bool AnyAt(int time) => _present.AsSpan(time * Lanes, Lanes).Contains(true);

    /// <summary>L_{t,b}, without the weight w.</summary>
    public double At(int time, int lane) => _losses[time * Lanes + lane];

    /// <summary>∂J/∂(read-out at t, b) = w ∂L_{t,b}/∂y.</summary>
    public ReadOnlySpan<double> Gradient(int time, int lane) => _gradient.AsSpan((time * Lanes + lane) * _outputs, _outputs);

    private void Evaluate<T>(Trace<T> trace, Loss loss)
        where T : unmanaged
    {
        if (trace.Model.ReadOut < 0)
            throw new ArgumentException("loss: the network has no read-out; give the adjoints of its output instead.");
        Targets targets = trace.Batch.Targets;
        (Times, Lanes, _outputs) = (trace.Times, trace.Lanes, trace.Model.Network.Outputs);
        int places = Times * Lanes;
        if (_losses.Length != places || _gradient.Length != places * _outputs)
        {
            _losses = new double[places];
            _present = new bool[places];
            _gradient = new double[places * _outputs];
            _output = new double[_outputs];
        }
        double weights = 0,
            sum = 0;
        Count = 0;
        for (int place = 0; place < places; place++)
        {
            int time = place / Lanes,
                lane = place % Lanes;
            Span<double> gradient = _gradient.AsSpan(place * _outputs, _outputs);
            _present[place] = trace.Batch.HasLoss(trace.From + time, lane);
            _losses[place] = 0;
            if (!_present[place])
            {
                gradient.Clear();
                continue;
            }
            ReadOnlySpan<T> read = trace.ReadOut(time, lane);
            Real.ToDouble(read, _output);
            _losses[place] = loss.Evaluate(_output, targets, trace.Place(time, lane), gradient);
            weights += loss.WeightInMean(_output, targets, trace.Place(time, lane));
            sum += _losses[place];
            Count++;
        }
        (Total, WeightInMean) = (sum, weights);
    }

    private void Weigh(double weight)
    {
        Weight = weight;
        Total *= weight;
        if (Weight != 1)
            Real.Multiply<double>(_gradient, Weight);
    }
}
