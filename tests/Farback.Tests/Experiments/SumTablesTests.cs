using Farback.Cells;
using Farback.Experiments;
using Farback.Gradients;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Tests.Experiments;

/// <summary>Sum, not multiply: the table of one weight adds up, to the last digits that additions leave.</summary>
public sealed class SumTablesTests
{
    // ten additions of numbers with 53 bits, relative to what is added
    private const double Tolerance = 1e-15;

    private static readonly AgreementTask Task = new(
        new()
        {
            Fillers = 0,
            Nouns = 8,
            Adjectives = 8,
            Sentences = 64,
            TestSentences = 32,
        }
    );

    public static TheoryData<string> Cells => [.. AllCells.List.Select(cell => cell.Name)];

    private static AgreementTrialResult Untrained(string cell) =>
        AgreementTrial.Run(
            new()
            {
                Cell = AllCells.Named(cell)!,
                Task = Task.Options,
                Hidden = 6,
                Embedding = 4,
                Iterations = 0,
            },
            Task,
            cancel: TestContext.Current.CancellationToken
        );

    [Theory]
    [MemberData(nameof(Cells))]
    public void Rows_and_columns_add_up_to_the_total_and_the_total_is_the_ordinary_gradient(string cell)
    {
        SumTable table = SumTables.Of(cell, Untrained(cell), Task);
        int words = table.Words.Count;
        double size = table.Entries.Sum(entry => Math.Abs(entry ?? 0));
        Assert.True(size > 0);
        for (int t = 0; t < words; t++)
        {
            Assert.Equal(Enumerable.Range(0, words).Sum(k => table.Entries[t * words + k] ?? 0), table.RowTotals[t], Tolerance * size);
            Assert.Equal(Enumerable.Range(0, words).Sum(k => table.Entries[k * words + t] ?? 0), table.ColumnTotals[t], Tolerance * size);
            for (int k = 0; k < words; k++)
                Assert.Equal(k > t, table.Entries[t * words + k] is null); // no path to a later use
        }
        Assert.Equal(table.Total, table.RowTotals.Sum(), Tolerance * size);
        Assert.Equal(table.Total, table.ColumnTotals.Sum(), Tolerance * size);
        Assert.Equal(table.OrdinaryGradient, table.Total, Tolerance * size);
        Assert.Equal(table.Before - table.LearningRate * table.Total, table.After);
    }

    [Fact]
    public void Its_entries_are_the_maps_of_the_weight_with_the_largest_gradient()
    {
        AgreementTrialResult run = Untrained("lstm");
        SumTable table = SumTables.Of("LSTM", run, Task);
        Assert.Equal(["the", "cat", "was", "hungry"], table.Words);
        AgreementSentence sentence = Task.Read("the cat be hungry .");
        Batch batch = Batch.OfIds(sentence.Inputs[..4], 4, 1, new ClassTargets(sentence.Targets[..4]));
        Trace<double> trace = new Model<double>(run.Network, run.Initial).Forward(batch);
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Sum);
        DenseMap dense = DenseMap.Of(trace, losses);
        Block block = run.Network["weight_ih_l0"];
        double[] gradient = Bptt<double>.Gradient(trace, losses)[block].ToArray();
        int weight = Enumerable.Range(0, block.Count).MaxBy(i => Math.Abs(gradient[i]));
        for (int t = 0; t < 4; t++)
        for (int k = 0; k <= t; k++)
            Assert.Equal(dense.Entry(block, t, k)[weight], table.Entries[t * 4 + k]!.Value);
        Assert.Equal(run.Initial[block][weight], table.Before);
        Assert.Contains($"from input {weight % 4 + 1} to unit {weight / 4 + 1}:", table.Weight, StringComparison.Ordinal);
    }
}
