using Farback.Diagnosis.Laws;
using Farback.Networks;
using Farback.Sequences;

namespace Farback.Diagnosis;

/// <summary>Holds a model against the laws that every recurrent network obeys: one call runs them all.</summary>
/// <remarks>
///   It is for small models and short batches, say T ≤ 60 and some thousand parameters: the map is written out (T²·|θ| numbers), every
///   entry is checked by a run in dual numbers for each use and block, and the loss is evaluated six times for each of up to 96
///   parameters.
/// </remarks>
public static class ModelLaws
{
    /// <summary>All laws on a network in double, at the width in use.</summary>
    public static IReadOnlyList<LawResult> Check(
        Network network,
        Parameters<double> parameters,
        Batch batch,
        Loss loss,
        Reduction reduction
    ) => Check(new Model<double>(network, parameters), batch, loss, reduction);

    /// <summary>All laws on a model in its own precision and width.</summary>
    /// <param name="model">The model; it needs a read-out.</param>
    /// <param name="batch">Sequences with at least one loss.</param>
    /// <param name="loss">L.</param>
    /// <param name="reduction">Whether J sums or averages.</param>
    /// <param name="dropoutSeed">Draws the one mask that all runs use; null for evaluation.</param>
    /// <exception cref="ArgumentException">The network has no read-out, or the batch no loss.</exception>
    public static IReadOnlyList<LawResult> Check<T>(Model<T> model, Batch batch, Loss loss, Reduction reduction, long? dropoutSeed = null)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        var c = new LawCase<T>(model, batch, loss, reduction, dropoutSeed);
        if (c.Losses.Count == 0)
            throw new ArgumentException("batch: no place has a loss, so every law would hold of nothing; give it targets.");
        return
        [
            .. StepLaw.Of(c),
            TransposeLaw.OnParameters(c),
            TransposeLaw.OnInputs(c),
            TransposeLaw.OnInitialStates(c),
            DifferenceLaw.Of(c),
            MapLaws.Entries(c),
            MapLaws.Sum(c),
            PaddingLaw.Of(c),
            PrecisionLaw.Of(c),
        ];
    }
}
