using Farback.Diagnosis;

namespace Farback.Reports;

/// <summary>One entry of a map as a chain of factors, one weight's gradient as a sum, and the formula that confuses the two.</summary>
public sealed record ChainView
{
    /// <summary>Which network, and what it runs over, in words.</summary>
    public required string Network { get; init; }

    /// <summary>H.</summary>
    public required int Hidden { get; init; }

    /// <summary>The steps of the sequence: its words, or their numbers.</summary>
    public required IReadOnlyList<string> Words { get; init; }

    /// <summary>The entry's factors, and the same entry by the map and by dual numbers.</summary>
    public required EntryChain Chain { get; init; }

    /// <summary>The gradient of one weight, <see cref="EntryChain.Weight"/>, added up over losses and over uses.</summary>
    public required RunningSums Sums { get; init; }

    /// <summary>The four-step formula that is passed round, on a network of one unit.</summary>
    public required ForumFormula Forum { get; init; }
}
