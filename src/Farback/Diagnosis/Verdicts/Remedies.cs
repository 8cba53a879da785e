namespace Farback.Diagnosis;

/// <summary>Something to try. A remedy is a proposal: whether it helps is told by trying it, one change at a time, over several seeds.</summary>
/// <param name="Try">What to do.</param>
/// <param name="Options">The options of farback train that do it; null where there are none.</param>
public sealed record Remedy(string Try, string? Options = null);

/// <summary>What to try for each condition, with the options that do it, and what would change one's mind.</summary>
public static class Remedies
{
    /// <summary>The remedies of a condition, the likeliest first.</summary>
    public static IReadOnlyList<Remedy> For(Condition condition, Evidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        int lag = Math.Max(2, (evidence.NeededLag ?? evidence.MeasuredLag ?? 20) + 1);
        bool forgets = evidence.Cell.StartsWith("lstm", StringComparison.Ordinal);
        return condition switch
        {
            Condition.Vanishing when forgets =>
            [
                new($"biases that remember for up to {lag} steps (Tallec & Ollivier 2018)", $"--initial chrono={lag}"),
                new("a forget gate that starts open (Jozefowicz, Zaremba & Sutskever 2015)", "--initial forget=1"),
                new("shorter sequences first, or of mixed length: short lags teach what long ones need"),
            ],
            Condition.Vanishing when evidence.HasGates =>
            [
                new("a cell with a forget bias", $"--cell lstm --initial chrono={lag}"),
                new("an orthogonal start: no direction shrinks by W_h alone (Saxe, McClelland & Ganguli 2014)", "--initial orthogonal"),
                new("shorter sequences first, or of mixed length"),
            ],
            Condition.Vanishing =>
            [
                new("a cell with gates, whose biases remember that long", $"--cell lstm --initial chrono={lag}"),
                new("an orthogonal start (Saxe, McClelland & Ganguli 2014)", "--initial orthogonal"),
                new("relu from the identity (Le, Jaitly & Hinton 2015), with clipping", "--cell elman-relu --initial identity --clip 1"),
            ],
            Condition.Exploding =>
            [
                new("clip the gradient's norm (Pascanu, Mikolov & Bengio 2013) and lower the rate", "--clip 1 --rate 0.001"),
                new("a smaller start", evidence.HasGates ? "--initial default" : "--initial orthogonal=0.9"),
            ],
            Condition.Saturated =>
            [
                new("smaller weights at the start, inputs of order 1", "--initial default"),
                new("a lower rate and clipping, where training drove it there", "--rate 0.001 --clip 1"),
                new("weight decay", "--optimiser adamw=0.01"),
            ],
            Condition.DeadUnits =>
            [
                new("tanh instead of relu", "--cell elman"),
                new("a start from the identity with biases at 0", "--initial identity"),
                new("a lower rate, where training killed them", "--rate 0.001"),
            ],
            Condition.Hidden =>
            [
                new("a start with the output gate half open", "--initial default"),
                new("train on: a larger bias of o opens it; or let the read-out see c"),
                new("a lower rate, where training shut it", "--rate 0.001 --clip 1"),
            ],
            Condition.CutByTruncation =>
            [
                new(
                    "a window that holds the needed lag after every loss",
                    // a loss reaches back from window − stride to window − 1 steps
                    $"--truncate {evidence.NeededLag + (evidence.Truncation?.Stride ?? 1)},{evidence.Truncation?.Stride ?? 1}"
                ),
                new("whole sequences: leave --truncate out"),
            ],
            Condition.NotUsed =>
            [
                new("train longer, at another rate, over several seeds", "--iterations 10000 --rate 0.003"),
                new("sequences of mixed length; short lags teach what long ones need"),
                new("farback causal tells whether long lags, amplified, teach it; farback memory where it is lost"),
            ],
            Condition.NoPastNeeded => [new("a network without memory will do; or check that the labels are those of the right step")],
            Condition.Undecided when evidence.NotFinite > 0 => For(Condition.Exploding, evidence),
            Condition.Undecided =>
            [
                new(
                    evidence.NeededLag is null
                        ? "say how far back the answer depends: --needed-lag N"
                        : "ask more sequences: --sequences 256"
                ),
            ],
            _ => [],
        };
    }

    /// <summary>What one would have to see to think otherwise.</summary>
    public static string ChangeOf(Condition condition) =>
        condition switch
        {
            Condition.NoPastNeeded => "answers that suffer when the past is exchanged, with a present input that does not tell them.",
            Condition.DeadUnits => "other data on which these units fire.",
            Condition.Hidden => "a probe that finds the answer in what the read-out is fed.",
            Condition.Saturated => "an error that arrives all the same: compare the horizon.",
            Condition.CutByTruncation => "a needed lag within the window.",
            Condition.Exploding => "a shorter lag that is all the answer needs, with sequences cut to it.",
            Condition.Vanishing => "a shorter needed lag, or answers that are right all the same.",
            Condition.NotUsed => "answers that suffer from exchanging what lies at the needed lag or before, on more sequences.",
            Condition.Undecided => "intervals that clear their thresholds.",
            _ => "wrong answers that training does not mend, or a longer needed lag.",
        };
}
