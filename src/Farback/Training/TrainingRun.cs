using Farback.Networks;
using Farback.Sequences;

namespace Farback.Training;

/// <summary>The loop around a trainer: batches of a task, looks at its validation part, the best weights, and when to stop.</summary>
/// <remarks>
///   It reads no clock and writes nothing. <see cref="Save"/> takes all that it is after any step, and a new run of an equal task, trainer
///   and options that is given it goes on bit for bit. Where the task carries its state, a batch starts from the states in which the
///   one before ended (truncated backpropagation through time, stateful; Williams &amp; Peng 1990): numbers flow on, gradients do not.
///   The best weights are those of the look with the best first score; the first of equals.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
public sealed class TrainingRun<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Examination<T> _examination;
    private readonly TaskPlace _place;
    private readonly List<HistoryRow> _history = [];
    private readonly double[] _sums = new double[3];
    private int _summed;
    private States<T>? _carried;
    private bool _carries; // whether the next batch starts from _carried
    private T[]? _best;

    /// <param name="task">Where batches come from; it is only read.</param>
    /// <param name="trainer">It has made no step.</param>
    /// <param name="options">How long, and how often to look.</param>
    /// <exception cref="ArgumentException">The network does not fit the task.</exception>
    public TrainingRun(LearningTask task, Trainer<T> trainer, TrainingRunOptions options)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        trainer.Check();
        Network network = trainer.Model.Network;
        if (network.Outputs != task.Outputs)
            throw new ArgumentException($"network: {task.Name} asks for {task.Outputs} outputs, the network has {network.Outputs}.");
        if (task.CarriesState && network.Bidirectional)
            throw new ArgumentException(
                $"network: {task.Name} is read on and on, and a backward direction has no end to start from; leave out the second direction."
            );
        (Task, Trainer, Options) = (task, trainer, options);
        _examination = new(task, trainer.Model, options.HeldLanes);
        _place = new(options.Seed);
    }

    /// <summary>What is learned.</summary>
    public LearningTask Task { get; }

    /// <summary>What makes the updates.</summary>
    public Trainer<T> Trainer { get; }

    /// <summary>How long, and how often it is looked at.</summary>
    public TrainingRunOptions Options { get; }

    /// <summary>The updates made.</summary>
    public long Step { get; private set; }

    /// <summary>The last update.</summary>
    public TrainingStep Last { get; private set; }

    /// <summary>Every look so far.</summary>
    public IReadOnlyList<HistoryRow> History => _history;

    /// <summary>The first score of the best look; NaN before one was judged.</summary>
    public double BestScore { get; private set; } = double.NaN;

    /// <summary>The step of the best look.</summary>
    public long BestStep { get; private set; }

    /// <summary>The parameters of the best look; empty before one was judged.</summary>
    public ReadOnlySpan<T> Best => _best;

    /// <summary>Looks since the best one.</summary>
    public int Stale { get; private set; }

    /// <summary>Whether patience came to its end before the steps did.</summary>
    public bool IsOutOfPatience => Options.Patience > 0 && Stale >= Options.Patience;

    /// <summary>Whether there is nothing left to do.</summary>
    public bool IsFinished => Step >= Options.Steps || IsOutOfPatience;

    /// <summary>Goes on to the end, or until asked to stop: the step at hand is finished, or where it runs in segments given up and made again later; nothing is lost.</summary>
    /// <param name="stepped">Told of every step, on the calling thread.</param>
    /// <param name="cancel">Asked before every step.</param>
    /// <returns>Whether it came to its end.</returns>
    /// <exception cref="TrainingDivergedException">A number is no longer finite.</exception>
    public bool Run(Action<TrainingRun<T>>? stepped = null, CancellationToken cancel = default)
    {
        Trainer.Cancel = cancel;
        try
        {
            while (!IsFinished && !cancel.IsCancellationRequested)
            {
                Advance();
                stepped?.Invoke(this);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested) { }
        finally
        {
            Trainer.Cancel = default;
        }
        return IsFinished;
    }

    /// <summary>One update, and a look where one is due; true where there was a look, which is then the last row of <see cref="History"/>.</summary>
    /// <exception cref="TrainingDivergedException">A number is no longer finite.</exception>
    public bool Advance()
    {
        long before = _place.Position;
        ulong[] drawn = _place.Random.Save();
        (Batch batch, States<T>? initial) = Draw();
        try
        {
            Last = Trainer.Step(batch, initial);
        }
        catch (OperationCanceledException)
        {
            _place.Random.Restore(drawn);
            _place.Position = before;
            throw;
        }
        if (Task.CarriesState)
        {
            _carried = Trainer.FinalStates(_carried);
            _carries = true;
        }
        Step++;
        _sums[0] += Last.Loss;
        _sums[1] += Last.GradientNorm;
        _sums[2] += Last.ClippedNorm;
        _summed++;
        if (Step % Options.EvaluateEvery != 0 && Step != Options.Steps)
            return false;
        Look();
        return true;
    }

    /// <summary>What the next update would be made on: the batch, and the states it starts from where it does not begin anew. Nothing moves on.</summary>
    public (Batch Batch, States<T>? Initial) Peek()
    {
        long before = _place.Position;
        ulong[] drawn = _place.Random.Save();
        (Batch, States<T>?) next = Draw();
        _place.Random.Restore(drawn);
        _place.Position = before;
        return next;
    }

    private (Batch Batch, States<T>? Initial) Draw()
    {
        long before = _place.Position;
        Batch batch = Task.Next(_place, Options.Lanes);
        // data that is read in order and begins anew: nothing goes on from its end
        bool begins = before == 0 || (_place.Position < before && _place.Position > 0);
        bool goesOn = Task.CarriesState && _carries && !begins && _carried!.Lanes == batch.Lanes;
        return (batch, goesOn ? _carried : null);
    }

    /// <summary>How well a held-out part is answered by the parameters as they are now.</summary>
    public IReadOnlyList<Score> Scores(Split split) => _examination.Scores(split);

    /// <summary>Puts the best parameters in the place of the last; for the end, when nothing is trained any more.</summary>
    public void UseBest()
    {
        if (_best is null)
            return;
        _best.CopyTo(Trainer.Model.Parameters.Values, 0);
        Trainer.Model.Pack();
    }

    /// <summary>All that the run is now.</summary>
    /// <exception cref="TrainingDivergedException">A parameter is not finite: a state without a future is not kept.</exception>
    public TrainingState<T> Save()
    {
        CheckFinite();
        return new()
        {
            Step = Step,
            Parameters = [.. Trainer.Model.Parameters.Values],
            Optimiser = [.. Trainer.Optimiser.State.Select(part => (part.Name, (T[])[.. part.Values]))],
            OptimiserSteps = Trainer.Optimiser.Steps,
            Dropout = Trainer.SaveRandom(),
            Batches = _place.Random.Save(),
            Position = _place.Position,
            Carried = _carries ? _carried!.ToArray() : null,
            CarriedLanes = _carries ? _carried!.Lanes : 0,
            Best = _best is null ? null : [.. _best],
            BestScore = BestScore,
            BestStep = BestStep,
            Stale = Stale,
            Sums = [.. _sums],
            Summed = _summed,
            History = [.. _history],
        };
    }

    /// <summary>Goes on from where <see cref="Save"/> was called, in this run or in another of an equal task, trainer and options.</summary>
    /// <exception cref="ArgumentException">The state is another network's or another optimiser's.</exception>
    public void Restore(TrainingState<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Optimiser<T> optimiser = Trainer.Optimiser;
        T[] parameters = Trainer.Model.Parameters.Values;
        Fits("parameters", parameters.Length, state.Parameters.Length);
        if (state.Best is not null)
            Fits("best parameters", parameters.Length, state.Best.Length);
        if (!optimiser.State.Select(part => part.Name).SequenceEqual(state.Optimiser.Select(part => part.Name)))
            throw new ArgumentException(
                $"state: the optimiser remembers {Names(optimiser.State)}, the state holds {Names(state.Optimiser)}; is it another optimiser's?"
            );
        foreach ((string name, T[] values) in state.Optimiser)
            Fits(name, parameters.Length, values.Length);

        for (int i = 0; i < state.Optimiser.Count; i++)
            state.Optimiser[i].Values.CopyTo(optimiser.State[i].Values, 0);
        optimiser.Steps = state.OptimiserSteps;
        state.Parameters.CopyTo(parameters, 0);
        Trainer.Model.Pack();
        Trainer.RestoreRandom(state.Dropout);
        _place.Random.Restore(state.Batches);
        _place.Position = state.Position;
        _carries = state.Carried is not null;
        if (state.Carried is not null)
        {
            _carried = new(Trainer.Model.Network, state.CarriedLanes);
            _carried.CopyFrom(state.Carried);
        }
        _best = state.Best is null ? null : [.. state.Best];
        (Step, BestScore, BestStep, Stale) = (state.Step, state.BestScore, state.BestStep, state.Stale);
        state.Sums.CopyTo(_sums, 0);
        _summed = state.Summed;
        _history.Clear();
        _history.AddRange(state.History);
    }

    private void Look()
    {
        CheckFinite();
        IReadOnlyList<Score> scores = _examination.Scores(Split.Validation);
        _history.Add(
            new(
                Step,
                _sums[0] / _summed,
                _sums[1] / _summed,
                _sums[2] / _summed,
                Last.Rate,
                [.. scores.Select(score => new HistoryScore(score.Name, score.Value))]
            )
        );
        Array.Clear(_sums);
        _summed = 0;
        Stale++;
        if (scores.Count == 0 || !IsBetter(scores[0]))
            return;
        (BestScore, BestStep, Stale) = (scores[0].Value, Step, 0);
        _best ??= new T[Trainer.Model.Parameters.Values.Length];
        Trainer.Model.Parameters.Values.CopyTo(_best, 0);
    }

    // a NaN is never better, and anything is better than a NaN
    private bool IsBetter(Score score) =>
        !double.IsNaN(score.Value)
        && (double.IsNaN(BestScore) || (score.HigherIsBetter ? score.Value > BestScore : score.Value < BestScore));

    // the trainer sees the harm of an update in the next step only; what is judged or kept is looked at before
    private void CheckFinite()
    {
        Parameters<T> parameters = Trainer.Model.Parameters;
        foreach (Block block in parameters.Network.Blocks)
        foreach (T number in parameters[block])
            if (!T.IsFinite(number))
                throw new TrainingDivergedException(
                    Step - 1,
                    Last.Loss,
                    block.Name,
                    FormattableString.Invariant(
                        $"training diverged at step {Step - 1}: the update made a number in {block.Name} that is not finite, the loss before it was {Last.Loss:g6}. Try a rate below {Last.Rate:g3}."
                    )
                );
    }

    private static void Fits(string name, int expected, int found)
    {
        if (expected != found)
            throw new ArgumentException($"state: {name}: expected {expected:N0} numbers, one for each parameter, got {found:N0}.");
    }

    private static string Names(IReadOnlyList<(string Name, T[] Values)> state) =>
        state.Count == 0 ? "nothing" : string.Join(", ", state.Select(part => part.Name));
}
