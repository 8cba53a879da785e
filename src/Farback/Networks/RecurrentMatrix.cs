using System.Globalization;

namespace Farback.Networks;

/// <summary>How a matrix W_h, [H, H], starts; a gated cell has one for each gate, drawn one after the other.</summary>
public abstract record RecurrentMatrix
{
    /// <summary>Overwrites a row-major [units, units] matrix.</summary>
    internal abstract void Draw(RandomStream random, Span<double> matrix, int units);

    /// <summary>Whether the layer's biases start at 0 with it.</summary>
    internal virtual bool ZeroBiases => false;

    /// <summary>Whether it makes sense for a cell with gates.</summary>
    internal virtual bool SuitsGates => true;

    /// <summary>A name with a number behind it, which is left out where it is 1.</summary>
    private protected static string Named(string name, double number) =>
        number == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}={number}");

    private protected static double Positive(double value, string name) =>
        value > 0 && double.IsFinite(value) ? value : throw new ArgumentException($"{name}: expected a number above 0, got {value}.");
}

/// <summary>Every entry from U(−1/√H, 1/√H), as PyTorch draws it.</summary>
/// <remarks>
///   Variance 1/(3H), so the spectral radius is about 1/√3 = 0.577 for any H while σ_max → 2/√3 = 1.155: a gradient that walks back shrinks
///   by 0.58 a step at first although the bound ‖W_h‖ &lt; 1 says nothing.
/// </remarks>
public sealed record UniformRecurrent : RecurrentMatrix
{
    internal override void Draw(RandomStream random, Span<double> matrix, int units)
    {
        double bound = 1 / Math.Sqrt(units);
        foreach (ref double number in matrix)
            number = random.NextUniform(-bound, bound);
    }

    /// <inheritdoc/>
    public override string ToString() => "default";
}

/// <summary>ρ·Q with Q orthogonal, uniform over the orthogonal group: every singular value and every |eigenvalue| is ρ.</summary>
/// <remarks>Source: Saxe, McClelland &amp; Ganguli 2014. Q is the Gram–Schmidt basis of a Gaussian matrix with positive projections (Mezzadri 2007).</remarks>
/// <param name="Scale">ρ.</param>
public sealed record OrthogonalRecurrent(double Scale = 1) : RecurrentMatrix
{
    /// <summary>ρ &gt; 0.</summary>
    public double Scale { get; } = Positive(Scale, "orthogonal");

    internal override void Draw(RandomStream random, Span<double> matrix, int units)
    {
        foreach (ref double number in matrix)
            number = random.NextNormal();
        for (int row = 0; row < units; row++)
        {
            Span<double> own = matrix.Slice(row * units, units);
            // twice is enough (Kahan): once leaves what cancellation hid
            for (int pass = 0; pass < 2; pass++)
            for (int other = 0; other < row; other++)
            {
                ReadOnlySpan<double> before = matrix.Slice(other * units, units);
                double along = Dot(own, before);
                for (int i = 0; i < units; i++)
                    own[i] -= along * before[i];
            }
            double norm = Math.Sqrt(Dot(own, own));
            foreach (ref double number in own)
                number /= norm;
        }
        foreach (ref double number in matrix)
            number *= Scale;
    }

    /// <inheritdoc/>
    public override string ToString() => Named("orthogonal", Scale);

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}

/// <summary>ρ·I, the layer's biases 0: with relu and ρ = 1 the IRNN, whose state stays as it is until the input changes it.</summary>
/// <remarks>Source: Le, Jaitly &amp; Hinton 2015. For cells with one block of rows; the gates of an LSTM or a GRU have no use for it.</remarks>
/// <param name="Scale">ρ.</param>
public sealed record IdentityRecurrent(double Scale = 1) : RecurrentMatrix
{
    /// <summary>ρ &gt; 0.</summary>
    public double Scale { get; } = Positive(Scale, "identity");

    internal override bool ZeroBiases => true;

    internal override bool SuitsGates => false;

    internal override void Draw(RandomStream random, Span<double> matrix, int units)
    {
        matrix.Clear();
        for (int unit = 0; unit < units; unit++)
            matrix[unit * units + unit] = Scale;
    }

    /// <inheritdoc/>
    public override string ToString() => Named("identity", Scale);
}

/// <summary>Gaussian entries, scaled so that the largest |eigenvalue| is exactly ρ, as in echo state networks.</summary>
/// <remarks>Source: Jaeger 2001; for back-propagation Pascanu, Mikolov &amp; Bengio 2013, section 4.</remarks>
/// <param name="SpectralRadius">ρ.</param>
public sealed record GaussianRecurrent(double SpectralRadius) : RecurrentMatrix
{
    /// <summary>ρ &gt; 0.</summary>
    public double SpectralRadius { get; } = Positive(SpectralRadius, "gaussian");

    internal override void Draw(RandomStream random, Span<double> matrix, int units)
    {
        foreach (ref double number in matrix)
            number = random.NextNormal();
        double factor = SpectralRadius / RadiusOf(matrix, units);
        foreach (ref double number in matrix)
            number *= factor;
    }

    /// <inheritdoc/>
    public override string ToString() => Named("gaussian", SpectralRadius);

    /// <summary>ρ(A) = lim ‖Aⁿ‖^(1/n) by repeated squaring (Gelfand's formula), to about 1e-10; O(30·H³).</summary>
    private static double RadiusOf(ReadOnlySpan<double> matrix, int units)
    {
        // Aⁿ = e^s · power with ‖power‖ = 1; each squaring doubles n, so what one rounds away counts half as much as before
        double[] power = matrix.ToArray(),
            square = new double[power.Length];
        double logNorm = 0,
            n = 1,
            estimate = double.NaN;
        while (true)
        {
            double norm = 0;
            foreach (double number in power)
                norm += number * number;
            norm = Math.Sqrt(norm);
            logNorm += Math.Log(norm);
            double next = logNorm / n;
            if (Math.Abs(next - estimate) < 1e-10)
                return Math.Exp(next);
            estimate = next;
            for (int i = 0; i < power.Length; i++)
                power[i] /= norm;
            Array.Clear(square);
            for (int row = 0; row < units; row++)
            for (int k = 0; k < units; k++)
            {
                double left = power[row * units + k];
                for (int column = 0; column < units; column++)
                    square[row * units + column] += left * power[k * units + column];
            }
            (power, square) = (square, power);
            logNorm *= 2;
            n *= 2;
        }
    }
}
