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
            TaskDescription[] tasks = [.. AllTasks.List.Select(task => task.Describe())];
            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(tasks, JsonText.Options));
                return 0;
            }
            Console.WriteLine(string.Join("\n\n", tasks.Select(Text)));
            return 0;
        });
        return command;
    }

    private static string Text(TaskDescription task) =>
        string.Join(
            '\n',
            [
                $"{task.Name}\n  {task.Question}\n",
                .. task.Knobs.Select(knob => $"  --{knob.Name, -22} {knob.Meaning} [{knob.Default}]"),
                .. task.Examples.Select(example => $"\n  {example.Caption}\n    {example.Aligned().Replace("\n", "\n    ")}"),
            ]
        );
}
