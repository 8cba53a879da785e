using System.CommandLine;
using System.Globalization;
using Farback.Cells;
using Farback.Networks;
using Farback.Sequences;
using Farback.Tiles;

namespace Farback.Cli.Commands;

/// <summary>Options that several verbs share, with their readers.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "Print the result as JSON on stdout and nothing else there." };

    public static Option<string> Task() =>
        new("--task") { Description = "The task; see farback tasks.", DefaultValueFactory = _ => "agreement" };

    public static Option<string> CellName() =>
        new("--cell") { Description = "The cell; see farback cells.", DefaultValueFactory = _ => "lstm" };

    public static Option<string> InitialChoice() =>
        new("--initial")
        {
            Description = "Where parameters start: default, orthogonal, identity, forget=1, chrono=40, …",
            DefaultValueFactory = _ => "default",
        };

    public static Option<int> Hidden() => Count("--hidden", "Units.", 32);

    public static Option<int> Embedding() => Count("--embedding", "Numbers in a word's learned vector; 0 for one-hot words.", 16, 0);

    public static Option<long> Seed(string description) => new("--seed") { Description = description, DefaultValueFactory = _ => 1 };

    public static Option<string?> Markdown() => new("--out") { Description = "A file to write the Markdown to as well." };

    public static Option<int> Count(string name, string description, int value, int least = 1) =>
        With(
            new Option<int>(name) { Description = description, DefaultValueFactory = _ => value },
            found => found < least ? $"expected {least} or more, got {found}." : null
        );

    /// <summary>The most threads that any network of the process runs on.</summary>
    public static Option<int> Threads() =>
        Count("--threads", "The most threads; small networks run on fewer. It changes the time and not a bit of the result.", Team.Most);

    public static Option<double> Positive(string name, string description, double value) =>
        With(
            new Option<double>(name) { Description = description, DefaultValueFactory = _ => value },
            found => found > 0 ? null : $"expected a positive number, got {found}."
        );

    // what cannot be read at all is the parser's own affair
    private static Option<T> With<T>(Option<T> option, Func<T, string?> problem)
        where T : IParsable<T>
    {
        option.Validators.Add(result =>
        {
            if (
                result.Tokens is [{ Value: { } text }]
                && T.TryParse(text, CultureInfo.InvariantCulture, out T? found)
                && problem(found) is { } sentence
            )
                result.AddError($"{option.Name}: {sentence}");
        });
        return option;
    }

    /// <summary>Whether the command line says it, default or not.</summary>
    public static bool IsGiven(this ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    /// <summary>The cell of that name.</summary>
    public static Cell CellOf(string name) =>
        AllCells.Named(name)
        ?? throw new ArgumentException(
            $"--cell: there is no cell '{name}'; there are {string.Join(", ", AllCells.List.Select(cell => cell.Name))}."
        );

    /// <summary>Refuses a task that does not exist.</summary>
    public static void CheckTask(string name)
    {
        if (AllTasks.Named(name) is null)
            throw new ArgumentException(
                $"--task: there is no task '{name}'; there are {string.Join(", ", AllTasks.List.Select(task => task.Name))}. See farback tasks."
            );
    }
}
