namespace Farback.Sequences;

/// <summary>How many answers were right, out of how many.</summary>
public readonly record struct Tally(long Right, long Count)
{
    /// <summary>Right / Count; NaN where there was none.</summary>
    public double Share => Count == 0 ? double.NaN : (double)Right / Count;

    /// <summary>Both together.</summary>
    public static Tally operator +(Tally a, Tally b) => new(a.Right + b.Right, a.Count + b.Count);

    internal Tally With(bool right) => new(Right + (right ? 1 : 0), Count + 1);
}
