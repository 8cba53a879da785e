using Farback.Cells;
using Farback.Diagnosis;
using Farback.Experiments;
using Farback.Networks;

namespace Farback.Tests.Experiments.Diagnosing;

/// <summary>Networks built to be ill are called so, healthy ones are not: a small sample; farback diagnose --confusion 100 makes the table.</summary>
public sealed class ConfusionTableTests
{
    private const long Seed = 31_000; // the published table's base lies far off

    [Fact]
    public void A_sample_of_every_kind_gets_the_right_verdict()
    {
        IReadOnlyList<ConfusionRow> rows = ConfusionTable.Of(2, Seed, cancel: TestContext.Current.CancellationToken);
        Assert.Equal(ConfusionTable.Names, rows.Select(row => row.Name));
        Assert.All(rows, row => Assert.True(row.Right == row.Count, ConfusionTable.Text([row])));
        Assert.True(ConfusionTable.Seed - Seed > 1_000_000L * rows.Count);
    }

    [Fact]
    public void The_dense_growth_of_a_scaled_identity_is_its_power()
    {
        BuiltNetwork built = BuiltNetwork.Draw(
            AllCells.ElmanIdentity,
            new() { Recurrent = new IdentityRecurrent(0.5) },
            lag: 12,
            BuiltNetwork.Stream(Seed)
        );
        double[] growth = DenseGrowth.Log10(built.Model, built.Asked, BuiltNetwork.Loss, sequences: 3);
        // one multiplication by a power of two a step: only the logarithms round
        for (int lag = 0; lag <= 12; lag++)
            Assert.Equal(lag * Math.Log10(0.5), growth[lag], 1e-13);
    }

    [Fact]
    public void The_dense_growth_and_the_maps_agree_for_every_cell()
    {
        foreach (Cell cell in AllCells.List)
        {
            BuiltNetwork built = BuiltNetwork.Draw(cell, Initial.Default, lag: 6, BuiltNetwork.Stream(Seed + 1));
            double[] growth = DenseGrowth.Log10(built.Model, built.Asked, BuiltNetwork.Loss, built.Asked.Lanes);
            Evidence evidence = EvidenceReader.Of(built.Model, built.Asked, BuiltNetwork.Loss, 6, LagSource.Task, trained: false);
            // both in double over 7 steps; the products' order differs
            Assert.Equal(growth[6], Math.Log10(evidence.Growth!.Value), 1e-11);
            Assert.Equal(growth.Max(), Math.Log10(evidence.Peak!.Value), 1e-11);
        }
    }

    [Fact]
    public void A_label_that_is_the_present_input_and_one_that_is_not_are_told_apart()
    {
        foreach (bool pastMatters in (bool[])[true, false])
        {
            BuiltNetwork built = BuiltNetwork.Draw(
                AllCells.Elman,
                Initial.Default,
                1,
                BuiltNetwork.Stream(Seed + 2),
                pastMatters ? LabelOf.Cue : LabelOf.Present
            );
            Evidence evidence = EvidenceReader.Of(built.Model, built.Asked, BuiltNetwork.Loss, 1, LagSource.Task, trained: false);
            Assert.Equal(pastMatters, NetworkDiagnosis.Of(evidence).Condition != Condition.NoPastNeeded);
        }
    }
}
