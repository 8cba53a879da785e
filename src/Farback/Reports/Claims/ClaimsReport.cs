namespace Farback.Reports;

/// <summary>What the measured numbers say of a claim.</summary>
public enum ClaimVerdict
{
    /// <summary>It holds as it stands.</summary>
    Right,

    /// <summary>Part of it holds.</summary>
    Partly,

    /// <summary>It does not hold.</summary>
    Wrong,

    /// <summary>An interval straddles a threshold, or too few seeds were measured.</summary>
    Undecided,
}

/// <summary>A claim with the verdict that its rule read off the numbers.</summary>
public sealed record ClaimAnswer
{
    /// <summary>1 to 7, or a letter for the questions that go with them.</summary>
    public required string Key { get; init; }

    /// <summary>The claim as people make it.</summary>
    public required string Claim { get; init; }

    /// <summary>The verdict.</summary>
    public required ClaimVerdict Verdict { get; init; }

    /// <summary>Why, in a sentence with the numbers that decided.</summary>
    public required string Because { get; init; }

    /// <summary>What would have flipped it.</summary>
    public required string WouldFlip { get; init; }

    /// <summary>The number to read first.</summary>
    public ClaimNumber First => Numbers[0];

    /// <summary>Every number; those that decide come first.</summary>
    public required IReadOnlyList<ClaimNumber> Numbers { get; init; }

    /// <summary>The picture.</summary>
    public required ClaimChart Chart { get; init; }

    /// <summary>The command that shows more of it.</summary>
    public required string See { get; init; }

    /// <summary>The verdict as a word.</summary>
    public string Word =>
        Verdict switch
        {
            ClaimVerdict.Right => "right",
            ClaimVerdict.Partly => "partly right",
            ClaimVerdict.Wrong => "wrong",
            _ => "undecided",
        };
}

/// <summary>The seven claims and the questions that go with them, answered on networks that were trained for it.</summary>
/// <param name="Claims">The seven claims, in order.</param>
/// <param name="Questions">The questions, put as claims.</param>
/// <param name="Provenance">Where the numbers come from.</param>
public sealed record ClaimsReport(IReadOnlyList<ClaimAnswer> Claims, IReadOnlyList<ClaimAnswer> Questions, Provenance Provenance)
{
    /// <summary>The question that the claims answer.</summary>
    public static string Question => "How does the vanishing gradient problem work in recurrent networks?";

    /// <summary>How many of the seven are what, in a sentence.</summary>
    public string Answer
    {
        get
        {
            string[] counts =
            [
                .. Claims
                    .GroupBy(claim => claim.Verdict)
                    .OrderBy(group => group.Key)
                    .Select(group => $"{group.Count()} {group.First().Word}"),
            ];
            return $"Of the seven claims {string.Join(", ", counts)}. Every verdict is read off numbers by a rule; none was written down before.";
        }
    }
}
