using Farback.Gradients;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>Sum, not multiply: one weight of a real network on a four-word sentence, every G[t,k] as a number.</summary>
public static class SumTables
{
    private const int Words = 4;
    private const double LearningRate = 0.1;

    /// <summary>The table of a network before training, for the input weight with the largest gradient among those that every word uses.</summary>
    public static SumTable Of(string name, AgreementTrialResult run, AgreementTask task)
    {
        AgreementSentence sentence = task.Read("the cat be hungry .");
        Batch whole = AgreementTask.BatchOf([sentence]);
        Batch batch = Batch.OfIds(whole.Ids![..Words], Words, 1, new ClassTargets(((ClassTargets)whole.Targets).Classes[..Words]));
        var model = new Model<double>(run.Network, run.Initial);
        Trace<double> trace = model.Forward(batch);
        LossField losses = LossField.Of(trace, new SoftmaxCrossEntropy(), Reduction.Sum);
        Parameters<double> gradient = Bptt<double>.Gradient(trace, losses);
        DenseMap map = DenseMap.Of(trace, losses);
        Block block = run.Network["weight_ih_l0"];
        int weight = Largest(gradient[block]);
        double?[] entries = new double?[Words * Words];
        double[] rows = new double[Words],
            columns = new double[Words];
        for (int t = 0; t < Words; t++)
        {
            for (int k = 0; k <= t; k++)
            {
                double g = map.Entry(block, t, k)[weight];
                entries[t * Words + k] = g;
                rows[t] += g;
                columns[k] += g;
            }
        }
        double total = rows.Sum(),
            w = run.Initial[block][weight];
        return new SumTable
        {
            Network = name,
            Weight =
                $"w is one weight of W_x, from input {weight % block.Columns + 1} to unit {weight / block.Columns + 1}: the same number at every word",
            Words = [.. sentence.Inputs.Take(Words).Select((word, t) => t == sentence.Verb ? "was" : task.Vocabulary.InputWords[word])],
            Entries = entries,
            RowTotals = rows,
            ColumnTotals = columns,
            Total = total,
            OrdinaryGradient = gradient[block][weight],
            Before = w,
            LearningRate = LearningRate,
            After = w - LearningRate * total,
            Line = "Terms add over losses and uses; inside a term, Jacobians multiply over the lag.",
        };
    }

    private static int Largest(ReadOnlySpan<double> numbers)
    {
        int largest = 0;
        for (int i = 1; i < numbers.Length; i++)
            if (Math.Abs(numbers[i]) > Math.Abs(numbers[largest]))
                largest = i;
        return largest;
    }
}
