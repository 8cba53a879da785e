using Farback.Adjoints;
using Farback.Cells;
using Farback.Networks;
using Farback.Tiles;

namespace Farback.Diagnosis;

/// <summary>Reads chosen numbers of one block's G[t,k], and nothing else, while loss times walk back: of a run of one lane.</summary>
/// <remarks>
///   G = δuᵀ for a product, δ for a bias, the cell's own gradient for what a unit has to itself; handed over as G/2^power, so that no lag is
///   too long. Memory: what the receiver keeps.
/// </remarks>
internal sealed class EntryReader(
    Trace<double> trace,
    RowPlan plan,
    Block block,
    IReadOnlyList<int> indexes,
    EntryReader.Receiver receive,
    int? use = null,
    int power = 0
) : Reader<double>
{
    /// <summary>Takes G[t,k] of one number of the block.</summary>
    /// <param name="t">The loss time.</param>
    /// <param name="k">The use time.</param>
    /// <param name="index">Its place among the chosen numbers.</param>
    /// <param name="value">The number.</param>
    public delegate void Receiver(int t, int k, int index, double value);

    public override bool WantsInput => block.Kind == BlockKind.Embedding;

    public override void Delta(in Position<double> at)
    {
        bool used = use is not { } only || at.Time == only;
        if (block.Kind != BlockKind.InitialState && used && !trace.Layers[at.SiteIndex].IsPadding(at.Step, 0))
            Take(at);
    }

    // a learned initial state is used once, at the first walk step of its direction
    public override void Carried(in Position<double> at)
    {
        if (block.Kind == BlockKind.InitialState && at.Step == 0)
            Take(at);
    }

    // of every row, where the block is this site's
    private void Take(in Position<double> at)
    {
        if (block.Layer != at.Site.Layer || block.Direction != at.Site.Direction)
            return;
        for (int row = at.First; row < at.Last; row++)
        for (int i = 0; i < indexes.Count; i++)
            receive(plan.LossTime[row], at.Time, i, Math.ScaleB(Of(at, row, indexes[i]), at.Rows.Exponent[row] - power));
    }

    private double Of(in Position<double> at, int row, int index) =>
        block.Kind == BlockKind.InitialState
            ? at.Rows.At(row, index / at.Site.Units, index % at.Site.Units)
            : Of(trace.Model.Recurrences[at.SiteIndex], at.Site, trace.Layers[at.SiteIndex], at.Deltas, at.Slot + row, at.Step, index);

    public override void Input(int time, int row, ReadOnlySpan<double> adjoint, int exponent)
    {
        if ((use is { } only && time != only) || !trace.Batch.IsValid(time, 0))
            return;
        int word = trace.Batch.Ids![time];
        for (int i = 0; i < indexes.Count; i++)
            if (indexes[i] / block.Columns == word)
                receive(plan.LossTime[row], time, i, Math.ScaleB(adjoint[indexes[i] % block.Columns], exponent - power));
    }

    /// <summary>The read-out's weights are used at k = t only: their deltas are the seeds' own.</summary>
    public void ReadOut(Seeds<double> seeds)
    {
        if (block.Kind is not (BlockKind.ReadOutWeights or BlockKind.ReadOutBias))
            return;
        int site = trace.Model.ReadOut;
        foreach (int t in plan.LossTime.Distinct())
            for (int i = 0; i < indexes.Count; i++)
                receive(
                    t,
                    t,
                    i,
                    Math.ScaleB(
                        Of(
                            trace.Model.Recurrences[site],
                            trace.Model.Sites[site],
                            trace.Layers[site],
                            seeds.ReadOutDeltas!,
                            t,
                            t,
                            indexes[i]
                        ),
                        seeds.Exponent[t] - power
                    )
                );
    }

    private double Of(Recurrence<double> recurrence, Site site, LayerTrace<double> run, Deltas<double> deltas, long slot, int p, int index)
    {
        int row = index / block.Columns,
            column = index % block.Columns;
        if (block.Kind == BlockKind.Unit)
            return deltas.UnitAt(slot, row, column);
        Gate gate = site.Cell.Gates[row / site.Units];
        bool byInput = block.Kind is not (BlockKind.RecurrentWeights or BlockKind.RecurrentBias);
        double δ = deltas.At(slot, recurrence.SumOf(gate, byInput), row % site.Units);
        return block.Kind switch
        {
            BlockKind.InputWeights or BlockKind.ReadOutWeights => δ * run.X(p, 0)[column],
            BlockKind.RecurrentWeights => δ * (gate.BeforeProduct ? run.H(p, 0) : run.Operand(p, 0))[column],
            _ => δ,
        };
    }
}
