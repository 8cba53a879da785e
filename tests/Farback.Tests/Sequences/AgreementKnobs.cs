using Farback.Sequences;

namespace Farback.Tests.Sequences;

/// <summary>Turns of the knobs under which every law of the agreement task has to hold.</summary>
public static class AgreementKnobs
{
    private static readonly AgreementOptions Small = new() { Sentences = 400, TestSentences = 120 };

    private static readonly Dictionary<string, AgreementOptions> Turns = new()
    {
        ["as they are"] = new(),
        ["no fillers"] = Small with { Fillers = 0 },
        ["lag 41"] = Small with { Fillers = 19 },
        ["mixed"] = Small with { Fillers = 6, FewestFillers = 0 },
        ["phrases"] = Small with { PrepositionalPhrases = 2 },
        ["chosen attractors"] = Small with { PrepositionalPhrases = 3, TestAttractors = 2 },
        ["clauses"] = Small with { RelativeClauses = 2, Fillers = 0 },
        ["everything"] = Small with { Fillers = 3, FewestFillers = 1, PrepositionalPhrases = 2, RelativeClauses = 1, Seed = 7 },
        ["few words"] = Small with { Nouns = 3, Adjectives = 5 },
        ["delayed"] = Small with { Delayed = true },
        ["delayed, mixed"] = Small with { Delayed = true, Fillers = 3, FewestFillers = 0, PrepositionalPhrases = 1 },
    };

    public static TheoryData<string> All => [.. Turns.Keys];

    public static AgreementTask Task(string turn) => new(Turns[turn]);

    public static IEnumerable<AgreementSentence> Everything(AgreementTask task) => task.Train.Concat(task.Test);
}
