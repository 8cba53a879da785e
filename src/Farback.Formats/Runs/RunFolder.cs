using System.Text;
using System.Text.Json;
using Farback.Networks;
using Farback.Training;

namespace Farback.Formats;

/// <summary>A training run as a folder: what it is, its weights, its history, and the checkpoint from which it goes on.</summary>
/// <remarks>
///   docs/runs.md describes the format. Every file but the two that grow is written whole or not at all. A checkpoint that
///   <see cref="Save"/> returned from is on the disk; killing the process at any moment later loses nothing of it.
///   One process at a time has a folder open for training; the system frees it when the process ends, however it ends.
/// </remarks>
public sealed class RunFolder : IDisposable
{
    private const string Lock = ".lock";

    private readonly FileStream _lock;
    private readonly TimeProvider _clock;
    private long _bestStep = -1;

    private RunFolder(string path, FileStream held, TimeProvider clock) => (Location, _lock, _clock) = (path, held, clock);

    /// <summary>Its path.</summary>
    public string Location { get; }

    /// <summary>What it is.</summary>
    public RunDescription Description { get; private set; } = null!;

    /// <summary>The parts of files that a killed process left, which were removed when it was opened.</summary>
    public int LeftOver { get; private init; }

    /// <summary>The place of run.json.</summary>
    public static string DescriptionOf(string folder) => Path.Combine(folder, "run.json");

    /// <summary>The place of the weights as they are after the last checkpoint.</summary>
    public static string WeightsOf(string folder) => Path.Combine(folder, "weights.safetensors");

    /// <summary>The place of the weights of the best look.</summary>
    public static string BestOf(string folder) => Path.Combine(folder, "best.safetensors");

    /// <summary>The place of the last checkpoint.</summary>
    public static string CheckpointOf(string folder) => Path.Combine(folder, "checkpoint.safetensors");

    /// <summary>The place of the checkpoint before the last.</summary>
    public static string PreviousOf(string folder) => Path.Combine(folder, "checkpoint.previous.safetensors");

    /// <summary>The place of the history.</summary>
    public static string HistoryOf(string folder) => Path.Combine(folder, "history.csv");

    /// <summary>The place of the scalars for TensorBoard.</summary>
    public static string EventsOf(string folder) => Path.Combine(folder, "events.out.tfevents.farback");

    /// <summary>The place of the looks at how far the gradient reaches back.</summary>
    public static string WatchOf(string folder) => Path.Combine(folder, "watch.jsonl");

    /// <summary>The folder of the maps that were taken.</summary>
    public static string MapsOf(string folder) => Path.Combine(folder, "maps");

    /// <summary>The place of the map of the best weights.</summary>
    public static string FinalMapOf(string folder) => Path.Combine(MapsOf(folder), "final.safetensors");

    /// <summary>Makes a new run.</summary>
    /// <param name="path">The folder; it is made, with those above it.</param>
    /// <param name="description">What the run is.</param>
    /// <param name="force">Whether a run that is there already is given up.</param>
    /// <param name="clock">What the scalars are stamped by; the system's where null.</param>
    /// <exception cref="IOException">There is a run already, or something else, or another process has it.</exception>
    public static RunFolder Create(string path, RunDescription description, bool force = false, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(description);
        CheckFree(path, force);
        Directory.CreateDirectory(path);
        RunFolder folder = new(path, Hold(path), clock ?? TimeProvider.System) { LeftOver = AtomicFile.Sweep(path) };
        try
        {
            CheckFree(path, force);
            // run.json first: what is left without it is no run
            foreach (
                string file in (string[])
                    [
                        DescriptionOf(path),
                        CheckpointOf(path),
                        PreviousOf(path),
                        WeightsOf(path),
                        BestOf(path),
                        HistoryOf(path),
                        EventsOf(path),
                        WatchOf(path),
                    ]
            )
                File.Delete(file);
            if (Directory.Exists(MapsOf(path)))
                Directory.Delete(MapsOf(path), recursive: true);
            folder.Describe(description);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Opens a run in order to go on with it.</summary>
    /// <exception cref="IOException">There is none, or another process has it.</exception>
    /// <exception cref="MalformedFileException">Its run.json is not one.</exception>
    public static RunFolder Open(string path, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        RunDescription description = Read(path);
        FileStream held = Hold(path);
        return new(path, held, clock ?? TimeProvider.System) { Description = description, LeftOver = AtomicFile.Sweep(path) };
    }

    /// <summary>What the run in a folder is; nothing is held open.</summary>
    /// <exception cref="IOException">There is none.</exception>
    /// <exception cref="MalformedFileException">Its run.json is not one.</exception>
    public static RunDescription Read(string path)
    {
        string file = DescriptionOf(path);
        if (!File.Exists(file))
            throw new IOException($"{path}: there is no run in it (no {Path.GetFileName(file)}).");
        RunDescription description = RunJson.Read<RunDescription>(file, File.ReadAllText(file));
        if (description.Format != RunDescription.FormatName || description.Version != RunDescription.CurrentVersion)
            throw new MalformedFileException(
                file,
                $"it is {description.Format}, version {description.Version}",
                $"{RunDescription.FormatName}, version {RunDescription.CurrentVersion}"
            );
        return description;
    }

    /// <summary>Writes run.json anew.</summary>
    public void Describe(RunDescription description)
    {
        AtomicFile.Write(DescriptionOf(Location), Encoding.UTF8.GetBytes(JsonSerializer.Serialize(description, RunJson.Options) + "\n"));
        Description = description;
    }

    /// <summary>Saves a state: the checkpoint, then the weights and, where they are new, the best weights.</summary>
    /// <exception cref="IOException">It could not be written; the checkpoint before it still stands.</exception>
    public void Save<T>(Network network, TrainingState<T> state)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(state);
        AtomicFile.Write(CheckpointOf(Location), CheckpointFile.Write(state), PreviousOf(Location));
        WeightsFile.Write(WeightsOf(Location), network, state.Parameters);
        if (state.Best is null || state.BestStep == _bestStep)
            return;
        WeightsFile.Write(BestOf(Location), network, state.Best);
        _bestStep = state.BestStep;
    }

    /// <summary>The last state that was saved, and with it the history as it was then; null where nothing was saved yet.</summary>
    /// <param name="note">A sentence where the last checkpoint cannot be used and the one before it is; else null.</param>
    /// <exception cref="MalformedFileException">No checkpoint can be used.</exception>
    public TrainingState<T>? Load<T>(out string? note)
        where T : unmanaged
    {
        note = null;
        TrainingState<T>? state = null;
        MalformedFileException? refused = null;
        foreach (string file in (string[])[CheckpointOf(Location), PreviousOf(Location)])
        {
            if (state is not null || !File.Exists(file))
                continue;
            try
            {
                state = CheckpointFile.Read<T>(file, File.ReadAllBytes(file));
                note = refused is null ? null : $"{refused.Message} The one before it, at step {state.Step}, is used instead.";
            }
            catch (MalformedFileException error)
            {
                refused ??= error;
            }
        }
        if (state is null && refused is not null)
            throw refused;
        GoBackTo(state?.Step ?? 0, state?.History ?? []);
        return state;
    }

    /// <summary>Adds a look to the history and to the scalars.</summary>
    public void Add(HistoryRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        HistoryFile.Append(HistoryOf(Location), row);
        EventFile.Append(EventsOf(Location), Scalars(row));
    }

    /// <summary>Adds a look at how far the gradient reaches back to <see cref="WatchOf"/> and to the scalars.</summary>
    public void Add(WatchRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        WatchFile.Append(WatchOf(Location), row);
        EventFile.Append(EventsOf(Location), Scalars(row));
    }

    /// <summary>Every look so far, up to the first line that is not whole.</summary>
    public IReadOnlyList<WatchRow> Watched() => WatchFile.Read(WatchOf(Location));

    /// <summary>Lets other processes have it.</summary>
    public void Dispose() => _lock.Dispose();

    // what was written after the checkpoint is written again when those steps are made again
    private void GoBackTo(long step, IReadOnlyList<HistoryRow> history)
    {
        HistoryFile.Rewrite(HistoryOf(Location), history);
        WatchFile.Truncate(WatchOf(Location), step);
        long last = EventFile.Truncate(EventsOf(Location), step);
        foreach (HistoryRow row in history.Where(row => row.Step > last))
            EventFile.Append(EventsOf(Location), Scalars(row));
    }

    private IEnumerable<ScalarEvent> Scalars(HistoryRow row) =>
        Scalars(
            row.Step,
            [
                ("training/loss", row.Loss),
                ("training/gradient norm", row.GradientNorm),
                ("training/clipped norm", row.ClippedNorm),
                ("training/rate", row.Rate),
                .. row.Scores.Select(score => ($"validation/{score.Name}", score.Value)),
            ]
        );

    private IEnumerable<ScalarEvent> Scalars(WatchRow row) =>
        Scalars(
            row.Step,
            [
                ("gradient/horizon 0.1", row.Tenth.Lag ?? double.NaN),
                ("gradient/horizon 0.01", row.Hundredth.Lag ?? double.NaN),
                ("gradient/share carried", row.Carried.Value),
                ("gradient/cancellation", row.Cancellation.Value),
            ]
        );

    private IEnumerable<ScalarEvent> Scalars(long step, IEnumerable<(string Tag, double Value)> all)
    {
        double now = (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        return all.Select(scalar => new ScalarEvent(now, step, scalar.Tag, (float)scalar.Value));
    }

    private static void CheckFree(string path, bool force)
    {
        if (File.Exists(path))
            throw new IOException($"{path} is a file; name a folder for the run.");
        if (File.Exists(DescriptionOf(path)))
        {
            if (force)
                return;
            string state =
                Read(path).State == RunState.Finished ? "a finished run" : $"a run that is not finished; go on with --resume {path}";
            throw new IOException($"{path} holds {state}; start anew with --force, or name another folder with --out.");
        }
        // parts and the lock begin with a dot: what a run that was killed at once leaves
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any(entry => !Path.GetFileName(entry).StartsWith('.')))
            throw new IOException($"{path} is not empty and holds no run; name another folder with --out.");
    }

    private static FileStream Hold(string path)
    {
        try
        {
            return new(Path.Combine(path, Lock), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
            when (error is not (FileNotFoundException or DirectoryNotFoundException) && File.Exists(Path.Combine(path, Lock)))
        {
            throw new IOException($"{path}: another process is training this run; wait for it or stop it.", error);
        }
    }
}
