using Farback.Gradients;

namespace Farback.Diagnosis;

/// <summary>What gradient and behaviour say together.</summary>
public enum Outcome
{
    /// <summary>The behaviour is not there, and the gradient does not reach the lag that it needs.</summary>
    CannotLearn,

    /// <summary>The gradient reaches the needed lag, and the behaviour is not there.</summary>
    CouldDidNot,

    /// <summary>The behaviour is there.</summary>
    Did,
}

/// <summary>The verdict on a network and a lag, with the numbers that it rests on.</summary>
/// <param name="Outcome">The verdict.</param>
/// <param name="NeededLag">The lag from the prediction back to what it depends on.</param>
/// <param name="Reached">The horizon it was held against.</param>
/// <param name="Accuracy">The fraction right at the needed lag.</param>
/// <param name="Chance">The fraction that a guess gets right.</param>
public sealed record Verdict(Outcome Outcome, int NeededLag, Horizon Reached, double Accuracy, double Chance)
{
    /// <summary>Behaviour counts as there from this accuracy on (science: verb accuracy ≥ 99 %).</summary>
    public const double Learned = 0.99;

    /// <summary>The rule: behaviour first; without it, the horizon decides between the other two.</summary>
    /// <exception cref="ArgumentException">The horizon decides nothing: it was not measured, or over fewer lags than are needed and reaches the last of them.</exception>
    public static Verdict Of(int neededLag, Horizon reached, double accuracy, double chance)
    {
        ArgumentNullException.ThrowIfNull(reached);
        Outcome outcome =
            accuracy >= Learned ? Outcome.Did
            : reached.Lag >= neededLag ? Outcome.CouldDidNot
            : Outcome.CannotLearn;
        if (outcome == Outcome.CannotLearn && !reached.IsMeasured)
            throw new ArgumentException(
                $"verdict: the horizon was not measured, and lag {neededLag} is needed; at least {Profiles.FewestContributions} places with an error must allow that lag, so take more sequences."
            );
        if (outcome == Outcome.CannotLearn && reached.AtLeast)
            throw new ArgumentException(
                $"verdict: the horizon is lag {reached.Lag} or more, and lag {neededLag} is needed; measure the profile up to the needed lag."
            );
        return new(outcome, neededLag, reached, accuracy, chance);
    }

    /// <summary>The verdict in words: cannot learn it · could, did not · did.</summary>
    public string Words =>
        Outcome switch
        {
            Outcome.Did => "did",
            Outcome.CouldDidNot => "could, did not",
            _ => "cannot learn it",
        };
}
