using System.CommandLine;
using Farback.Sequences;

namespace Farback.Cli.Runs;

/// <summary>The knobs of every generated task but agreement, which has options of its own, on a command line.</summary>
internal sealed class GeneratorKnobs
{
    private const string Seed = "task-seed";

    private readonly Dictionary<string, Option<string?>> _options = [];

    public GeneratorKnobs()
    {
        foreach (TaskGenerator task in AllTasks.List.Where(task => task.Name != AgreementTask.Describe().Name))
        foreach (TaskKnob knob in task.Describe().Knobs.Where(knob => knob.Name != Seed))
            if (!_options.TryAdd(knob.Name, new($"--{knob.Name}") { Description = $"{task.Name}: {knob.Meaning} [{knob.Default}]" }))
                _options[knob.Name].Description += $"; {task.Name}: {knob.Meaning} [{knob.Default}]";
    }

    /// <summary>Adds the knobs to a verb.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in _options.Values)
            command.Options.Add(option);
    }

    /// <summary>The first that was turned, or null.</summary>
    public Option? Turned(ParseResult parsed) => _options.Values.FirstOrDefault(option => parsed.GetValue(option) is not null);

    /// <summary>The knobs that were turned; the task itself refuses those that are not its own.</summary>
    public Dictionary<string, string> Read(ParseResult parsed, long? seed)
    {
        Dictionary<string, string> knobs = [];
        foreach ((string name, Option<string?> option) in _options)
            if (parsed.GetValue(option) is { } value)
                knobs[name] = value;
        if (seed is { } number)
            knobs[Seed] = $"{number}";
        return knobs;
    }
}
