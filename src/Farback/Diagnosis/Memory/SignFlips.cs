namespace Farback.Diagnosis;

/// <summary>Is a mean difference more than chance? Paired differences whose signs are tossed.</summary>
/// <remarks>
///   Without an effect a difference is as likely to be −d as d. p = (1 + #{tosses with |mean| ≥ |mean found|}) / (1 + tosses), or one-sided
///   without the bars. Source: Fisher 1935; the 1 in both places is Phipson &amp; Smyth 2010.
/// </remarks>
public static class SignFlips
{
    private const int Tosses = 4095;
    private const int Purpose = 5002;

    /// <summary>The probability of a mean at least as large, or of a size at least as large where both signs count; 1 where there is nothing, NaN where a difference is no number or infinite.</summary>
    public static double PValue(IReadOnlyList<double> differences, bool bothSigns, long seed = 1)
    {
        ArgumentNullException.ThrowIfNull(differences);
        if (!differences.All(double.IsFinite))
            return double.NaN;
        double found = differences.Sum();
        if (differences.All(d => d == 0))
            return 1;
        var random = new RandomStream(seed, Purpose);
        int atLeast = 0;
        for (int toss = 0; toss < Tosses; toss++)
        {
            double sum = 0;
            ulong bits = 0;
            for (int i = 0; i < differences.Count; i++)
            {
                if (i % 64 == 0)
                    bits = random.NextBits();
                sum += (bits & 1) == 0 ? differences[i] : -differences[i];
                bits >>= 1;
            }
            // a sum in another order may differ in its last digits
            double slack = 1e-12 * Math.Abs(found);
            if (bothSigns ? Math.Abs(sum) >= Math.Abs(found) - slack : sum >= found - slack)
                atLeast++;
        }
        return (1.0 + atLeast) / (1 + Tosses);
    }
}
