namespace Farback.Numbers;

/// <summary>A number and its derivative along one direction: value + tangent·ε with ε² = 0.</summary>
/// <remarks>
///   Run through a cell's step it gives the step's Jacobian–vector product, exactly and at any lag: the oracle against which the
///   vector–Jacobian products and single entries of the map are held. It shares no line with the way back.
///   Source: Griewank &amp; Walther, Evaluating Derivatives, 2008, ch. 3.
/// </remarks>
public readonly struct Dual(double value, double tangent = 0) : INumbers<Dual>
{
    /// <inheritdoc/>
    public double Value { get; } = value;

    /// <inheritdoc/>
    public double Tangent { get; } = tangent;

    /// <inheritdoc/>
    public static int Lanes => 1;

    /// <inheritdoc/>
    public static bool IsDouble => true;

    /// <inheritdoc/>
    public static implicit operator Dual(double constant) => new(constant);

    /// <inheritdoc/>
    public static Dual Spread(ref Dual origin, nint index) => Unsafe.Add(ref origin, index);

    /// <inheritdoc/>
    public static Dual operator +(Dual a, Dual b) => new(a.Value + b.Value, a.Tangent + b.Tangent);

    /// <inheritdoc/>
    public static Dual operator -(Dual a, Dual b) => new(a.Value - b.Value, a.Tangent - b.Tangent);

    // (ab)˙ = ȧb + aḃ
    /// <inheritdoc/>
    public static Dual operator *(Dual a, Dual b) => new(a.Value * b.Value, a.Tangent * b.Value + a.Value * b.Tangent);

    // (a/b)˙ = (ȧ − (a/b)ḃ) / b
    /// <inheritdoc/>
    public static Dual operator /(Dual a, Dual b) => new(a.Value / b.Value, (a.Tangent - a.Value / b.Value * b.Tangent) / b.Value);

    /// <inheritdoc/>
    public static Dual MultiplyAdd(Dual a, Dual b, Dual c) =>
        new(Math.FusedMultiplyAdd(a.Value, b.Value, c.Value), a.Tangent * b.Value + a.Value * b.Tangent + c.Tangent);

    // which side of zero: at zero itself the tangent tells, since ε is smaller than every number but not nothing
    private bool IsBelow => Value < 0 || (Value == 0 && (Tangent < 0 || (Tangent == 0 && double.IsNegative(Value))));

    private bool IsAbove => Value > 0 || (Value == 0 && Tangent > 0);

    /// <inheritdoc/>
    public static Dual Abs(Dual a) => a.IsBelow ? new(-a.Value, -a.Tangent) : a;

    /// <inheritdoc/>
    public static Dual CopySign(Dual magnitude, Dual sign) =>
        magnitude.IsBelow == sign.IsBelow ? magnitude : new(-magnitude.Value, -magnitude.Tangent);

    // at a tie the second, so that relu's derivative at 0 is the constant's, as its slope says
    /// <inheritdoc/>
    public static Dual Min(Dual a, Dual b) => b.Value <= a.Value ? b : a;

    /// <inheritdoc/>
    public static Dual Max(Dual a, Dual b) => b.Value >= a.Value ? b : a;

    /// <inheritdoc/>
    public static Dual Round(Dual a) => new(Math.Round(a.Value));

    /// <inheritdoc/>
    public static Dual TwoToThe(Dual n) => new(Math.ScaleB(1, (int)n.Value));

    // (√a)˙ = ȧ / 2√a
    /// <inheritdoc/>
    public static Dual Sqrt(Dual a) => new(Math.Sqrt(a.Value), a.Tangent / (2 * Math.Sqrt(a.Value)));

    /// <inheritdoc/>
    public static Dual Select(Dual test, Dual positive, Dual otherwise) => test.IsAbove ? positive : otherwise;

    /// <inheritdoc/>
    public static double Total(Dual a) => a.Value;
}
