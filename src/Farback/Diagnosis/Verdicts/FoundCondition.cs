namespace Farback.Diagnosis;

/// <summary>A condition that was found.</summary>
/// <param name="Condition">Which.</param>
/// <param name="Because">The numbers that decided, in a sentence.</param>
/// <param name="Tests">Those numbers against their thresholds.</param>
/// <param name="Rule">The rule, with the source of its threshold; null for healthy.</param>
/// <param name="Remedies">What to try.</param>
/// <param name="WouldChange">What would change one's mind.</param>
public sealed record FoundCondition(
    Condition Condition,
    string Because,
    IReadOnlyList<MemoryTest> Tests,
    Rule? Rule,
    IReadOnlyList<Remedy> Remedies,
    string WouldChange
);
