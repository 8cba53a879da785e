namespace Farback.Networks;

/// <summary>Draws a language model's next word: p_c ∝ e^{z_c/τ} over the K most probable words.</summary>
/// <remarks>
///   τ = 1 draws from the network's own distribution, τ → 0 always takes the most probable word, which is what τ = 0 does. The same seed and
///   the same logits give the same words. Of equal logits at the K-th place the first stays. Allocates nothing once it has seen a read-out
///   of the size. Source of top-K: Fan, Lewis &amp; Dauphin 2018.
/// </remarks>
public sealed class Sampler
{
    private const int Purpose = 4000; // apart from the streams of parameters, dropout and batches

    private readonly RandomStream _random;
    private double[] _weights = [];
    private double[] _sorted = [];

    /// <param name="seed">Of the random numbers.</param>
    /// <param name="temperature">τ ≥ 0.</param>
    /// <param name="top">K ≥ 1; null for every word.</param>
    /// <exception cref="ArgumentException">τ is negative or not finite, or K below 1.</exception>
    public Sampler(long seed, double temperature = 1, int? top = null)
    {
        if (!(temperature >= 0 && double.IsFinite(temperature)))
            throw new ArgumentException($"temperature: expected 0 or more, got {temperature}.");
        if (top < 1)
            throw new ArgumentException($"top: expected 1 word or more, got {top}.");
        (Temperature, Top, _random) = (temperature, top, new(seed, Purpose));
    }

    /// <summary>τ.</summary>
    public double Temperature { get; }

    /// <summary>K; null for every word.</summary>
    public int? Top { get; }

    /// <summary>The number of the next word.</summary>
    /// <exception cref="ArgumentException">A logit is NaN or +∞.</exception>
    public int Next<T>(ReadOnlySpan<T> logits)
        where T : unmanaged
    {
        int best = Probabilities.Largest(logits);
        if (Temperature == 0)
            return best;
        double largest = Real.ToDouble(logits[best]);
        if (!double.IsFinite(largest))
            throw new ArgumentException($"logits: output {best} is {largest}; the network's weights or its input are not finite.");
        if (_weights.Length != logits.Length)
            (_weights, _sorted) = (new double[logits.Length], new double[logits.Length]);
        double total = 0;
        int left = Cut(logits, out double least);
        for (int c = 0; c < logits.Length; c++)
        {
            double z = Real.ToDouble(logits[c]);
            bool stays = z > least || (z == least && left-- > 0);
            total += _weights[c] = stays ? Math.Exp((z - largest) / Temperature) : 0;
        }
        double place = _random.NextDouble() * total;
        for (int c = 0; c < logits.Length; c++)
            if (_weights[c] > 0 && (place -= _weights[c]) < 0)
                return c;
        return best; // rounding carried the place past the last word
    }

    // the K-th largest logit, and how many that equal it stay
    private int Cut<T>(ReadOnlySpan<T> logits, out double least)
        where T : unmanaged
    {
        least = double.NegativeInfinity;
        if (Top is not { } top || top >= logits.Length)
            return logits.Length;
        for (int c = 0; c < logits.Length; c++)
            _sorted[c] = -Real.ToDouble(logits[c]);
        Array.Sort(_sorted);
        least = -_sorted[top - 1];
        int above = 0;
        while (-_sorted[above] > least)
            above++;
        return top - above;
    }
}
