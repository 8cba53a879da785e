using Farback.Gradients;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>Claim 3: backpropagation happens once, separately, for each word.</summary>
/// <remarks>
///   ∇J = Σ_t ∇L_t, J = Σ_t mean_b L_{t,b}. Residual: max|Σ_t ∇L_t − ∇J|/Σ_t max|∇L_t|, each ∇L_t a way back of its own. Drift: one step of plain
///   descent on J beside a step after each word, ‖θ_words − θ_once‖/‖θ_once − θ‖.
/// </remarks>
/// <param name="Residual">Whether the separate passes add up to the one.</param>
/// <param name="Walked">The steps that the separate passes walk, for each one that the single sweep walks.</param>
/// <param name="Slower">The time of the separate ways back for each of the single one; NaN where it was not timed. It decides nothing.</param>
/// <param name="Drift">How far updating after each word ends elsewhere.</param>
public sealed record WordByWord(double Residual, double Walked, double Slower, double Drift)
{
    /// <summary>T additions in another order.</summary>
    public const double Tolerance = 1e-12;

    /// <summary>A hundredth of the step: below it, it makes no difference whether words are updated one by one.</summary>
    public const double Same = 0.01;

    /// <summary>The rate of the descent.</summary>
    public const double Rate = 0.02;

    /// <summary>Measures a model over sentences of one length.</summary>
    public static WordByWord Of(Model<double> model, Batch batch, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        Parameters<double> whole = Gradient(model, batch, out TimeSpan once, clock);
        var sum = new double[whole.Values.Length];
        double sizes = 0;
        var apart = TimeSpan.Zero;
        var wordly = new Model<double>(model.Network, model.Parameters.To<double>());
        Batch[] words = [.. Enumerable.Range(0, batch.Times).Select(time => Only(batch, time))];
        foreach (Batch word in words)
        {
            double[] one = Gradient(model, word, out TimeSpan took, clock).Values;
            apart += took;
            sizes += one.Max(Math.Abs);
            for (int i = 0; i < sum.Length; i++)
                sum[i] += one[i];
            Descend(wordly, Gradient(wordly, word, out _).Values);
        }
        double residual = sum.Zip(whole.Values, (a, b) => Math.Abs(a - b)).Max() / sizes;
        double between = 0,
            step = 0;
        for (int i = 0; i < sum.Length; i++)
        {
            double moved = -Rate * whole.Values[i];
            between += Math.Pow(wordly.Parameters.Values[i] - model.Parameters.Values[i] - moved, 2);
            step += moved * moved;
        }
        return new(residual, (batch.Times + 1) / 2.0, clock is null ? double.NaN : apart / once, Math.Sqrt(between / step));
    }

    /// <summary>The Elman network of a seed as it started, on the longest sentences.</summary>
    public static WordByWord Of(ClaimRuns runs, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(runs);
        return Of(ClaimRuns.Before(runs.Elman), AgreementTask.BatchOf(runs.Longest(32)), clock);
    }

    /// <summary>The rule.</summary>
    public static ClaimVerdict Rule(double residual, ClaimNumber drift)
    {
        ArgumentNullException.ThrowIfNull(drift);
        return residual > Tolerance
            ? ClaimVerdict.Wrong
            : drift.AtLeast(Same) switch
            {
                true => ClaimVerdict.Partly,
                false => ClaimVerdict.Right,
                null => ClaimVerdict.Undecided,
            };
    }

    /// <summary>The answer from every seed's numbers.</summary>
    public static ClaimAnswer Answer(IReadOnlyList<WordByWord> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        double worst = seeds.Max(one => one.Residual);
        var drift = new ClaimNumber(
            "how far an update after each word ends from one update, in steps",
            ClaimUnit.Share,
            [.. seeds.Select(one => one.Drift)]
        );
        var residual = new ClaimNumber(
            "distance of the words' gradients, added up, from the one sweep's",
            ClaimUnit.Log10,
            [.. seeds.Select(one => Math.Log10(one.Residual))]
        );
        var walked = new ClaimNumber(
            "steps walked by separate passes for each of one sweep",
            ClaimUnit.Plain,
            [.. seeds.Select(one => one.Walked)]
        );
        var slower = new ClaimNumber(
            "time of the separate passes for each of one sweep (decides nothing)",
            ClaimUnit.Plain,
            [.. seeds.Select(one => one.Slower)]
        );
        ClaimVerdict verdict = Rule(worst, drift);
        string same =
            $"The words' gradients, each walked back by itself, add up to the one gradient to {NumberText.Size(Math.Log10(worst))}";
        return new()
        {
            Key = "3",
            Claim = "Backpropagation happens once, separately, for each word.",
            Verdict = verdict,
            Because = verdict switch
            {
                ClaimVerdict.Wrong =>
                    $"The separate passes do not add up to the gradient: they differ by {NumberText.Size(Math.Log10(worst))}.",
                ClaimVerdict.Partly =>
                    $"{same}, so it may be thought of so. It is run as one sweep, which walks {walked.Text} times fewer steps, and ends in one update: updating after each word ends {drift.Text} of the step elsewhere.",
                ClaimVerdict.Right => $"{same}, and updating after each word ends within {drift.Text} of the step.",
                _ => $"{same}; updating after each word ends {drift.Text} of the step elsewhere, too near to {NumberText.Percent(Same)}.",
            },
            WouldFlip =
                $"a sum that differs by more than {NumberText.Size(Math.Log10(Tolerance))} (wrong); a drift below {NumberText.Percent(Same)} of the step (right).",
            Numbers = [drift, residual, walked, .. slower.PerSeed.All(double.IsNaN) ? [] : new[] { slower }],
            Chart = new("Distance of word-by-word updates from one update, in steps", 0, 1, [new(Same, "the same below")], [drift]),
            See = "farback chain",
        };
    }

    private static Parameters<double> Gradient(Model<double> model, Batch batch, out TimeSpan took, TimeProvider? clock = null)
    {
        Trace<double> trace = model.Forward(batch);
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Sum);
        long begin = clock?.GetTimestamp() ?? 0;
        Parameters<double> gradient = Bptt<double>.Gradient(trace, losses);
        took = clock?.GetElapsedTime(begin) ?? TimeSpan.Zero;
        for (int i = 0; i < gradient.Values.Length; i++)
            gradient.Values[i] /= batch.Lanes;
        return gradient;
    }

    private static void Descend(Model<double> model, double[] gradient)
    {
        for (int i = 0; i < gradient.Length; i++)
            model.Parameters.Values[i] -= Rate * gradient[i];
        model.Pack();
    }

    // the same sequences with a target at one time only
    private static Batch Only(Batch batch, int time)
    {
        int[] classes = ((ClassTargets)batch.Targets).Classes;
        return Batch.OfIds(
            batch.Ids!,
            batch.Times,
            batch.Lanes,
            new ClassTargets([.. classes.Select((one, place) => place / batch.Lanes == time ? one : ClassTargets.Ignored)]),
            batch.Lengths
        );
    }
}
