namespace Farback.Diagnosis;

/// <summary>What may be wrong with a network that has to remember, or that nothing is.</summary>
public enum Condition
{
    /// <summary>The answer can be told from the present input: there is no past to remember.</summary>
    NoPastNeeded,

    /// <summary>Half of the units or more let no error through at any place.</summary>
    DeadUnits,

    /// <summary>The state does not come out: the output gate is shut, or only what the read-out cannot see holds the answer.</summary>
    Hidden,

    /// <summary>At most places an activation is so flat that an error hardly passes.</summary>
    Saturated,

    /// <summary>The window of truncated backpropagation is shorter than the needed lag.</summary>
    CutByTruncation,

    /// <summary>The error grows a hundredfold or more on its way back.</summary>
    Exploding,

    /// <summary>Less than a hundredth of the error arrives at the lag that the answer needs.</summary>
    Vanishing,

    /// <summary>The gradient arrives, and after training what happened there makes no difference to the answers.</summary>
    NotUsed,

    /// <summary>An interval straddles its threshold, or a number that would decide is missing.</summary>
    Undecided,

    /// <summary>None of these.</summary>
    Healthy,
}

/// <summary>The words of conditions.</summary>
public static class Conditions
{
    /// <summary>One word, as on a command line: vanishing, dead-units, cut-by-truncation.</summary>
    public static string Word(this Condition condition) =>
        condition switch
        {
            Condition.NoPastNeeded => "no-past-needed",
            Condition.DeadUnits => "dead-units",
            Condition.CutByTruncation => "cut-by-truncation",
            Condition.NotUsed => "not-used",
            _ => condition.ToString().ToLowerInvariant(),
        };

    /// <summary>As a verdict says it.</summary>
    public static string Title(this Condition condition) =>
        condition switch
        {
            Condition.NoPastNeeded => "label independent of the past",
            Condition.DeadUnits => "dead units",
            Condition.Hidden => "hidden from the read-out",
            Condition.CutByTruncation => "cut by truncation",
            Condition.NotUsed => "gradient fine but not used",
            _ => condition.ToString().ToLowerInvariant(),
        };

    /// <summary>The condition of that word.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static Condition Named(string word) =>
        Enum.GetValues<Condition>().Cast<Condition?>().FirstOrDefault(condition => condition!.Value.Word() == word)
        ?? throw new ArgumentException(
            $"condition: there is no '{word}'; there are {string.Join(", ", Enum.GetValues<Condition>().Select(Word))}."
        );
}
