using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using Farback.Cli.Terminal;
using Farback.Formats;
using Farback.Gradients;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Cli.Runs;

/// <summary>One training in its folder: steps, checkpoints and looks, until its end or until it is told to stop.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class TrainingSession<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int LongestMap = 256;

    private readonly TrainingRun<T> _run;
    private readonly Network _network;
    private readonly string _first;
    private readonly Watching<T> _watching;
    private RunFolder _folder = null!;
    private long _saved = -1;

    /// <summary>Makes the training; nothing is written yet, so what cannot be trained leaves nothing.</summary>
    public TrainingSession(RunDescription description, LearningTask task)
    {
        _run = RunStart.Make<T>(description, task);
        _network = _run.Trainer.Model.Network;
        _watching = new(_run, WatchSchedule.Parse(description.Training.Watch));
        _first = task.NewJudge().Scores is [{ } score, ..] ? score.Name : "score";
    }

    /// <summary>Trains in a folder, from its last checkpoint where it has one.</summary>
    /// <returns>The exit code.</returns>
    public int Go(RunFolder folder, CancellationToken cancel)
    {
        _folder = folder;
        TrainingState<T>? state = folder.Load<T>(out string? note);
        if (note is not null)
            Console.Error.WriteLine($"farback: {note}");
        if (state is not null)
        {
            _run.Restore(state);
            _saved = state.Step;
            Console.Error.WriteLine($"{folder.Location}: goes on at step {state.Step}.");
        }
        if (folder.Description.State == RunState.Finished)
            return ExitCodes.Done;
        folder.Describe(folder.Description with { State = RunState.Running, Note = null });
        try
        {
            return Train(cancel) ? Finish() : Interrupt();
        }
        catch (TrainingDivergedException error)
        {
            folder.Describe(folder.Description with { State = RunState.Interrupted, Note = error.Message });
            Console.Error.WriteLine($"farback: {error.Message} {Saved()}");
            return ExitCodes.Failed;
        }
    }

    /// <summary>The parameters that are judged in the end: those of the best look.</summary>
    public T[] Judged => _run.Best.Length > 0 ? _run.Best.ToArray() : _run.Trainer.Model.Parameters.Values;

    /// <summary>What watching took in this process.</summary>
    public WatchCost Watching => _watching.Cost;

    /// <summary>Steps of the segments of the last step; null where its trace was kept whole.</summary>
    public int? Segment => _run.Trainer.Segment;

    private bool Train(CancellationToken cancel)
    {
        int looks = _run.History.Count;
        long watched = _folder.Watched() is [.., { } lastLook] ? lastLook.Step : -1;
        long begun = _run.Step;
        var watch = Stopwatch.StartNew();
        using var line = new ProgressLine(Fraction);
        _run.Trainer.Progress = new Told(part =>
        {
            double done = (_run.Step + part) / Math.Max(1, _run.Options.Steps);
            if (line.IsDue(done))
                line.Report(done, $"step {_run.Step + 1}: {NumberText.Percent(part)} of the sequence there and back");
        });
        _watching.Begin();
        Watch();
        return _run.Run(
            run =>
            {
                if (run.History.Count > looks)
                {
                    looks = run.History.Count;
                    Write("the history", () => _folder.Add(run.History[^1]));
                }
                Watch();
                if (run.Step % _folder.Description.Training.CheckpointEvery == 0)
                    Save();
                if (line.IsDue(Fraction))
                    line.Report(Fraction, Said((run.Step - begun) / watch.Elapsed.TotalSeconds));
            },
            cancel
        );

        // before the checkpoint of the step, so that a look is written once
        void Watch()
        {
            if (_run.Step == watched || !_watching.IsDue)
                return;
            watched = _run.Step;
            if (_watching.Look() is not { } row)
                return;
            Write("the look", () => _folder.Add(row));
            line.Say(WatchText.Line(row, _run.Task.NeededLag));
        }
    }

    private double Fraction => (double)_run.Step / Math.Max(1, _run.Options.Steps);

    private string Said(double speed)
    {
        TrainingStep last = _run.Last;
        string score = _run.History is [.., { Scores: [{ } first, ..] }]
            ? $", {first.Name} {NumberText.Signed(first.Value)}"
            : $", {_first} –";
        string norm =
            last.ClippedNorm == last.GradientNorm
                ? $"‖∇‖ {NumberText.Signed(last.GradientNorm)}"
                : $"‖∇‖ {NumberText.Signed(last.GradientNorm)} → {NumberText.Signed(last.ClippedNorm)}";
        string saved = _saved >= 0 ? $", saved at {_saved}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"step {_run.Step}, loss {NumberText.Signed(last.Loss)}{score}, {norm}, {speed:0} steps/s{saved}"
        );
    }

    private int Finish()
    {
        // a run that is out of patience may have ended between two checkpoints
        Save();
        long steps = _run.Step;
        _run.UseBest();
        RunOutcome result = new(steps, _run.BestStep, _run.Scores(Split.Validation), _run.Scores(Split.Test));
        Write("the map", MapOfTheBest);
        string? note = _run.IsOutOfPatience
            ? $"ended at step {steps}: no better {_first} in {_run.Options.Patience} looks since step {_run.BestStep}."
            : null;
        Write("run.json", () => _folder.Describe(_folder.Description with { State = RunState.Finished, Note = note, Result = result }));
        return ExitCodes.Done;
    }

    // one sequence: maps of several are means, in which their own paths hide
    private void MapOfTheBest()
    {
        if (_run.Task.Held(Split.Validation, 1).FirstOrDefault() is not { } batch || batch.Times > LongestMap)
            return;
        Trace<T> trace = _run.Trainer.Model.Forward(batch);
        MapFile.Write(
            RunFolder.FinalMapOf(_folder.Location),
            GradientMap.Of(trace, LossField.Of(trace, _run.Trainer.Loss, Reduction.Mean))
        );
    }

    private int Interrupt()
    {
        Save();
        string note = $"interrupted at step {_run.Step}";
        Write("run.json", () => _folder.Describe(_folder.Description with { State = RunState.Interrupted, Note = $"{note}." }));
        Console.Error.WriteLine($"farback: {note}. {Saved()}");
        return ExitCodes.Interrupted;
    }

    private void Save()
    {
        if (_saved == _run.Step)
            return;
        Write("the checkpoint", () => _folder.Save(_network, _run.Save()));
        _saved = _run.Step;
    }

    private string Saved() =>
        _saved >= 0
            ? $"Everything up to step {_saved} is saved; go on with: farback train --resume {_folder.Location}"
            : "Nothing was saved yet.";

    // a full disk: one sentence, and what was saved before still is
    private void Write(string what, Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{what} could not be written at step {_run.Step}: {error.Message.TrimEnd('.')}. {Saved()}", error);
        }
    }
}
