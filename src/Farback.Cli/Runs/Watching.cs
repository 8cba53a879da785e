using System.Diagnostics;
using System.Numerics;
using Farback.Training;

namespace Farback.Cli.Runs;

/// <summary>The looks at one training, with what they cost by the clock.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class Watching<T>(TrainingRun<T> run, WatchSchedule schedule)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Watch<T> _watch = new(run.Trainer.Model, run.Trainer.Loss, run.Task.NeededLag, run.Options.Seed);
    private readonly Stopwatch _whole = new(),
        _looking = new();
    private long _begun;
    private int _looks;
    private double _last;

    /// <summary>Starts the clock.</summary>
    public void Begin()
    {
        _begun = run.Step;
        _whole.Start();
    }

    /// <summary>What looks took since then, and all the rest.</summary>
    public WatchCost Cost => new(_looking.Elapsed.TotalSeconds, _last, (_whole.Elapsed - _looking.Elapsed).TotalSeconds, run.Step - _begun);

    /// <summary>Whether to look now; at the end always.</summary>
    public bool IsDue => schedule.IsOn && (run.IsFinished || schedule.IsDue(run.Step, Cost));

    /// <summary>Looks at what the next update would be made on.</summary>
    public WatchRow? Look()
    {
        double before = _looking.Elapsed.TotalSeconds;
        _looking.Start();
        (var batch, var initial) = run.Peek();
        WatchRow? row = _watch.Look(batch, initial, run.Step);
        _looking.Stop();
        _last = _looks++ == 0 ? 0 : _looking.Elapsed.TotalSeconds - before;
        return row;
    }
}
