using Farback.Networks;
using Farback.Sequences;

namespace Farback.Training;

/// <summary>Lets a task judge a model's answers on a held-out part.</summary>
/// <remarks>
///   Without dropout. Its memory is kept for the next time, apart from that of training. Sequences too long to be kept whole are run in segments,
///   as <see cref="Recomputation.Automatic"/> says, and in batches of at most <see cref="TaskTraining.MostPlaces"/> places.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
public sealed class Examination<T>
    where T : unmanaged
{
    private readonly LearningTask _task;
    private readonly Model<T> _model;
    private readonly int _lanes;
    private readonly double[] _output;
    private readonly ReadOut _read;
    private Trace<T>? _trace;
    private KeptAnswers<T>? _kept;

    /// <param name="task">It is only read.</param>
    /// <param name="model">It is run as it is at each <see cref="Scores"/>.</param>
    /// <param name="lanes">The lanes of a batch at most.</param>
    public Examination(LearningTask task, Model<T> model, int lanes = 64)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lanes);
        (_task, _model, _lanes) = (task, model, lanes);
        _output = new double[model.Network.Outputs];
        _read = Read;
    }

    /// <summary>How well a part is answered by the model's parameters as they are now.</summary>
    public IReadOnlyList<Score> Scores(Split split)
    {
        Judge judge = _task.NewJudge();
        States<T>? states = null;
        foreach (Batch batch in _task.Held(split, TaskTraining.LanesFor(_task, split, _lanes)))
        {
            States<T>? initial = states?.Lanes == batch.Lanes ? states : null;
            SegmentedRun<T>? segments = null;
            _kept = null;
            if (Recomputation.Automatic.LengthFor(_model, batch.Times, batch.Lanes) is { } length)
            {
                segments = new(_model, length);
                _kept = new(batch, _output.Length);
                segments.Run(batch, _kept.Take, initial: initial);
            }
            else
            {
                _trace = _model.Forward(batch, _trace, initial: initial);
            }
            judge.Add(batch, _read);
            if (_task.HeldCarriesState)
                states = segments?.FinalStates(states) ?? _trace!.FinalStates(states);
        }
        return judge.Scores;
    }

    // one buffer: a judge looks at one read-out at a time
    private ReadOnlySpan<double> Read(int time, int lane)
    {
        ReadOnlySpan<T> read = _kept is null ? _trace!.ReadOut(time, lane) : _kept.At(time, lane);
        for (int i = 0; i < _output.Length; i++)
            _output[i] = Real.ToDouble(read[i]);
        return _output;
    }
}
