namespace Farback.Networks;

/// <summary>Softmax with its pieces kept apart, so that neither a huge logit nor a confident prediction costs a digit.</summary>
/// <remarks>
///   e_c = e^(z_c − m), m = z_a the largest logit, rest = Σ_{c≠a} e_c;   p_c = e_c/(1 + rest),   −ln p_c = (m − z_c) + ln(1 + rest).
///   The largest term, exactly 1, never meets the others: where a network is certain, rest is its whole loss and its whole gradient.
///   e_c is 0 where z_c − m &lt; −708 (e⁻⁷⁰⁸ = 3e-308), so at z_c = −∞. A NaN or a +∞ among the logits makes rest NaN, as PyTorch does.
///   The exponentials run at the machine's width, the sum in order of c, and every width gives the same bits.
/// </remarks>
internal readonly struct Softmax
{
    /// <summary>Overwrites <paramref name="exponentials"/> with e_c; both spans have one number a class, at least one.</summary>
    public Softmax(ReadOnlySpan<double> logits, Span<double> exponentials, Width width)
    {
        Maximum = Max(logits);
        Largest = logits.IndexOf(Maximum);

        switch (width)
        {
            case Width.Bits512:
                Exponentials<Lanes512<double>>(logits, exponentials, Maximum);
                break;
            case Width.Bits256:
                Exponentials<Lanes256<double>>(logits, exponentials, Maximum);
                break;
            case Width.Bits128:
                Exponentials<Lanes128<double>>(logits, exponentials, Maximum);
                break;
            default:
                Exponentials<Scalar<double>>(logits, exponentials, Maximum);
                break;
        }

        // 1 − 1 = 0, and NaN where the largest logit is NaN or ∞
        double rest = exponentials[Largest] - 1;
        foreach (double e in exponentials[..Largest])
            rest += e;
        foreach (double e in exponentials[(Largest + 1)..])
            rest += e;
        Rest = rest;
        LogTotal = Logarithm.OfOnePlus(rest);
    }

    /// <summary>a, the class with the largest logit.</summary>
    public int Largest { get; }

    /// <summary>m = z_a.</summary>
    public double Maximum { get; }

    /// <summary>Σ_{c≠a} e_c.</summary>
    public double Rest { get; }

    /// <summary>ln(1 + rest).</summary>
    public double LogTotal { get; }

    /// <summary>−ln p_c.</summary>
    public double Surprise(double logit) => Maximum - logit + LogTotal;

    /// <summary>p_c − 1 = −Σ_{j≠c} p_j, without the cancellation.</summary>
    public double ProbabilityLessOne(int c, double exponential) => c == Largest ? -Rest / (1 + Rest) : exponential / (1 + Rest) - 1;

    // NaN where one is
    private static double Max(ReadOnlySpan<double> logits)
    {
        var some = new Vector<double>(double.NegativeInfinity);
        int c = 0;
        for (; c <= logits.Length - Vector<double>.Count; c += Vector<double>.Count)
            some = Vector.Max(some, new Vector<double>(logits[c..]));
        double max = double.NegativeInfinity;
        for (int i = 0; i < Vector<double>.Count; i++)
            max = Math.Max(max, some[i]);
        foreach (double logit in logits[c..])
            max = Math.Max(max, logit);
        return max;
    }

    private static void Exponentials<V>(ReadOnlySpan<double> logits, Span<double> exponentials, double maximum)
        where V : struct, INumbers<V>
    {
        int whole = logits.Length - logits.Length % V.Lanes;
        Exponentials(MemoryMarshal.Cast<double, V>(logits[..whole]), MemoryMarshal.Cast<double, V>(exponentials[..whole]), maximum);
        if (whole == logits.Length)
            return;
        V last = default; // and what is left
        Span<V> register = new(ref last);
        Span<double> numbers = MemoryMarshal.Cast<V, double>(register);
        logits[whole..].CopyTo(numbers);
        Exponentials(register, register, maximum);
        numbers[..(logits.Length - whole)].CopyTo(exponentials[whole..]);
    }

    [MethodImpl(Compiled)]
    private static void Exponentials<V>(ReadOnlySpan<V> logits, Span<V> exponentials, V maximum)
        where V : struct, INumbers<V>
    {
        V limit = Exponential.Limit<V>();
        exponentials = exponentials[..logits.Length];
        for (int c = 0; c < logits.Length; c++)
        {
            V x = logits[c] - maximum;
            Exponential.Parts(V.Max(x, -1 * limit), out V power, out V series);
            exponentials[c] = V.Select(-1 * x - limit, 0, V.MultiplyAdd(power, series, power));
        }
    }
}
