using System.Globalization;
using Farback.Adjoints;
using Farback.Gradients;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Training;

/// <summary>Trains a model: forward, J, ∇J by backpropagation through time, clip, one step of the optimiser.</summary>
/// <remarks>
///   θ := θ − η·u(clip(dJ/dθ)), dJ/dθ = Σ_t Σ_{k≤t} G[t,k]. It reads no clock, prints nothing and owns one random stream, that of dropout: two
///   trainers with equal models, optimisers and seeds that are given the same batches agree bit for bit. The caller owns the loop.
///   After the first step of a shape (T, B) a step allocates nothing; where shapes alternate the memory is made anew, so pad to one.
///   A sequence too long for memory is run in segments, some of it twice; see <see cref="Recomputation"/>.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
public sealed class Trainer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int PurposeOfDropout = 2000;

    private readonly Parameters<T> _gradient;
    private readonly RandomStream _dropout;
    private Trace<T>? _trace;
    private LossField? _losses;
    private Bptt<T>? _bptt;
    private SegmentedBptt<T>? _segments;
    private LagWeightedGradient<T>? _weighted;
    private T[] _before = [];

    /// <param name="model">Its parameters are changed, and packed, by every step.</param>
    /// <param name="loss">L_{t,b}.</param>
    /// <param name="optimiser">Made for as many parameters; its count of steps is the trainer's.</param>
    /// <param name="schedule">η by step.</param>
    /// <param name="seed">The seed of dropout's masks.</param>
    /// <exception cref="ArgumentException">The optimiser was made for another number of parameters, or the network has no read-out.</exception>
    public Trainer(Model<T> model, Loss loss, Optimiser<T> optimiser, Schedule schedule, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(optimiser);
        ArgumentNullException.ThrowIfNull(schedule);
        if (optimiser.Count != model.Network.ParameterCount)
            throw new ArgumentException(
                $"optimiser: made for {optimiser.Count:N0} parameters, but the network has {model.Network.ParameterCount:N0}."
            );
        if (model.ReadOut < 0)
            throw new ArgumentException("model: a network without a read-out has no loss to train on; give it Outputs.");
        (Model, Loss, Optimiser, Schedule) = (model, loss, optimiser, schedule);
        _gradient = new(model.Network);
        _dropout = new(seed, PurposeOfDropout);
    }

    /// <summary>The model.</summary>
    public Model<T> Model { get; }

    /// <summary>L_{t,b}.</summary>
    public Loss Loss { get; }

    /// <summary>The rule of the update.</summary>
    public Optimiser<T> Optimiser { get; }

    /// <summary>η by step.</summary>
    public Schedule Schedule { get; }

    /// <summary>Whether J is the sum of all losses or their mean.</summary>
    public Reduction Reduction { get; init; } = Reduction.Mean;

    /// <summary>The norm to which a longer gradient is cut; null for no clipping by norm.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>The size to which every larger number of the gradient is cut, before any clipping by norm; null for none.</summary>
    public double? ClipValue { get; init; }

    /// <summary>Truncated backpropagation; null for the whole sequence.</summary>
    public Truncation? Truncation { get; init; }

    /// <summary>Whether the trace of a step is kept whole, or in segments that are run again.</summary>
    public Recomputation Recomputation { get; init; } = Recomputation.Automatic;

    /// <summary>Steps of a segment in the last step; null where its trace was kept whole.</summary>
    public int? Segment { get; private set; }

    /// <summary>Told the fraction of a step that is done in segments; null for nobody.</summary>
    public IProgress<double>? Progress { get; set; }

    /// <summary>Asked between segments; a step that is told to stop has changed nothing.</summary>
    public CancellationToken Cancel { get; set; }

    /// <summary>What each lag's part of the gradient counts; null for the gradient as it is. It needs the whole trace.</summary>
    public LagWeights? Lags { get; init; }

    /// <summary>Which blocks are trained; null for all. The others have no gradient, count in no norm, and keep their numbers bit for bit.</summary>
    public Func<Block, bool>? Trains { get; init; }

    /// <summary>The state of dropout's random stream: with the parameters and the optimiser's state, all that a checkpoint needs.</summary>
    public ulong[] SaveRandom() => _dropout.Save();

    /// <summary>Continues dropout's random stream where <see cref="SaveRandom"/> left off.</summary>
    public void RestoreRandom(ReadOnlySpan<ulong> state) => _dropout.Restore(state);

    /// <summary>dJ/dθ of the last step, clipped as the optimiser got it; overwritten by the next.</summary>
    public Parameters<T> Gradient => _gradient;

    /// <summary>The run of the last step, until the next overwrites it; its weights are those before the update. Null before the first, and in segments.</summary>
    public Trace<T>? Trace => Segment is null ? _trace : null;

    /// <summary>The states that the last step's run ended in: each lane's own last valid step.</summary>
    /// <exception cref="InvalidOperationException">There was no step yet.</exception>
    public States<T> FinalStates(States<T>? reuse = null) =>
        Segment is not null ? _segments!.Run.FinalStates(reuse)
        : _trace is not null ? _trace.FinalStates(reuse)
        : throw new InvalidOperationException("trainer: there are no final states before the first step.");

    /// <summary>One update on a batch.</summary>
    /// <param name="batch">The sequences.</param>
    /// <param name="initial">The states to start from, through which no gradient flows back; null for the network's own.</param>
    /// <exception cref="TrainingDivergedException">J or ∇J is NaN or infinite; the parameters are as they were.</exception>
    /// <exception cref="OperationCanceledException"><see cref="Cancel"/> was asked for; parameters, optimiser and dropout are as they were.</exception>
    public TrainingStep Step(Batch batch, States<T>? initial = null)
    {
        long step = Optimiser.Steps;
        double rate = Schedule.At(step);
        Check();
        ArgumentNullException.ThrowIfNull(batch);
        Segment = Lags is null ? Recomputation.LengthFor(Model, batch.Times, batch.Lanes) : null;
        double loss = Segment is { } length ? BackInSegments(batch, initial, length) : Back(batch, initial);
        if (!double.IsFinite(loss))
            throw Diverged(step, rate, loss, Model.Parameters, $"the loss is {loss}", "the parameters");
        Freeze();
        double norm = _gradient.Norm();
        if (!double.IsFinite(norm))
            throw Diverged(step, rate, loss, _gradient, $"the norm of the gradient is {norm}, the loss {loss:g6}", "the gradient");

        if (ClipValue is { } limit)
            Clipping.ByValue<T>(_gradient.Values, limit);
        if (ClipNorm is { } maximum)
            Clipping.ByNorm<T>(_gradient.Values, maximum);
        double clipped = ClipValue is null && ClipNorm is null ? norm : _gradient.Norm();

        Optimiser.Step(Model.Parameters.Values, _gradient.Values, rate);
        PutBack();
        Model.Pack();
        return new(loss, norm, clipped, rate);
    }

    // J, and ∇J where J is finite
    private double Back(Batch batch, States<T>? initial)
    {
        _trace = Model.Forward(batch, _trace, _dropout, initial);
        _losses = LossField.Of(_trace, Loss, Reduction, _losses);
        if (!double.IsFinite(_losses.Total))
            return _losses.Total;
        if (_weighted is null)
            _bptt!.Run(_trace, _losses, _gradient);
        else
            _weighted.Run(_trace, _losses, _gradient);
        return _losses.Total;
    }

    private void Freeze()
    {
        if (Trains is null)
            return;
        if (_before.Length == 0)
            _before = new T[Model.Parameters.Values.Length];
        Model.Parameters.Values.CopyTo(_before, 0);
        foreach (Block block in Model.Network.Blocks)
            if (!Trains(block))
                _gradient[block].Clear();
    }

    // weight decay and momentum move also what has no gradient
    private void PutBack()
    {
        if (Trains is null)
            return;
        foreach (Block block in Model.Network.Blocks)
            if (!Trains(block))
                _before.AsSpan(block.Offset, block.Count).CopyTo(Model.Parameters[block]);
    }

    private double BackInSegments(Batch batch, States<T>? initial, int length)
    {
        if (_segments?.Run.Length != length)
            _segments = new(Model, length, Truncation);
        ulong[] drawn = _dropout.Save();
        try
        {
            // one run of three is forward only
            double loss = _segments.Forward(batch, Loss, Reduction, _dropout, initial, Part(0, 0.25), Cancel);
            if (double.IsFinite(loss))
                _segments.Backward(_gradient, Part(0.25, 1), Cancel);
            return loss;
        }
        catch (OperationCanceledException)
        {
            _dropout.Restore(drawn);
            throw;
        }
    }

    private FractionOf? Part(double from, double to) => Progress is { } progress ? new(progress, from, to) : null;

    /// <summary>Refuses a truncation, or segments, that the network cannot have, before the first step does.</summary>
    /// <exception cref="ArgumentException">The truncation or the segments do not suit the network, or lags are weighted under either.</exception>
    internal void Check()
    {
        _bptt ??= new(Model, Truncation);
        if (Recomputation.Steps > 0)
            Recomputation.Check(Model.Network);
        if (Lags is null)
            return;
        if (Truncation is not null)
            throw new ArgumentException("lags: weights by lag are about the whole gradient; train without truncation.");
        if (Recomputation.Steps > 0)
            throw new ArgumentException("lags: weights by lag need the whole trace; train without segments.");
        _weighted ??= new(Model, Lags);
    }

    private TrainingDivergedException Diverged(long step, double rate, double loss, Parameters<T> numbers, string found, string whose)
    {
        Block? block = Model.Network.Blocks.FirstOrDefault(candidate => NotFinite(numbers[candidate]) > 0);
        string where = block is null
            ? $"all of {whose} are finite: look at the inputs and targets"
            : $"the first block of {whose} that is not finite is {block.Name} ({NotFinite(numbers[block]):N0} of {block.Count:N0} numbers)";
        string clip = ClipNorm is { } norm ? $"clip below norm {norm}" : "clip the gradient (ClipNorm = 1)";
        return new(
            step,
            loss,
            block?.Name,
            string.Create(
                CultureInfo.InvariantCulture,
                $"training diverged at step {step}: {found}; {where}. Try a rate below {rate:g3}, or {clip}; the update was not made."
            )
        );
    }

    private static int NotFinite(ReadOnlySpan<T> numbers)
    {
        int count = 0;
        foreach (T number in numbers)
            count += T.IsFinite(number) ? 0 : 1;
        return count;
    }
}
