using Farback.Gradients;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>Claim 2: input and context weights serve two roles, predict now (g₁) and carry forward (g₂).</summary>
/// <remarks>A role's part of a block is ‖g_i‖/(‖g₁‖ + ‖g₂‖): norms are compared here, not added up. The smaller of the two parts decides.</remarks>
/// <param name="Input">‖g₂‖/(‖g₁‖ + ‖g₂‖) of W_x.</param>
/// <param name="Context">The same of W_h.</param>
/// <param name="ReadOut">The same of W_y.</param>
/// <param name="Cosine">cos(g₁, g₂) of W_h: below 0 the roles pull the same weights apart.</param>
public sealed record TwoRoles(double Input, double Context, double ReadOut, double Cosine)
{
    /// <summary>A role that is a hundredth of a block's gradient or less is not served.</summary>
    public const double Least = 0.01;

    /// <summary>g₂ of a block without a second role is the rounding of ∇ − g₁.</summary>
    public const double Rounding = 1e-12;

    /// <summary>The smaller role of the input and context weights.</summary>
    public double Smaller => new[] { Input, 1 - Input, Context, 1 - Context }.Min();

    /// <summary>Measures a model of one layer over a batch.</summary>
    public static TwoRoles Of(Model<double> model, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(model);
        Trace<double> trace = model.Forward(batch);
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean);
        Parameters<double> whole = Bptt<double>.Gradient(trace, losses),
            now = RoleSplit.Now(trace, losses);
        (double Carry, double Cosine) Part(string block)
        {
            double nowNow = 0,
                carryCarry = 0,
                both = 0;
            for (int i = 0; i < whole[block].Length; i++)
            {
                double one = now[block][i],
                    two = whole[block][i] - one;
                nowNow += one * one;
                carryCarry += two * two;
                both += one * two;
            }
            double sum = Math.Sqrt(nowNow) + Math.Sqrt(carryCarry);
            return (Math.Sqrt(carryCarry) / sum, both / Math.Sqrt(nowNow * carryCarry));
        }
        (double context, double cosine) = Part("weight_hh_l0");
        return new(Part("weight_ih_l0").Carry, context, Part("head.weight").Carry, cosine);
    }

    /// <summary>Elman and LSTM of a seed, before and after training.</summary>
    public static IReadOnlyList<(string Network, TwoRoles Roles)> Of(ClaimRuns runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        Batch batch = AgreementTask.BatchOf(runs.Longest(32));
        return
        [
            ("Elman before training", Of(ClaimRuns.Before(runs.Elman), batch)),
            ("LSTM before training", Of(ClaimRuns.Before(runs.Lstm), batch)),
            ("Elman after training", Of(ClaimRuns.After(runs.Elman), batch)),
            ("LSTM after training", Of(ClaimRuns.After(runs.Lstm), batch)),
        ];
    }

    /// <summary>The rule, on the networks before training, where both roles are still to be learned.</summary>
    /// <param name="smaller">The smaller role of W_x and W_h, one number a network.</param>
    /// <param name="readOut">The largest second role of W_y.</param>
    public static ClaimVerdict Rule(IReadOnlyList<ClaimNumber> smaller, double readOut)
    {
        ArgumentNullException.ThrowIfNull(smaller);
        bool?[] served = [.. smaller.Select(one => one.AtLeast(Least))];
        return served.All(one => one == false) ? ClaimVerdict.Wrong
            : served.Any(one => one is null) ? ClaimVerdict.Undecided
            : served.All(one => one == true) && readOut <= Rounding ? ClaimVerdict.Right
            : ClaimVerdict.Partly;
    }

    /// <summary>The answer from every seed's numbers.</summary>
    public static ClaimAnswer Answer(IReadOnlyList<IReadOnlyList<(string Network, TwoRoles Roles)>> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        string[] networks = [.. seeds[0].Select(one => one.Network)];
        ClaimNumber Each(string what, int network, Func<TwoRoles, double> read, ClaimUnit unit = ClaimUnit.Share) =>
            new($"{networks[network]}: {what}", unit, [.. seeds.Select(seed => read(seed[network].Roles))]);
        int[] all = [.. Enumerable.Range(0, networks.Length)];
        ClaimNumber[] smaller = [.. all.Take(2).Select(n => Each("the smaller role of input and context weights", n, one => one.Smaller))];
        double readOut = seeds.Max(seed => seed.Max(one => one.Roles.ReadOut));
        ClaimVerdict verdict = Rule(smaller, readOut);
        ClaimNumber[] carry = [.. all.Select(n => Each("carry forward, of the context weights' gradient", n, one => one.Context))];
        ClaimNumber[] input = [.. all.Select(n => Each("carry forward, of the input weights' gradient", n, one => one.Input))];
        ClaimNumber[] cosines = [.. all.Select(n => Each("cosine between the two roles", n, one => one.Cosine, ClaimUnit.Plain))];
        return new()
        {
            Key = "2",
            Claim = "Input and context weights serve two roles: to predict the present word, and to carry forward what later words need.",
            Verdict = verdict,
            Because = verdict switch
            {
                ClaimVerdict.Right =>
                    $"Both roles ask something of both matrices: the smaller one has {smaller[0].Text} of the gradient in the Elman network and {smaller[1].Text} in the LSTM. The output weights only predict now. Both roles share one matrix: the cosine between what they ask of it is {cosines[0].Text} and {cosines[1].Text} before training, {cosines[2].Text} and {cosines[3].Text} after.",
                ClaimVerdict.Wrong =>
                    $"One of the roles asks nothing: {smaller[0].Text} in the Elman network, {smaller[1].Text} in the LSTM.",
                ClaimVerdict.Partly =>
                    $"Not in every network, or not only there: the smaller role has {smaller[0].Text} in the Elman network and {smaller[1].Text} in the LSTM, and carrying forward {NumberText.Percent(readOut)} at most in the output weights.",
                _ =>
                    $"The interval straddles {NumberText.Percent(Least)}: {smaller[0].Text} in the Elman network, {smaller[1].Text} in the LSTM.",
            },
            WouldFlip =
                $"a role with less than {NumberText.Percent(Least)} of a block's gradient in both networks (wrong) or in one (partly); a second role in the output weights (partly).",
            Numbers = [.. smaller, .. carry, .. input, .. cosines],
            Chart = new("Part that carries forward, of the context weights' gradient", 0, 1, [new(Least, "not served below")], carry),
            See = "farback map --block weight_hh_l0 --share",
        };
    }
}
