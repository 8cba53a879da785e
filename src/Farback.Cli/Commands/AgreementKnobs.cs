using System.CommandLine;
using Farback.Sequences;

namespace Farback.Cli.Commands;

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
    private readonly Option<long> _seed = new("--task-seed")
    {
        Description = "Seed of the task's sequences, or of a file's split.",
        DefaultValueFactory = _ => 1,
    };
    private readonly Option<bool> _delayed = new("--delayed") { Description = "Read the whole sentence first, then say every gloss." };

    // --task-seed is every task's
    private Option[] Own => [_lag, _fillers, _fewest, _phrases, _attractors, _clauses, _nouns, _adjectives, _sentences, _test, _delayed];

    /// <summary>Adds the knobs to a verb.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in Own)
            command.Options.Add(option);
        command.Options.Add(_seed);
    }

    /// <summary>The first of the agreement task's own knobs that was turned, or null.</summary>
    public Option? Turned(ParseResult parsed) => Own.FirstOrDefault(parsed.IsGiven);

    /// <summary>The seed of the task, where it was given.</summary>
    public long? Seed(ParseResult parsed) => parsed.IsGiven(_seed) ? parsed.GetValue(_seed) : null;

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
