namespace Farback.Sequences;

/// <summary>A task that can be chosen by name, and how it is made from knobs.</summary>
public sealed class TaskGenerator
{
    private readonly Func<TaskDescription> _describe;
    private readonly Func<KnobReader, LearningTask> _read;

    internal TaskGenerator(string name, Func<TaskDescription> describe, Func<KnobReader, LearningTask> read) =>
        (Name, _describe, _read) = (name, describe, read);

    /// <summary>The word by which it is chosen.</summary>
    public string Name { get; }

    /// <summary>Question, knobs with their defaults, and three examples.</summary>
    public TaskDescription Describe() => _describe();

    /// <summary>The task with these knobs, by name and without dashes; the others have their defaults.</summary>
    /// <exception cref="ArgumentException">A knob is unknown, malformed or out of range.</exception>
    public LearningTask Make(IReadOnlyDictionary<string, string> knobs)
    {
        ArgumentNullException.ThrowIfNull(knobs);
        return _read(new KnobReader(_describe(), knobs));
    }
}

/// <summary>Every task that needs no file, one line each.</summary>
public static class AllTasks
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<TaskGenerator> List { get; } =
    [
        new("agreement", AgreementTask.Describe, AgreementLearning.Read),
        new("adding", AddingTask.Describe, AddingTask.Read),
        new("copy", CopyTask.Describe, CopyTask.Read),
        new("temporal-order", TemporalOrderTask.Describe, TemporalOrderTask.Read),
        new("latch", LatchTask.Describe, LatchTask.Read),
        new("parity", ParityTask.Describe, ParityTask.Read),
    ];

    /// <summary>The task of that name, or null.</summary>
    public static TaskGenerator? Named(string name) => List.FirstOrDefault(task => task.Name == name);

    /// <summary>The task of that name with these knobs.</summary>
    /// <exception cref="ArgumentException">There is no such task, or a knob is unknown, malformed or out of range.</exception>
    public static LearningTask Make(string name, IReadOnlyDictionary<string, string> knobs) =>
        Named(name)?.Make(knobs)
        ?? throw new ArgumentException($"task: expected {string.Join(", ", List.Select(task => task.Name))}, got '{name}'.");
}
