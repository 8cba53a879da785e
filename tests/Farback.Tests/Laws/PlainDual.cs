namespace Farback.Tests.Laws;

/// <summary>A number with its derivative, made of System.Math alone: it shares no line with the library's own.</summary>
internal readonly record struct PlainDual(double X, double D = 0)
{
    public static implicit operator PlainDual(double x) => new(x);

    public static PlainDual operator +(PlainDual a, PlainDual b) => new(a.X + b.X, a.D + b.D);

    public static PlainDual operator -(PlainDual a, PlainDual b) => new(a.X - b.X, a.D - b.D);

    public static PlainDual operator *(PlainDual a, PlainDual b) => new(a.X * b.X, a.D * b.X + a.X * b.D);

    public static PlainDual Tanh(PlainDual a) => new(Math.Tanh(a.X), a.D / Math.Pow(Math.Cosh(a.X), 2));

    public static PlainDual Sigma(PlainDual a)
    {
        double s = 1 / (1 + Math.Exp(-a.X));
        return new(s, a.D * s * (1 - s));
    }

    public static PlainDual Relu(PlainDual a) => a.X > 0 ? a : 0;
}
