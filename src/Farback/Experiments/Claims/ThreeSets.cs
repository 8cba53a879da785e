using Farback.Diagnosis;
using Farback.Networks;
using Farback.Numbers;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>Claim 1: three sets of weights, the same at each step.</summary>
/// <remarks>
///   Every use k of a matrix gets a copy of its own and one copy is moved along a random v, in dual numbers: if the copies are one matrix,
///   Σ_k Σ_t ∂L_t/∂θ^(k)·v = ∇·v. Residual: the distance, relative to ΣΣ|∂L_t/∂θ^(k)·v|.
/// </remarks>
/// <param name="Matrices">How many recurrent, input and read-out matrices there are; biases and the words' own vectors are not counted.</param>
/// <param name="Residual">The largest of them.</param>
/// <param name="Outside">The part of the numbers that are in none of them: biases and the words' vectors.</param>
public sealed record ThreeSets(int Matrices, double Residual, double Outside)
{
    /// <summary>Dual numbers and the way back are each exact to rounding; what the laws allow them.</summary>
    public const double Tolerance = 1e-10;

    private const int PurposeOfDirections = 6001;

    /// <summary>Measures a model over a batch.</summary>
    public static ThreeSets Of(Model<double> model, Batch batch, long seed)
    {
        ArgumentNullException.ThrowIfNull(model);
        var random = new RandomStream(seed, PurposeOfDirections);
        Trace<double> trace = model.Forward(batch);
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Mean);
        Parameters<double> gradient = Gradients.Bptt<double>.Gradient(trace, losses);
        UntiedCopies copies = UntiedCopies.Of(trace, losses);
        Block[] matrices = [.. model.Network.Blocks.Where(IsMatrix)];
        double worst = 0;
        foreach (Block block in matrices)
        {
            double[] v = [.. Enumerable.Range(0, block.Count).Select(_ => random.NextNormal())];
            double[] byUse = [.. Enumerable.Range(0, trace.Times).SelectMany(use => copies.Along(block, use, v))];
            double whole = 0;
            for (int i = 0; i < v.Length; i++)
                whole += gradient[block][i] * v[i];
            worst = Math.Max(worst, Math.Abs(byUse.Sum() - whole) / byUse.Sum(Math.Abs));
        }
        return new(matrices.Length, worst, 1 - matrices.Sum(block => (double)block.Count) / model.Network.ParameterCount);
    }

    /// <summary>Both networks of a seed, after training, on one of the longest sentences.</summary>
    public static ThreeSets Of(ClaimRuns runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        Batch batch = AgreementTask.BatchOf(runs.Longest(1));
        ThreeSets[] both = [Of(ClaimRuns.After(runs.Elman), batch, runs.Seed), Of(ClaimRuns.After(runs.Lstm), batch, runs.Seed)];
        return new(both.Max(one => one.Matrices), both.Max(one => one.Residual), both[0].Outside);
    }

    /// <summary>The rule.</summary>
    public static ClaimVerdict Rule(int matrices, double residual) =>
        residual > Tolerance ? ClaimVerdict.Wrong
        : matrices == 3 ? ClaimVerdict.Right
        : ClaimVerdict.Partly;

    /// <summary>The answer from every seed's numbers.</summary>
    public static ClaimAnswer Answer(IReadOnlyList<ThreeSets> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        int matrices = seeds.Max(one => one.Matrices);
        double worst = seeds.Max(one => one.Residual);
        ClaimVerdict verdict = Rule(matrices, worst);
        var residual = new ClaimNumber(
            "distance of the sum over copies from the shared gradient",
            ClaimUnit.Log10,
            [.. seeds.Select(one => Math.Log10(one.Residual))]
        );
        var outside = new ClaimNumber(
            "part of the numbers that are biases or the words' own vectors (Elman)",
            ClaimUnit.Share,
            [.. seeds.Select(one => one.Outside)]
        );
        return new()
        {
            Key = "1",
            Claim = "There are three sets of weights, for the input, the context and the output, and they are the same at each step.",
            Verdict = verdict,
            Because = verdict switch
            {
                ClaimVerdict.Wrong =>
                    $"Giving each step a copy of its own and adding up what each copy is asked does not give the shared weights' gradient: they differ by {NumberText.Size(Math.Log10(worst))}.",
                ClaimVerdict.Right =>
                    $"There are three matrices. A copy for each step, each asked by itself, adds up to the gradient of the shared one, to {NumberText.Size(Math.Log10(worst))} at worst. Beside them are biases and a vector for each word; an LSTM's matrices are four blocks each, one for each gate.",
                _ => $"The same at each step, but there are {matrices} matrices and not three.",
            },
            WouldFlip =
                $"a residual above {NumberText.Size(Math.Log10(Tolerance))} (wrong), or another number of matrices, as in a stack of layers (partly).",
            Numbers = [residual, outside],
            Chart = new(
                "Distance between the sum over copies and the gradient",
                -18,
                -8,
                [new(Math.Log10(Tolerance), "allowed")],
                [residual]
            ),
            See = "farback chain",
        };
    }

    private static bool IsMatrix(Block block) =>
        block.Kind is BlockKind.InputWeights or BlockKind.RecurrentWeights or BlockKind.ReadOutWeights;
}
