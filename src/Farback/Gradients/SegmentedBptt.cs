using Farback.Adjoints;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Gradients;

/// <summary>Backpropagation through time of the whole sequence in the memory of a segment: forward once, then segment by segment from the last, each run again.</summary>
/// <remarks>
///   With edges 0 = e₀ &lt; e₁ &lt; …: λ on the states at e_{i+1} enters segment i from the right, and λ on the states at e_i leaves it;
///   dJ/dθ = Σ_i Σ_{k in segment i} δ_k u_kᵀ. It is the sweep of <see cref="Bptt{T}"/> with the same numbers in it; only the sum over k is taken
///   segment by segment. Each segment is summed in the precision of the run, the segments in double, and the whole is rounded once: the error
///   is bounded by (length + 1) ε Σ_k |δ_k u_kᵀ|, not by T ε Σ_k |δ_k u_kᵀ|. Truncation's chunks walk over edges as they walk inside.
///   Derivation: docs/derivations/segments.md
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
public sealed class SegmentedBptt<T>
    where T : unmanaged
{
    private readonly Truncation? _truncation;
    private readonly Parameters<T> _part;
    private readonly double[] _sum;
    private Loss _loss = null!;
    private LossField? _losses;
    private Seeds<T>? _seeds;
    private Sweep<T>? _sweep;
    private GradientReader<T>? _reader;
    private (int Rows, int Lanes) _shape;

    /// <param name="model">The model.</param>
    /// <param name="length">Steps of a segment.</param>
    /// <param name="truncation">Truncated backpropagation; null for the whole sequence.</param>
    /// <exception cref="ArgumentException">The network is bidirectional, the length is not positive, or the truncation makes no sense.</exception>
    public SegmentedBptt(Model<T> model, int length, Truncation? truncation = null)
    {
        Run = new(model, length);
        Bptt<T>.Check(model.Network, truncation);
        _truncation = truncation;
        _part = new(model.Network);
        _sum = new double[_part.Values.Length];
    }

    /// <summary>The run: its states between segments.</summary>
    public SegmentedRun<T> Run { get; }

    /// <summary>w, the weight of every place that has a loss in the last run.</summary>
    public double Weight { get; private set; }

    /// <summary>Runs forward.</summary>
    /// <param name="batch">The sequences.</param>
    /// <param name="loss">L_{t,b}.</param>
    /// <param name="reduction">Whether J is the sum of all losses or their mean.</param>
    /// <param name="dropout">Random numbers for dropout in training; null for evaluation.</param>
    /// <param name="initial">The states to start from, through which no gradient flows back; null for the network's own.</param>
    /// <param name="progress">Told the fraction of the way forward.</param>
    /// <param name="cancel">Asked before every segment.</param>
    /// <returns>J.</returns>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public double Forward(
        Batch batch,
        Loss loss,
        Reduction reduction,
        RandomStream? dropout = null,
        States<T>? initial = null,
        IProgress<double>? progress = null,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(batch);
        _loss = loss;
        double sum = 0,
            weights = 0;
        Run.Run(
            batch,
            segment =>
            {
                _losses = LossField.OfSegment(segment, loss, 1, _losses);
                sum += _losses.Total;
                weights += _losses.WeightInMean;
                progress?.Report(Math.Min(1, (segment.From + segment.Times) / (double)batch.Times));
            },
            dropout,
            initial,
            cancel
        );
        Weight = LossField.WeightOf(reduction, weights);
        return sum * Weight;
    }

    /// <summary>∇J of the last <see cref="Forward"/>, overwritten into <paramref name="gradient"/>.</summary>
    /// <param name="gradient">Receives dJ/dθ.</param>
    /// <param name="progress">Told the fraction of the way back.</param>
    /// <param name="cancel">Asked before every segment.</param>
    /// <exception cref="OperationCanceledException">It was asked to stop; the gradient means nothing.</exception>
    public void Backward(Parameters<T> gradient, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(gradient);
        Prepare();
        Array.Clear(_sum);
        for (int segment = Run.Count - 1; segment >= 0; segment--)
        {
            cancel.ThrowIfCancellationRequested();
            Walk(segment);
            for (int i = 0; i < _sum.Length; i++)
                _sum[i] += Real.ToDouble(_part.Values[i]);
            progress?.Report((Run.Count - segment) / (double)Run.Count);
        }
        for (int i = 0; i < _sum.Length; i++)
            gradient.Values[i] = Real.From<T>(_sum[i]);
    }

    private void Prepare()
    {
        int lanes = Run.Batch.Lanes,
            rows = SegmentPlan.MostRows(_truncation, Run.Length, Run.Batch.Times, lanes);
        if (_shape == (rows, lanes))
            return;
        _shape = (rows, lanes);
        _sweep = new(Run.Model, Run.Length, rows);
        _reader = new(Run.Model, Run.Length, lanes, RowPlan.OneRowPerLane(Run.Length, lanes));
    }

    // λ enters at the right edge, where the walk of the segment to the right ended, row by row
    private void Walk(int segment)
    {
        Trace<T> trace = Run.Recompute(segment);
        int times = Run.Batch.Times,
            lanes = Run.Batch.Lanes;
        int LastChunk(int of) => SegmentPlan.Chunks(_truncation, of * Run.Length, Run.Length, times).Last;
        int? carried = segment == Run.Count - 1 ? null : (LastChunk(segment + 1) - LastChunk(segment)) * lanes;

        _losses = LossField.OfSegment(trace, _loss, Weight, _losses);
        _seeds = Seeds<T>.Of(trace, _losses, scaled: false, _seeds);
        _reader!.Plan = SegmentPlan.Of(_truncation, trace.From, Run.Length, times, lanes);
        Array.Clear(_part.Values);
        _reader.Begin(trace, _part, scaled: false);
        _sweep!.Walk(trace, _seeds, _reader.Plan, _reader, scaled: false, carried);
        _reader.Finish(trace, _seeds);
    }
}
