namespace Farback.Networks;

/// <summary>What a read-out of logits says: p_c = e^{z_c} / Σ_j e^{z_j}, and the class it bets on.</summary>
public static class Probabilities
{
    /// <summary>p of every class; neither a huge logit nor a certain answer costs a digit.</summary>
    /// <remarks>A logit of −∞ has p = 0; a NaN or +∞ makes every p NaN. Allocates nothing.</remarks>
    /// <param name="logits">z, at least one.</param>
    /// <param name="probabilities">Overwritten; as many numbers.</param>
    public static void Of<T>(ReadOnlySpan<T> logits, Span<double> probabilities)
        where T : unmanaged
    {
        if (logits.Length == 0 || probabilities.Length != logits.Length)
            throw new ArgumentException($"probabilities: expected {logits.Length} places for as many logits, got {probabilities.Length}.");
        for (int c = 0; c < logits.Length; c++)
            probabilities[c] = Real.ToDouble(logits[c]);
        Softmax softmax = new(probabilities, probabilities, Widths.Current);
        foreach (ref double p in probabilities)
            p /= 1 + softmax.Rest;
    }

    /// <summary>p of every class, in a new array.</summary>
    public static double[] Of<T>(ReadOnlySpan<T> logits)
        where T : unmanaged
    {
        double[] probabilities = new double[logits.Length];
        Of(logits, probabilities);
        return probabilities;
    }

    /// <summary>The class with the largest logit, the first of equals.</summary>
    /// <exception cref="ArgumentException">There is none, or it is NaN.</exception>
    public static int Largest<T>(ReadOnlySpan<T> logits)
        where T : unmanaged
    {
        if (logits.Length == 0)
            throw new ArgumentException("logits: expected at least one, got none.");
        int largest = 0;
        for (int c = 0; c < logits.Length; c++)
        {
            double z = Real.ToDouble(logits[c]);
            if (double.IsNaN(z))
                throw new ArgumentException($"logits: output {c} is NaN; the network's weights or its input are not finite.");
            if (z > Real.ToDouble(logits[largest]))
                largest = c;
        }
        return largest;
    }
}
