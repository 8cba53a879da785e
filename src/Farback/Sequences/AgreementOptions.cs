namespace Farback.Sequences;

/// <summary>The knobs of the agreement task; every value has a default that works.</summary>
/// <remarks>
///   The sentence is <c>the SUBJECT (PREP the NOUN)^P (, which seemed ADJ)^R (, being ADJ (and ADJ)^(n−1)) , be ADJ .</c> with P
///   prepositional phrases, R relative clauses and n filler pairs; « being » opens the first pair and « and » the others. The last
///   comma closes the clauses and is absent where there are none. From subject to verb:
///   lag = 1 + 3P + 4R + (n &gt; 0 ? 2n + 1 : 0) + (R + n &gt; 0 ? 1 : 0); with P = R = 0 that is 1, 5, 7, 9, 11, … (n = 0, 1, 2, 3, 4, …),
///   with P = 1 it is 4, 8, 10, 12, …, with R = 1 it is 6, 9, 11, 13, …. Together every lag but 2 and 3 can be had.
///   Delayed, a lag g becomes 2g + 4, and every other word waits g + 4 steps, the length of the sentence.
/// </remarks>
public sealed record AgreementOptions
{
    /// <summary>n, the filler pairs (« being gray », « and happy », …) between subject and verb, at most.</summary>
    public int Fillers { get; init; } = 4;

    /// <summary>Where set, the numbers of filler pairs from this one to <see cref="Fillers"/> are mixed in equal parts; else there is one.</summary>
    public int? FewestFillers { get; init; }

    /// <summary>P, the phrases « behind the dogs » after the subject. Their nouns' numbers are tossed, independent of the subject's.</summary>
    public int PrepositionalPhrases { get; init; }

    /// <summary>Where set, exactly so many of the P nouns of every TEST sentence have the other number than its subject.</summary>
    /// <remarks>Not in training: there a fixed count would let the nearer nouns tell the subject's number.</remarks>
    public int? TestAttractors { get; init; }

    /// <summary>R, the clauses « , which seemed gray » after the phrases.</summary>
    public int RelativeClauses { get; init; }

    /// <summary>How many nouns are used, each in two numbers.</summary>
    public int Nouns { get; init; } = 24;

    /// <summary>How many adjectives are used.</summary>
    public int Adjectives { get; init; } = 24;

    /// <summary>How many training sentences are drawn; where few exist, some come twice.</summary>
    public int Sentences { get; init; } = 4096;

    /// <summary>How many test sentences are drawn, no two alike and none met in training.</summary>
    public int TestSentences { get; init; } = 512;

    /// <summary>The seed of every draw.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>True: the whole sentence is read first, and its glosses are emitted at as many blank inputs after it.</summary>
    public bool Delayed { get; init; }

    /// <summary>The lag from subject to verb of a sentence with so many filler pairs.</summary>
    public int LagOf(int fillers)
    {
        int clauses = 4 * RelativeClauses + (fillers > 0 ? 2 * fillers + 1 : 0);
        int gap = 1 + 3 * PrepositionalPhrases + clauses + (clauses > 0 ? 1 : 0);
        return Delayed ? 2 * gap + 4 : gap;
    }

    /// <summary>The number of filler pairs that makes this lag, with the other knobs as they stand.</summary>
    /// <exception cref="ArgumentException">No number does; the message names the lags on either side and the knob that shifts them.</exception>
    public int FillersForLag(int lag)
    {
        int fillers = 0;
        while (fillers < MostFillers && LagOf(fillers) < lag)
            fillers++;
        int above = LagOf(fillers);
        if (above == lag)
            return fillers;
        string reachable =
            above < lag ? $"at most {above}"
            : fillers == 0 ? $"at least {above}"
            : $"{LagOf(fillers - 1)} or {above}";
        throw new ArgumentException(
            $"lag: {lag} cannot be had with {PrepositionalPhrases} prepositional phrases, {RelativeClauses} relative clauses"
                + $"{(Delayed ? ", delayed" : "")}; expected {reachable}. A prepositional phrase shifts every lag by {(Delayed ? 6 : 3)}, a relative clause by {(Delayed ? 8 : 4)}."
        );
    }

    /// <summary>What is wrong with these values, one sentence each; empty where they can be used.</summary>
    public IReadOnlyList<string> Problems()
    {
        List<string> problems = [];
        void Expect(string knob, long found, long least, long most, string why)
        {
            if (found < least || found > most)
                problems.Add($"{knob}: expected {least} to {most}, got {found}; {why}.");
        }

        Expect(nameof(Fillers), Fillers, 0, MostFillers, "it counts the filler pairs « and ADJECTIVE »");
        if (FewestFillers is int fewest)
            Expect(nameof(FewestFillers), fewest, 0, Math.Max(0, Fillers), "it is the lower end of a range that ends at Fillers");
        Expect(nameof(PrepositionalPhrases), PrepositionalPhrases, 0, MostClauses, "it counts the phrases « behind the dogs »");
        if (TestAttractors is int attractors)
            Expect(
                nameof(TestAttractors),
                attractors,
                0,
                Math.Max(0, PrepositionalPhrases),
                "only the nouns of the prepositional phrases can attract, so raise PrepositionalPhrases for more"
            );
        Expect(nameof(RelativeClauses), RelativeClauses, 0, MostClauses, "it counts the clauses « , which seemed gray »");
        Expect(nameof(Nouns), Nouns, 2, AgreementLexicon.Nouns.Length, "so many are in the built-in list");
        Expect(
            nameof(Adjectives),
            Adjectives,
            2,
            AgreementLexicon.Adjectives.Length,
            $"two are the least, since none follows itself, and {AgreementLexicon.Adjectives.Length} are built in"
        );
        Expect(nameof(Sentences), Sentences, 2, MostSentences, "one for each number is the least");
        Expect(nameof(TestSentences), TestSentences, 2, MostSentences, "one for each number is the least");
        return problems;
    }

    private const int MostFillers = 10_000;
    private const int MostClauses = 16;
    private const int MostSentences = 1_000_000;
}
