using Farback.Diagnosis;
using Farback.Gradients;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>The numbers that a careful reader asks for next, each with its meaning in one line.</summary>
internal static class Details
{
    public static IReadOnlyList<Figure> Of(
        AgreementTrialResult run,
        IReadOnlyList<Measured> before,
        IReadOnlyList<Measured> after,
        int lag,
        AgreementSentence sentence
    )
    {
        List<Figure> figures =
        [
            new(
                "Residual",
                NumberText.Signed(before.Concat(after).Max(one => one.Map.Residual ?? double.NaN)),
                "How far the sum of the whole map is from the ordinary gradient, relative to Σ‖G‖; the worst of all runs. Rounding alone gives about 10⁻¹⁶."
            ),
            new(
                "Cancellation κ",
                $"{NumberText.Signed(before[0].Map.Cancellation)} before, {NumberText.Signed(after[0].Map.Cancellation)} after training",
                "Σ‖G‖ over ‖ΣG‖. At 1 all entries pull one way; the larger, the more they undo each other, and the less sizes say about the update."
            ),
        ];
        foreach ((string when, Measured one) in new[] { ("before", before[0]), ("after", after[0]) })
        {
            int entry = one.Map.Entry(sentence.Verb, sentence.Cue);
            MapSeries block = one.Map["weight_ih_l0"];
            LagSignal signal = SignalByLag.Of(one.Trace, new SoftmaxCrossEntropy(), one.Losses, [lag], [block.Block!])[0];
            figures.Add(
                new(
                    $"Signal to noise at lag {lag}, {when} training",
                    $"{NumberText.Signed(signal.Ratio)}; {Emerges(signal.BatchToEmerge(one.Trace.Lanes))}",
                    $"The gradient of W_x at that lag against the sampling noise of its whole gradient at {one.Trace.Lanes} sentences: what buries a long lag even when it is not zero."
                )
            );
            figures.Add(
                new(
                    $"Coherence of (“was”, “cat”), {when} training",
                    NumberText.Signed(block.Coherence(entry, one.Trace.Lanes)),
                    $"1 where all sentences pull W_x alike there, 1/{one.Trace.Lanes} where they are strangers: singular and plural pull opposite ways."
                )
            );
        }
        if (SpectralNorm.Log10BoundPerStep(run.Network, run.Trained) is { } bound)
            figures.Add(
                new(
                    "Largest stretch of W_h",
                    $"{NumberText.Signed(Math.Pow(10, SpectralNorm.Log10BoundPerStep(run.Network, run.Initial)!.Value))} before, {NumberText.Signed(Math.Pow(10, bound))} after training",
                    "σ_max(W_h): the error cannot grow faster than this a word (Pascanu et al. 2013). Above 1 the bound forbids nothing; the measured factor is what counts."
                )
            );
        return figures;
    }

    private static string Emerges(double batch) =>
        batch <= 1 ? "one sentence is enough to see it"
        : batch < 1e9 ? $"it shows from batches of {NumberText.Whole((long)Math.Ceiling(batch))} sentences on"
        : $"it shows from batches of {NumberText.Signed(batch)} sentences on";
}
