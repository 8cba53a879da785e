using System.CommandLine;
using System.CommandLine.Parsing;
using Farback.Cells;
using Farback.Networks;
using Farback.Sequences;

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

    public static Option<int> Count(string name, string description, int value, int least = 1) =>
        With(
            new Option<int>(name) { Description = description, DefaultValueFactory = _ => value },
            found => found < least ? $"expected {least} or more, got {found}." : null
        );

    public static Option<double> Positive(string name, string description, double value) =>
        With(
            new Option<double>(name) { Description = description, DefaultValueFactory = _ => value },
            found => found > 0 ? null : $"expected a positive number, got {found}."
        );

    private static Option<T> With<T>(Option<T> option, Func<T, string?> problem)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !result.Errors.Any() && problem(result.GetValueOrDefault<T>()!) is { } sentence)
                result.AddError($"{option.Name}: {sentence}");
        });
        return option;
    }

    /// <summary>The cell of that name.</summary>
    public static Cell CellOf(string name) =>
        AllCells.Named(name)
        ?? throw new ArgumentException(
            $"--cell: there is no cell '{name}'; there are {string.Join(", ", AllCells.List.Select(cell => cell.Name))}."
        );

    /// <summary>Refuses a task that does not exist.</summary>
    public static void CheckTask(string name)
    {
        if (name != AgreementTask.Describe().Name)
            throw new ArgumentException($"--task: there is no task '{name}'; there is {AgreementTask.Describe().Name}. See farback tasks.");
    }
}

/// <summary>The knobs of the agreement task on a command line.</summary>
internal sealed class AgreementKnobs
{
    private readonly Option<int> _lag = CommonOptions.Count("--lag", "Words from the verb back to its subject.", 21);
    private readonly Option<int?> _fillers = new("--fillers") { Description = "Adjectives between subject and verb; instead of --lag." };
    private readonly Option<int?> _fewest = new("--fewest-fillers")
    {
        Description = "Mix lengths from so many adjectives up; without it all sentences have the full length.",
    };
    private readonly Option<int> _phrases = CommonOptions.Count(
        "--prepositional-phrases",
        "Phrases with a noun of their own in between (behind the dogs).",
        0,
        0
    );
    private readonly Option<int?> _attractors = new("--test-attractors")
    {
        Description = "How many of those nouns have the other number, in test sentences.",
    };
    private readonly Option<int> _clauses = CommonOptions.Count(
        "--relative-clauses",
        "Relative clauses in between (which seemed gray).",
        0,
        0
    );
    private readonly Option<int> _nouns = CommonOptions.Count("--nouns", "Nouns in use.", new AgreementOptions().Nouns);
    private readonly Option<int> _adjectives = CommonOptions.Count("--adjectives", "Adjectives in use.", new AgreementOptions().Adjectives);
    private readonly Option<int> _sentences = CommonOptions.Count("--sentences", "Training sentences.", new AgreementOptions().Sentences);
    private readonly Option<int> _test = CommonOptions.Count("--test-sentences", "Test sentences.", new AgreementOptions().TestSentences);
    private readonly Option<long> _seed = new("--task-seed") { Description = "Seed of the sentences.", DefaultValueFactory = _ => 1 };
    private readonly Option<bool> _delayed = new("--delayed") { Description = "Read the whole sentence first, then say every gloss." };

    /// <summary>Adds the knobs to a verb.</summary>
    public void AddTo(Command command)
    {
        foreach (
            Option option in new Option[]
            {
                _lag,
                _fillers,
                _fewest,
                _phrases,
                _attractors,
                _clauses,
                _nouns,
                _adjectives,
                _sentences,
                _test,
                _seed,
                _delayed,
            }
        )
            command.Options.Add(option);
    }

    /// <summary>The task that was asked for.</summary>
    public AgreementOptions Read(ParseResult parsed)
    {
        var options = new AgreementOptions
        {
            PrepositionalPhrases = parsed.GetValue(_phrases),
            TestAttractors = parsed.GetValue(_attractors),
            RelativeClauses = parsed.GetValue(_clauses),
            Nouns = parsed.GetValue(_nouns),
            Adjectives = parsed.GetValue(_adjectives),
            Sentences = parsed.GetValue(_sentences),
            TestSentences = parsed.GetValue(_test),
            Seed = parsed.GetValue(_seed),
            Delayed = parsed.GetValue(_delayed),
        };
        int fillers = parsed.GetValue(_fillers) ?? options.FillersForLag(parsed.GetValue(_lag));
        return options with { Fillers = fillers, FewestFillers = parsed.GetValue(_fewest) };
    }
}
