using System.CommandLine;
using System.Text.Json;
using Farback.Sequences;

namespace Farback.Cli.Commands;

/// <summary>farback tasks: what there is to learn.</summary>
internal static class TasksCommand
{
    public static Command Make()
    {
        Option<bool> json = CommonOptions.Json();
        var command = new Command("tasks", "Lists the tasks with their knobs and three examples of each.\n\nExample: farback tasks")
        {
            json,
        };
        command.SetAction(parsed =>
        {
            TaskDescription task = AgreementTask.Describe();
            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(new[] { task }, JsonText.Options));
                return 0;
            }
            Console.WriteLine($"{task.Name}\n  {task.Question}\n");
            foreach (TaskKnob knob in task.Knobs)
                Console.WriteLine($"  --{knob.Name, -18} {knob.Meaning} [{knob.Default}]");
            foreach (TaskExample example in task.Examples)
                Console.WriteLine($"\n  {example.Caption}\n    {example.Aligned().Replace("\n", "\n    ")}");
            return 0;
        });
        return command;
    }
}
