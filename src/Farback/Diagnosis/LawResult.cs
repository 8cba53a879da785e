namespace Farback.Diagnosis;

/// <summary>What came of holding a cell or a model against one law of the theory.</summary>
/// <param name="Name">The law, as a sentence.</param>
/// <param name="Precision">What the model computes in: double or float.</param>
/// <param name="Value">The worst departure found; NaN where something was no number.</param>
/// <param name="Tolerance">What rounding alone may cause, derived where the law is defined.</param>
/// <param name="Meaning">What the value is relative to, and what a failure would say.</param>
/// <param name="Checked">How many comparisons the value is the worst of.</param>
/// <param name="Skipped">How many comparisons the law has nothing to say about: beside a kink there is no derivative.</param>
public sealed record LawResult(string Name, string Precision, double Value, double Tolerance, string Meaning, int Checked, int Skipped = 0)
{
    /// <summary>True when the departure is a number within the tolerance, and something was compared at all.</summary>
    public bool Holds => Checked > 0 && Value <= Tolerance;

    /// <summary>The worse of two results of one law, with both their counts.</summary>
    /// <exception cref="ArgumentException">They are of different laws.</exception>
    public LawResult And(LawResult other)
    {
        if ((Name, Precision) != (other.Name, other.Precision))
            throw new ArgumentException(
                $"law: expected another result of '{Name}' in {Precision}, got one of '{other.Name}' in {other.Precision}."
            );
        // NaN is worse than anything
        LawResult worse = Value >= other.Value || double.IsNaN(Value) ? this : other;
        return worse with { Checked = Checked + other.Checked, Skipped = Skipped + other.Skipped };
    }

    /// <summary>One line: holds or fails, the value beside its tolerance, the law.</summary>
    public override string ToString() =>
        $"{(Holds ? "holds" : "FAILS")}  {Value, 8:0.0e+0} ≤ {Tolerance:0.0e+0}  {Precision}: {Name}{(Skipped > 0 ? $" ({Skipped} of {Checked + Skipped} skipped)" : "")}";
}
